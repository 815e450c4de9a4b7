"""Time-outs, early messages and samples that are given up: what comes from outside a node."""

from fractions import Fraction

import pytest
from core_world import World, labels, objections, paper

from poqi_core import Clause, Config, Readings, initial, step
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Decision,
    NextSample,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Reason, Undecided
from poqi_core.register import with_changes
from poqi_core.state import Conflict
from poqi_core.step import may_heed, views_heard

A, B, C, D = range(4)
ONE = Fraction(1)
HALF = Fraction(1, 2)


# II, III: time-outs, synchrony, and what a run over data needs


def test_clause_time_out_is_a_vote_with_vo_1() -> None:
    world = World(paper(timeout="vote"))
    done = world.happen(1, TimeOut(0))
    assert done.sent == [ViewChange(1, 1, True, ONE)]
    assert world.happen(1, TimeOut(0)).ignored is Reason.DUPLICATE
    assert world.happen(1, TimeOut(1)).ignored is Reason.EARLY
    assert world.happen(0, TimeOut(0)).ignored is Reason.NOT_A_VALIDATOR


def test_clause_time_out_a_late_proposal_is_not_voted_against_twice() -> None:
    world = World(paper(timeout="vote"), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.happen(1, TimeOut(0))
    done = world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert done.clauses == [Clause.OBJECT]
    assert done.sent == []


def test_clause_early_what_is_kept_takes_effect_in_the_order_of_the_protocol() -> None:
    """A vote about view 1 is tried before the pre-prepare of view 2, though both name view 2."""
    config = Config(4, 1, Readings(), 1, keep_early=True)
    world = World(config, faulty=[0, 1, 2])
    world.sample(0, "???A")
    world.receive(2, 3, PrePrepare(2, A, 2, ONE))
    world.receive(2, 3, ViewChange(2, 2, True, ONE))
    world.receive(0, 3, ViewChange(0, 2, True, ONE))
    objections(world, 3, 1, 2)
    assert world.states[3].view == 2
    assert world.states[3].log.agreed
    assert world.states[3].early == ()


def test_clause_early_kept_votes_can_make_a_node_the_primary_at_once() -> None:
    config = Config(4, 1, Readings(), 2, keep_early=True)
    world = World(config, faulty=[0, 1, 3])
    world.sample(0, "??A?")
    assert world.happen(2, Sample(1, A)).ignored is Reason.EARLY
    objections(world, 2, 0, 3, view=1)
    objections(world, 2, 1, 3)
    assert world.states[2].view == 2
    assert Clause.ELECTION in world.steps[-1].clauses


def test_clause_early_a_kept_pre_prepare_is_answered_once_with_vo_0() -> None:
    config = Config(4, 1, Readings(wrong_view="vote"), 1, keep_early=True)
    world = World(config, faulty=[0, 1, 2])
    world.sample(0, "???A")
    first = world.receive(2, 3, PrePrepare(2, A, 2, ONE))
    assert first.clauses == [Clause.OBJECT_VIEW, Clause.EARLY]
    objections(world, 3, 1, 2)
    votes = [message for done in world.steps for message in done.sent]
    assert votes == [ViewChange(3, 1, False, ONE)]


def test_clause_early_nothing_is_kept_that_is_too_far_ahead_or_can_never_count() -> None:
    config = Config(4, 1, Readings(expert_label="told"), 1, keep_early=True)
    state = initial(config, 3)
    for message, sender in (
        (PrePrepare(1, A, 5, ONE), 1),
        (ViewChange(1, 6, True, ONE), 1),
        (ConflictDecision(1, 0, A), 1),
    ):
        assert step(config, state, Received(sender, message))[0] is state
    farthest = step(config, state, Received(1, ViewChange(1, 5, True, ONE)))[0]
    assert len(farthest.early) == 1


def test_clause_early_a_word_waits_until_the_conflict_sample_falls() -> None:
    """Node 1 is the primary when it falls, 3/2 of 5/2 is its own: the word of node 1 counts."""
    config = Config(3, 1, Readings(expert_label="told"), 2, keep_early=True)
    world = World(config, faulty=[1, 2], start_view=1)
    world.sample(0, "A")
    for view in (1, 2, 3):
        primary = view % 3
        objections(world, 0, *({1, 2} - {primary}), view=view)
        if primary:
            world.receive(primary, 0, PrePrepare(primary, B, view, ONE))
    assert world.states[0].conflicts == (Conflict(0, (A, B, B)),)
    assert world.receive(2, 0, ConflictDecision(2, 0, B)).clauses == [Clause.EARLY]
    assert world.receive(1, 0, ConflictDecision(1, 0, C)).clauses == [Clause.EARLY]
    for node in (1, 2):
        world.receive(node, 0, Commit(node, A, A, 4, ONE))
    world.sample(1, "A")
    world.receive(1, 0, PrePrepare(1, A, 4, ONE))
    for node in (1, 2):
        world.receive(node, 0, Prepare(1, A, A, 4, ONE))
    assert world.decided(0) == {0: C, 1: A}
    assert not world.states[0].early


@pytest.mark.parametrize(
    ("readings", "keep_early", "heard"),
    [
        ({}, False, range(2, 3)),
        ({}, True, range(2, 7)),
        ({"late_messages": "yes"}, False, range(3)),
        ({"wrong_view": "vote"}, False, None),
    ],
)
def test_the_views_that_a_node_hears(
    readings: dict[str, str], keep_early: bool, heard: range | None
) -> None:
    """A node in its third view for the sample, of four nodes."""
    config = Config(4, 1, with_changes(Readings(), readings), 1, keep_early)
    state = initial(config, 0)._replace(view=2)
    assert views_heard(config, state) == heard
    vote = ViewChange(1, 3, True, ONE)
    assert may_heed(config, state, vote)
    stale = Commit(1, A, A, 1, ONE)
    assert may_heed(config, state, stale) is (heard is None or 1 in heard)
    assert may_heed(config, state, Commit(1, A, A, 99, ONE))
    over = state._replace(sample=1)
    assert views_heard(config, over) == (None if heard is None else range(0))
    assert may_heed(config, over, vote) is (heard is None)
    assert may_heed(config, over, ConflictDecision(1, 0, A))


def test_clause_next_sample_gives_up_what_is_open() -> None:
    world = World(paper(samples=4))
    world.sample(0, "AAAA")
    done = world.happen(1, NextSample(2, 5))
    assert done.facts == [Undecided(0), Undecided(1)]
    state = world.states[1]
    assert (state.sample, state.view, state.opened, state.prediction) == (2, 5, 5, None)
    assert world.happen(1, NextSample(2, 5)).ignored is Reason.STALE
    assert world.happen(1, NextSample(2, 7)).facts == []
    assert world.states[1].view == 7
    assert world.happen(1, NextSample(3, 6)).ignored is Reason.STALE
    assert world.happen(1, NextSample(3, 7)).facts == [Undecided(2)]
    assert world.happen(1, NextSample(5, 8)).ignored is Reason.MALFORMED
    assert world.happen(1, NextSample(4, 8)).facts == [Undecided(3)]
    assert world.happen(1, NextSample(4, 9)).ignored is Reason.FINISHED
    assert world.happen(1, Sample(3, A)).ignored is Reason.FINISHED
    assert world.happen(1, TimeOut(8)).ignored is Reason.FINISHED
    assert world.receive(0, 1, PrePrepare(0, A, 8, ONE)).ignored is Reason.FINISHED


def test_clause_next_sample_cannot_undo_a_decision() -> None:
    world = World(paper(samples=2, stop_after_decision="no"), faulty=[0, 1, 2])
    for node in range(3):
        world.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert world.happen(3, NextSample(0, 1)).ignored is Reason.STALE
    assert world.happen(3, NextSample(1, 1)).facts == []
    assert world.decided(3) == {0: A}


def test_a_node_and_a_view_that_do_not_exist_have_no_state() -> None:
    config = paper()
    for node in (-1, 4):
        with pytest.raises(ValueError, match="does not exist"):
            initial(config, node)
    with pytest.raises(ValueError, match="views count from 0"):
        initial(config, 0, -1)


def test_the_letters_of_a_pattern() -> None:
    assert labels("A?C") == [A, None, C]


def test_clause_convey_a_decision_binds_nobody_who_counts_commits() -> None:
    world = World(paper())
    assert world.receive(0, 1, Decision(0, A, 0)).ignored is Reason.NOT_BINDING
