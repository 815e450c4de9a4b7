"""A shorter run with the same violation: what nothing depends on is left out.

The result is a run from which no single act can be left out; it need not be a shortest one.
"""

from collections.abc import Sequence
from dataclasses import replace

from poqi_core.messages import Message, Received
from poqi_core.outputs import Send
from poqi_core.properties import Property
from poqi_core.run import Act, DepartureError, Execution, Run


def shorten(run: Run, entry: Property) -> Run:
    """``run``, which violates ``entry`` in the end, without the acts that are not needed."""
    acts = _needed(run, entry)
    place = len(acts) - 1
    while place >= 0:
        shorter = (*acts[:place], *acts[place + 1 :])
        acts = _up_to_violation(run, shorter, entry) or acts
        place = min(place - 1, len(acts) - 1)
    return replace(run, acts=acts)


def _up_to_violation(run: Run, acts: Sequence[Act], entry: Property) -> tuple[Act, ...] | None:
    """``acts`` up to the first violation; None if there is none, or they cannot happen."""
    execution = Execution(replace(run, acts=()))
    for place, act in enumerate(acts, 1):
        try:
            moment = execution.perform(act)
        except DepartureError:
            return None
        if moment.before != moment.after and execution.violation(entry) is not None:
            return tuple(acts[:place])
    return None


def _needed(run: Run, entry: Property) -> tuple[Act, ...]:
    """The acts that lead to the violation: of the nodes concerned, and of whom they hear."""
    acts = _up_to_violation(run, run.acts, entry)
    assert acts is not None
    execution = Execution(replace(run, acts=()))
    sent: dict[tuple[int, Message], int] = {}
    for place, act in enumerate(acts):
        for output in execution.perform(act).outputs:
            if isinstance(output, Send):
                sent.setdefault((act.node, output.message), place)
    violation = execution.violation(entry)
    assert violation is not None
    wanted = {place for place, act in enumerate(acts) if act.node in violation.nodes}
    queue = list(wanted)
    for place in queue:
        event = acts[place].event
        if not isinstance(event, Received) or event.sender not in run.honest:
            continue
        last = sent[event.sender, event.message]
        for earlier in range(last + 1):
            if acts[earlier].node == event.sender and earlier not in wanted:
                wanted.add(earlier)
                queue.append(earlier)
    return tuple(acts[place] for place in sorted(wanted))
