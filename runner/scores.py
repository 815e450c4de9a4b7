"""How right each method is, at every honest node, counted while a run goes on.

Outputs are aggregated in batches, so nothing that faulty nodes showed is kept for longer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.aggregation import majority_vote, received, weighted_average
from runner.robust_aggregation import coordinate_median, geometric_median, trimmed_mean
from runner.simulated_run import NodeRun

BATCH = 1000
"""So many samples are aggregated together."""


class Scores(NamedTuple):
    """A number for each way to a common label."""

    poqi: float
    weighted_average: float
    majority: float
    median: float
    trimmed_mean: float
    geometric_median: float


METHODS = Scores._fields[1:]
"""The aggregations, which need no protocol: every node uses what it has received."""


class Tally(NamedTuple):
    """What has been counted."""

    by_node: dict[int, Scores]
    """Each honest node's accuracy."""
    everywhere: Scores
    """The share of the samples for which every honest node has the true label."""
    differing: Scores
    """The share of the samples for which two honest nodes have different labels."""


class Scorer:
    """Counts for every method and honest node."""

    def __init__(
        self,
        vectors: NDArray[np.float64],
        true: NDArray[np.int64],
        faulty: Sequence[int],
        weights: NDArray[np.float64],
        trimmed: int,
    ) -> None:
        """Begin to count.

        Args:
            vectors: what every network says; shape (nodes, samples, classes).
            true: the true labels; shape (samples,).
            faulty: the faulty nodes.
            weights: of the weighted average, for each node.
            trimmed: how many values the trimmed mean leaves out on both sides.
        """
        nodes, _, classes = vectors.shape
        self._vectors, self._true, self._faulty = vectors, true, tuple(faulty)
        self._weights = weights
        self._trimmed = min(trimmed, (nodes - 1) // 2)
        self._honest = [node for node in range(nodes) if node not in self._faulty]
        self._right = np.zeros((len(METHODS), nodes), dtype=np.int64)
        self._everywhere = np.zeros(len(METHODS), dtype=np.int64)
        self._differing = np.zeros(len(METHODS), dtype=np.int64)
        self._shown = np.empty((len(self._faulty), nodes, BATCH, classes))
        self._begun = 0
        """The first sample of the batch that is being filled."""

    def add(self, sample: int, shown: NDArray[np.float64]) -> None:
        """Faulty nodes showed ``shown`` for ``sample``; samples come in order."""
        self._shown[:, :, sample - self._begun] = shown
        if sample + 1 == len(self._true) or sample + 1 - self._begun == BATCH:
            self._count(sample + 1)

    def _count(self, end: int) -> None:
        batch = slice(self._begun, end)
        vectors, true = self._vectors[:, batch], self._true[batch]
        shown = self._shown[:, :, : end - self._begun]
        self._begun = end
        if not self._faulty:
            # Everybody has received the same.
            labels = np.repeat(self._aggregated(vectors)[:, None], len(self._honest), axis=1)
        else:
            labels = np.stack(
                [
                    self._aggregated(received(vectors, shown, self._faulty, node))
                    for node in self._honest
                ],
                axis=1,
            )
        right = labels == true
        self._right[:, self._honest] += right.sum(axis=2)
        self._everywhere += right.all(axis=1).sum(axis=1)
        self._differing += (labels != labels[:, :1]).any(axis=1).sum(axis=1)

    def _aggregated(self, seen: NDArray[np.float64]) -> NDArray[np.int64]:
        """The label by each method; shape (methods, samples)."""
        return np.stack(
            [
                weighted_average(seen, self._weights),
                majority_vote(seen),
                coordinate_median(seen),
                trimmed_mean(seen, self._trimmed),
                geometric_median(seen),
            ]
        )

    def accuracy(self) -> dict[int, list[float]]:
        """Each honest node's accuracy by each of :data:`METHODS`."""
        shares = self._right / len(self._true)
        return {node: shares[:, node].tolist() for node in self._honest}

    def tally(self, honest: Sequence[NodeRun]) -> Tally:
        """All that was counted, with what the protocol came to at the honest nodes."""
        samples = len(self._true)
        accuracy = self.accuracy()
        held = np.array([decided_labels(node) for node in honest])
        right = held == self._true
        highest = held.max(axis=0)
        lowest = np.where(held < 0, highest, held).min(axis=0)
        return Tally(
            {
                node.node: Scores(
                    float(right[place].mean()),
                    *accuracy[node.node],
                )
                for place, node in enumerate(honest)
            },
            Scores(float(right.all(axis=0).mean()), *(self._everywhere / samples).tolist()),
            Scores(float((lowest < highest).mean()), *(self._differing / samples).tolist()),
        )


def decided_labels(node: NodeRun) -> NDArray[np.int64]:
    """The labels that a node decided; -1, which is no class, where it did not."""
    return np.array([-1 if label is None else label for label in node.labels], dtype=np.int64)
