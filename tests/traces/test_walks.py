"""Ordinary walks, of which no violation is claimed; and files of the version that had none."""

import json
from collections.abc import Mapping
from dataclasses import replace

import itf_py
import pytest
from trace_runs import by_name

import traces
from poqi_core.run import Run
from traces.document import from_document
from traces.json_text import parse

NAMES = list(by_name())


def half(name: str) -> Run:
    """The first half of a run, in which nothing is violated yet."""
    run = by_name()[name].run
    return replace(run, acts=run.acts[: len(run.acts) // 2])


def walk(name: str) -> traces.Trace:
    return traces.record(half(name), None, profile=by_name()[name].profile)


@pytest.mark.parametrize("name", NAMES)
def test_a_walk_survives_its_file_and_replays(name: str) -> None:
    trace = walk(name)
    again = from_document(parse(traces.write(trace)))
    assert again == trace
    assert again.breach is None
    assert traces.replay(again).departure is None
    read = itf_py.trace_from_json(json.loads(traces.write(trace)))
    header = read.meta["poqi"]
    assert isinstance(header, Mapping)
    assert list(header["violated"]) == []


def test_a_walk_may_go_on_after_a_property_has_broken() -> None:
    """It claims nothing, so nothing about it can be wrong."""
    whole = traces.record(by_name()["two words"].run, None, profile="literal")
    assert traces.replay(whole).departure is None
    assert traces.story(whole)[-1].changes[0].startswith("DECIDES B")


def test_a_walk_is_shown_with_every_step_and_without_a_verdict() -> None:
    shown = traces.show(walk("forged final"))
    assert shown.startswith("a walk of 5 steps\n  nodes       N = 4")
    assert "left out" not in shown
    assert "promised" not in shown
    assert "violated" not in shown
    assert shown.count("\n  node ") == 3


def test_a_walk_with_another_state_departs() -> None:
    trace = walk("forged final")
    changed = trace.snapshots[3].nodes[1]._replace(view=1)
    nodes = {**trace.snapshots[3].nodes, 1: changed}
    snapshots = (
        *trace.snapshots[:3],
        trace.snapshots[3]._replace(nodes=nodes),
        *trace.snapshots[4:],
    )
    departure = traces.replay(replace(trace, snapshots=snapshots)).departure
    assert departure == (3, "view of node 1 is 1 in the file and 0 on the core")


def test_what_is_violated_cannot_be_asked_of_a_walk() -> None:
    for ask in (lambda trace: trace.violation, lambda trace: trace.property_name, traces.reason):
        with pytest.raises(traces.TraceError, match="an ordinary walk, which violates no property"):
            ask(walk("two words"))


@pytest.mark.parametrize("name", ["forged final", "conflict in rounds", "two words with vectors"])
def test_the_test_that_is_printed_of_a_walk_passes_and_can_fail(name: str) -> None:
    run = half(name)
    text = traces.pytest_text(traces.record(run, None, profile=by_name()[name].profile))
    module: dict[str, object] = {}
    exec(compile(text, "printed", "exec"), module)
    test = module["test_the_walk_shows_the_same"]
    assert callable(test)
    test()
    module["RUN"] = by_name()[name].run
    if name != "conflict in rounds":
        with pytest.raises(AssertionError):
            test()
