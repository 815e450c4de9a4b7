"""What every attack is set up with, and the vectors that attacks show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from poqi_core.prediction import Label
from runner.adversary import Attack


@dataclass(frozen=True)
class AttackSetting:
    """What every attack is set up with.

    Attributes:
        faulty: the faulty nodes, in ascending order.
        nodes: N.
        classes: the number of classes.
        seed: of all that the attack draws.
        amplitude: what a shown vector sums up to.  With 1 it is a softmax output like any
            other.  The protocol and the votes look at labels alone and are not affected by
            more, but an average is: no rule of the paper checks that an output sums up to 1.

    Raises:
        ValueError: the amplitude is not positive and finite.
    """

    faulty: tuple[int, ...]
    nodes: int
    classes: int
    seed: int
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.amplitude < float("inf"):
            raise ValueError(f"the amplitude must be a positive number, not {self.amplitude}")

    @property
    def honest(self) -> tuple[int, ...]:
        """The other nodes, in ascending order."""
        return tuple(node for node in range(self.nodes) if node not in self.faulty)

    def generator(self, *key: int) -> np.random.Generator:
        """A generator for one purpose: its numbers depend on the seed and the key alone."""
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key))
        )

    def nothing(self) -> NDArray[np.float64]:
        """Vectors of zeros in the shape that is shown: (faulty nodes, receivers, classes)."""
        return np.zeros((len(self.faulty), self.nodes, self.classes))

    def everywhere(self, label: Label) -> NDArray[np.float64]:
        """All faulty nodes are sure of ``label``, before everybody."""
        shown = self.nothing()
        shown[:, :, label] = self.amplitude
        return shown


MakeAttack: TypeAlias = Callable[[AttackSetting], Attack]
"""How an attack is set up."""
