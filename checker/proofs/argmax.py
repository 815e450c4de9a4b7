"""Average and median keep a common argmax, over the reals, for any number of vectors.

The argmax of a vector is the lowest class of those with the greatest entry.  So c is the argmax
exactly if its entry is greater than that of every lower class and no less than that of every
higher one.  It is enough to look at two classes, c and some other d, in a *column* each: the
entries of c and of d in the vectors.  In every vector x_c > x_d (if d is lower) or x_c >= x_d
(if d is higher); the same has to hold of the averages and of the medians.  The number of vectors
is unbounded, so sums and counts are brought in by induction over the vectors.
"""

from typing import NamedTuple

import z3

from checker.proofs.queries import Kind, Query, Theorem

SECTION = "Combined predictions: average and median keep the argmax, over the reals"

_X, _Y = z3.Reals("x_c x_d")
_SUM_C, _SUM_D = z3.Reals("sum_c sum_d")
_MEAN_C, _MEAN_D = z3.Reals("mean_c mean_d")
_LENGTH, _RANK = z3.Ints("vectors rank")
_U, _T = z3.Reals("u t")


class _Order(NamedTuple):
    """How the entries of c compare with those of d."""

    name: str
    english: str
    strict: bool

    def holds(self, left: z3.ArithRef, right: z3.ArithRef) -> z3.BoolRef:
        return left > right if self.strict else left >= right


_ORDERS = (
    _Order("lower-class", "greater", strict=True),
    _Order("higher-class", "no less", strict=False),
)


def _valid(
    name: str, english: str, premises: tuple[z3.BoolRef, ...], conclusion: z3.BoolRef
) -> Query:
    return Query(name, Kind.VALIDITY, english, premises, conclusion)


def _average(order: _Order) -> tuple[Query, ...]:
    at_least_one = _LENGTH >= 1
    return (
        _valid(
            f"{order.name}/one-vector",
            f"The sum of one vector's entries of c is {order.english} than that of d.",
            (order.holds(_X, _Y), _SUM_C == _X, _SUM_D == _Y),
            order.holds(_SUM_C, _SUM_D),
        ),
        _valid(
            f"{order.name}/one-more-vector",
            "One more vector keeps that.",
            (order.holds(_SUM_C, _SUM_D), order.holds(_X, _Y)),
            order.holds(_SUM_C + _X, _SUM_D + _Y),
        ),
        _valid(
            f"{order.name}/average",
            "Divided by the number of vectors it still holds.",
            (
                at_least_one,
                order.holds(_SUM_C, _SUM_D),
                _MEAN_C * z3.ToReal(_LENGTH) == _SUM_C,
                _MEAN_D * z3.ToReal(_LENGTH) == _SUM_D,
            ),
            order.holds(_MEAN_C, _MEAN_D),
        ),
    )


class _Column(NamedTuple):
    """What is known of the entry of some rank in a column of unknown length.

    ``value`` has rank r in the column (the smallest entry has rank 1) exactly if fewer than r
    entries are below it and at least r are not above it.
    """

    value: z3.ArithRef
    below: z3.ArithRef
    not_above: z3.ArithRef

    def has_rank(self, rank: z3.ArithRef) -> z3.BoolRef:
        return z3.And(self.below < rank, self.not_above >= rank)


def _column(name: str) -> _Column:
    return _Column(z3.Real(name), z3.Int(f"below_{name}"), z3.Int(f"not_above_{name}"))


_C, _D = _column("c"), _column("d")
_C2, _D2 = _column("c2"), _column("d2")


def _counted(condition: z3.BoolRef) -> z3.ArithRef:
    return z3.If(condition, 1, 0)


def _median(order: _Order) -> tuple[Query, ...]:
    # At a value u of c and a value t of d that c's entry should beat but does not: every entry of
    # c that is not above u stands over an entry of d that is below t.
    beaten = z3.Not(order.holds(_U, _T))
    count_c, count_d = z3.Ints("c_not_above_u d_below_t")
    ranks = (_RANK >= 1, _C.has_rank(_RANK), _D.has_rank(_RANK))
    # What the induction over the vectors yields, at the two values of that rank.
    counted = z3.Implies(z3.Not(order.holds(_C.value, _D.value)), _C.not_above <= _D.below)
    middle_c, middle_d = z3.Reals("median_c median_d")
    return (
        _valid(
            f"{order.name}/no-vector",
            "Let u and t be reals of which u should be, and is not, "
            f"{order.english} than t.  Of no vectors, 0 entries of c are not above u, "
            "0 of d below t.",
            (beaten, count_c == 0, count_d == 0),
            count_c <= count_d,
        ),
        _valid(
            f"{order.name}/one-more-vector",
            "One more vector: if its entry of c is not above u, its entry of d is below t.  So "
            "at most as many entries of c are not above u as entries of d are below t.",
            (beaten, count_c <= count_d, order.holds(_X, _Y)),
            count_c + _counted(_X <= _U) <= count_d + _counted(_Y < _T),
        ),
        _valid(
            f"{order.name}/same-rank",
            f"So of each rank the entry of c is {order.english} than the entry of d.",
            (*ranks, counted),
            order.holds(_C.value, _D.value),
        ),
        _valid(
            f"{order.name}/even",
            "The median of an even number of vectors is halfway between two middle entries: "
            "it still holds.",
            (
                order.holds(_C.value, _D.value),
                order.holds(_C2.value, _D2.value),
                2 * middle_c == _C.value + _C2.value,
                2 * middle_d == _D.value + _D2.value,
            ),
            order.holds(middle_c, middle_d),
        ),
    )


def _ranks_are_unique() -> tuple[Query, ...]:
    one, other = z3.Reals("one other")
    below, not_above = z3.Ints("below_other not_above_one")
    first, second = (
        _Column(one, z3.Int("below_one"), not_above),
        _Column(other, below, z3.Int("not_above_other")),
    )
    return (
        _valid(
            "rank/one-more-vector",
            "Where one value is below another, at most as many entries are not above the one as "
            "are below the other (none are, of no vectors; here one more).",
            (one < other, not_above <= below),
            not_above + _counted(one >= _X) <= below + _counted(other > _X),
        ),
        _valid(
            "rank/unique",
            "So no smaller and no greater value has the same rank: ranks are well defined.",
            (
                _RANK >= 1,
                first.has_rank(_RANK),
                second.has_rank(_RANK),
                z3.Implies(one < other, not_above <= below),
            ),
            one >= other,
        ),
    )


ARGMAX_THEOREMS: tuple[Theorem, ...] = (
    Theorem(
        "average-keeps-argmax",
        SECTION,
        "If all vectors have their argmax at c, so has their average.",
        "any number of vectors and classes",
        tuple(query for order in _ORDERS for query in _average(order)),
    ),
    Theorem(
        "median-keeps-argmax",
        SECTION,
        "If all vectors have their argmax at c, so has their entrywise median.",
        "any number of vectors and classes, odd or even",
        (*_ranks_are_unique(), *(query for order in _ORDERS for query in _median(order))),
    ),
)
