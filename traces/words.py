"""Messages and events in words, with labels as letters."""

from collections.abc import Callable, Collection, Iterator
from typing import assert_never

from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Commit,
    ConflictDecision,
    Crash,
    Decision,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidenceMessage,
    EvidencePrepare,
    Message,
    NextSample,
    NodePrediction,
    Prepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    Received,
    Relay,
    RoundEnded,
    Sample,
    SignedPrediction,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.prediction import Label, Prediction, Softmax, label_of
from poqi_core.run import Act, Run
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


def evidence_letters(evidence: Evidence) -> str:
    """The label of each node up to the last one in ``evidence``, such as ``A-BB``.

    ``-`` stands for a node that is not in it, and the labels of one that is in it more than once
    (reading ``evidence_distinct=no``) stand in brackets.
    """
    labels: dict[int, str] = {}
    for signed in evidence:
        labels[signed.node] = labels.get(signed.node, "") + letter(signed.label)
    times = [signed.node for signed in evidence]
    return "".join(
        f"[{labels[node]}]" if times.count(node) > 1 else labels.get(node, "-")
        for node in range(max(times, default=-1) + 1)
    )


def lock_in_words(lock: PreparedCertificate) -> str:
    """Which lock it is, and who has signed it."""
    signers = listed(list(members(lock.signers)))
    return f"evidence {evidence_letters(lock.evidence)} of ballot {lock.ballot} by {signers}"


def _about_evidence(message: EvidenceMessage) -> str:
    if isinstance(message, SignedPrediction):
        return f"signed prediction {letter(message.label)}, sample {message.sample}"
    where = f"sample {message.sample}, ballot {message.ballot}"
    if isinstance(message, BallotChange):
        return f"change to ballot {message.ballot} of sample {message.sample}, " + (
            "without a lock" if message.lock is None else f"locked on {lock_in_words(message.lock)}"
        )
    evidence = f"evidence {evidence_letters(message.evidence)}, {where}"
    match message:
        case Proposal():
            locked = (
                "" if message.lock is None else f", for the lock on {lock_in_words(message.lock)}"
            )
            return f"proposal of {evidence}{locked}"
        case EvidencePrepare():
            return f"prepare of {evidence}"
        case EvidenceCommit():
            return f"commit of {evidence}"
        case DecisionProof():
            return f"proof of {evidence}: commits by {listed(list(members(message.signers)))}"
        case _:
            assert_never(message)


def message_in_words(message: Message, sender: int) -> str:
    """``message`` as ``sender`` sends it."""
    if isinstance(message, EVIDENCE_MESSAGES):
        return _about_evidence(message)
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
        case Relay(_, prediction, signers):
            said = f"prediction {letter(prediction.label)} of node {prediction.node}"
            signed = f"signed by {listed(list(members(signers)))}"
            return f"{said}, sample {prediction.sample}, {signed}"
        case ConflictDecision():
            return f"word on conflict sample {message.sample}: {letter(message.label)}"
        case ViewChange():
            against = f"against the primary of view {message.view - 1}"
            return f"view-change {against}, vo = {int(message.objection)}"
        case _:
            assert_never(message)


def process_in_words(process: int, run: Run) -> str:
    """The node that a process is, or is a copy of, without the word node: ``1``, ``0 (twinned)``.

    The second copy of a node has a prime.
    """
    node = run.node_of(process)
    prime = "" if node == process else "'"
    return f"{node}{prime}" if node in run.honest else f"{node}{prime} ({run.fault.adjective})"


def act_of_run_in_words(act: Act, run: Run) -> str:
    """Who did what in ``run``."""
    return _told(act, lambda process: process_in_words(process, run))


def act_in_words(act: Act, honest: Collection[int]) -> str:
    """Who did what, where all but the ``honest`` nodes are Byzantine."""
    return _told(act, lambda node: str(node) if node in honest else f"{node} (Byzantine)")


def _told(act: Act, named: Callable[[int], str]) -> str:
    node, event = named(act.node), act.event
    match event:
        case Received(sender, message):
            return f"node {named(sender)} -> node {node}: {message_in_words(message, sender)}"
        case Sample():
            return f"node {node} classifies sample {event.index} as {predicted(event.prediction)}"
        case TimeOut():
            return f"node {node}: its timer for view {event.view} runs out"
        case CollectionClosed():
            return f"node {node}: the round for predictions of view {event.view} is over"
        case BallotTimeOut():
            ballot = f"ballot {event.ballot} of sample {event.sample}"
            return f"node {node}: its timer for {ballot} runs out"
        case BallotCollectionClosed():
            ballot = f"ballot {event.ballot} of sample {event.sample}"
            return f"node {node}: the round for predictions of {ballot} is over"
        case RoundEnded():
            ended = f"round {event.round} of sample {event.sample}"
            return f"node {node}: {ended} is over"
        case NextSample():
            return f"node {node} is told to go on with sample {event.index} in view {event.view}"
        case TieBreak():
            return (
                f"node {node}: among equal rewards, node {event.node} is to decide "
                f"conflict sample {event.sample}"
            )
        case Crash():
            return f"node {node} stops for ever"
        case _:
            assert_never(event)
