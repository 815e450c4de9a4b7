"""The queries by which a conjunction is shown to be an inductive invariant of a relation.

Initiation: it holds where nothing has happened.  Consecution: every action keeps it, a query
for each action and conjunct.  Sufficiency: it implies what is wanted.  Each query comes with
the premises under which it says something, which have to be satisfiable.
"""

from dataclasses import dataclass
from functools import cached_property

import z3

from checker.proofs.invariant import Statement
from checker.proofs.logic import Formula, after, all_of, for_some
from checker.proofs.queries import Kind, Query
from checker.proofs.solver import translate
from checker.proofs.transitions import Action, Transitions


@dataclass(frozen=True)
class Induction:
    """A relation, what is known of its fixed part, and the invariant that it is to keep.

    Attributes:
        transitions: the relation.
        background: what holds of the relations that never change.
        invariant: the conjuncts.
    """

    transitions: Transitions
    background: Formula
    invariant: tuple[Statement, ...]

    @cached_property
    def _premises(self) -> tuple[z3.BoolRef, ...]:
        """The background and the invariant before a step."""
        holds = all_of(conjunct.formula for conjunct in self.invariant)
        return translate(self.background), translate(holds)

    def initiation(self, conjunct: Statement) -> Query:
        """``conjunct`` holds before anything has happened."""
        return Query(
            f"initiation/{conjunct.name}",
            Kind.VALIDITY,
            f"Before anything has happened: {conjunct.english}",
            (translate(self.background), translate(self.transitions.initial())),
            translate(conjunct.formula),
        )

    def consecution(self, action: Action, *conjuncts: Statement) -> tuple[Query, ...]:
        """``action`` keeps each of ``conjuncts``.

        Not vacuous: from a state of the invariant the action leads to one in which the premise
        of the conjunct occurs.
        """
        premises = (*self._premises, translate(self.transitions.step(action)))
        return tuple(
            Query(
                f"consecution/{action.name}/{conjunct.name}",
                Kind.VALIDITY,
                f"{action.name} keeps: {conjunct.english}",
                premises,
                translate(after(conjunct.formula)),
                witness=(translate(for_some(*conjunct.variables)(after(conjunct.premise))),),
            )
            for conjunct in conjuncts
        )

    def sufficiency(self, statement: Statement) -> Query:
        """The invariant implies ``statement``.

        Not vacuous: there is a state of the invariant in which its premise occurs.
        """
        return Query(
            f"sufficiency/{statement.name}",
            Kind.VALIDITY,
            f"The invariant implies: {statement.english}",
            self._premises,
            translate(statement.formula),
            witness=(translate(for_some(*statement.variables)(statement.premise)),),
        )

    def inductive(self) -> tuple[Query, ...]:
        """Initiation of every conjunct, and its consecution by every action."""
        return (
            *map(self.initiation, self.invariant),
            *(
                query
                for action in self.transitions.actions
                for query in self.consecution(action, *self.invariant)
            ),
        )
