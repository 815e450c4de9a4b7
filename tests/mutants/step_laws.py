"""What a single step of a node must not do, whatever follows from it.

A node that breaks its word may be outnumbered, so that no record ever shows it.  These laws
look at every step that an exploration takes: the state before it, the event, what the node puts
out, and the state that the step leads to.
"""

from collections.abc import Callable, Iterable

from poqi_core.messages import (
    BallotChange,
    Commit,
    Event,
    Message,
    Prepare,
    Proposal,
    Received,
)
from poqi_core.outputs import Output, Send
from poqi_core.prediction import label_of
from poqi_core.state import NodeState

StepLaw = Callable[[NodeState, Event, tuple[Output, ...], NodeState], bool]
"""Whether a step keeps the law."""


def _sent(outputs: Iterable[Output]) -> list[Message]:
    return [output.message for output in outputs if isinstance(output, Send)]


def _is_bound_by_its_vote(
    before: NodeState, event: Event, outputs: tuple[Output, ...], after: NodeState
) -> bool:
    """Section III.1: who has voted against the primary of its view prepares nothing there."""
    has_voted = before.log.objectors >> before.node & 1
    prepares = [
        message
        for message in _sent(outputs)
        if isinstance(message, Prepare) and message.view == before.view
    ]
    return not (has_voted and prepares)


def _commits_what_it_prepared(
    before: NodeState, event: Event, outputs: tuple[Output, ...], after: NodeState
) -> bool:
    """Section III.2: who commits has prepared that content in that view, by then or just now."""
    now = [
        (message.view, label_of(message.final))
        for message in _sent(outputs)
        if isinstance(message, Prepare)
    ]
    earlier = [(before.view, final_label) for _, final_label in before.log.prepared]
    return all(
        (message.view, label_of(message.final)) in (*earlier, *now)
        for message in _sent(outputs)
        if isinstance(message, Commit)
    )


def _collects_what_matches(
    before: NodeState, event: Event, outputs: tuple[Output, ...], after: NodeState
) -> bool:
    """Eq. (5): the predictions that a primary combines all have its own label."""
    return len({label_of(prediction) for prediction in after.log.collected}) <= 1


def _proposes_the_highest_lock(
    before: NodeState, event: Event, outputs: tuple[Output, ...], after: NodeState
) -> bool:
    """PBFT's view change: no lock that a leader has heard of is above that of its proposal."""
    heard = [change.ballot for change in before.ballots.changes]
    if isinstance(event, Received) and isinstance(event.message, BallotChange):
        lock = event.message.lock
        heard.append(-1 if lock is None else lock.ballot)
    shown = [
        -1 if message.lock is None else message.lock.ballot
        for message in _sent(outputs)
        if isinstance(message, Proposal) and message.ballot == before.ballots.ballot
    ]
    return all(ballot >= max(heard, default=-1) for ballot in shown)


STEP_LAWS: dict[str, StepLaw] = {
    "bound-by-its-vote": _is_bound_by_its_vote,
    "commits-what-it-prepared": _commits_what_it_prepared,
    "collects-what-matches": _collects_what_matches,
    "proposes-the-highest-lock": _proposes_the_highest_lock,
}
"""Every law by its name; they are those of the profiles ``paper`` and ``hardened``."""
