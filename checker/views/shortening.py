"""A shorter run that shows the same: what nothing depends on is left out.

The result is a run from which no single act can be left out; it need not be a shortest one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from poqi_core.messages import Message, Received
from poqi_core.outputs import Send
from poqi_core.properties import Property
from poqi_core.run import Act, DepartureError, Execution, Run

Judge: TypeAlias = Callable[[Execution], Sequence[int] | None]
"""Says which honest nodes are concerned by what is looked for, or None where it is not there."""


def violation_of(entry: Property) -> Judge:
    """Looks for a violation of ``entry``."""

    def judge(execution: Execution) -> Sequence[int] | None:
        violation = execution.violation(entry)
        return None if violation is None else violation.nodes

    return judge


def shorten(run: Run, judge: Judge) -> Run:
    """``run``, in which ``judge`` finds something, without the acts that are not needed for it."""
    acts = _needed(run, judge)
    place = len(acts) - 1
    while place >= 0:
        shorter = (*acts[:place], *acts[place + 1 :])
        acts = _up_to_it(run, shorter, judge) or acts
        place = min(place - 1, len(acts) - 1)
    return replace(run, acts=acts)


def _up_to_it(run: Run, acts: Sequence[Act], judge: Judge) -> tuple[Act, ...] | None:
    """``acts`` up to where it is there; None if it never is, or they cannot happen."""
    execution = Execution(replace(run, acts=()))
    for place, act in enumerate(acts, 1):
        try:
            moment = execution.perform(act)
        except DepartureError:
            return None
        if moment.before != moment.after and judge(execution) is not None:
            return tuple(acts[:place])
    return None


def _needed(run: Run, judge: Judge) -> tuple[Act, ...]:
    """The acts that lead to it: of the nodes concerned, and of whom they hear."""
    acts = _up_to_it(run, run.acts, judge)
    assert acts is not None
    execution = Execution(replace(run, acts=()))
    sent: dict[tuple[int, Message], int] = {}
    for place, act in enumerate(acts):
        for output in execution.perform(act).outputs:
            if isinstance(output, Send):
                sent.setdefault((act.node, output.message), place)
    concerned = judge(execution)
    assert concerned is not None
    wanted = {place for place, act in enumerate(acts) if act.node in concerned}
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
