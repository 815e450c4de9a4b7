"""Shrinking: a longer trace becomes one that needs every act, and says what it lost."""

from dataclasses import replace
from importlib import import_module
from itertools import combinations, pairwise
from random import Random

import pytest
import trace_runs
from attacks import twins

import traces
from poqi_core.config import Config
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED
from poqi_core.run import Act, DepartureError, Execution, Run
from traces.verdict import violation_now


def breaks(run: Run, acts: tuple[Act, ...], name: str) -> bool:
    """Whether the acts can happen in that order and the property breaks on the way."""
    execution = Execution(replace(run, acts=acts))
    for act in acts:
        try:
            execution.perform(act)
        except DepartureError:
            return False
        if violation_now(property_named(name), execution) is not None:
            return True
    return False


SLOW = {"dead zone", "conflict in rounds"}
"""Traces of stuck states, of which every honest step is asked after every act."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name in SLOW else ())
        for name in sorted(trace_runs.by_name())
    ],
)
def test_what_is_left_breaks_the_same_property_and_needs_every_act(name: str) -> None:
    trace = trace_runs.by_name()[name].trace()
    result = traces.shrink(trace)
    run, acts = result.trace.run, result.trace.run.acts
    assert result.trace.property_name == trace.property_name
    assert traces.replay(result.trace).departure is None
    assert len(acts) + len(result.removed) == trace.steps
    for left in range(len(acts)):
        assert not breaks(run, (*acts[:left], *acts[left + 1 :]), trace.property_name)
    for one, other in combinations(range(len(acts)), 2):
        kept = tuple(act for place, act in enumerate(acts) if place not in (one, other))
        assert not breaks(run, kept, trace.property_name)
    again = traces.shrink(result.trace)
    assert (again.trace.run, again.removed, again.moved) == (run, (), False)


def test_random_walks_shrink_to_a_few_steps() -> None:
    lengths = {
        name: (found.trace().steps, traces.shrink(found.trace()).trace.steps)
        for name, found in trace_runs.by_name().items()
        if name in ("agreement", "integrity", "rewards")
    }
    assert all(before > after for before, after in lengths.values())
    assert lengths["agreement"][1] == 2


def test_what_was_removed_is_said_by_the_steps_of_the_original() -> None:
    trace = trace_runs.by_name()["forged final"].trace()
    result = traces.shrink(trace)
    assert result.removed == (10,)
    assert trace.run.acts[9].node == 3


def test_what_is_left_is_told_node_by_node_where_it_can() -> None:
    """No order of the same acts, each node's as they were, changes nodes more rarely."""
    result = traces.shrink(trace_runs.by_name()["forged final"].trace())
    acts = result.trace.run.acts
    assert result.moved
    assert switches(acts) == min(
        switches(order)
        for order in interleavings([own(acts, node) for node in (1, 2)])
        if breaks(result.trace.run, order, "decided-validity")
    )


def own(acts: tuple[Act, ...], node: int) -> tuple[Act, ...]:
    return tuple(act for act in acts if act.node == node)


def switches(acts: tuple[Act, ...]) -> int:
    return sum(one.node != other.node for one, other in pairwise(acts))


def interleavings(parts: list[tuple[Act, ...]]) -> list[tuple[Act, ...]]:
    """Every order in which each part keeps its own."""
    one, other = parts
    if not one or not other:
        return [(*one, *other)]
    first = [(one[0], *rest) for rest in interleavings([one[1:], other])]
    return first + [(other[0], *rest) for rest in interleavings([one, other[1:]])]


def test_a_consistent_lie_shrinks_as_well() -> None:
    runs = (
        twins(Config(4, 1, HARDENED, 1, keep_early=True), (0, 1), Random(seed), most=400)
        for seed in range(40)
    )
    run = next(run for run in runs if run is not None)
    result = traces.shrink(traces.record(run, "agreement", profile="hardened"))
    assert result.trace.steps < len(run.acts)


def test_with_too_many_orders_the_order_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("traces.shrink"), "MOST_ORDERS", 3)
    trace = trace_runs.by_name()["forged final"].trace()
    result = traces.shrink(trace)
    assert result.removed == (10,)
    assert not result.moved


def test_an_ordinary_walk_violates_nothing_and_cannot_be_shrunk() -> None:
    trace = traces.record(trace_runs.dead_zone(), None)
    with pytest.raises(traces.TraceError, match="an ordinary walk"):
        traces.shrink(trace)


def test_an_edited_trace_is_not_shrunk() -> None:
    trace = trace_runs.by_name()["forged final"].trace()
    idle = trace.snapshots[1]._replace(nodes=trace.snapshots[0].nodes)
    with pytest.raises(DepartureError):
        traces.shrink(replace(trace, snapshots=(trace.snapshots[0], idle, *trace.snapshots[2:])))
