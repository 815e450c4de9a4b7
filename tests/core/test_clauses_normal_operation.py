"""Section III.2, clause by clause: collection, prepare, commit, decision."""

from fractions import Fraction

import pytest
from core_world import World, paper

from poqi_core import Clause, Softmax, finished
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    NodePrediction,
    Prepare,
    PrePrepare,
    Sample,
)
from poqi_core.outputs import Decided, Reason, Rule, Send

A, B, C, D = range(4)
ONE = Fraction(1)
HALF = Fraction(1, 2)


# III.2: collection, prepare, commit


def test_clause_collect_only_matching_predictions_enter_the_set() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, "A")
    assert world.receive(1, 0, NodePrediction(1, B, 0)).ignored is Reason.OTHER_LABEL
    assert world.receive(2, 0, NodePrediction(2, A, 0)).clauses == [Clause.COLLECT]
    assert world.receive(2, 0, NodePrediction(2, A, 0)).ignored is Reason.DUPLICATE
    assert world.receive(3, 0, NodePrediction(3, A, 1)).ignored is Reason.EARLY
    assert world.receive(0, 0, NodePrediction(0, A, 0)).ignored is Reason.DUPLICATE


def test_clause_collect_waits_for_the_primarys_own_prediction() -> None:
    world = World(paper(collect="round"))
    assert world.receive(1, 0, NodePrediction(1, A, 0)).ignored is Reason.EARLY
    assert world.happen(0, CollectionClosed(0)).ignored is Reason.EARLY


def test_clause_collect_a_vector_of_another_length_does_not_match() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.6, 0.4)), None, None, None])
    short = NodePrediction(1, Softmax(A, (1.0,)), 0)
    assert world.receive(1, 0, short).ignored is Reason.MALFORMED
    assert world.receive(2, 0, NodePrediction(2, A, 0)).ignored is Reason.MALFORMED
    good = NodePrediction(3, Softmax(A, (0.8, 0.2)), 0)
    assert world.receive(3, 0, good).clauses == [Clause.COLLECT]


def test_clause_combine_the_average_of_what_was_collected() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.75, 0.25)), None, None, None])
    world.receive(1, 0, NodePrediction(1, Softmax(A, (1.0, 0.0)), 0))
    done = world.happen(0, CollectionClosed(0))
    assert done.sent == [Prepare(0, A, Softmax(A, (0.875, 0.125)), 0, ONE)]
    assert world.states[0].log.collected == ()


def test_clause_combine_the_primary_counts_its_own_prepare() -> None:
    """The paper has him multicast it "to all agents, including himself"."""
    world = World(paper())
    world.sample(0, "A")
    assert [tally.senders for tally in world.states[0].log.prepares] == [1 << 0]


def test_clause_relay_the_primarys_prepare_is_passed_on_to_all_others() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    prepare = Prepare(0, A, A, 0, ONE)
    done = world.receive(0, 1, prepare)
    assert done.clauses == [Clause.PREPARE_LOG, Clause.RELAY]
    assert done.outputs[-1] == Send((0, 2, 3), prepare)


def test_clause_relay_only_the_primarys_own_prepare_makes_a_validator_relay() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    assert world.receive(2, 1, Prepare(0, A, A, 0, ONE)).clauses == [Clause.PREPARE_LOG]


@pytest.mark.parametrize(("nodes", "faults"), [(1, 0), (4, 1), (5, 1), (7, 2), (10, 3)])
def test_clause_commit_takes_2f_1_identical_prepares_from_different_agents(
    nodes: int, faults: int
) -> None:
    world = World(paper(nodes=nodes, faults=faults), faulty=range(1, nodes))
    world.sample(0, "A" + "?" * (nodes - 1))
    for supporter in range(1, 2 * faults + 1):
        assert not world.states[0].log.committed
        world.receive(supporter, 0, Prepare(0, A, A, 0, ONE))
    assert Clause.COMMIT in world.steps[-1].clauses


def test_clause_commit_prepares_of_different_content_are_not_identical() -> None:
    world = World(paper(check_final="no"), faulty=[1, 2, 3])
    world.sample(0, "A")
    world.receive(1, 0, Prepare(0, A, B, 0, ONE))
    world.receive(2, 0, Prepare(0, A, C, 0, ONE))
    assert not world.states[0].log.committed
    world.receive(3, 0, Prepare(0, A, A, 0, ONE))
    world.receive(2, 0, Prepare(0, A, A, 0, ONE))
    assert world.states[0].log.committed == (A,)


def test_clause_commit_rewards_and_vectors_do_not_make_messages_different() -> None:
    world = World(paper(), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.75, 0.25)), None, None, None])
    world.receive(1, 0, Prepare(0, A, Softmax(A, (0.5, 0.5)), 0, HALF))
    world.receive(2, 0, Prepare(0, A, Softmax(A, (1.0, 0.0)), 0, ONE))
    assert world.states[0].log.committed == (A,)


def test_clause_commit_passes_on_the_final_decision_that_was_seen_first() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, [None, Softmax(A, (1.0, 0.0)), None, None])
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    for sender, share in ((0, 0.75), (2, 0.5)):
        final = Softmax(A, (share, 1 - share))
        done = world.receive(sender, 1, Prepare(0, A, final, 0, ONE))
    assert done.sent == [Commit(1, A, Softmax(A, (0.75, 0.25)), 0, ONE)]


def test_clause_consensus_takes_2f_1_commits_from_different_agents() -> None:
    world = World(paper(nodes=7, faults=2), faulty=[0, 1, 2, 3, 4, 5])
    for node in range(1, 5):
        assert world.receive(node, 6, Commit(node, A, A, 0, ONE)).clauses == [Clause.COMMIT_LOG]
        assert world.receive(node, 6, Commit(node, A, A, 0, ONE)).ignored is Reason.DUPLICATE
    done = world.receive(0, 6, Commit(0, A, A, 0, ONE))
    assert done.facts == [Decided(0, A, 0, Rule.CONSENSUS)]


def test_clause_consensus_needs_no_prediction_of_ones_own() -> None:
    """A node whose network is slow decides with the others, and its own answer is too late."""
    world = World(paper(samples=2), faulty=[0, 1, 2])
    for node in range(3):
        world.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert world.decided(3) == {0: A}
    assert world.happen(3, Sample(0, A)).ignored is Reason.STALE
    assert world.happen(3, Sample(1, A)).clauses == [Clause.SAMPLE]


def test_clause_convey_the_primary_alone_conveys_the_decision() -> None:
    world = World(paper())
    world.sample(0, "AAAA")
    conveying = [done.node for done in world.deliver() if Clause.CONVEY in done.clauses]
    assert conveying == [0]


def test_clause_history_the_next_sample_begins_in_the_next_view() -> None:
    world = World(paper(samples=None))
    for index in range(5):
        world.sample(index, "AAAA")
        world.deliver()
        for state in world.states.values():
            assert (state.sample, state.view) == (index + 1, index + 1)
    assert world.decided(3) == dict.fromkeys(range(5), A)


@pytest.mark.parametrize("nodes", range(2, 8))
def test_messages_of_an_accepted_view_are_as_many_as_the_formula_says(nodes: int) -> None:
    """(N-1)(2N+3): propose N-1, predict N-1, prepare N-1 + (N-1)^2, commit N(N-1), tell N-1."""
    world = World(paper(nodes=nodes, faults=(nodes - 1) // 3, quorum="intersecting"))
    world.sample(0, "A" * nodes)
    world.deliver()
    sent = sum(
        len(output.recipients)
        for done in world.steps
        for output in done.outputs
        if isinstance(output, Send)
    )
    assert sent == (nodes - 1) * (2 * nodes + 3)
    assert all(finished(world.config, state) for state in world.states.values())


def test_clause_sample_its_order_and_its_label() -> None:
    world = World(paper(samples=2))
    assert world.happen(1, Sample(1, A)).ignored is Reason.EARLY
    assert world.happen(1, Sample(-1, A)).ignored is Reason.STALE
    assert world.happen(1, Sample(0, -1)).ignored is Reason.MALFORMED
    assert world.happen(1, Sample(0, Softmax(2, (0.5, 0.5)))).ignored is Reason.MALFORMED
    assert world.happen(1, Sample(0, B)).clauses == [Clause.SAMPLE]
    assert world.happen(1, Sample(0, A)).ignored is Reason.DUPLICATE
