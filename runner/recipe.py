"""How a network is trained: the project's recipe for each data set."""

from dataclasses import asdict, dataclass
from math import cos, pi

from runner.json_values import Json

_WARMING = 0.2
"""The part of the training in which the rate rises."""


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with Nesterov's momentum and one cycle of the rate.

    One cycle: Smith, Topin, Super-Convergence, 2018.

    Attributes:
        batch: images a step.
        rate: the highest learning rate.
        momentum: of the descent.
        decay: the weight decay.
        shift: by how many pixels an image is moved at most, in each direction.
        mirror: whether half of the images are mirrored.
    """

    batch: int
    rate: float
    momentum: float
    decay: float
    shift: int
    mirror: bool

    def rate_at(self, done: float) -> float:
        """The learning rate when ``done``, from 0 to 1, of the training is over.

        It rises in a line, then falls as a cosine to zero.
        """
        if done < _WARMING:
            return self.rate * done / _WARMING
        return self.rate * (1 + cos(pi * (done - _WARMING) / (1 - _WARMING))) / 2

    def as_json(self) -> dict[str, Json]:
        """The recipe as a JSON object."""
        return asdict(self)


RECIPES = {
    "cifar10": Recipe(batch=256, rate=0.2, momentum=0.9, decay=5e-4, shift=4, mirror=True),
    "svhn": Recipe(batch=256, rate=0.2, momentum=0.9, decay=5e-4, shift=2, mirror=False),
    "fashion_mnist": Recipe(batch=256, rate=0.2, momentum=0.9, decay=5e-4, shift=2, mirror=True),
}
"""By the name of the data set.  Digits are never mirrored."""
