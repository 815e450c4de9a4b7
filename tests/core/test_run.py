"""A run is replayed act by act, and an act that could not have happened is refused."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from poqi_core import PAPER, Config, Softmax
from poqi_core.history import Entry, Facet, Outcome, Record, Rewards, follow
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    Event,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Conflicted, Decided, Rejected, Rule
from poqi_core.register import with_changes
from poqi_core.run import Act, DepartureError, Execution, Moment, Run, execute
from poqi_core.state import Conflict, initial

A, B = range(2)
ONE = Fraction(1)


def run(
    *acts: Act,
    predictions: Sequence[str] = ("AAAA",),
    network: str = "asynchronous",
    **readings: str,
) -> Run:
    """A run of four nodes of which those with a ``?`` are faulty."""
    config = Config(4, 1, with_changes(PAPER, readings), len(predictions))
    honest = tuple(node for node in range(4) if predictions[0][node] != "?")
    predicted = tuple({node: ord(row[node]) - ord("A") for node in honest} for row in predictions)
    return Run(config, network, 0, honest, predicted, acts)


def all_samples(index: int = 0) -> list[Act]:
    return [Act(node, Sample(index, A)) for node in range(4)]


def refused(made: Run) -> DepartureError:
    with pytest.raises(DepartureError) as departure:
        list(execute(made))
    return departure.value


def test_a_run_shows_each_moment() -> None:
    acts = [*all_samples(), Act(1, Received(0, PrePrepare(0, A, 0, ONE)))]
    moments = list(execute(run(*acts)))
    assert [moment.act for moment in moments] == acts
    assert moments[0].before == initial(run().config, 0)
    assert moments[4].before == moments[1].after
    assert moments[4].record == Record()


def test_a_single_node_decides_on_its_own() -> None:
    config = Config(1, 0, PAPER, 1)
    (moment,) = execute(Run(config, "asynchronous", 0, (0,), ({0: B},), (Act(0, Sample(0, B)),)))
    assert moment.record == Record(
        history=(Entry(0, B),),
        outcomes=(Outcome(0, B),),
        rewards=(Rewards(0, (Fraction(2),)),),
    )


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (Act(0, Sample(0, A)), "node 0 is not an honest node of this run"),
        (Act(9, Sample(0, A)), "node 9 is not an honest node of this run"),
        (Act(1, Sample(1, A)), "there is no sample 1"),
        (Act(1, Sample(-1, A)), "there is no sample -1"),
        (Act(1, Sample(0, B)), "node 1 predicts 0 for sample 0"),
        (Act(1, Sample(0, Softmax(B, (0.0, 1.0)))), "node 1 predicts 0 for sample 0"),
        (
            Act(1, Received(2, Commit(2, A, A, 0, ONE))),
            "the honest node 2 has not sent that to node 1",
        ),
    ],
)
def test_what_could_not_have_happened_is_refused(act: Act, reason: str) -> None:
    departure = refused(run(act, predictions=("?AAA",)))
    assert (departure.step, departure.reason) == (1, reason)
    assert str(departure) == f"step 1: {reason}"


def test_a_faulty_node_can_send_whatever_it_likes() -> None:
    act = Act(1, Received(0, Commit(0, B, B, 0, ONE)))
    (moment,) = execute(run(act, predictions=("?AAA",)))
    assert moment.after.log.commits


def test_what_was_sent_arrives_at_any_later_time_any_number_of_times() -> None:
    proposal = Act(1, Received(0, PrePrepare(0, A, 0, ONE)))
    assert len(list(execute(run(*all_samples(), proposal, proposal)))) == 6
    assert refused(run(proposal, *all_samples())).step == 1


# Lock-step rounds


def in_round(number: int, node: int, event: Event) -> Act:
    return Act(node, event, number)


PROPOSAL = PrePrepare(0, A, 0, ONE)
PREPARE = Prepare(0, A, A, 0, ONE)


def first_round() -> list[Act]:
    return [in_round(0, node, Sample(0, A)) for node in range(4)]


def second_round() -> list[Act]:
    return [
        in_round(1, node, Received(0, message))
        for node in range(1, 4)
        for message in (PROPOSAL, PREPARE)
    ]


def test_in_rounds_a_message_arrives_in_the_round_after_it_was_sent() -> None:
    assert len(list(execute(run(*first_round(), *second_round(), network="rounds")))) == 10
    early = [*first_round(), in_round(0, 1, Received(0, PROPOSAL))]
    assert "arrives in this round" in refused(run(*early, network="rounds")).reason


def test_in_rounds_a_message_arrives_once() -> None:
    again = [*first_round(), *second_round(), in_round(1, 1, Received(0, PROPOSAL))]
    departure = refused(run(*again, network="rounds"))
    assert departure.step == 11
    assert "arrives in this round" in departure.reason


def test_in_rounds_time_does_not_run_backwards() -> None:
    acts = [*first_round(), *second_round(), in_round(0, 1, Sample(0, A))]
    assert refused(run(*acts, network="rounds")).reason == "round 0 is over"


def test_in_rounds_every_message_of_a_round_arrives() -> None:
    acts = [*first_round(), *second_round()[1:], in_round(2, 0, Received(1, PREPARE))]
    departure = refused(run(*acts, network="rounds"))
    assert departure.reason.startswith("round 1 is over, but node 1 lacks Received(sender=0")


def test_in_rounds_every_network_answers_in_the_round() -> None:
    acts = [*first_round()[:3], in_round(1, 1, Received(0, PROPOSAL))]
    departure = refused(run(*acts, network="rounds"))
    assert departure.reason.startswith("round 0 is over, but node 3 lacks Sample(index=0")


def test_in_rounds_what_changes_nothing_need_not_arrive() -> None:
    """Predictions reach a primary that has prepared; nothing comes of them."""
    acts = [*first_round(), *second_round()]
    third = [
        in_round(2, node, Received(sender, PREPARE))
        for node in range(4)
        for sender in range(1, 4)
        if sender != node
    ]
    execution = Execution(run(network="rounds"))
    for act in [*acts, *third]:
        execution.perform(act)
    commit = Received(1, Commit(1, A, A, 0, ONE))
    execution.perform(in_round(3, 0, commit))
    assert execution.states[0].log.commits[0].senders == 0b11


def test_in_rounds_a_timer_runs_out_only_where_nothing_else_happens() -> None:
    timed = run(predictions=("?AAA",), network="rounds", timeout="vote")
    samples = [in_round(0, node, Sample(0, A)) for node in range(1, 4)]
    hasty = replace(timed, acts=(*samples, in_round(0, 1, TimeOut(0))))
    assert refused(hasty).reason.startswith("a timer runs out only in a round")
    patient = replace(timed, acts=(*samples, in_round(1, 1, TimeOut(0))))
    assert list(execute(patient))[-1].after.log.objected


def test_in_rounds_a_far_round_is_as_near_as_the_next() -> None:
    waiting = run(predictions=("?AAA",), network="rounds")
    samples = [in_round(0, node, Sample(0, A)) for node in range(1, 4)]
    word = Received(0, PrePrepare(0, B, 0, ONE))
    late = replace(waiting, acts=(*samples, in_round(10**12, 1, word)))
    assert list(execute(late))[-1].after.log.objected


def test_in_rounds_a_timer_runs_out_once_and_must() -> None:
    """Nothing happens in round 1, so it runs out for everybody there, and nobody gets past it."""
    execution = Execution(run(predictions=("?AAA",), network="rounds", timeout="vote"))
    for node in range(1, 4):
        execution.perform(in_round(0, node, Sample(0, A)))
    with pytest.raises(DepartureError, match="lacks TimeOut"):
        execution.fork().reach(2)
    execution.perform(in_round(1, 1, TimeOut(0)))
    with pytest.raises(DepartureError, match="and once"):
        execution.fork().perform(in_round(1, 1, TimeOut(0)))
    assert {act.node for act in execution.owed()} == {2, 3}


def test_in_rounds_a_message_of_a_later_step_is_held() -> None:
    """Node 1 is driven out of view 0 and proposes; node 3 gets there two rounds later."""
    execution = Execution(run(predictions=("?A?A",), network="rounds"))
    for node in (1, 3):
        execution.perform(in_round(0, node, Sample(0, A)))
    vote = Received(2, ViewChange(2, 1, True, ONE))
    execution.perform(in_round(0, 1, Received(0, PrePrepare(0, B, 0, ONE))))
    execution.perform(in_round(0, 1, vote))
    execution.perform(in_round(1, 3, Received(1, ViewChange(1, 1, True, ONE))))
    execution.perform(in_round(3, 3, vote))
    proposal = Act(3, Received(1, PrePrepare(1, A, 1, ONE)), 3)
    assert proposal in list(execution.honest_steps())
    assert execution.perform(proposal).after.log.agreed


def test_in_rounds_a_node_that_has_used_up_its_views_is_not_followed() -> None:
    bounded = replace(run(predictions=("?ABB",), network="rounds"), views=1)
    execution = Execution(bounded)
    assert execution.run.follows(execution.states[1])
    for node, label in ((1, A), (2, B), (3, B)):
        execution.perform(in_round(0, node, Sample(0, label)))
    for voter in (2, 3):
        execution.perform(in_round(1, voter, Received(0, PROPOSAL)))
    execution.perform(in_round(2, 2, Received(3, ViewChange(3, 1, True, ONE))))
    execution.perform(in_round(2, 3, Received(2, ViewChange(2, 1, True, ONE))))
    for voter in (2, 3):
        execution.perform(in_round(2, 1, Received(voter, ViewChange(voter, 1, True, ONE))))
    assert not execution.run.follows(execution.states[1])
    execution.perform(in_round(9, 2, Received(0, Commit(0, A, A, 1, ONE))))


# What is left to happen


def test_honest_steps_are_all_that_can_still_change_a_node() -> None:
    execution = Execution(run())
    assert set(execution.honest_steps()) == set(all_samples())
    for act in all_samples():
        execution.perform(act)
    waiting = [
        act
        for act in execution.honest_steps()
        if isinstance(act.event, Received) and not isinstance(act.event.message, PrePrepare)
    ]
    assert waiting == [], "a prepare waits for its pre-prepare"


def test_honest_steps_of_a_run_that_is_over() -> None:
    execution = Execution(run())
    moments: list[Moment] = []
    while (act := next(execution.honest_steps(), None)) is not None:
        moments.append(execution.perform(act))
    assert [record.history for record in execution.records.values()] == [(Entry(0, A),)] * 4


def test_honest_steps_are_time_outs_collections_and_choices_too() -> None:
    timed = Execution(run(timeout="vote"))
    assert Act(1, TimeOut(0)) in list(timed.honest_steps())
    collecting = Execution(run(collect="round"))
    for act in all_samples():
        collecting.perform(act)
    assert Act(0, CollectionClosed(0)) in list(collecting.honest_steps())
    tied = Execution(run(tie="free"))
    conflict = initial(tied.run.config, 0)
    tied.states[0] = conflict._replace(conflicts=(tie(),))
    assert Act(0, TieBreak(0, 2)) in list(tied.honest_steps())
    assert Act(0, TieBreak(0, 1)) not in list(tied.honest_steps())


def tie() -> Conflict:
    return Conflict(0, (A, A, B, B), deciders=0b1101, rule=Rule.MOST_HONEST)


# What a node has shown


def test_a_record_follows_only_the_facets_that_are_asked_for() -> None:
    after = initial(Config(2, 0), 0)
    outputs = (
        Rejected(0, 0),
        Conflicted(0, 0),
        Decided(0, A, 1, Rule.EXPERTS),
        Decided(1, B, 1, Rule.CONSENSUS),
    )
    assert follow(Record(), outputs, after, Facet(0)) == Record()
    assert follow(Record(), outputs, after, Facet.HISTORY) == Record(
        history=(Entry(0, A), Entry(1, B))
    )
    assert follow(Record(), outputs, after, Facet.CONFLICTS) == Record(conflicts=(0,))
    assert follow(Record(), outputs, after, Facet.OUTCOMES) == Record(
        outcomes=(Outcome(0, None), Outcome(1, B))
    )
    assert follow(Record(), outputs, after, Facet.REWARDS) == Record(
        rewards=(Rewards(0, (ONE, ONE)), Rewards(1, (ONE, ONE)))
    )
