"""Finite structures, and the truth of formulas in them.

A structure lists the things of each sort and the rows of each relation.  The transitions of
the running protocol are held against the proved relation by way of structures: the formulas
are those that z3 was given.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from operator import itemgetter
from typing import TypeAlias

from checker.proofs.logic import (
    And,
    Equal,
    Formula,
    Holds,
    Iff,
    Not,
    Or,
    Quantified,
    Relation,
    Sort,
    Variable,
)

Row: TypeAlias = tuple[Hashable, ...]
Assignment: TypeAlias = Mapping[Variable, Hashable]
"""What constants stand for."""


@dataclass(frozen=True)
class Structure:
    """A finite structure: one state.

    Attributes:
        universe: the things of each sort.
        rows: the rows of each relation; a relation that is not named has none.
    """

    universe: Mapping[Sort, tuple[Hashable, ...]]
    rows: Mapping[Relation, frozenset[Row]]

    def of(self, relation: Relation) -> frozenset[Row]:
        """The rows of ``relation``."""
        return self.rows.get(relation, frozenset())

    def with_rows(self, relation: Relation, rows: frozenset[Row]) -> "Structure":
        """The structure in which ``relation`` has these rows and the others keep theirs."""
        return replace(self, rows={**self.rows, relation: rows})


class _Context:
    """What a formula is evaluated in: the values of variables, rows and things, by number."""

    __slots__ = ("tables", "things", "values")

    def __init__(
        self,
        values: list[Hashable],
        tables: list[frozenset[Row]],
        things: list[tuple[Hashable, ...]],
    ) -> None:
        self.values = values
        self.tables = tables
        self.things = things


_Test: TypeAlias = Callable[[_Context], bool]


class Compiled:
    """A formula made ready to be evaluated often."""

    def __init__(self, formula: Formula) -> None:
        self._variables: dict[Variable, int] = {}
        self._tables: dict[tuple[Relation, bool], int] = {}
        self._sorts: dict[Sort, int] = {}
        self._free: set[Variable] = set()
        self._test = self._compile(formula, frozenset())

    def holds(self, before: Structure, later: Structure, given: Assignment) -> bool:
        """Whether the formula is true of a transition from ``before`` to ``later``.

        ``given`` says what its constants stand for.  A formula about one state is evaluated
        with that state as ``before``; ``later`` is then of no account.

        Raises:
            KeyError: a constant stands for nothing.
        """
        values: list[Hashable] = [None] * len(self._variables)
        for variable in self._free:
            values[self._variables[variable]] = given[variable]
        tables = [(later if after else before).of(relation) for relation, after in self._tables]
        things = [before.universe[sort] for sort in self._sorts]
        return self._test(_Context(values, tables, things))

    def _place(self, variable: Variable, bound: frozenset[Variable]) -> int:
        if variable not in bound:
            self._free.add(variable)
        return self._variables.setdefault(variable, len(self._variables))

    def _compile(self, formula: Formula, bound: frozenset[Variable]) -> _Test:
        match formula:
            case Holds(relation, terms, after):
                places = [self._place(term, bound) for term in terms]
                table = self._tables.setdefault((relation, after), len(self._tables))
                return _holds(places, table)
            case Equal(left, right):
                one, other = self._place(left, bound), self._place(right, bound)
                return lambda context: context.values[one] == context.values[other]
            case Not(part):
                test = self._compile(part, bound)
                return lambda context: not test(context)
            case And(parts):
                return _every([self._compile(part, bound) for part in parts])
            case Or(parts):
                return _some([self._compile(part, bound) for part in parts])
            case Iff(left, right):
                first, second = self._compile(left, bound), self._compile(right, bound)
                return lambda context: first(context) == second(context)
            case Quantified(universal, variables, body):
                inner = bound | set(variables)
                places = [self._place(variable, inner) for variable in variables]
                if bound & set(variables) or self._free & set(variables):
                    raise ValueError(f"a variable has two roles in {formula}")
                sorts = [
                    self._sorts.setdefault(variable.sort, len(self._sorts))
                    for variable in variables
                ]
                return _quantified(universal, places, sorts, self._compile(body, inner))
        raise TypeError(f"{formula!r} is no formula")


def _holds(places: list[int], table: int) -> _Test:
    if len(places) == 1:
        place = places[0]
        return lambda context: (context.values[place],) in context.tables[table]
    row = itemgetter(*places)
    return lambda context: row(context.values) in context.tables[table]


def _every(tests: list[_Test]) -> _Test:
    def test(context: _Context) -> bool:
        for each in tests:  # noqa: SIM110 (a generator would cost as much as the test)
            if not each(context):
                return False
        return True

    return test


def _some(tests: list[_Test]) -> _Test:
    def test(context: _Context) -> bool:
        for each in tests:  # noqa: SIM110 (as above)
            if each(context):
                return True
        return False

    return test


def _quantified(universal: bool, places: list[int], sorts: list[int], body: _Test) -> _Test:
    def test(context: _Context) -> bool:
        values = context.values
        for chosen in product(*(context.things[sort] for sort in sorts)):
            for place, value in zip(places, chosen, strict=True):
                values[place] = value
            if body(context) is not universal:
                return not universal
        return universal

    return test


def evaluate(formula: Formula, before: Structure, later: Structure, given: Assignment) -> bool:
    """Whether ``formula`` is true, as :meth:`Compiled.holds` says, where it is asked once."""
    return Compiled(formula).holds(before, later, given)
