"""Faulty nodes that show each receiver something else: what they can break and what not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner_world import showing, simulate

from poqi_core import LITERAL, PAPER, Readings
from runner.attacks import AttackSetting, RandomOutputs


def test_a_primary_that_shows_everybody_a_wrong_label_is_rejected() -> None:
    shown = [[2], [2], [2], [2]]
    run = simulate([[1]] * 4, 1, faulty=showing({0: shown}))
    for node in run.honest:
        assert node.labels == (1,)
        assert list(map(float, node.rewards)) == [0.5, 2, 1, 1]
    assert run.interventions == ()


def test_an_equivocating_primary_leaves_one_honest_node_behind() -> None:
    """It shows the right label to nodes 1 and 2 and another one to node 3, which objects alone.

    Nodes 1 and 2 see three prepares and three commits, the primary's own among them.  Node 3
    sees two commits, so it cannot decide, and one objection, so it cannot leave either.
    """
    run = simulate([[1]] * 4, 1, faulty=showing({0: [[1], [1], [1], [2]]}))
    assert [node.labels for node in run.honest] == [(1,), (1,), (None,)]
    assert run.interventions == (0,)


def test_an_equivocating_vote_makes_honest_nodes_part_in_what_they_record() -> None:
    """Node 2 objects to primary 0, and the faulty node 3 does so before node 1 alone.

    So node 1 counts two objections of four nodes and rejects, while nodes 0 and 2 count one.
    """
    run = simulate([[1], [1], [0], [0]], 1, faulty=showing({3: [[1], [0], [1], [0]]}))
    zero, one, two = run.honest
    assert run.interventions == (0,)
    assert zero.labels == one.labels == two.labels == (None,)
    assert [float(node.rewards[0]) for node in run.honest] == [1, 0.5, 1]


def test_a_faulty_node_keeps_up_where_it_was_needed() -> None:
    """After that, sample 1 finds all nodes in view 2, and needs the faulty node's quorum vote.

    Primary 2 has the label of nobody else and is rejected; in view 3 the faulty node leads
    with the label of nodes 0 and 1, and with its prepare and commit they are three.
    """
    honest = [[1, 1], [1, 1], [0, 0], [0, 0]]
    run = simulate(honest, 1, faulty=showing({3: [[1, 1], [0, 1], [1, 1], [0, 1]]}))
    assert run.interventions == (0,)
    assert [node.labels for node in run.honest] == [(None, 1)] * 3
    assert [node.rewards[2] for node in run.honest] == [0.5] * 3
    assert [node.rewards[3] for node in run.honest] == [2] * 3


@pytest.mark.parametrize("network", ["rounds", "asynchronous"])
@pytest.mark.parametrize(("nodes", "faulty"), [(4, [3]), (4, [0]), (7, [2, 5])])
@given(seed=st.integers(0, 10**6), honest=st.lists(st.integers(0, 9), min_size=1, max_size=4))
@settings(max_examples=10, deadline=None)
def test_random_faults_do_not_break_unanimity_integrity_or_agreement(
    network: str, nodes: int, faulty: list[int], seed: int, honest: list[int]
) -> None:
    """As many faulty nodes as assumed, all honest nodes of one mind: nothing else is decided."""
    shown = RandomOutputs(AttackSetting(tuple(faulty), nodes, 10, seed))
    run = simulate([honest] * nodes, len(faulty), network=network, faulty=shown, seed=seed)
    assert [node.node for node in run.honest] == [n for n in range(nodes) if n not in faulty]
    for node in run.honest:
        assert all(label in (None, honest[sample]) for sample, label in enumerate(node.labels))
        assert len({entry.sample for entry in node.history}) == len(node.history)


@pytest.mark.parametrize("readings", [PAPER, LITERAL])
@pytest.mark.parametrize("network", ["rounds", "asynchronous"])
def test_the_same_seed_gives_the_same_run_and_another_seed_another(
    readings: Readings, network: str
) -> None:
    labels = [[sample % 3 for sample in range(30)]] * 7

    def run(seed: int) -> object:
        shown = RandomOutputs(AttackSetting((1, 4), 7, 3, seed))
        return simulate(
            labels, 2, readings=readings, network=network, faulty=shown, seed=seed, classes=3
        )

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_a_faulty_node_sends_to_each_receiver_only_what_its_face_for_it_says() -> None:
    """With N = 4 and all of one mind but the faulty validator, shown right to node 1 alone.

    As a validator it sends: to node 1 a relayed prepare and a commit (no prediction: node 1 is
    not the primary); to nodes 0 and 2 a vote against the primary.
    """
    run = simulate([[1]] * 4, 1, faulty=showing({3: [[0], [1], [0], [0]]}))
    assert run.sent_by_faulty == 4
    assert run.sent_by_kind["ViewChange"] == 2
    assert all(node.labels == (1,) for node in run.honest)
