"""A run that repeats for ever as a file: written, read, replayed, shown, refused if edited."""

import json
from functools import cache

import itf_py
import pytest

import traces
from checker.question import Question, parse_patterns
from checker.sweep import answer
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, PAPER, Readings
from traces.document import from_document
from traces.json_text import Json, parse


@cache
def endless(pattern: str, network: str, profile: str = "paper", *, faults: int = 1) -> traces.Trace:
    """What termination breaks by; samples come for ever, if nodes agree on labels."""
    readings: Readings = {"paper": PAPER, "hardened": HARDENED}[profile]
    question = Question(
        len(pattern),
        faults,
        readings,
        network=network,
        predictions=parse_patterns(pattern),
        properties=(property_named("termination"),),
        endless=profile == "paper",
    )
    run = answer(question).results[0].run
    assert run is not None
    return traces.record(run, "termination", profile=profile)


LOOPS = [("AABB", "rounds", "paper"), ("?AAA", "asynchronous", "hardened")]


def document_of(trace: traces.Trace) -> dict[str, Json]:
    document = parse(traces.write(trace))
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("loop", LOOPS)
def test_it_survives_its_file_and_replays(loop: tuple[str, str, str]) -> None:
    trace = endless(*loop)
    assert from_document(document_of(trace)) == trace
    assert traces.replay(trace).departure is None


def test_the_field_loop_names_the_state_to_go_on_with() -> None:
    """After the last state comes the one after the first act of the loop, a lap further."""
    trace = endless("?AAA", "asynchronous", "hardened")
    assert trace.run.loop is not None
    assert document_of(trace)["loop"] == trace.run.loop + 1
    assert itf_py.trace_from_json(json.loads(traces.write(trace))).loop == trace.run.loop + 1


@pytest.mark.parametrize("loop", LOOPS)
def test_another_place_to_go_on_with_is_refused(loop: tuple[str, str, str]) -> None:
    document = document_of(endless(*loop))
    states = document["states"]
    assert isinstance(states, list)
    for place in range(1, len(states)):
        if place == document["loop"]:
            continue
        departure = traces.replay(from_document({**document, "loop": place})).departure
        assert departure is not None
        assert departure.step == len(states) - 1


def test_without_its_loop_it_violates_nothing() -> None:
    document = document_of(endless("AABB", "rounds"))
    del document["loop"]
    departure = traces.replay(from_document(document)).departure
    assert departure is not None
    assert departure.reason == "termination is not violated here"


def test_a_shorter_lap_is_refused() -> None:
    document = document_of(endless("AABB", "rounds"))
    states = document["states"]
    assert isinstance(states, list)
    departure = traces.replay(from_document({**document, "states": states[:-1]})).departure
    assert departure is not None


@pytest.mark.parametrize("loop", LOOPS)
def test_it_is_shown_with_what_never_comes_true(loop: tuple[str, str, str]) -> None:
    text = " ".join(traces.show(endless(*loop)).split())
    further = "4 ballots" if loop[2] == "hardened" else "4 views and 1 sample"
    assert f"from here on the steps repeat for ever, each time {further} further" in text
    why = (
        "nodes 1, 2 and 3: changes the ballot 4 times, each time before it has 3 commits of one "
        "ballot; it never has more than 0"
        if loop[2] == "hardened"
        else "rejects the primary of 4 views, each time before it has 3 equal commits of one view"
    )
    assert why in text


def test_the_dead_zone_is_explained_by_its_guards() -> None:
    """Five equal prepares are needed, four agree; four votes are needed, three object."""
    text = " ".join(traces.show(endless("AAAABBB", "rounds", faults=2)).split())
    assert (
        "nodes 0, 1, 2 and 3: waits for 5 equal prepares for A in view 0, has 4 and can get at "
        "most 4 (nodes 4, 5 and 6 predict another label); waits for 4 votes against the primary "
        "of view 0 and has 3 nodes 4, 5 and 6: waits for 4 votes against the primary of view 0 "
        "and has 3"
    ) in text


def test_a_silent_primary_is_named() -> None:
    text = " ".join(traces.show(endless("?AAA", "rounds")).split())
    assert (
        "waits for the pre-prepare of node 0, the primary of view 0, which is Byzantine and keeps "
        "silent"
    ) in text


@pytest.mark.parametrize("loop", LOOPS)
def test_the_printed_test_passes(loop: tuple[str, str, str]) -> None:
    module: dict[str, object] = {}
    exec(compile(traces.pytest_text(endless(*loop)), "printed", "exec"), module)
    test = module["test_termination_breaks_for_ever"]
    assert callable(test)
    test()


def test_it_is_not_shrunk() -> None:
    with pytest.raises(traces.TraceError, match="its last acts repeat for ever"):
        traces.shrink(endless("AABB", "rounds"))


def test_a_file_says_so_in_its_description() -> None:
    meta = json.loads(traces.write(endless("AABB", "rounds")))["#meta"]
    assert meta["description"] == (
        "PoQI: termination is violated by 44 steps, the last of which repeat for ever"
    )
