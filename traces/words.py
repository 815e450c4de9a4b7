"""Messages and events in words, with labels as letters."""

from collections.abc import Collection, Iterator

from poqi_core.messages import (
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    Message,
    NextSample,
    NodePrediction,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.prediction import Label, Prediction, Softmax, label_of
from poqi_core.run import Act
from traces.labels import letter


def counted(number: int, noun: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def members(mask: int) -> Iterator[int]:
    """The nodes of a bit mask, in ascending order."""
    return (node for node in range(mask.bit_length()) if mask >> node & 1)


def listed(nodes: Collection[int]) -> str:
    """``node 1``, or ``nodes 0, 1 and 3``."""
    names = [str(node) for node in nodes]
    if len(names) == 1:
        return f"node {names[0]}"
    return f"nodes {', '.join(names[:-1])} and {names[-1]}" if names else "no node"


def predicted(prediction: Prediction) -> str:
    """The letter of a prediction, with its probability where there is a vector."""
    label = label_of(prediction)
    if isinstance(prediction, Softmax) and 0 <= label < len(prediction.vector):
        return f"{letter(label)} ({prediction.vector[label]:.3f})"
    return letter(label)


def content(label: Label, final: Prediction) -> str:
    """What a prepare or commit is about: its label, and its final decision if that differs."""
    return (
        letter(label)
        if label_of(final) == label
        else f"{letter(label)} with final " + (predicted(final))
    )


def message_in_words(message: Message, sender: int) -> str:
    """``message`` as ``sender`` sends it."""
    match message:
        case PrePrepare():
            return f"pre-prepare {letter(message.label)}, view {message.view}"
        case NodePrediction():
            return f"prediction {predicted(message.prediction)}, view {message.view}"
        case Prepare():
            relay = "" if message.primary == sender else f", passed on for node {message.primary}"
            return f"prepare {content(message.label, message.final)}, view {message.view}{relay}"
        case Commit():
            return f"commit {content(message.label, message.final)}, view {message.view}"
        case Decision():
            return f"decision {letter(message.label)}, view {message.view}"
        case ConflictDecision():
            return f"word on conflict sample {message.sample}: {letter(message.label)}"
        case _:
            against = f"against the primary of view {message.view - 1}"
            return f"view-change {against}, vo = {int(message.objection)}"


def act_in_words(act: Act, honest: Collection[int]) -> str:
    """Who did what."""
    node, event = act.node, act.event
    match event:
        case Received(sender, message):
            faulty = "" if sender in honest else " (Byzantine)"
            return f"node {sender}{faulty} -> node {node}: {message_in_words(message, sender)}"
        case Sample():
            return f"node {node} classifies sample {event.index} as {predicted(event.prediction)}"
        case TimeOut():
            return f"node {node}: its timer for view {event.view} runs out"
        case CollectionClosed():
            return f"node {node}: the round for predictions of view {event.view} is over"
        case NextSample():
            return f"node {node} is told to go on with sample {event.index} in view {event.view}"
        case TieBreak():
            return (
                f"node {node}: among equal rewards, node {event.node} is to decide "
                f"conflict sample {event.sample}"
            )
