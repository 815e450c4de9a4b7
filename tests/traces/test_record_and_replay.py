"""A trace replays on the core; whatever is edited in it is found at its step."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from trace_runs import by_name, forged_final, two_words

import traces
from poqi_core.messages import Commit, Decision, PrePrepare, Received, Sample, TimeOut
from poqi_core.run import Act, DepartureError
from traces.document import from_document
from traces.json_text import Json, parse

NAMES = list(by_name())


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_run_survives_its_file_and_replays(name: str, tmp_path: Path) -> None:
    trace = by_name()[name].trace()
    path = tmp_path / "trace.itf.json"
    path.write_text(traces.write(trace), encoding="utf-8")
    again = traces.read(path)
    assert again == trace
    assert traces.write(again) == traces.write(trace)
    replayed = traces.replay(again)
    assert replayed.departure is None
    assert [moment.act for moment in replayed.moments] == list(trace.run.acts)


def test_the_conjunct_in_a_trace_is_the_one_of_the_property() -> None:
    trace = traces.record(two_words(), "agreement", profile="literal")
    assert trace.violation.nodes == (1, 2)
    assert trace.violation.conjunct == (
        "node 1 decided label 0 for sample 0 and node 2 decided label 1"
    )
    assert traces.reason(trace) == "node 1 decided label A for sample 0 and node 2 decided label B"


def test_where_a_trace_comes_from_is_kept() -> None:
    trace = traces.record(
        replace(forged_final(), views=2),
        "decided-validity",
        scope="Violated in an asynchronous network.",
        command="poqi check -n 4 -f 1 --predictions '?AAB'",
    )
    again = from_document(parse(traces.write(trace)))
    assert again.origin == trace.origin
    assert again.run.views == 2
    assert again.byzantine == (0,)


def test_a_command_of_several_lines_becomes_one() -> None:
    trace = traces.record(
        two_words(), "agreement", profile="literal", command="poqi --trace 'a\nb\udcffé'"
    )
    assert trace.origin.command == r"poqi --trace 'a\nb\udcffé'"


class TestRecording:
    """Only a run that is what it claims to be becomes a trace."""

    def test_of_a_property_that_holds_at_the_end(self) -> None:
        with pytest.raises(traces.TraceError, match="the run does not violate agreement"):
            traces.record(forged_final(), "agreement")

    def test_of_a_property_that_broke_before(self) -> None:
        run = two_words()
        longer = replace(run, acts=(*run.acts, Act(3, Sample(0, 0))))
        with pytest.raises(traces.TraceError, match="agreement is violated after 2 steps already"):
            traces.record(longer, "agreement", profile="literal")

    def test_of_a_message_that_no_honest_node_sent(self) -> None:
        run = two_words()
        decision = Received(3, Decision(3, 0, 3))
        with pytest.raises(DepartureError, match="the honest node 3 has not sent that"):
            traces.record(replace(run, acts=(Act(1, decision), *run.acts)), "agreement")

    def test_of_a_state_that_is_not_stuck(self) -> None:
        run = replace(forged_final(), acts=())
        with pytest.raises(traces.TraceError, match="the run does not violate termination"):
            traces.record(run, "termination")

    def test_of_an_unknown_property_or_profile(self) -> None:
        with pytest.raises(traces.TraceError, match="there is no property 'peace'"):
            traces.record(two_words(), "peace")
        with pytest.raises(traces.TraceError, match="there is no profile 'dogma'"):
            traces.record(two_words(), "agreement", profile="dogma")

    def test_of_predictions_by_other_nodes(self) -> None:
        run = replace(two_words(), predicted=({1: 0, 2: 0},))
        with pytest.raises(traces.TraceError, match="not the honest nodes"):
            traces.record(run, "agreement", profile="literal")

    def test_of_a_round_where_there_are_none(self) -> None:
        run = two_words()
        acts = (run.acts[0], run.acts[1]._replace(round=1))
        with pytest.raises(traces.TraceError, match="an asynchronous network has no rounds"):
            traces.record(replace(run, acts=acts), "agreement", profile="literal")


def edited_act(trace: traces.Trace, step: int, act: Act) -> traces.Trace:
    """``trace`` with another act at ``step``, as an editor would put it in."""
    snapshots = list(trace.snapshots)
    snapshots[step] = snapshots[step]._replace(act=act)
    acts = tuple(snapshot.act for snapshot in snapshots if snapshot.act is not None)
    return replace(trace, run=replace(trace.run, acts=acts), snapshots=tuple(snapshots))


class TestEditing:
    """What an editor can do to the forged final of node 2, and where it is found out."""

    def test_an_honest_message_that_was_never_sent(self) -> None:
        trace = by_name()["forged final"].trace()
        forged = Act(2, Received(1, Commit(1, 0, 2, 0, Fraction(7))))
        departure = traces.replay(edited_act(trace, 9, forged)).departure
        assert departure == (9, "the honest node 1 has not sent that to node 2")

    def test_a_message_of_a_faulty_node_that_leads_elsewhere(self) -> None:
        trace = by_name()["forged final"].trace()
        other = Act(1, Received(0, PrePrepare(0, 1, 0, Fraction(0))))
        departure = traces.replay(edited_act(trace, 3, other)).departure
        assert departure is not None
        assert departure.step == 3
        assert departure.reason.startswith(
            "log.agreed of node 1 is True in the file and False on the core (and "
        )

    def test_a_prediction_that_is_another_than_at_the_start(self) -> None:
        trace = by_name()["forged final"].trace()
        departure = traces.replay(edited_act(trace, 10, Act(3, Sample(0, 0)))).departure
        assert departure == (10, "node 3 predicts 1 for sample 0")

    def test_a_step_at_a_node_that_is_faulty(self) -> None:
        trace = by_name()["forged final"].trace()
        departure = traces.replay(edited_act(trace, 1, Act(0, TimeOut(0)))).departure
        assert departure == (1, "node 0 is not an honest node of this run")

    def test_a_step_that_is_left_out(self) -> None:
        trace = by_name()["forged final"].trace()
        snapshots = trace.snapshots[:4] + trace.snapshots[5:]
        acts = tuple(snapshot.act for snapshot in snapshots if snapshot.act is not None)
        shorter = replace(trace, run=replace(trace.run, acts=acts), snapshots=snapshots)
        departure = traces.replay(shorter).departure
        assert departure is not None
        assert departure.step == 4

    def test_the_end_cut_off(self) -> None:
        trace = by_name()["forged final"].trace()
        shorter = replace(
            trace,
            run=replace(trace.run, acts=trace.run.acts[:-1]),
            snapshots=trace.snapshots[:-1],
        )
        assert traces.replay(shorter).departure == (10, "decided-validity is not violated here")

    def test_another_property(self) -> None:
        trace = by_name()["forged final"].trace()
        assert trace.breach is not None
        trace = replace(trace, breach=trace.breach._replace(property="agreement"))
        assert traces.replay(trace).departure == (11, "agreement is not violated here")

    def test_another_reason(self) -> None:
        trace = by_name()["forged final"].trace()
        assert trace.breach is not None
        conjunct = trace.breach._replace(conjunct="node 3 decided label 9")
        departure = traces.replay(replace(trace, breach=conjunct)).departure
        assert departure is not None
        assert departure.step == 11
        assert departure.reason.endswith(
            "which no honest node predicted; the file has another reason"
        )
        elsewhere = trace.breach._replace(nodes=(1,))
        departure = traces.replay(replace(trace, breach=elsewhere)).departure
        assert departure == (
            11,
            "decided-validity is violated at the nodes [2]; the file names others",
        )

    def test_a_step_after_the_property_has_broken(self) -> None:
        trace = by_name()["two words"].trace()
        act = Act(3, Received(0, Decision(0, 2, 0)))
        longer = replace(
            trace,
            run=replace(trace.run, acts=(*trace.run.acts, act)),
            snapshots=(*trace.snapshots, trace.snapshots[-1]._replace(act=act)),
        )
        departure = traces.replay(longer).departure
        assert departure is not None
        assert departure.step == 2
        assert departure.reason.startswith("agreement is violated here already: node 1 decided")

    def test_a_reading(self) -> None:
        document = traces.write(by_name()["forged final"].trace())
        strict = document.replace('"check_final": "no"', '"check_final": "yes"')
        departure = traces.replay(from_document(parse(strict))).departure
        assert departure is not None
        assert departure.step == 5

    def test_nothing(self) -> None:
        trace = by_name()["forged final"].trace()
        assert traces.replay(trace).departure is None
        assert len(traces.faithful(trace)) == 11

    def test_what_departs_is_not_told_as_a_story(self) -> None:
        trace = by_name()["forged final"].trace()
        broken = edited_act(trace, 10, Act(3, Sample(0, 0)))
        for tell in (traces.show, traces.story, traces.coverage, traces.faithful):
            with pytest.raises(DepartureError, match="step 10: node 3 predicts 1"):
                tell(broken)


def _leaves(value: Json, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from _leaves(item, (*path, at))
    else:
        yield path


def _changed(value: Json, path: tuple[str | int, ...]) -> Json:
    """``value`` with another leaf of the same kind at ``path``."""
    if path:
        first, rest = path[0], path[1:]
        if isinstance(value, dict):
            return {
                name: _changed(item, rest) if name == first else item
                for name, item in value.items()
            }
        assert isinstance(value, list)
        return [_changed(item, rest) if at == first else item for at, item in enumerate(value)]
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return "2/3" if value[:1].isdigit() else f"{value}x"
        case _:
            return [0]


def _found_out(document: Json) -> int | str | None:
    """The step at which a document departs from the core, or the variable that cannot be read."""
    try:
        departure = traces.replay(from_document(parse(json.dumps(document)))).departure
    except traces.TraceError as error:
        place = re.match(r"states\[\d+\]\.\w+", str(error))
        return place.group() if place else str(error)
    return None if departure is None else departure.step


@pytest.mark.parametrize("name", ["two words with vectors", "forged final"])
def test_no_edit_of_a_state_goes_unnoticed(name: str) -> None:
    """Every single leaf of every recorded state is compared: each is changed in its turn."""
    document: dict[str, Json] = json.loads(traces.write(by_name()[name].trace()))
    states = document["states"]
    assert isinstance(states, list)
    tried = 0
    for index, state in enumerate(states):
        assert isinstance(state, dict)
        for variable in ("nodes", "records"):
            for path in list(_leaves(state[variable], ()))[:: 1 if len(states) < 8 else 3]:
                tried += 1
                changed = {**state, variable: _changed(state[variable], path)}
                whole: Json = {
                    **document,
                    "states": [*states[:index], changed, *states[index + 1 :]],
                }
                assert _found_out(whole) in (index, f"states[{index}].{variable}"), path
    assert tried > 300
