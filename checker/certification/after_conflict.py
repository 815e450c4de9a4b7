"""What the core can decide once a sample is a conflict sample (section III.3).

The outcome depends on rewards and on the primary under which the next sample is decided.  Here
both are free: every node may hold the highest reward, by so much that it outweighs all others
together or by so little that no group is expert, and every node may be that primary.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product

from checker.question import Pattern
from poqi_core.config import Config
from poqi_core.fallen import fallen
from poqi_core.prediction import Label

_ALMOST_ALL = Fraction(10**6)
"""A reward beside which those of all others together are nothing."""

_LITTLE_MORE = Fraction(101, 100)
"""A reward that is the highest and makes no node an expert by itself."""


class AfterConflict:
    """What comes of conflict samples of one configuration; each pattern is computed once."""

    def __init__(self, config: Config) -> None:
        """What comes of conflicts among nodes of ``config``, at least two of them."""
        self._config = replace(config, samples=2)
        self._known = lru_cache(maxsize=None)(self._explore)

    def labels(self, pattern: Pattern) -> frozenset[Label]:
        """The labels that a conflict over ``pattern`` can fall to.

        An honest node has heard from each honest node what its network answered.  A faulty one has
        told it, as the primary of its own view, a label that an honest node predicts or, as the
        number after the highest of those, one that none does.
        """
        return self._known(pattern)

    def _explore(self, pattern: Pattern) -> frozenset[Label]:
        told = range(2 + max(label for label in pattern if label is not None))
        return frozenset(
            label
            for faulty in (told if None in pattern else (0,))
            for label in self._outcomes(
                tuple(faulty if label is None else label for label in pattern)
            )
        )

    def _outcomes(self, heard: tuple[Label, ...]) -> Iterator[Label]:
        nodes = range(len(heard))
        for highest, reward in product(nodes, (_ALMOST_ALL, _LITTLE_MORE)):
            rewards = tuple(reward if node == highest else Fraction(1) for node in nodes)
            for decider, primary in product(nodes, nodes):
                label = fallen(self._config, decider, heard, rewards, primary)
                if label is not None:
                    yield label
