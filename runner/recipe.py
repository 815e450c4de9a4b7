"""How a network is trained: the project's recipe for each data set."""

from dataclasses import asdict, dataclass
from math import cos, pi

from runner.json_values import Json

_WARMING = 0.2
"""The part of the training in which the rate rises."""


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with Nesterov's momentum and one cycle of the rate.

    One cycle: Smith, Topin, Super-Convergence, 2018.  Small images first: Howard's progressive
    resizing, 2018; an epoch at 16 pixels costs less than a third of one at 32.

    Attributes:
        batch: images a step.
        rate: the highest learning rate.
        momentum: of the descent.
        decay: the weight decay.
        shift: by how many pixels an image is moved at most, in each direction.
        mirror: whether half of the images are mirrored.
        edges: the size of the images in pixels, in equal parts of the training.
    """

    batch: int
    rate: float
    momentum: float
    decay: float
    shift: int
    mirror: bool
    edges: tuple[int, ...]

    def rate_at(self, done: float) -> float:
        """The learning rate when ``done``, from 0 to 1, of the training is over.

        It rises in a line, then falls as a cosine to zero.
        """
        if done < _WARMING:
            return self.rate * done / _WARMING
        return self.rate * (1 + cos(pi * (done - _WARMING) / (1 - _WARMING))) / 2

    def edge_at(self, done: float) -> int:
        """The size of the images in pixels when ``done``, from 0 to 1, of the training is over."""
        return self.edges[int(done * len(self.edges))]

    def as_json(self) -> dict[str, Json]:
        """The recipe as a JSON object."""
        return {**asdict(self), "edges": [*self.edges]}


RECIPES = {
    "cifar10": Recipe(
        batch=128,
        rate=0.1,
        momentum=0.9,
        decay=5e-4,
        shift=4,
        mirror=True,
        edges=(16, 20, 24, 32),
    ),
    "svhn": Recipe(
        batch=128,
        rate=0.1,
        momentum=0.9,
        decay=5e-4,
        shift=2,
        mirror=False,
        edges=(16, 20, 24, 32),
    ),
    "fashion_mnist": Recipe(
        batch=128,
        rate=0.1,
        momentum=0.9,
        decay=5e-4,
        shift=2,
        mirror=True,
        edges=(16, 20, 24, 28),
    ),
}
"""By the name of the data set.  Digits are never mirrored."""
