"""What a single step of a node must not do, whatever follows from it.

A node that breaks its word may be outnumbered, so that no record ever shows it.  These laws
look at every step that an exploration takes: the state before it, what it puts out, and the
state that it leads to.
"""

from collections.abc import Callable, Iterable

from poqi_core.messages import Commit, Message, Prepare
from poqi_core.outputs import Output, Send
from poqi_core.prediction import label_of
from poqi_core.state import NodeState

StepLaw = Callable[[NodeState, tuple[Output, ...], NodeState], bool]
"""Whether a step keeps the law."""


def _sent(outputs: Iterable[Output]) -> list[Message]:
    return [output.message for output in outputs if isinstance(output, Send)]


def _is_bound_by_its_vote(before: NodeState, outputs: tuple[Output, ...], after: NodeState) -> bool:
    """Section III.1: who has voted against the primary of its view prepares nothing there."""
    has_voted = before.log.objectors >> before.node & 1
    prepares = [
        message
        for message in _sent(outputs)
        if isinstance(message, Prepare) and message.view == before.view
    ]
    return not (has_voted and prepares)


def _commits_what_it_prepared(
    before: NodeState, outputs: tuple[Output, ...], after: NodeState
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
    before: NodeState, outputs: tuple[Output, ...], after: NodeState
) -> bool:
    """Eq. (5): the predictions that a primary combines all have its own label."""
    return len({label_of(prediction) for prediction in after.log.collected}) <= 1


STEP_LAWS: dict[str, StepLaw] = {
    "bound-by-its-vote": _is_bound_by_its_vote,
    "commits-what-it-prepared": _commits_what_it_prepared,
    "collects-what-matches": _collects_what_matches,
}
"""Every law by its name; they are those of the profile ``paper``."""
