"""The runner's lock-step rounds where nodes broadcast their predictions."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner_world import outputs_of, showing, simulate

from poqi_core import SYNCHRONOUS
from runner.attacks import AttackSetting, RandomOutputs
from runner.evaluation import Settings, SettingsError, evaluate
from runner.labels import TrueLabels


@pytest.mark.parametrize("nodes", [3, 4, 7])
def test_without_faults_everybody_passes_everything_on_once(nodes: int) -> None:
    """N-1 messages a prediction, and (N-1)(N-2) by which the others pass it on."""
    faults = (nodes - 1) // 2
    run = simulate([[1, 2]] * nodes, faults, readings=SYNCHRONOUS)
    assert [node.labels for node in run.honest] == [(1, 2)] * nodes
    assert run.interventions == ()
    a_sample = nodes * (nodes - 1) + nodes * (nodes - 1) * (nodes - 2)
    assert run.sent_by_kind == {"Relay": 2 * a_sample}


def test_who_shows_everybody_something_else_is_left_out() -> None:
    """Node 2, the primary of view 2, contradicts itself; one supporter is enough then."""
    run = simulate(
        [[0] * 4, [1] * 4, [2] * 4],
        1,
        readings=SYNCHRONOUS,
        faulty=showing({2: [[0] * 4, [1] * 4, [2] * 4]}),
    )
    zero, one = run.honest
    assert zero.labels == one.labels == (0, 1, 0, 1)
    assert zero.rewards == one.rewards
    assert list(map(float, zero.rewards)) == [3, 3, 1]


@given(
    seed=st.integers(0, 10**6),
    honest=st.lists(st.lists(st.integers(0, 3), min_size=7, max_size=7), min_size=1, max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_three_faulty_nodes_of_seven_break_nothing(seed: int, honest: list[list[int]]) -> None:
    samples = len(honest)
    labels = [[honest[sample][node] for sample in range(samples)] for node in range(7)]
    lies = RandomOutputs(AttackSetting((1, 3, 5), 7, 10, seed))
    run = simulate(labels, 3, readings=SYNCHRONOUS, faulty=lies)
    assert run.interventions == ()
    assert len({node.history for node in run.honest}) == 1
    assert len({node.rewards for node in run.honest}) == 1
    assert len({node.undecided for node in run.honest}) == 1
    for sample, label in run.honest[0].history:
        assert label in {labels[node.node][sample] for node in run.honest}


def test_a_broadcast_needs_rounds() -> None:
    asked = Settings((), 1, SYNCHRONOUS, "synchronous", "asynchronous", 1.0, 0)
    true = TrueLabels(Path("labels.npy"), "1" * 64, np.zeros(1, dtype=np.int64))
    with pytest.raises(SettingsError, match="take the network rounds"):
        evaluate(outputs_of([[0]] * 3), true, asked)
