"""Aggregations from the literature that bound what a few faulty nodes can do to the result.

The paper compares with averaging and voting alone.  These three are what Byzantine-robust learning
uses in the place of an average; here they combine outputs, as every one of them takes vectors.
All work on what one node has received: an array of shape (nodes, samples, classes).
"""

import numpy as np
from numpy.typing import NDArray

from runner.aggregation import labels_of

_TOLERANCE = 1e-7
"""The geometric median has settled once no sample moves by more, relative to its outputs."""

_MOST_STEPS = 500


def coordinate_median(vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """The label of the median of the outputs, class by class.

    Source: Yin, Chen, Ramchandran, Bartlett, "Byzantine-robust distributed learning: towards
    optimal statistical rates", ICML 2018, definition 1.
    """
    return labels_of(np.median(vectors, axis=0))


def trimmed_mean(vectors: NDArray[np.float64], trimmed: int) -> NDArray[np.int64]:
    """The label of the mean of the outputs, class by class, without the extremes.

    Source: the same, definition 2.

    Args:
        vectors: shape (nodes, samples, classes).
        trimmed: how many of the greatest and how many of the least values are left out.

    Raises:
        ValueError: nothing would be left.
    """
    nodes = len(vectors)
    if not 0 <= 2 * trimmed < nodes:
        raise ValueError(f"of {nodes} values one cannot leave out {trimmed} on both sides")
    kept = np.sort(vectors, axis=0)[trimmed : nodes - trimmed]
    return labels_of(kept.mean(axis=0))


def geometric_median(vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """The label of the vector whose distances to the outputs have the least sum.

    It is found by Weiszfeld's iteration with distances bounded from below (smoothed), as in
    Pillutla, Kakade, Harchaoui, "Robust aggregation for federated learning", IEEE Transactions
    on Signal Processing 70, 2022, algorithm 2.  As a robust estimate: Minsker, "Geometric median
    and robust estimation in Banach spaces", Bernoulli 21(4), 2015.
    """
    return labels_of(geometric_medians(vectors))


def geometric_medians(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The geometric median of the outputs of each sample; shape (samples, classes)."""
    scale = np.abs(vectors).max(axis=(0, 2), initial=0.0)
    scale[scale == 0] = 1.0
    points = vectors / scale[:, None]
    result = np.median(points, axis=0)
    moving = np.arange(points.shape[1])
    for _ in range(_MOST_STEPS):
        near = points[:, moving]
        distances = np.linalg.norm(near - result[moving], axis=2)
        weights = 1.0 / np.maximum(distances, _TOLERANCE)
        weights /= weights.sum(axis=0)
        found = np.einsum("ns,nsc->sc", weights, near)
        moved = np.abs(found - result[moving]).max(axis=1)
        result[moving] = found
        moving = moving[moved > _TOLERANCE]
        if not moving.size:
            break
    medians: NDArray[np.float64] = result * scale[:, None]
    return medians
