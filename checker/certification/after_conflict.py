"""What the core can decide once a sample is a conflict sample (section III.3).

The outcome depends on rewards and on the primary under which the next sample is decided.  Here
both are free: every node may hold the highest reward, by so much that it outweighs all others
together or by so little that no group is expert, and every node may be that primary.
"""

from collections import Counter
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
    """What comes of conflict samples of one configuration; what they share is computed once."""

    def __init__(self, config: Config) -> None:
        """What comes of conflicts among nodes of ``config``, at least two of them."""
        self._config = replace(config, samples=2)
        self._outcomes = lru_cache(maxsize=None)(self._explore)

    def labels(self, pattern: Pattern) -> frozenset[Label]:
        """The labels that a conflict over ``pattern`` can fall to.

        An honest node has heard from each honest node what its network answered.  A faulty one has
        told it, as the primary of its own view, a label that an honest node predicts or, as the
        number after the highest of those, one that none does.
        """
        told = range(2 + max(label for label in pattern if label is not None))
        return frozenset(
            label
            for faulty in (told if None in pattern else (0,))
            for label in self._fallen(
                tuple(faulty if label is None else label for label in pattern)
            )
        )

    def _fallen(self, heard: tuple[Label, ...]) -> Iterator[Label]:
        """The labels that a conflict over what was ``heard`` can fall to.

        The core asks of labels only which are the same, and of nodes only for their rewards, which
        are free.  So it matters how many nodes have said the same, not who or what.
        """
        counts = Counter(heard)
        names = sorted(counts, key=lambda label: (-counts[label], label))
        said = tuple(rank for rank, name in enumerate(names) for _ in range(counts[name]))
        return (names[rank] for rank in self._outcomes(said))

    def _explore(self, heard: tuple[Label, ...]) -> frozenset[Label]:
        nodes = range(len(heard))
        rewards = [
            tuple(reward if node == highest else Fraction(1) for node in nodes)
            for highest, reward in product(nodes, (_ALMOST_ALL, _LITTLE_MORE))
        ]
        outcomes = (
            fallen(self._config, decider, heard, held, primary)
            for held, decider, primary in product(rewards, nodes, nodes)
        )
        return frozenset(label for label in outcomes if label is not None)
