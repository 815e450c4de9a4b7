"""Counterexamples of every fault, and of networks that lose messages, are files like any other."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

import traces
from checker.patterns import parse_patterns
from checker.question import Question, QuestionError
from checker.sweep import answer
from poqi.explorer.ground import ground_of_trace
from poqi_core.faults import BYZANTINE, FAULTS
from poqi_core.messages import Crash
from poqi_core.networks import parse_partition
from poqi_core.properties import property_named
from poqi_core.readings import LITERAL, PAPER, Readings
from poqi_core.run import Run
from traces.diagram import diagram
from traces.document import from_document
from traces.errors import TraceError
from traces.json_text import Json, parse

TIMED = replace(PAPER, timeout="vote")


class Case:
    """A question whose first property is violated."""

    def __init__(
        self,
        pattern: str,
        property_name: str,
        *,
        fault: str = "byzantine",
        network: str = "rounds",
        losses: int = 0,
        partition: str | None = None,
        readings: Readings = PAPER,
        views: int = 1,
        faults: int = 1,
    ) -> None:
        self.question = Question(
            len(pattern),
            faults,
            readings,
            network=network,
            predictions=parse_patterns(pattern),
            views=views,
            properties=(property_named(property_name),),
            fault=FAULTS[fault],
            losses=losses,
            partition=None if partition is None else parse_partition(partition),
        )


CASES = {
    "silence": Case("?AAB", "termination", fault="silence"),
    "crash": Case("?AAA", "termination", fault="crash"),
    "crash with time-outs": Case(
        "A?AB", "view-consistency", fault="crash", readings=TIMED, views=2
    ),
    "omission": Case("?AAA", "view-consistency", fault="omission", readings=TIMED),
    "twins": Case("A?B", "termination", fault="twins"),
    "twins, asynchronous": Case("?AABB", "agreement", fault="twins", network="asynchronous"),
    "mutation": Case("?AA", "decided-validity", fault="mutation", readings=LITERAL, faults=0),
    "mutation, asynchronous": Case(
        "?AA",
        "decided-validity",
        fault="mutation",
        network="asynchronous",
        readings=LITERAL,
        faults=0,
    ),
    "losses": Case("AAAA", "termination", network="lossy", losses=2),
    "a partition": Case("AAAA", "termination", network="lossy", partition="0,1/2,3@rounds=2-3"),
}


@cache
def run_of(name: str) -> Run:
    (result,) = answer(CASES[name].question).results
    assert result.run is not None, f"{name}: {result.name} {result.verdict.value}"
    return result.run


def trace_of(name: str) -> traces.Trace:
    return traces.record(run_of(name), CASES[name].question.properties[0].name)


@pytest.mark.parametrize("name", CASES)
class TestACounterexample:
    def test_is_read_as_it_was_written_and_replays(self, name: str) -> None:
        trace = trace_of(name)
        again = from_document(parse(traces.write(trace)))
        assert again == trace
        assert traces.replay(again).departure is None

    def test_is_told(self, name: str) -> None:
        fault = CASES[name].question.fault
        told = traces.show(trace_of(name))
        assert "in the end" in told
        if fault != BYZANTINE:
            assert f"fault {fault.name}: " in " ".join(told.split())
            assert f"? is {fault.adjective}" in told
        else:
            assert "network     lossy (at most" in told

    def test_is_as_short_as_shrinking_makes_it(self, name: str) -> None:
        shrunk = traces.shrink(trace_of(name)).trace
        assert len(shrunk.run.acts) == len(run_of(name).acts)
        assert traces.replay(shrunk).departure is None

    def test_becomes_a_test_that_passes(self, name: str) -> None:
        source = traces.pytest_text(trace_of(name))
        names: dict[str, object] = {}
        exec(compile(source, "test", "exec"), names)
        for test in [value for key, value in names.items() if key.startswith("test_")]:
            assert callable(test)
            test()


def edited(name: str, change: Callable[[dict[str, Json]], object]) -> traces.Trace:
    """The trace whose file had its header changed."""
    document: dict[str, Json] = json.loads(traces.write(trace_of(name)))
    meta = document["#meta"]
    assert isinstance(meta, dict)
    header = meta["poqi"]
    assert isinstance(header, dict)
    change(header)
    return from_document(parse(json.dumps(document)))


def test_a_file_of_before_is_about_byzantine_nodes_and_nothing_lost() -> None:
    """So version 2 of the format stays what it was: such a header has none of the new fields."""
    question = replace(CASES["silence"].question, fault=BYZANTINE)
    (result,) = answer(question).results
    assert result.run is not None
    text = traces.write(traces.record(result.run, "termination"))
    header = json.loads(text)["#meta"]["poqi"]
    assert {"fault", "losses", "partition"}.isdisjoint(header)
    assert from_document(parse(text)).run.fault == BYZANTINE


def test_a_file_that_denies_its_losses_departs() -> None:
    denied = edited("losses", lambda header: header.update(losses=0))
    departure = traces.replay(denied).departure
    assert departure is not None
    milder = edited("losses", lambda header: header.update(losses=1))
    assert traces.replay(milder).departure is not None


def test_a_file_that_denies_its_partition_departs() -> None:
    denied = edited("a partition", lambda header: header.pop("partition"))
    assert traces.replay(denied).departure is not None


def test_a_crashed_node_takes_no_further_step() -> None:
    run = run_of("crash")
    crash = next(place for place, act in enumerate(run.acts) if isinstance(act.event, Crash))
    late = (*run.acts[: crash + 1], run.acts[crash], *run.acts[crash + 1 :])
    with pytest.raises(Exception, match="has stopped for ever"):
        traces.record(replace(run, acts=late), None)


@pytest.mark.parametrize("fault", ["crash", "twins", "mutation"])
def test_a_node_that_withholds_needs_the_fault_to_do_so(fault: str) -> None:
    """Less than omission does not explain the run, so its file is another core's."""
    run = replace(run_of("omission"), fault=FAULTS[fault])
    with pytest.raises(Exception, match=r"step \d+|violate|predict|lacks|cannot"):
        traces.record(run, "view-consistency")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fault": "cosmic ray"}, "there is no fault"),
        ({"fault": "none"}, "it is none, but"),
        ({"losses": 3}, "only the network lossy loses messages"),
        ({"losses": -1, "network": "lossy"}, "must be at least 0"),
        ({"partition": ["0/1/2"], "network": "lossy"}, "must name each of the nodes"),
        ({"partition": ["0,1"], "network": "lossy"}, "is no partition"),
        ({"network": "asynchronous"}, "nothing tells a crash"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(
    changes: dict[str, Json], complaint: str
) -> None:
    with pytest.raises(TraceError, match=complaint):
        edited("crash", lambda header: header.update(changes))


def test_an_arrow_leads_from_the_step_that_sent_it_even_if_it_was_changed() -> None:
    told = diagram(trace_of("mutation, asynchronous"))
    arrows = [row.arrow for row in told.rows if row.arrow is not None and row.arrow.sender == 0]
    assert arrows
    assert all(arrow.sent_at is not None for arrow in arrows)
    assert [lane.role for lane in told.lanes] == ["mutating", "honest", "honest"]


def test_blame_looks_at_what_honest_nodes_have_seen() -> None:
    """Twins contradict each other in front of others; a crash proves nothing."""
    assert {culprit.node for culprit in traces.blame(trace_of("twins, asynchronous"))} == {0}
    assert traces.blame(trace_of("crash with time-outs")) == ()


@pytest.mark.parametrize("name", ["crash", "losses"])
def test_the_explorer_says_that_it_does_not_walk_there(name: str) -> None:
    with pytest.raises(QuestionError, match="the explorer walks with Byzantine nodes"):
        ground_of_trace(trace_of(name))
