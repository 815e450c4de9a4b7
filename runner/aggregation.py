"""The two aggregations that the paper compares with: weighted averaging and majority voting.

Both work on what one node has received: an array of shape (nodes, samples, classes).  Without
faults that is the same for every node.  A faulty node shows each receiver something else, so
then each honest node aggregates other outputs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def received(
    vectors: NDArray[np.float64],
    shown: NDArray[np.float64],
    faulty: Sequence[int],
    receiver: int,
) -> NDArray[np.float64]:
    """The outputs of all nodes as ``receiver`` gets them; shape (nodes, samples, classes).

    Args:
        vectors: what the nodes' networks answered, of the same shape.
        shown: what faulty nodes show instead; shape (faulty nodes, receivers, samples, classes).
        faulty: the faulty nodes.
        receiver: an honest node.
    """
    if not faulty:
        return vectors
    seen = vectors.copy()
    for node, by_receiver in zip(faulty, shown, strict=True):
        seen[node] = by_receiver[receiver]
    return seen


def labels_of(vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """The labels that vectors stand for: the argmax over the last axis, the lowest on a tie."""
    return np.asarray(vectors.argmax(axis=-1), dtype=np.int64)


def weighted_average(
    vectors: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The label of the weighted average of the nodes' outputs, for each sample.

    "We assigned different weights to each node based on its individual inference performance
    and then calculated the average of these weighted outputs" (section IV).

    Args:
        vectors: shape (nodes, samples, classes).
        weights: shape (nodes,), not negative.  Only their ratios matter.
    """
    total = np.zeros(vectors.shape[1:])
    for weight, node in zip(weights, vectors, strict=True):
        total += weight * node
    return labels_of(total)


def majority_vote(vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """The label that most nodes give, for each sample; the lowest of those on a tie.

    "We treated each node's inference output equally and determined the final result based on
    the most frequently occurring output among the nodes" (section IV).
    """
    _, samples, classes = vectors.shape
    votes = np.zeros((samples, classes), dtype=np.int64)
    for labels in labels_of(vectors):
        votes[np.arange(samples), labels] += 1
    return np.asarray(votes.argmax(axis=1), dtype=np.int64)
