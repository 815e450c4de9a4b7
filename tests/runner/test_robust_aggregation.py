"""The robust aggregations, by hand and against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runner.robust_aggregation import (
    coordinate_median,
    geometric_median,
    geometric_medians,
    trimmed_mean,
)


def one_sample(*vectors: list[float]) -> NDArray[np.float64]:
    return np.array(vectors)[:, None]


def test_one_node_with_huge_outputs_moves_the_average_but_none_of_these() -> None:
    seen = one_sample([0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.0, 1000.0])
    assert seen.mean(axis=0).argmax() == 1
    assert coordinate_median(seen).tolist() == [0]
    assert trimmed_mean(seen, 1).tolist() == [0]
    assert geometric_median(seen).tolist() == [0]


def test_the_trimmed_mean_by_hand() -> None:
    # Class 0 keeps 2, 3, 4 of 1 to 5, with mean 3; class 1 keeps 2.5, 3, 3, with mean 2.83.
    seen = one_sample([1, 9], [2, 3], [3, 3], [4, 2.5], [5, 0])
    assert trimmed_mean(seen, 1).tolist() == [0]
    assert trimmed_mean(seen, 0).tolist() == [1], "without trimming it is the mean"
    assert trimmed_mean(seen, 2).tolist() == coordinate_median(seen).tolist()
    with pytest.raises(ValueError, match="5 values"):
        trimmed_mean(seen, 3)


def test_the_geometric_median_where_it_is_known() -> None:
    """Of an equilateral triangle it is the centre; at an angle of 120 degrees or more the corner.

    Of points on a line it is the median.
    """
    corner = [0.5, math.sqrt(3) / 2]
    triangle = one_sample([0.0, 0.0], [1.0, 0.0], corner)
    assert geometric_medians(triangle)[0] == pytest.approx([0.5, math.sqrt(3) / 6], abs=1e-6)
    flat = one_sample([-1.0, 0.0], [1.0, 0.0], [0.0, 0.3])
    assert geometric_medians(flat)[0] == pytest.approx([0.0, 0.3], abs=1e-4)
    line = one_sample([0.0, 0.0], [1.0, 2.0], [10.0, 20.0])
    assert geometric_medians(line)[0] == pytest.approx([1.0, 2.0], abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), nodes=st.integers(3, 7), scale=st.sampled_from([1.0, 50.0]))
def test_no_other_point_is_nearer_to_all_outputs(seed: int, nodes: int, scale: float) -> None:
    """The sum of distances is convex: no step in any direction makes it less."""
    generator = np.random.default_rng(seed)
    seen = generator.dirichlet(np.ones(4), size=(nodes, 1))
    seen[0] *= scale
    median = geometric_medians(seen)[0]

    def distance(point: NDArray[np.float64]) -> float:
        return float(np.linalg.norm(seen[:, 0] - point, axis=1).sum())

    least = distance(median)
    for _ in range(50):
        direction = generator.standard_normal(4)
        for length in (1e-3, 1e-2, 0.1):
            assert distance(median + length * direction) >= least - 1e-6 * scale
