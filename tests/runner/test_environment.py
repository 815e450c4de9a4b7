"""What the environment of a run does where the readings leave it to it."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from runner_world import simulate, vectors_of

from poqi_core import LITERAL, PAPER, Config, Softmax
from poqi_core.messages import Event, Prepare, Received
from poqi_core.outputs import Rule
from runner.adversary import NOBODY
from runner.network import Rounds
from runner.simulation import Simulation
from runner.steps import Parcel

NETWORKS = pytest.mark.parametrize("network", ["rounds", "asynchronous"])


@NETWORKS
def test_timers_turn_the_dead_zone_into_a_conflict(network: str) -> None:
    """Four of seven agree.  With time-outs every primary is rejected, seven views in a row.

    All rewards are 1/2 then.  Node 0 leads the next sample to consensus and holds 3/2; its
    group, nodes 0 to 3, holds 3 of 9/2, more than 0.51, so its label stands.
    """
    labels = [[1, 2]] * 4 + [[0, 2]] * 3
    run = simulate(labels, 2, readings=replace(PAPER, timeout="vote"), network=network)
    assert run.interventions == ()
    for node in run.honest:
        assert node.rules == (Rule.EXPERTS, Rule.CONSENSUS)
        assert node.rewards[0] == 1 + node.rewards[1]
    assert run.honest[0].labels == (1, 2)


class _Recording(Rounds):
    """Lock-step, and what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Event] = []

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        self.sent.append(parcel.event)
        super().send(recipients, parcel)


@pytest.mark.parametrize(
    ("collect", "combine", "final"),
    [
        ("own", "average", [0.1, 0.8, 0.1]),
        ("round", "average", [0.1, 0.7, 0.2]),
        ("round", "median", [0.1, 0.7, 0.2]),
        (2, "average", [0.1, 0.75, 0.15]),
    ],
)
def test_the_primary_combines_what_has_arrived_when_the_collection_closes(
    collect: str | int, combine: str, final: list[float]
) -> None:
    """Node 3 has another label, so only three vectors can be combined (eq. 5)."""
    vectors = np.array([[[0.1, 0.8, 0.1]], [[0.1, 0.7, 0.2]], [[0.1, 0.6, 0.3]], [[0.8, 0.1, 0.1]]])
    readings = replace(PAPER, collect=collect, combine=combine)
    network = _Recording()
    config = Config(4, 1, readings, samples=1, keep_early=True)
    run = Simulation(config, vectors, NOBODY, network, 0).run()
    assert [node.labels for node in run.honest] == [(1,)] * 4
    finals = {
        event.message.final
        for event in network.sent
        if isinstance(event, Received) and isinstance(event.message, Prepare)
    }
    (only,) = finals
    assert isinstance(only, Softmax)
    assert only.label == 1
    assert only.vector == pytest.approx(final)


def test_equal_rewards_are_a_lot_where_ties_are_free() -> None:
    """Four labels, a conflict; nobody earns anything (q = 0), so all four rewards are equal."""
    labels = [[node, 5] for node in range(4)]
    readings = replace(PAPER, tie="free", q=Fraction(0))
    held = set()
    for seed in range(12):
        run = simulate(labels, 1, readings=readings, seed=seed)
        again = simulate(labels, 1, readings=readings, seed=seed)
        assert run == again
        assert all(node.rules == (Rule.MOST_HONEST, Rule.CONSENSUS) for node in run.honest)
        held |= {node.labels[0] for node in run.honest}
    assert held == {0, 1, 2, 3}


@NETWORKS
def test_the_deciding_node_gives_its_word(network: str) -> None:
    """Everybody was rejected once; node 0 leads the next sample and holds the highest reward."""
    labels = [[node, 5] for node in range(4)]
    readings = replace(PAPER, expert_label="told")
    run = simulate(labels, 1, readings=readings, network=network)
    assert run.sent_by_kind["ConflictDecision"] == 3
    assert all(node.labels == (0, 5) for node in run.honest)


@NETWORKS
def test_literally_a_rejected_primary_never_hears_of_it_and_is_brought_back(network: str) -> None:
    """All but node 0 reject it and decide in view 1; it waits in view 0 until the intervention."""
    labels = [[1, 2]] + [[0, 2]] * 6
    run = simulate(labels, 1, readings=LITERAL, network=network)
    assert run.interventions == (0,)
    assert run.honest[0].labels == (None, 2)
    assert [node.labels for node in run.honest[1:]] == [(0, 2)] * 6


@NETWORKS
def test_literally_a_unanimous_sample_is_decided_at_the_word_of_the_primary(network: str) -> None:
    run = simulate([[3, 1, 3]] * 4, 1, readings=LITERAL, network=network)
    assert run.interventions == ()
    assert all(node.history == ((0, 3), (1, 1), (2, 3)) for node in run.honest)


def test_progress_counts_samples() -> None:
    config = Config(4, 1, samples=3, keep_early=True)
    done: list[int] = []
    Simulation(config, vectors_of([[0, 1, 2]] * 4), NOBODY, Rounds(), 0).run(done.append)
    assert done == [1, 2, 3]
