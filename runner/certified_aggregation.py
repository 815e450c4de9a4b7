"""What faulty nodes can make of the aggregations without consensus, in closed form.

Each honest node aggregates what it has received, and faulty nodes may show each receiver
something else.  So a class can be attained at some honest node if and only if it is attained
when every faulty node does its best for that class: its one vote, or all of its output.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.aggregation import labels_of


def attained_by_majority(vectors: NDArray[np.float64], faulty: Sequence[int]) -> NDArray[np.bool_]:
    """Which classes majority voting can be made to give; the lowest class wins a tie.

    Args:
        vectors: the nodes' outputs, shape (nodes, samples, classes).
        faulty: the faulty nodes, each with one vote for each receiver.

    Returns:
        Shape (samples, classes).
    """
    _, samples, classes = vectors.shape
    votes = np.zeros((samples, classes), dtype=np.int64)
    for node, labels in enumerate(labels_of(vectors)):
        if node not in faulty:
            votes[np.arange(samples), labels] += 1
    return _beats(votes, len(faulty))


def attained_by_average(
    vectors: NDArray[np.float64], weights: NDArray[np.float64], faulty: Sequence[int]
) -> NDArray[np.bool_]:
    """Which classes a weighted average can be made to give; the lowest class wins a tie.

    A faulty node's output is any vector of probabilities.  (If it may be any vector at all, every
    class is attained as soon as one faulty node has a weight.)

    Args:
        vectors: the nodes' outputs, shape (nodes, samples, classes).
        weights: shape (nodes,), not negative.
        faulty: the faulty nodes.

    Returns:
        Shape (samples, classes).
    """
    total = np.zeros(vectors.shape[1:])
    for node, (weight, outputs) in enumerate(zip(weights, vectors, strict=True)):
        if node not in faulty:
            total += weight * outputs
    return _beats(total, float(weights[list(faulty)].sum()))


def _beats(scores: NDArray[np.int64] | NDArray[np.float64], more: float) -> NDArray[np.bool_]:
    """For each class, whether its score and ``more`` beat all others, the lowest on a tie."""
    samples, classes = scores.shape
    attained = np.empty((samples, classes), dtype=bool)
    for label in range(classes):
        raised = scores[:, label] + more
        lower, higher = scores[:, :label], scores[:, label + 1 :]
        attained[:, label] = (raised[:, np.newaxis] > lower).all(axis=1) & (
            raised[:, np.newaxis] >= higher
        ).all(axis=1)
    return attained
