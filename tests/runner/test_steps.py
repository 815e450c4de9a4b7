"""A run with tabulated steps is the run in which the core takes every step, event by event."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from runner_world import vectors_of

from poqi_core import HARDENED, LITERAL, PAPER, SYNCHRONOUS, Config, NodeState, Readings, step
from poqi_core.messages import Commit, Event, Prepare, PrePrepare, Received, ViewChange
from poqi_core.outputs import Output
from runner import simulation, tabulated_steps
from runner.adversary import NOBODY, Attack
from runner.attacks import ATTACKS, AttackSetting
from runner.network import NETWORKS, Network, Rounds
from runner.reward_effects import GREAT, effect_of
from runner.simulated_run import SimulatedRun
from runner.simulation import Simulation
from runner.steps import Occurrence, Parcel
from runner.tabulated_steps import TabulatedSteps, can_tabulate
from runner.translation import Translation

READINGS = {
    "paper": PAPER,
    "majority": replace(PAPER, quorum="majority"),
    "time-outs": replace(PAPER, timeout="vote"),
    "told": replace(PAPER, expert_label="told", quorum="majority"),
    "free ties": replace(PAPER, tie="free", q=Fraction(1, 3), quorum="majority"),
    "late": replace(PAPER, late_messages="yes", wrong_view="vote"),
    "round": replace(PAPER, collect="round", reward_when="not_rejected"),
    "assign": replace(PAPER, reward="assign", reward_start=Fraction(0)),
    "early conflict": replace(PAPER, conflict_after=1, stop_after_decision="no"),
    "literal": LITERAL,
    "literal, told": replace(LITERAL, expert_label="told", quorum="majority"),
    "hardened": HARDENED,
    "synchronous": SYNCHRONOUS,
}


def run_of(
    readings: Readings,
    labels: list[list[int]],
    attack: Attack,
    network: Network,
    faults: int,
    *,
    tabulated: bool,
) -> tuple[SimulatedRun, list[tuple[Fraction, ...]]]:
    """The run, and the rewards after each sample."""
    vectors = vectors_of(labels)
    nodes, samples, _ = vectors.shape
    config = Config(nodes, faults, readings, samples=samples, keep_early=True)
    rewards = []

    def watch(sample: int, shown: NDArray[np.float64], run: Simulation) -> None:
        rewards.append(run.rewards())

    run = Simulation(config, vectors, attack, network, 5, tabulated=tabulated)
    return run.run(watch=watch), rewards


@st.composite
def settings_of_runs(draw: st.DrawFn) -> tuple[list[list[int]], str, tuple[int, ...], int]:
    """Labels, an attack, the faulty nodes and a seed."""
    nodes = draw(st.integers(3, 6))
    samples = draw(st.integers(nodes + 2, 24))
    classes = draw(st.integers(2, 4))
    seed = draw(st.integers(0, 10**6))
    alike = draw(st.sampled_from([0.3, 0.6, 0.9]))
    generator = np.random.default_rng(seed)
    true = generator.integers(classes, size=samples)
    other = generator.integers(classes, size=(nodes, samples))
    labels = np.where(generator.random((nodes, samples)) < alike, true, other)
    faulty = draw(st.sets(st.integers(0, nodes - 1), max_size=nodes - 1))
    return labels.tolist(), draw(st.sampled_from(list(ATTACKS))), tuple(sorted(faulty)), seed


@pytest.mark.parametrize("name", list(READINGS))
@settings(max_examples=8, deadline=None)
@given(setting=settings_of_runs(), asynchronous=st.booleans())
def test_tabulated_steps_give_the_same_run(
    name: str, setting: tuple[list[list[int]], str, tuple[int, ...], int], asynchronous: bool
) -> None:
    _same(name, setting, asynchronous)


@pytest.mark.long
@pytest.mark.parametrize("name", list(READINGS))
@settings(max_examples=400, deadline=None)
@given(setting=settings_of_runs(), asynchronous=st.booleans())
def test_tabulated_steps_give_the_same_run_many_times(
    name: str, setting: tuple[list[list[int]], str, tuple[int, ...], int], asynchronous: bool
) -> None:
    _same(name, setting, asynchronous)


def _same(
    name: str, setting: tuple[list[list[int]], str, tuple[int, ...], int], asynchronous: bool
) -> None:
    labels, attack, faulty, seed = setting
    network = "asynchronous" if asynchronous and name != "synchronous" else "rounds"

    def run(tabulated: bool) -> object:
        made = AttackSetting(faulty, len(labels), 10, seed)
        return run_of(
            READINGS[name],
            labels,
            ATTACKS[attack](made) if faulty else NOBODY,
            NETWORKS[network](seed),
            (len(labels) - 1) // 3,
            tabulated=tabulated,
        )

    assert run(tabulated=True) == run(tabulated=False)


def test_a_table_that_is_full_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabulated_steps, "MOST_LOCALS", 40)
    labels = np.random.default_rng(1).integers(3, size=(5, 24)).tolist()
    one, other = (
        run_of(PAPER, labels, NOBODY, Rounds(), 1, tabulated=tabulated)
        for tabulated in (True, False)
    )
    assert one == other


def test_a_table_in_which_hardly_anything_is_found_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Judged every ten samples: random labels in any order repeat little, equal ones much."""
    monkeypatch.setattr(simulation, "_JUDGED_EVERY", 10)
    generator = np.random.default_rng(3)
    for labels, network, given_up in (
        (generator.integers(10, size=(6, 60)), "asynchronous", True),
        (np.tile(generator.integers(10, size=60), (6, 1)), "rounds", False),
    ):
        there = []

        def watch(sample: int, shown: NDArray[np.float64], run: Simulation) -> None:
            there.append(run.tabulates)  # noqa: B023

        config = Config(6, 1, samples=60, keep_early=True)
        vectors = vectors_of(labels.tolist())
        Simulation(config, vectors, NOBODY, NETWORKS[network](0), 0).run(watch=watch)
        assert there[:11] == [True] * 11
        assert there[40] is not given_up
        assert not there[-1], "the last samples are stepped by the core alone"


def test_the_core_is_asked_once_for_what_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody agrees, about another class each time: after N samples all is known."""
    asked: list[int] = []

    def counted(
        config: Config, state: NodeState, event: Event
    ) -> tuple[NodeState, tuple[Output, ...]]:
        asked[-1] += 1
        return step(config, state, event)

    monkeypatch.setattr(tabulated_steps, "step", counted)
    labels = [[sample % 10 for sample in range(40)]] * 4
    config = Config(4, 1, samples=40, keep_early=True)

    def watch(sample: int, shown: NDArray[np.float64], run: Simulation) -> None:
        asked.append(0)

    asked.append(0)
    Simulation(config, vectors_of(labels), NOBODY, Rounds(), 0).run(watch=watch)
    assert asked[0] > 20
    assert sum(asked[5:33]) == 0, asked


class _Claiming(Rounds):
    """Every message claims another reward than its sender has."""

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        happens = parcel.event
        if isinstance(happens, Received):
            match happens.message:
                case PrePrepare() | ViewChange() | Prepare() | Commit():
                    lie = replace(happens.message, reward=Fraction(77))
                    parcel = Parcel(Occurrence(Received(happens.sender, lie)))
        super().send(recipients, parcel)


@pytest.mark.parametrize("name", ["paper", "literal", "late", "early conflict"])
def test_no_node_counts_on_the_reward_that_a_message_claims(name: str) -> None:
    labels = np.random.default_rng(2).integers(2, size=(5, 30)).tolist()
    one, other = (
        run_of(READINGS[name], labels, NOBODY, network, 1, tabulated=False)
        for network in (Rounds(), _Claiming())
    )
    assert one == other


@given(
    st.lists(st.sampled_from(["earn", "halve", "set"]), max_size=60),
    st.fractions(0, 1000),
    st.fractions(0, 2**20),
)
def test_the_effect_on_a_reward_is_read_off_exactly(
    changes: list[str], reward: Fraction, q: Fraction
) -> None:
    def apply(value: Fraction) -> Fraction:
        for change in changes:
            value = {"earn": value + q, "halve": value / 2, "set": q}[change]
        return value

    assert effect_of(apply(GREAT)).on(reward) == apply(reward)


def test_there_is_no_table_where_it_could_not_tell_the_effect_on_rewards() -> None:
    assert can_tabulate(Config(4, 1, samples=100))
    assert not can_tabulate(Config(4, 1, replace(PAPER, q=Fraction(2**40)), samples=100))
    assert not can_tabulate(Config(4, 1, samples=6))


def test_a_translation_and_its_inverse() -> None:
    translation = Translation(14, 3, (2, 0, 1))
    assert translation.inverse == Translation(-14, -3, (1, 2, 0))
    assert TabulatedSteps(Config(4, 1, samples=9), 3).base == (0, 0)
