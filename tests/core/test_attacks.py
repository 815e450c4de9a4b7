"""What faulty nodes try, and what it gets them.

A misbehaviour is named in each test: a double vote, a double proposal, a forged sender, a relay
that its primary never made.  Where the published protocol gives way the test says so; that is
no fault of the core, which must show it.
"""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from core_world import World

from poqi_core import Clause, Config, Readings
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Decision,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    ViewChange,
)
from poqi_core.outputs import Reason
from poqi_core.register import with_changes

A, B, C = range(3)
ONE = Fraction(1)


def attacked(
    predictions: str, faults: int = 1, faulty: Sequence[int] = (0,), **readings: str
) -> World:
    """Honest nodes that have classified sample 0; the others are the attackers."""
    config = Config(len(predictions), faults, with_changes(Readings(), readings), 1)
    world = World(config, faulty)
    world.sample(0, predictions)
    return world


FORGERIES: list[Message] = [
    PrePrepare(0, B, 0, ONE),
    NodePrediction(2, B, 0),
    ViewChange(2, 1, True, ONE),
    Commit(2, B, B, 0, ONE),
    Decision(0, B, 0),
    ConflictDecision(2, 0, B),
]


@pytest.mark.parametrize("message", FORGERIES, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("decide", ["commits", "obey"])
def test_attack_forged_sender(message: Message, decide: str) -> None:
    world = attacked("AAA?", faulty=[3], decide=decide)
    assert world.receive(3, 1, message).ignored is Reason.NOT_THE_SENDER


@pytest.mark.parametrize("sender", [-1, 4, 10**9])
def test_attack_sender_outside_the_network(sender: int) -> None:
    world = attacked("?AAA")
    message = PrePrepare(sender, A, 0, ONE)
    assert world.receive(sender, 1, message).ignored is Reason.MALFORMED


def test_attack_a_nodes_own_messages_sent_back_to_it() -> None:
    world = attacked("?AAA")
    assert world.receive(1, 1, Commit(1, A, A, 0, ONE)).ignored is Reason.DUPLICATE


MALFORMED: list[Message] = [
    PrePrepare(0, -1, 0, ONE),
    Prepare(0, -1, A, 0, ONE),
    Prepare(0, A, -1, 0, ONE),
    Commit(0, -1, A, 0, ONE),
    Commit(0, A, -1, 0, ONE),
    Decision(0, -1, 0),
    ConflictDecision(0, 0, -1),
]


@pytest.mark.parametrize("message", MALFORMED, ids=str)
def test_attack_a_label_that_does_not_exist(message: Message) -> None:
    world = attacked("?AAA", decide="obey", expert_label="told")
    assert world.receive(0, 1, message).ignored is Reason.MALFORMED


def test_attack_proposal_by_a_node_that_is_not_the_primary() -> None:
    world = attacked("AAA?", faulty=[3])
    assert world.receive(3, 1, PrePrepare(3, B, 0, ONE)).ignored is Reason.NOT_THE_PRIMARY


def test_attack_decision_by_a_node_that_is_not_the_primary() -> None:
    world = attacked("AAA?", faulty=[3], decide="obey")
    assert world.receive(3, 1, Decision(3, B, 0)).ignored is Reason.NOT_THE_PRIMARY


def test_attack_relay_with_a_false_primary() -> None:
    world = attacked("AAA?", faulty=[3])
    for primary in (3, 1, -1):
        prepare = Prepare(primary, A, A, 0, ONE)
        assert world.receive(3, 1, prepare).ignored is Reason.NOT_THE_PRIMARY


def test_attack_relay_of_a_prepare_that_the_primary_never_made_counts_once() -> None:
    """Nodes 2 and 3 collude: with the own prepare missing, two false relays are no quorum."""
    world = attacked("AA??", faulty=[2, 3])
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    for attacker in (2, 3, 2, 3):
        world.receive(attacker, 1, Prepare(0, A, A, 0, ONE))
    assert world.states[1].log.prepared == ()
    assert world.states[1].log.committed == ()


def test_attack_f_plus_one_false_relays_would_be_a_quorum_with_ones_own() -> None:
    """Beyond f faults nothing is promised: three false relays stand for three agents."""
    world = attacked("?A???", faulty=[0, 2, 3, 4], commit_needs_prepare="no")
    for attacker in (2, 3, 4):
        world.receive(attacker, 1, Prepare(0, A, A, 0, ONE))
    assert world.states[1].log.committed == (A,)


def test_attack_double_vote() -> None:
    world = attacked("AAA?", faulty=[3])
    vote = ViewChange(3, 1, True, ONE)
    assert world.receive(3, 1, vote).clauses == [Clause.VOTE_LOG]
    for again in (vote, ViewChange(3, 1, True, ONE / 2)):
        assert world.receive(3, 1, again).ignored is Reason.DUPLICATE
    assert world.states[1].view == 0


def test_attack_late_vote_and_early_vote() -> None:
    world = attacked("AAA?", faulty=[3])
    world.receive(3, 1, ViewChange(3, 1, True, ONE))
    world.receive(2, 1, ViewChange(2, 1, True, ONE))
    assert world.states[1].view == 1
    assert world.receive(3, 1, ViewChange(3, 1, True, ONE)).ignored is Reason.STALE
    assert world.receive(3, 1, ViewChange(3, 3, True, ONE)).ignored is Reason.EARLY


def test_attack_primary_votes_about_itself() -> None:
    world = attacked("?AAA")
    vote = ViewChange(0, 1, True, ONE)
    assert world.receive(0, 1, vote).ignored is Reason.NOT_A_VALIDATOR


def test_attack_vote_with_vo_0_is_no_objection() -> None:
    world = attacked("AAA?", faulty=[3])
    assert world.receive(3, 1, ViewChange(3, 1, False, ONE)).ignored is Reason.NO_OBJECTION


def test_attack_double_commit_for_different_decisions_is_counted_for_each_once() -> None:
    world = attacked("AAA?", faulty=[3])
    for label in (A, B, C):
        assert world.receive(3, 1, Commit(3, label, label, 0, ONE)).clauses == [Clause.COMMIT_LOG]
        again = world.receive(3, 1, Commit(3, A, label, 0, ONE))
        assert again.ignored is Reason.DUPLICATE
    assert world.decided(1) == {}


def test_attack_equivocating_primary_is_harmless_where_quorums_intersect() -> None:
    world = attacked("?AAB")
    equivocate(world, {A: (1, 2), B: (3,)})
    assert {label for node in (1, 2, 3) for label in world.decided(node).values()} == {A}


def test_attack_equivocating_primary_splits_five_nodes() -> None:
    world = attacked("?AABB")
    equivocate(world, {A: (1, 2), B: (3, 4)})
    assert [world.decided(node) for node in (1, 2, 3, 4)] == [{0: A}] * 2 + [{0: B}] * 2


def test_attack_equivocating_primary_fails_with_intersecting_quorums() -> None:
    world = attacked("?AABB", quorum="intersecting")
    equivocate(world, {A: (1, 2), B: (3, 4)})
    assert all(world.decided(node) == {} for node in (1, 2, 3, 4))


def equivocate(world: World, shown: dict[int, tuple[int, ...]]) -> None:
    """The faulty primary 0 shows each group its own label and seconds it to that group."""
    for label, group in shown.items():
        world.tell(0, PrePrepare(0, label, 0, ONE), *group)
        world.tell(0, Prepare(0, label, label, 0, ONE), *group)
        world.tell(0, Commit(0, label, label, 0, ONE), *group)
    world.deliver()


def test_attack_second_proposal_in_a_view_is_ignored() -> None:
    world = attacked("?AAA")
    world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert world.receive(0, 1, PrePrepare(0, A, 0, ONE)).ignored is Reason.DUPLICATE
    prepare = Prepare(0, A, A, 0, ONE)
    assert world.receive(0, 1, prepare).ignored is Reason.VOTED_AGAINST


def test_attack_proposal_to_please_everybody() -> None:
    """The primary proposes to each node its own label; nobody objects and nobody decides."""
    world = attacked("?ABC")
    equivocate(world, {A: (1,), B: (2,), C: (3,)})
    assert all(world.decided(node) == {} for node in (1, 2, 3))
    assert all(state.view == 0 for state in world.states.values())


def test_attack_silence_after_the_proposal() -> None:
    """A primary that proposes and never prepares stops everybody: there is no time-out."""
    world = attacked("?AAA")
    world.tell(0, PrePrepare(0, A, 0, ONE))
    world.deliver()
    assert world.pending == []
    assert all(world.decided(node) == {} for node in (1, 2, 3))


def test_attack_false_final_decision() -> None:
    world = attacked("?AAA")
    world.tell(0, PrePrepare(0, A, 0, ONE))
    done = world.receive(0, 1, Prepare(0, A, B, 0, ONE))
    assert done.ignored is Reason.OTHER_FINAL


def test_attack_prediction_handed_in_twice_weighs_once() -> None:
    world = attacked("A???", faulty=[1, 2, 3], collect="round")
    assert world.receive(1, 0, NodePrediction(1, A, 0)).clauses == [Clause.COLLECT]
    assert world.receive(1, 0, NodePrediction(1, A, 0)).ignored is Reason.DUPLICATE


def test_attack_prediction_after_the_primary_has_prepared() -> None:
    world = attacked("A???", faulty=[1, 2, 3])
    prediction = NodePrediction(1, A, 0)
    assert world.receive(1, 0, prediction).ignored is Reason.PREPARED_ALREADY


def test_attack_word_on_a_conflict_sample_by_a_node_that_does_not_decide_it() -> None:
    config = Config(3, 1, with_changes(Readings(), {"expert_label": "told"}), 2)
    world = World(config, faulty=[2])
    world.sample(0, "AB?")
    for view in range(3):
        world.tell(2, PrePrepare(2, C, view, ONE))
        world.tell(2, ViewChange(2, view + 1, True, ONE))
        world.deliver()
    assert {state.sample for state in world.states.values()} == {1}
    world.sample(1, "AA?")
    world.tell(2, Prepare(0, A, A, 3, ONE), 0)
    world.deliver()
    world.tell(2, Prepare(0, A, A, 3, ONE))
    world.tell(2, Commit(2, A, A, 3, ONE))
    assert world.receive(2, 1, ConflictDecision(2, 0, C)).ignored is Reason.NOT_THE_DECIDER
    world.deliver()
    assert world.decided(1) == {1: A, 0: A}
