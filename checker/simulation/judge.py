"""Judging the properties along a run, whatever the number of nodes.

A predicate compares every pair of records, which at N=100 are 4,950.  But most records are
equal: it is the same whether all nodes that hold a record are looked at or two of them, as a
property speaks of any node and of any two, and never of more.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from checker.setting import Setting
from poqi_core.history import Facet
from poqi_core.outputs import Cited, Output, Remark, Send
from poqi_core.properties import Property
from poqi_core.run import Execution, Moment

_OF_NO_RECORD = (Send, Cited, Remark)


class _Shown(NamedTuple):
    """What a node has shown: what it had shown before, and the facts of the last step."""

    before: int
    facts: tuple[Output, ...]
    rewards: tuple[Fraction, ...]


Kinds: TypeAlias = frozenset[tuple[int, bool]]
"""The records that are held, each by its number, and whether by more than one node."""


class Judge:
    """Notes, for each property, after how many acts of a run it was first violated."""

    def __init__(
        self, setting: Setting, properties: Sequence[Property], execution: Execution
    ) -> None:
        predicted = setting.predicted_by_honest
        self._execution = execution
        self._predicted = predicted
        self._asked = [entry for entry in properties if entry.premise(predicted)]
        self.vacuous = frozenset(entry.name for entry in properties) - {
            entry.name for entry in self._asked
        }
        self.violated: dict[str, int] = {}
        self._always = [
            entry for entry in self._asked if not entry.when_stuck and entry.of_signed is None
        ]
        self._watches_rewards = any(Facet.REWARDS in entry.facets for entry in self._always)
        self._numbers: dict[_Shown, int] = {}
        self._held = dict.fromkeys(setting.honest, -1)
        self._holders: dict[int, list[int]] = {-1: list(setting.honest)}
        self._judged: set[Kinds] = set()

    def after(self, moment: Moment, acts: int) -> None:
        """Judge what is shown after ``moment``, the last of so many acts."""
        facts = tuple(output for output in moment.outputs if not isinstance(output, _OF_NO_RECORD))
        if not facts:
            return
        node = moment.act.node
        rewards = moment.after.rewards if self._watches_rewards else ()
        before = self._held[node]
        shown = _Shown(before, facts, rewards)
        number = self._numbers.setdefault(shown, len(self._numbers))
        self._held[node] = number
        self._holders[before].remove(node)
        if not self._holders[before]:
            del self._holders[before]
        self._holders.setdefault(number, []).append(node)
        kinds = frozenset((held, len(nodes) > 1) for held, nodes in self._holders.items())
        if kinds in self._judged:
            return
        self._judged.add(kinds)
        records = {
            holder: self._execution.records[holder]
            for nodes in self._holders.values()
            for holder in nodes[:2]
        }
        for entry in self._always:
            if entry.name not in self.violated:
                if entry.violation(records, self._predicted) is not None:
                    self.violated[entry.name] = acts

    def if_stuck(self) -> list[Property]:
        """The properties that would be violated here if no honest step were left."""
        return [
            entry
            for entry in self._asked
            if entry.when_stuck
            and entry.name not in self.violated
            and self._execution.violation(entry) is not None
        ]

    def at_the_end(self) -> None:
        """Judge what was signed in the whole run, and find the act after which it shows.

        What is signed is never taken back: a violation at some point is one ever after.
        """
        for entry in self._asked:
            if entry.of_signed is None or self._execution.violation(entry) is None:
                continue
            again = Execution(self._execution.run)
            for acts, act in enumerate(self._execution.run.acts, 1):
                again.perform(act)
                if again.violation(entry) is not None:
                    self.violated[entry.name] = acts
                    break
