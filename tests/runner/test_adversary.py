"""The random outputs of faulty nodes."""

import numpy as np
import pytest

from runner.adversary import draw_outputs


def test_each_vector_sums_up_to_the_amplitude() -> None:
    for amplitude in (1.0, 50.0):
        drawn = draw_outputs([1], nodes=4, samples=9, classes=5, seed=3, amplitude=amplitude)
        assert drawn.vectors.shape == (1, 4, 9, 5)
        assert (drawn.vectors >= 0).all()
        assert np.allclose(drawn.vectors.sum(axis=-1), amplitude)


def test_each_receiver_is_shown_another_vector() -> None:
    drawn = draw_outputs([0, 2], nodes=3, samples=4, classes=3, seed=0)
    flat = drawn.vectors.reshape(-1, 3)
    assert len(np.unique(flat, axis=0)) == len(flat) == 2 * 3 * 4
    assert np.array_equal(drawn.shown(2, 1), drawn.vectors[1, 1])


def test_a_draw_depends_on_seed_node_and_sample_alone() -> None:
    alone = draw_outputs([2], nodes=5, samples=10, classes=4, seed=8)
    among = draw_outputs([4, 2], nodes=5, samples=30, classes=4, seed=8)
    assert among.nodes == (2, 4)
    assert np.array_equal(alone.shown(2, 3), among.shown(2, 3)[:10])
    other = draw_outputs([2], nodes=5, samples=10, classes=4, seed=9)
    assert not np.allclose(alone.vectors, other.vectors)


def test_the_simplex_is_covered_uniformly() -> None:
    """A coordinate of a uniform point of the simplex of 3 classes has mean 1/3, variance 1/18."""
    drawn = draw_outputs([0], nodes=2, samples=50_000, classes=3, seed=1).vectors
    assert drawn.mean(axis=(0, 1, 2)) == pytest.approx([1 / 3] * 3, abs=0.005)
    assert drawn.var(axis=(0, 1, 2)) == pytest.approx([1 / 18] * 3, abs=0.002)
    labels = np.bincount(drawn.argmax(axis=-1).ravel(), minlength=3) / 100_000
    assert labels == pytest.approx([1 / 3] * 3, abs=0.01)


@pytest.mark.parametrize("amplitude", [0.0, -1.0, float("inf"), float("nan")])
def test_an_amplitude_must_be_positive_and_finite(amplitude: float) -> None:
    with pytest.raises(ValueError, match="amplitude"):
        draw_outputs([0], nodes=2, samples=1, classes=2, seed=0, amplitude=amplitude)
