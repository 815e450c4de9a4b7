"""Finite structures, and the truth of formulas in them.

A structure lists the things of each sort and the rows of each relation.  The transitions of
the running protocol are held against the proved relation by way of structures: the formulas
are those that z3 was given.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from itertools import product
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
"""What constants and bound variables stand for."""


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


def evaluate(formula: Formula, before: Structure, later: Structure, given: Assignment) -> bool:
    """Whether ``formula`` is true of a transition from ``before`` to ``later``.

    ``given`` says what its constants stand for.  A formula about one state is evaluated with
    that state as ``before``; ``later`` is then of no account.

    Raises:
        KeyError: a constant stands for nothing.
    """
    match formula:
        case Holds(relation, terms, after):
            state = later if after else before
            return tuple(given[term] for term in terms) in state.of(relation)
        case Equal(left, right):
            return given[left] == given[right]
        case Not(part):
            return not evaluate(part, before, later, given)
        case And(parts):
            return all(evaluate(part, before, later, given) for part in parts)
        case Or(parts):
            return any(evaluate(part, before, later, given) for part in parts)
        case Iff(left, right):
            return evaluate(left, before, later, given) == evaluate(right, before, later, given)
        case Quantified(universal, variables, body):
            choices = product(*(before.universe[variable.sort] for variable in variables))
            results = (
                evaluate(
                    body, before, later, {**given, **dict(zip(variables, chosen, strict=True))}
                )
                for chosen in choices
            )
            return all(results) if universal else any(results)
    raise TypeError(f"{formula!r} is no formula")
