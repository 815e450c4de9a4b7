"""Merging states of a process that no future can tell apart.

Two states of a process are *bisimilar* if every step of one is matched by a step of the other
that needs the same message (or, like it, none: a Byzantine message or the environment, which
are always available), sends the same, shows the same and leads to bisimilar states.  Matching
is step for step, also within a class, so that shortest runs and stuck states are preserved
(strong bisimulation; Park 1981).  Classes are found by refining a partition until it is stable
(Kanellakis and Smolka 1990).  ``docs/reductions.md`` says why the quotient is exact.
"""

from collections.abc import Hashable
from typing import Generic

from checker.exploration import Spending
from checker.observer import Observer, Seen
from checker.system import Event, Message, Shown, State
from checker.table import ProcessTable, Step, Tables

_SPEND_EVERY = 64


def close(tables: Tables[State, Event, Message, Shown], limit: int, budget: Spending) -> bool:
    """Fill the tables with every state that a process could get to if all messages were sent.

    False if a process has more than ``limit`` states or the budget has run out, in which case
    the tables are not whole.
    """
    for table in tables.processes:
        table.initial()
    known = (-1, -1)
    while known != _size(tables):
        known = _size(tables)
        for table in tables.processes:
            state = 0
            while state < len(table.states):
                table.steps(state)
                state += 1
                if len(table.states) > limit:
                    return False
                if state % _SPEND_EVERY == 0 and not budget.spend(0, 0):
                    return False
    return True


def _size(tables: Tables[State, Event, Message, Shown]) -> tuple[int, int]:
    return len(tables.messages), sum(len(table.states) for table in tables.processes)


class Bisimulation(Generic[State, Event, Message, Shown, Seen]):
    """The classes of one process's states, for one observer; its table must be closed."""

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        table: ProcessTable[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
    ) -> None:
        self._observer = observer
        self._labels: dict[Hashable, int] = {}
        self._steps: list[dict[tuple[int, int], Step[State, Message, Shown]]] = []
        """By state: its steps by label and target, the first where several have both."""
        in_scope = [tables.system.in_scope(table.process, state) for state in table.states.values]
        for state in range(len(table.states)):
            distinct: dict[tuple[int, int], Step[State, Message, Shown]] = {}
            for step in table.steps(state):
                distinct.setdefault((self._label(step), step.target), step)
            self._steps.append(distinct)
        self.classes = self._refine([int(covered) for covered in in_scope])
        """By state: the number of its class."""
        self._representatives: dict[int, int] = {}
        for state, number in enumerate(self.classes):
            self._representatives.setdefault(number, state)

    def _label(self, step: Step[State, Message, Shown]) -> int:
        """A number for all of a step that others can notice."""
        shown = step.outcome.shown
        seen = None if shown is None else self._observer.observe(self._observer.start(), shown)
        key = step.needs, step.progress, step.sends, seen
        return self._labels.setdefault(key, len(self._labels))

    def _refine(self, classes: list[int]) -> list[int]:
        count = len(set(classes))
        while True:
            numbers: dict[tuple[int, frozenset[tuple[int, int]]], int] = {}
            refined = [
                numbers.setdefault(
                    (
                        classes[state],
                        frozenset((label, classes[target]) for label, target in steps),
                    ),
                    len(numbers),
                )
                for state, steps in enumerate(self._steps)
            ]
            if len(numbers) == count:
                return refined
            classes, count = refined, len(numbers)

    def representative(self, state: int) -> int:
        """The state that stands for the class of ``state``."""
        return self._representatives[self.classes[state]]

    def matching(
        self, state: int, step: Step[State, Message, Shown]
    ) -> Step[State, Message, Shown]:
        """The step from ``state`` that matches ``step``, a step from a bisimilar state."""
        label, target = self._label(step), self.classes[step.target]
        return next(
            candidate
            for (other, reached), candidate in self._steps[state].items()
            if other == label and self.classes[reached] == target
        )
