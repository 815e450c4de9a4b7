"""A whole run in which nobody is faulty, against heads counted by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner_world import expected_without_faults, simulate

from poqi_core.outputs import Rule

SIZES = [(4, 1), (5, 1), (6, 2), (7, 2)]


@st.composite
def _small_data_sets(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """f, and a row of labels for each sample."""
    nodes, faults = draw(st.sampled_from(SIZES))
    row = st.lists(st.integers(0, 3), min_size=nodes, max_size=nodes)
    return faults, draw(st.lists(row, min_size=1, max_size=8))


def _by_node(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows, strict=True)]


@settings(deadline=None)
@given(_small_data_sets())
def test_in_rounds_every_node_holds_what_counting_heads_gives(
    data: tuple[int, list[list[int]]],
) -> None:
    faults, rows = data
    expected, rewards = expected_without_faults(rows, faults)
    run = simulate(_by_node(rows), faults)
    assert len(run.honest) == len(rows[0])
    for node in run.honest:
        assert list(node.labels) == [sample.label for sample in expected]
        assert [rule.value if rule else "undecided" for rule in node.rules] == [
            sample.how for sample in expected
        ]
        assert list(node.rewards) == rewards
        assert node.history == run.honest[0].history


@settings(deadline=None)
@given(_small_data_sets(), st.integers(0, 9))
def test_delays_do_not_change_what_consensus_decides(
    data: tuple[int, list[list[int]]], seed: int
) -> None:
    """Conflict samples are another matter: a rejected primary's label may come too late."""
    faults, rows = data
    expected, rewards = expected_without_faults(rows, faults)
    run = simulate(_by_node(rows), faults, network="asynchronous", seed=seed)
    for node in run.honest:
        for sample, decided in enumerate(expected):
            if decided.how == "consensus":
                assert (node.labels[sample], node.rules[sample]) == (decided.label, Rule.CONSENSUS)
            elif decided.how == "undecided":
                assert node.labels[sample] is None
            else:
                assert node.rules[sample] in (Rule.EXPERTS, Rule.MOST_HONEST)
        assert list(node.rewards) == rewards


@pytest.mark.parametrize(("nodes", "faults"), [(4, 1), (7, 2), (10, 3)])
def test_unanimous_nodes_send_n_minus_1_times_2n_plus_3_messages_for_a_decision(
    nodes: int, faults: int
) -> None:
    """A pre-prepare, a prepare and a decision to all; a prediction from all; relays and commits.

    (N-1) + (N-1) + (N-1) + (N-1) + (N-1)(N-1) + N(N-1) = (N-1)(2N+3).
    """
    samples = 3
    run = simulate([[1, 4, 2]] * nodes, faults)
    assert run.sent_by_honest == samples * (nodes - 1) * (2 * nodes + 3)
    assert run.sent_by_faulty == 0
    assert run.sent_by_kind == {
        "PrePrepare": samples * (nodes - 1),
        "NodePrediction": samples * (nodes - 1),
        "Prepare": samples * ((nodes - 1) + (nodes - 1) ** 2),
        "Commit": samples * nodes * (nodes - 1),
        "Decision": samples * (nodes - 1),
    }


def test_the_dead_zone_is_got_past_by_an_intervention() -> None:
    """N = 7, f = 2: four agree, so three cannot reject them and four are no quorum of five."""
    four_agree, all_agree = [1, 1, 1, 1, 0, 0, 0], [2] * 7
    run = simulate(_by_node([four_agree, all_agree]), 2)
    assert run.interventions == (0,)
    for node in run.honest:
        assert node.labels == (None, 2)
        assert node.history == ((1, 2),)
        # Views 0 and 1 belong to nodes 0 and 1: nobody was rejected, and node 1 decided.
        assert list(map(int, node.rewards)) == [1, 2, 1, 1, 1, 1, 1]


def test_a_dead_last_sample_is_given_up_too() -> None:
    run = simulate(_by_node([[1, 1, 1, 1, 0, 0, 0]]), 2)
    assert run.interventions == (0,)
    assert all(node.labels == (None,) for node in run.honest)


def test_a_conflict_on_the_last_sample_stays_undecided_without_intervention() -> None:
    run = simulate(_by_node([[0, 1, 2, 3]]), 1)
    assert run.interventions == ()
    assert all(node.labels == (None,) for node in run.honest)
