"""A transition relation as a set of actions, each with the checks that guard it.

An action has parameters (a node, a ballot, ...).  It can happen where all its checks hold, and
adds rows to relations; whatever it does not name stays as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checker.proofs.logic import Formula, Relation, Variable, after, all_of, for_all


@dataclass(frozen=True)
class Check:
    """A condition of an action.

    Attributes:
        name: what it is called.
        english: what it demands.
        formula: about the state before and the parameters of the action.
    """

    name: str
    english: str
    formula: Formula


@dataclass(frozen=True)
class Addition:
    """The rows that an action adds to a relation.

    Attributes:
        row: a variable for each place of the relation.
        condition: which rows those are, in terms of these variables and the parameters.
    """

    row: tuple[Variable, ...]
    condition: Formula


@dataclass(frozen=True)
class Action:
    """A kind of step.

    Attributes:
        name: what it is called.
        english: what happens.
        parameters: who, where, what.
        checks: all must hold before.
        additions: the rows that it adds, by relation.
    """

    name: str
    english: str
    parameters: tuple[Variable, ...]
    checks: tuple[Check, ...]
    additions: Mapping[Relation, Addition] = field(default_factory=dict)

    @property
    def guard(self) -> Formula:
        """Where it can happen."""
        return all_of(check.formula for check in self.checks)

    def without(self, check: str) -> "Action":
        """The action that does not make the check of that name.

        Raises:
            KeyError: it makes no such check.
        """
        if check not in {kept.name for kept in self.checks}:
            raise KeyError(check)
        return replace(self, checks=tuple(kept for kept in self.checks if kept.name != check))


@dataclass(frozen=True)
class Transitions:
    """A transition system over relations.

    Attributes:
        relations: the relations that change.
        actions: the kinds of steps.
    """

    relations: tuple[Relation, ...]
    actions: tuple[Action, ...]

    def action(self, name: str) -> Action:
        """The action called ``name``.

        Raises:
            KeyError: there is none.
        """
        return {action.name: action for action in self.actions}[name]

    def with_action(self, changed: Action) -> "Transitions":
        """The system in which ``changed`` takes the place of the action of that name."""
        return replace(
            self,
            actions=tuple(
                changed if action.name == changed.name else action for action in self.actions
            ),
        )

    def initial(self) -> Formula:
        """The state in which nothing has happened."""
        return all_of(
            for_all(*row)(~relation(*row))
            for relation in self.relations
            for row in (self._row(relation),)
        )

    def step(self, action: Action) -> Formula:
        """``action`` happens: its checks hold before, and exactly its rows are new after."""
        return action.guard & all_of(self._update(action, relation) for relation in self.relations)

    def _update(self, action: Action, relation: Relation) -> Formula:
        addition = action.additions.get(relation)
        row = self._row(relation) if addition is None else addition.row
        before = relation(*row)
        added = before if addition is None else before | addition.condition
        return for_all(*row)(after(relation(*row)).iff(added))

    @staticmethod
    def _row(relation: Relation) -> tuple[Variable, ...]:
        return tuple(
            Variable(f"{sort.name.lower()}_{place}", sort)
            for place, sort in enumerate(relation.sorts)
        )
