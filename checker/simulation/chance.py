"""Random choices that are the same on every machine and for every version of Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Chance:
    """The random choices of one run.

    They are all made from :meth:`random.Random.random`, the one method whose results for a seed
    Python promises not to change, and which is seeded by a hash of a text.
    """

    def __init__(self, seed: int, number: int) -> None:
        self._random = Random(f"{seed}:{number}")

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1, each equally likely."""
        return int(self._random.random() * bound)

    def pick(self, items: Sequence[Item]) -> Item:
        """One of ``items``, each equally likely."""
        return items[self.below(len(items))]

    def happens(self, probability: float) -> bool:
        """True with that probability."""
        return self._random.random() < probability

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in ``weights``, as likely as its weight says; one of them is above 0."""
        point = self._random.random() * sum(weights)
        for place, weight in enumerate(weights):
            point -= weight
            if point < 0:
                return place
        return max(place for place, weight in enumerate(weights) if weight > 0)

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """``items`` in a random order (Fisher and Yates)."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """So many of ``items``, or all if there are fewer, in their order."""
        chosen = self.shuffled(range(len(items)))[:count]
        return [items[place] for place in sorted(chosen)]
