"""Section III.1, clause by clause: election, votes, rejection, rewards."""

from fractions import Fraction

import pytest
from core_world import World, objections, paper

from poqi_core import Clause
from poqi_core.messages import (
    NodePrediction,
    PrePrepare,
    ViewChange,
)
from poqi_core.outputs import Reason, Rejected, Send

A, B, C, D = range(4)
ONE = Fraction(1)
HALF = Fraction(1, 2)


# III.1: election, pre-prepare, view change


@pytest.mark.parametrize("view", range(9))
def test_clause_election_the_primary_is_the_view_modulo_n(view: int) -> None:
    world = World(paper(nodes=4), start_view=view)
    proposers = [done.node for done in world.sample(0, "AAAA") if Clause.ELECTION in done.clauses]
    assert proposers == [view % 4]


def test_clause_election_the_primary_tells_everybody_its_label_and_its_reward() -> None:
    world = World(paper())
    (proposed, *_) = world.sample(0, "BAAA")
    assert Send((1, 2, 3), PrePrepare(0, B, 0, ONE)) in proposed.outputs


def test_clause_agree_a_validator_hands_its_prediction_to_the_primary() -> None:
    world = World(paper(), faulty=[0])
    world.sample(0, "?AAA")
    done = world.receive(0, 2, PrePrepare(0, A, 0, ONE))
    assert done.clauses == [Clause.AGREE]
    assert Send((0,), NodePrediction(2, A, 0)) in done.outputs


def test_clause_object_another_label_is_voted_against_with_vo_1() -> None:
    world = World(paper(), faulty=[0])
    world.sample(0, "?AAA")
    done = world.receive(0, 2, PrePrepare(0, B, 0, ONE))
    assert done.clauses == [Clause.OBJECT]
    assert Send((0, 1, 3), ViewChange(2, 1, True, ONE)) in done.outputs


def test_clause_object_a_validator_without_a_prediction_waits_for_it() -> None:
    world = World(paper(), faulty=[0])
    assert world.receive(0, 2, PrePrepare(0, B, 0, ONE)).ignored is Reason.EARLY


@pytest.mark.parametrize("nodes", range(2, 8))
def test_clause_rejection_at_exactly_half(nodes: int) -> None:
    """The divisor is N although N-1 validators vote: ceil(N/2) objections reject."""
    world = World(paper(nodes=nodes, faults=0), faulty=range(1, nodes))
    needed = -(-nodes // 2)
    objections(world, 0, *range(1, needed))
    assert world.states[0].view == 0
    objections(world, 0, needed)
    assert world.states[0].view == 1


def test_clause_rejection_needs_no_prediction_of_ones_own() -> None:
    world = World(paper())
    objections(world, 1, 2, 3)
    assert world.steps[-1].facts == [Rejected(0, 0)]


def test_clause_rejection_by_a_nodes_own_vote() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    objections(world, 1, 2)
    done = world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert done.facts == [Rejected(0, 0)]


def test_clause_rejection_votes_of_a_view_do_not_count_in_the_next() -> None:
    world = World(paper())
    objections(world, 2, 1)
    objections(world, 2, 3)
    objections(world, 2, 3, view=1)
    assert world.states[2].view == 1
    assert world.states[2].log.objectors == 1 << 3


def test_clause_penalty_is_exact_after_many_rejections() -> None:
    world = World(paper(nodes=3, faults=1, samples=None))
    for view in range(300):
        others = [node for node in range(1, 3) if node != view % 3]
        objections(world, 0, *others, view=view)
        if len(others) < 2:
            world.sample(world.states[0].sample, "B")
            world.receive(view % 3, 0, PrePrepare(view % 3, A, view, ONE))
    assert world.states[0].view == 300
    assert world.states[0].rewards == (Fraction(1, 2**100),) * 3


def test_clause_reward_a_primary_that_decides_earns_q() -> None:
    world = World(paper(q="1/3"))
    world.sample(0, "AAAA")
    world.deliver()
    assert {state.rewards for state in world.states.values()} == {(Fraction(4, 3), ONE, ONE, ONE)}
