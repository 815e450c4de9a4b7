"""Answering a question for one setting with one sample, by composing views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from checker.exploration import Spending
from checker.setting import Setting
from checker.views.endings import Endings
from checker.views.expansion import expand
from checker.views.one_sample import Ending, Meeting, OneSample
from checker.views.relation import Relations
from checker.views.shortening import shorten, violation_of
from poqi_core.config import Config
from poqi_core.prediction import Label
from poqi_core.properties import Property
from poqi_core.run import Run


@dataclass(frozen=True)
class Composed:
    """What the composition of views has found in a setting.

    Attributes:
        runs: for each violated property a run that violates it, not always a shortest one.
        states: states between views that were followed.
        transitions: rows of relations that were followed from them.
        complete: whether all of it was followed, or every property was found violated.
    """

    runs: Mapping[str, Run]
    states: int
    transitions: int
    complete: bool


class ComposedEngine:
    """Composes views, for settings of one configuration; relations are kept between them."""

    def __init__(self, config: Config, labels: int) -> None:
        """An engine for settings of ``config`` in which one of ``labels`` labels is named."""
        self.relations = Relations(config, labels)
        self._endings = Endings(self.relations)
        self._judged: dict[tuple[int, Ending, Ending | None, frozenset[Label], str], bool] = {}

    def explore(
        self, setting: Setting, properties: Sequence[Property], budget: Spending
    ) -> Composed:
        """Find for each property of ``properties`` whether a run of ``setting`` violates it."""
        composition = OneSample(self.relations, setting)
        found: dict[str, Meeting] = {}
        left = list(properties)
        complete, spent = True, 0
        for meeting in composition.meetings():
            broken = [entry for entry in left if self._breaks(setting, meeting, entry)]
            for entry in broken:
                found[entry.name] = meeting
                left.remove(entry)
            if not left:
                break
            if composition.states > spent:
                if not budget.spend(composition.states - spent, meeting.place):
                    complete = False
                    break
                spent = composition.states
        runs = {
            entry.name: shorten(
                expand(setting, composition.stages(found[entry.name])), violation_of(entry)
            )
            for entry in properties
            if entry.name in found
        }
        return Composed(runs, composition.states, composition.transitions, complete)

    def _breaks(self, setting: Setting, meeting: Meeting, entry: Property) -> bool:
        """Whether two nodes, or one, with those endings violate a property by themselves."""
        labels = frozenset(setting.predicted_by_honest[0].values())
        key = setting.start_view, meeting.first, meeting.second, labels, entry.name
        known = self._judged.get(key)
        if known is None:
            records = dict(enumerate(self._endings.records(setting, meeting)))
            violation = entry.violation(records, setting.predicted_by_honest)
            known = self._judged[key] = violation is not None
        return known


@lru_cache(maxsize=8)
def engine_of(config: Config, labels: int) -> ComposedEngine:
    """An engine that the settings of a sweep have in common."""
    return ComposedEngine(config, labels)
