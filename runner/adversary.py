"""Faulty nodes: what they know, what they show to whom, and what they can send.

An *attack* chooses, before the first message of each sample, the output that each faulty node
shows to each receiver.  Towards one receiver the node then behaves exactly like a correct node
whose network gave that vector.  So, as a primary, it sends each receiver the pre-prepare, the
prepare and, should it come to that, the decision of the label that it shows this receiver; as a
validator it votes against the primary before those to whom it shows another label, and hands in
its prediction, prepares and commits before the others.

That is a Byzantine fault, and not only noise: it equivocates, so that honest nodes can count
different votes and different quorums in one view.  It is not the worst one: what no correct node
would send, such as a commit after a vote against the primary, it does not send to anybody.
``poqi check`` searches all of that.

Technically it is one run of the core for each receiver (a *face*), of which only what goes to
this receiver leaves the node.  Thus nothing of the protocol is imitated here, and nothing is
sent that a Byzantine node could not send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from poqi_core.prediction import Label


class Sight(NamedTuple):
    """What an attack knows when a sample begins: all that there is to be known, but the truth."""

    sample: int
    """Its number, from 0.  An attack sees every sample once, in order."""
    vectors: NDArray[np.float64]
    """What every node's own network says; shape (nodes, classes)."""
    labels: Sequence[Label]
    """The labels of those vectors."""
    rewards: tuple[Fraction, ...]
    """Every node's reward as the first honest node has it on record."""


class Attack(Protocol):
    """What the simulation asks of faulty nodes."""

    @property
    def nodes(self) -> tuple[int, ...]:
        """The faulty nodes, in ascending order."""

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """The vectors that are shown for a sample; shape (faulty nodes, receivers, classes).

        The receivers are all N nodes; what a node shows to itself is not used.
        """


@dataclass(frozen=True, eq=False)
class FaultyOutputs:
    """An attack that is written down beforehand.

    Attributes:
        nodes: the faulty nodes, in ascending order.
        vectors: float64, shape (faulty nodes, receivers, samples, classes).
    """

    nodes: tuple[int, ...]
    vectors: NDArray[np.float64]

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """What is written for that sample."""
        result: NDArray[np.float64] = self.vectors[:, :, sight.sample]
        return result


class _Nobody:
    """No node is faulty."""

    nodes: tuple[int, ...] = ()

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """Nothing."""
        return np.empty((0, *sight.vectors.shape))


NOBODY: Attack = _Nobody()
"""No attack."""
