"""The largest vectors, against a comparison of every two."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.views.antichain import Vector, largest


def divides(one: int, other: int) -> bool:
    """One covers another if it is a multiple of it: an order in which many cannot be compared."""
    return one % other == 0


def tens(one: int, other: int) -> bool:
    """Numbers with the same tens cover each other: a preorder that is no order."""
    return one // 10 >= other // 10


def covers(
    one: Vector, other: Vector, places: set[int], part_covers: Callable[[int, int], bool]
) -> bool:
    return all(
        part_covers(mine, theirs) if place in places else mine == theirs
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True))
    )


VECTORS = st.lists(st.tuples(*[st.integers(1, 30)] * 3), max_size=40)
PLACES = st.sets(st.integers(0, 2), min_size=1)


@given(VECTORS, PLACES)
@pytest.mark.parametrize(
    ("part_covers", "rank"),
    [(divides, int), (tens, lambda part: part // 10)],
    ids=["order", "tens"],
)
def test_each_vector_is_covered_by_one_that_is_kept_and_none_of_those_by_another(
    part_covers: Callable[[int, int], bool],
    rank: Callable[[int], int],
    vectors: list[Vector],
    places: set[int],
) -> None:
    kept = largest(vectors, sorted(places), part_covers, rank)
    assert set(kept) <= set(vectors)
    for vector in vectors:
        assert any(covers(one, vector, places, part_covers) for one in kept)
    for one in kept:
        assert not any(covers(other, one, places, part_covers) for other in kept if other != one)


def test_a_vector_is_kept_beside_one_that_is_larger_where_they_must_be_the_same() -> None:
    assert largest([(1, 2), (2, 2), (1, 4)], [1], divides, int) == [(1, 4), (2, 2)]
