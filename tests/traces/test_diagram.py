"""A trace as a diagram: who stands in which lane, what came from where, how nodes stand."""

import json
from dataclasses import replace

import pytest
from trace_runs import by_name, play

import traces
from poqi_core.config import Config
from poqi_core.messages import Received
from poqi_core.outputs import Send
from poqi_core.run import execute
from traces.diagram import diagram, plain
from traces.standing import standing

NAMES = list(by_name())


@pytest.mark.parametrize("name", NAMES)
def test_every_arrow_begins_at_a_step_that_sent_the_message(name: str) -> None:
    trace = by_name()[name].trace()
    picture = diagram(trace)
    moments = traces.faithful(trace)
    byzantine = {lane.node for lane in picture.lanes if lane.byzantine}
    arrows = 0
    for row, moment in zip(picture.rows, moments, strict=True):
        event = moment.act.event
        if not isinstance(event, Received):
            assert row.arrow is None
            continue
        assert row.arrow is not None
        arrows += 1
        if event.sender in byzantine:
            assert row.arrow.sent_at is None
            continue
        assert row.arrow.sent_at is not None
        assert row.arrow.sent_at < row.step.number
        sending = moments[row.arrow.sent_at - 1]
        assert sending.act.node == event.sender
        assert any(
            isinstance(output, Send)
            and output.message == event.message
            and moment.act.node in output.recipients
            for output in sending.outputs
        )
    assert arrows > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_needed_delivery_has_a_needed_sender(name: str) -> None:
    """So the causal past alone can be drawn without an arrow out of nowhere."""
    picture = diagram(by_name()[name].trace())
    needed = {row.step.number for row in picture.rows if row.step.needed}
    for row in picture.rows:
        if row.step.needed and row.arrow is not None and row.arrow.sent_at is not None:
            assert row.arrow.sent_at in needed


def test_the_lanes_say_who_is_faulty_and_what_the_others_predict() -> None:
    picture = diagram(by_name()["strict order"].trace())
    assert [(lane.node, lane.byzantine, lane.predicted) for lane in picture.lanes] == [
        (0, True, "? ?"),
        (1, False, "A A"),
        (2, False, "A B"),
        (3, False, "B A"),
    ]


def test_a_node_stands_as_the_core_left_it() -> None:
    picture = diagram(by_name()["forged final"].trace())
    assert picture.start[0] is None
    assert picture.start[1] is not None
    assert picture.start[1].in_a_line() == (
        "in view 0 with sample 0; decided nothing; rewards 1 1 1 1"
    )
    assert picture.start[1].remembers == ("has not classified its sample",)
    assert picture.rows[8].standing.remembers == (
        "predicts A",
        "agrees with the proposal",
        "prepares A with final C",
        "has a quorum of prepares (3) and commits C",
        "has 2 of 3 commits for C (nodes 1 and 2)",
    )
    last = picture.rows[-1]
    assert last.standing == (
        "has finished",
        "decided C for sample 0",
        "rewards 2 1 1 1",
        (),
    )
    assert (last.fact, last.idle) == (True, False)


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_whatever_state_a_node_gets_into_there_are_words_for_it(network: str) -> None:
    """The words of a state tell apart what the words of a change told apart."""
    config = Config(4, 1, samples=2, keep_early=network == "rounds")
    for seed in range(6):
        *_, last = play(config, ["?AAB", "?ABA"], seed, network=network)
        for moment in execute(last.run):
            before, after = (
                standing(config, state, moment.record) for state in (moment.before, moment.after)
            )
            votes = (moment.before.log.objectors, moment.after.log.objectors)
            if moment.before.view == moment.after.view and votes[0] != votes[1]:
                assert before.remembers != after.remembers


def test_a_diagram_is_plain_json() -> None:
    picture = diagram(by_name()["conflict in rounds"].trace())
    written = json.loads(json.dumps(plain(picture)))
    assert written["in_rounds"] is True
    assert written["claim"]["property"] == "termination"
    assert len(written["rows"]) == len(picture.rows)
    assert written["rows"][0]["standing"]["decided"] == "decided nothing"
    assert any(row["idle"] for row in written["rows"])


def test_a_walk_has_no_claim() -> None:
    run = by_name()["two words"].run
    walk = traces.record(replace(run, acts=run.acts[:1]), None, profile="literal")
    picture = diagram(walk)
    assert picture.claim is None
    assert picture.concerned == ()
    assert picture.headline == "a walk of 1 step"
