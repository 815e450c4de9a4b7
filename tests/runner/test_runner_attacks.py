"""The attacks: what each shows to whom."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from runner_world import simulate, vectors_of

from poqi_core.outputs import Rule
from runner.adversary import Sight
from runner.attacks import (
    ATTACKS,
    AttackSetting,
    Colluding,
    Equivocating,
    Experts,
    RandomOutputs,
)


def sight(labels: list[int], rewards: list[int] | None = None, sample: int = 0) -> Sight:
    vectors = vectors_of([[label] for label in labels])[:, 0]
    return Sight(sample, vectors, labels, tuple(map(Fraction, rewards or [1] * len(labels))))


def drawn(setting: AttackSetting, samples: int) -> NDArray[np.float64]:
    """Shape (samples, faulty nodes, receivers, classes)."""
    attack = RandomOutputs(setting)
    here = sight([0] * setting.nodes)
    return np.stack([attack.show(here) for _ in range(samples)])


def told_by(shown: NDArray[np.float64]) -> list[list[int]]:
    """A row of receivers for each faulty node."""
    rows: list[list[int]] = shown.argmax(axis=-1).tolist()
    return rows


@pytest.mark.parametrize("amplitude", [1.0, 50.0])
@pytest.mark.parametrize("name", list(ATTACKS))
def test_each_vector_sums_up_to_the_amplitude(name: str, amplitude: float) -> None:
    attack = ATTACKS[name](AttackSetting((1, 3), 5, 10, 3, amplitude))
    shown = attack.show(sight([2, 0, 2, 0, 4]))
    assert shown.shape == (2, 5, 10)
    assert (shown >= 0).all()
    assert np.allclose(shown.sum(axis=-1), amplitude)


@pytest.mark.parametrize("name", list(ATTACKS))
def test_the_seed_repeats_an_attack(name: str) -> None:
    def shown(seed: int) -> NDArray[np.float64]:
        attack = ATTACKS[name](AttackSetting((1, 3), 5, 10, seed))
        return np.stack([attack.show(sight([7] * 5, sample=index)) for index in range(9)])

    assert np.array_equal(shown(4), shown(4))


def test_random_outputs_are_drawn_for_each_receiver() -> None:
    flat = drawn(AttackSetting((0, 2), 3, 3, 0), 4).reshape(-1, 3)
    assert len(np.unique(flat, axis=0)) == len(flat) == 4 * 2 * 3


def test_a_random_output_depends_on_seed_node_and_sample_alone() -> None:
    alone = drawn(AttackSetting((2,), 5, 4, 8), 10)
    among = drawn(AttackSetting((2, 4), 5, 4, 8), 30)
    assert np.array_equal(alone[:, 0], among[:10, 0])
    other = drawn(AttackSetting((2,), 5, 4, 9), 10)
    assert not np.allclose(alone, other)


def test_random_outputs_cover_the_simplex_uniformly() -> None:
    """A coordinate of a uniform point of the simplex of 3 classes has mean 1/3, variance 1/18."""
    points = drawn(AttackSetting((0,), 2, 3, 1), 50_000)
    assert points.mean(axis=(0, 1, 2)) == pytest.approx([1 / 3] * 3, abs=0.005)
    assert points.var(axis=(0, 1, 2)) == pytest.approx([1 / 18] * 3, abs=0.002)
    shares = np.bincount(points.argmax(axis=-1).ravel(), minlength=3) / 100_000
    assert shares == pytest.approx([1 / 3] * 3, abs=0.01)


@pytest.mark.parametrize("amplitude", [0.0, -1.0, float("inf"), float("nan")])
def test_an_amplitude_must_be_positive_and_finite(amplitude: float) -> None:
    with pytest.raises(ValueError, match="amplitude"):
        AttackSetting((0,), 2, 2, 0, amplitude)


def test_colluders_all_stand_behind_the_second_label() -> None:
    attack = Colluding(AttackSetting((1, 4), 7, 10, 0))
    assert told_by(attack.show(sight([3, 0, 3, 3, 0, 8, 8]))) == [[8] * 7] * 2


def test_colluders_take_the_most_probable_other_label_where_nobody_differs() -> None:
    here = sight([3] * 4)
    here.vectors[:3, 6] += 0.01
    assert told_by(Colluding(AttackSetting((3,), 4, 10, 0)).show(here)) == [[6] * 4]


def test_equivocators_tell_everybody_its_own_label_where_opinions_differ() -> None:
    shown = Equivocating(AttackSetting((6,), 7, 10, 0)).show(sight([3, 3, 5, 5, 5, 2, 9]))
    assert told_by(shown)[0][:6] == [3, 3, 5, 5, 5, 2]


def test_equivocators_divide_by_lot_those_who_are_of_one_mind() -> None:
    attack = Equivocating(AttackSetting((6,), 7, 10, 0))
    splits = set()
    for index in range(40):
        told = told_by(attack.show(sight([3] * 7, sample=index)))[0][:6]
        assert sorted(told).count(3) == 3
        splits.add(tuple(label == 3 for label in told))
    assert len(splits) > 10


def test_experts_are_model_nodes_until_they_are_trusted() -> None:
    attack = Experts(AttackSetting((2,), 4, 10, 0))
    divided = [3, 5, 0, 5]
    assert told_by(attack.show(sight(divided, [4, 4, 8, 4]))) == [[5] * 4]
    (told,) = told_by(attack.show(sight(divided, [4, 4, 9, 4])))
    assert len(set(told)) == 1
    assert told[0] not in (3, 5), "no honest node has the label that they stand for"


def test_experts_stay_model_nodes_where_no_conflict_can_come_about() -> None:
    attack = Experts(AttackSetting((2,), 4, 10, 0))
    assert told_by(attack.show(sight([5, 5, 0, 5], [1, 1, 99, 1]))) == [[5] * 4]


def test_trusted_experts_decide_a_conflict_sample_as_no_honest_node_would() -> None:
    """Seven nodes, the last one faulty.  Two honest nodes err about each sample, by lot.

    Wherever that happens to a primary, it loses half of its reward; the faulty node never does.
    In the end every tenth sample divides the honest nodes in three.
    """
    generator = np.random.default_rng(0)
    apart = [2, 2, 3, 3, 4, 4, 2]
    columns = []
    for sample in range(200):
        labels = np.full(7, 1)
        labels[generator.choice(6, 2, replace=False)] = (8, 9)
        divided = sample > 150 and sample % 10 == 9
        columns.append(apart if divided else labels.tolist())
    rows = [list(row) for row in zip(*columns, strict=True)]
    run = simulate(rows, 2, faulty=Experts(AttackSetting((6,), 7, 10, 0)))
    foreign = [
        sample
        for sample, label in enumerate(run.honest[0].labels)
        if label is not None and label not in columns[sample][:6]
    ]
    assert len(foreign) >= 2
    assert all(sample % 10 == 9 for sample in foreign)
    rules = {run.honest[0].rules[sample] for sample in foreign}
    assert rules <= {Rule.EXPERTS, Rule.MOST_HONEST}
