"""The largest of many vectors, where one component can be as good as another."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

Vector: TypeAlias = tuple[int, ...]
"""A number in each place."""


def largest(
    vectors: Iterable[Vector],
    places: Sequence[int],
    covers: Callable[[int, int], bool],
    rank: Callable[[int], int],
) -> list[Vector]:
    """Those that no other of ``vectors`` covers; of vectors that cover each other one.

    One covers another if it does in each of ``places``, and is the same in the others.

    Args:
        vectors: the vectors, all of one length.
        places: where components need not be the same.
        covers: whether the first component covers the second; a preorder.
        rank: of a component, no less than that of any component that it covers.
    """
    alike: dict[Vector, list[tuple[int, Vector, Vector]]] = defaultdict(list)
    for vector in dict.fromkeys(vectors):
        parts = tuple(vector[place] for place in places)
        same = tuple(value for place, value in enumerate(vector) if place not in places)
        alike[same].append((-sum(map(rank, parts)), parts, vector))
    kept = []
    for group in alike.values():
        known = _Kept(len(places), covers)
        # Whatever covers a vector has a sum that is no less, so it comes first, or covers it back.
        group.sort(key=itemgetter(0))
        kept += [vector for _, parts, vector in group if known.add(parts)]
    return kept


class _Kept:
    """Vectors that were kept, and for each component in each place which of them cover it.

    Sets of vectors are masks, so to ask all of them at once takes one operation a place.
    """

    def __init__(self, places: int, covers: Callable[[int, int], bool]) -> None:
        self._covers = covers
        self._having: list[dict[int, int]] = [{} for _ in range(places)]
        self._covering: list[dict[int, int]] = [{} for _ in range(places)]
        self._count = 0

    def add(self, parts: Sequence[int]) -> bool:
        """Keep a vector, unless one that is kept covers it; whether it was kept."""
        covered = (1 << self._count) - 1
        for place, part in enumerate(parts):
            covered &= self._covering_of(place, part)
        if covered:
            return False
        mine = 1 << self._count
        self._count += 1
        for place, part in enumerate(parts):
            having, covering = self._having[place], self._covering[place]
            having[part] = having.get(part, 0) | mine
            for other in covering:
                if self._covers(part, other):
                    covering[other] |= mine
        return True

    def _covering_of(self, place: int, part: int) -> int:
        covering = self._covering[place]
        if part not in covering:
            covering[part] = 0
            for other, having in self._having[place].items():
                if self._covers(other, part):
                    covering[part] |= having
        return covering[part]
