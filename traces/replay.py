"""Replaying a trace on the core: every state in the file must be the one that the core reaches."""

from collections.abc import Iterator
from typing import NamedTuple

from poqi_core.properties import property_named
from poqi_core.run import DepartureError, Execution, Moment
from traces.difference import described, differences
from traces.trace import Breach, Snapshot, Trace
from traces.verdict import violation_at


class Departure(NamedTuple):
    """Where and how a file departs from the core."""

    step: int
    """The step, from 1; 0 is the initial state."""
    reason: str


class Replay(NamedTuple):
    """What came of a replay."""

    moments: tuple[Moment, ...]
    """The steps in which file and core agree."""
    departure: Departure | None
    """Where they part; None: they agree to the end, and what the trace says of it is so."""


def replay(trace: Trace) -> Replay:
    """Run the core along ``trace`` and compare every state and the violation at the end."""
    moments: list[Moment] = []
    execution = Execution(trace.run)
    for step, snapshot in enumerate(trace.snapshots):
        if snapshot.act is not None:
            try:
                moment = execution.perform(snapshot.act)
            except DepartureError as error:
                return Replay(tuple(moments), Departure(step, error.reason))
        reason = next(_mismatches(snapshot, execution), None)
        if reason is None and trace.breach is not None:
            reason = _misjudged(trace.breach, execution, last=step == trace.steps)
        if reason is not None:
            return Replay(tuple(moments), Departure(step, reason))
        if snapshot.act is not None:
            moments.append(moment)
    return Replay(tuple(moments), None)


def faithful(trace: Trace) -> tuple[Moment, ...]:
    """The steps of a trace that agrees with the core to the end.

    Raises:
        DepartureError: it does not.
    """
    moments, departure = replay(trace)
    if departure is not None:
        raise DepartureError(*departure)
    return moments


def _mismatches(snapshot: Snapshot, execution: Execution) -> Iterator[str]:
    """What the file says about the nodes that is not so, in words."""
    for process, state in execution.states.items():
        yield from _in_words(process, snapshot.nodes[process], state)
        if process in execution.records:
            yield from _in_words(process, snapshot.records[process], execution.records[process])


def _in_words(node: int, in_file: object, on_core: object) -> Iterator[str]:
    found = list(differences(in_file, on_core))
    if found:
        path, one, other = found[0]
        more = f" (and {len(found) - 1} more differences)" if len(found) > 1 else ""
        yield (
            f"{path} of node {node} is {described(one)} in the file "
            f"and {described(other)} on the core{more}"
        )


def _misjudged(breach: Breach, execution: Execution, *, last: bool) -> str | None:
    """What the file says about the property that is not so, in words."""
    name = breach.property
    try:
        found = violation_at(property_named(name), execution, last=last)
    except DepartureError as error:
        return error.reason
    if not last:
        return None if found is None else f"{name} is violated here already: {found.conjunct}"
    if found is None:
        return f"{name} is not violated here"
    if found.conjunct != breach.conjunct:
        return f"{name} is violated as {found.conjunct}; the file has another reason"
    if found.nodes != breach.nodes:
        return f"{name} is violated at the nodes {list(found.nodes)}; the file names others"
    return None
