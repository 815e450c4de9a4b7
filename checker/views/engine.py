"""Answering a question for one setting by composing views."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import combinations, islice
from operator import or_
from typing import NamedTuple, Protocol

from checker.exploration import Spending
from checker.setting import Setting
from checker.views.endings import Endings
from checker.views.expansion import expand
from checker.views.in_rounds import in_rounds
from checker.views.one_sample import Ending, Meeting, OneSample, Stage
from checker.views.relation import Relations
from checker.views.several import SeveralSamples
from checker.views.shortening import shorten, violation_of
from checker.views.undecided import Undecided, undecided_in_rounds
from poqi_core.config import Config
from poqi_core.history import FACETS_OF_VIEWS
from poqi_core.prediction import Label
from poqi_core.properties import Property
from poqi_core.run import Run

_SPEND_EVERY = 64

_TRIES = 20
"""How many asynchronous violations are tried in rounds before a setting is given up."""


@dataclass(frozen=True)
class Composed:
    """What the composition of views has found in a setting.

    Attributes:
        runs: for each violated property a run that violates it, not always a shortest one.
        open: the properties of which nothing is known: asynchronous messages violate them, and
            no violation was found in rounds.
        occurred: the properties that said something of what nodes had shown.
        states: states between views that were followed.
        transitions: rows of relations that were followed from them.
        complete: whether all of it was followed, or every property was found violated.
    """

    runs: Mapping[str, Run]
    open: frozenset[str]
    occurred: frozenset[str]
    states: int
    transitions: int
    complete: bool


class _Judged(NamedTuple):
    """Whether records violate a property, and whether it says anything of them."""

    breaks: bool
    occurs: bool


class _Composition(Protocol):
    """What counts the states and transitions of a composition."""

    @property
    def states(self) -> int: ...

    @property
    def transitions(self) -> int: ...


class _Findings:
    """What is found in a setting, of each property at most one run, after so many tries."""

    def __init__(self, properties: Sequence[Property], network: str) -> None:
        self.network = network
        self.occurred: set[str] = set()
        self._runs: dict[str, Run] = {}
        self._tries = dict.fromkeys((entry.name for entry in properties), 0)

    def open(self, properties: Sequence[Property]) -> Iterator[Property]:
        """Those of which no run is known yet, and for which it makes sense to look for one."""
        for entry in properties:
            if entry.name not in self._runs and self._tries[entry.name] < _TRIES:
                yield entry

    def try_in_network(self, entry: Property, setting: Setting, stages: Sequence[Stage]) -> None:
        """Look for a run through ``stages`` that violates a property, in rounds if asked there."""
        judge = violation_of(entry)
        run = shorten(expand(setting, stages), judge)
        self.note(entry, run if self.network == "asynchronous" else in_rounds(run, judge))

    def note(self, entry: Property, run: Run | None) -> None:
        """Asynchronous messages violate a property, and ``run`` does so in the network, if any."""
        self._tries[entry.name] += 1
        if run is not None:
            self._runs[entry.name] = run

    def all_violated(self, properties: Sequence[Property]) -> bool:
        """Whether a run is known for each of ``properties``."""
        return all(entry.name in self._runs for entry in properties)

    def composed(self, composition: _Composition, *, complete: bool) -> Composed:
        """All of it, in the order in which the properties were asked."""
        return Composed(
            {name: self._runs[name] for name in self._tries if name in self._runs},
            frozenset(
                name for name, tried in self._tries.items() if tried and name not in self._runs
            ),
            frozenset(self.occurred),
            composition.states,
            composition.transitions,
            complete,
        )


class ComposedEngine:
    """Composes views, for settings of one configuration; relations are kept between them."""

    def __init__(self, config: Config, labels: int) -> None:
        """An engine for settings of ``config`` in which one of ``labels`` labels is named."""
        self.relations = Relations(config, labels)
        self._endings = Endings(self.relations)
        self._undecided = Undecided(self.relations)
        self._judged: dict[tuple[int, Ending, Ending | None, frozenset[Label], str], _Judged] = {}

    def explore(
        self,
        setting: Setting,
        properties: Sequence[Property],
        budget: Spending,
        network: str = "asynchronous",
    ) -> Composed:
        """Find for each property of ``properties`` whether a run of ``setting`` violates it.

        In ``rounds`` what holds for asynchronous messages holds, and what they violate is tried.
        """
        if len(setting.predicted) > 1:
            return self._explore_several(setting, properties, budget, network)
        always = [entry for entry in properties if not entry.when_stuck]
        found = _Findings(properties, network)
        composition = OneSample(self.relations, setting)
        spent, complete = 0, True
        for meeting in composition.meetings() if always else ():
            for entry in found.open(always):
                judged = self._judge(setting, meeting, entry)
                if judged.occurs:
                    found.occurred.add(entry.name)
                if judged.breaks:
                    found.try_in_network(entry, setting, composition.stages(meeting))
            if found.all_violated(always):
                break
            if composition.states > spent:
                if not budget.spend(composition.states - spent, meeting.place):
                    complete = False
                    break
                spent = composition.states
        for entry in properties:
            if entry.when_stuck and complete:
                found.occurred.add(entry.name)
                self._look_at_ends(setting, entry, found)
        return found.composed(composition, complete=complete)

    def _look_at_ends(self, setting: Setting, entry: Property, found: "_Findings") -> None:
        """Look for a run of the network to its end after which somebody is undecided."""
        candidates = self._undecided.runs(setting)
        for candidate in islice(candidates, _TRIES):
            asynchronous = found.network == "asynchronous"
            run = candidate if asynchronous else undecided_in_rounds(candidate)
            found.note(entry, run)
            if run is not None:
                return

    def _explore_several(
        self, setting: Setting, properties: Sequence[Property], budget: Spending, network: str
    ) -> Composed:
        """The same for several samples, where every two nodes are watched in turn.

        Properties of how views are left are judged apart: the others need not tell apart nodes
        that have come to the same by other views.
        """
        parts = [
            self._several(setting, part, budget, network)
            for part in (
                [entry for entry in properties if not entry.facets & FACETS_OF_VIEWS],
                [entry for entry in properties if entry.facets & FACETS_OF_VIEWS],
            )
            if part
        ]
        runs = {name: run for part in parts for name, run in part.runs.items()}
        return Composed(
            {entry.name: runs[entry.name] for entry in properties if entry.name in runs},
            frozenset().union(*(part.open for part in parts)),
            frozenset().union(*(part.occurred for part in parts)),
            sum(part.states for part in parts),
            sum(part.transitions for part in parts),
            all(part.complete for part in parts),
        )

    def _several(
        self, setting: Setting, properties: Sequence[Property], budget: Spending, network: str
    ) -> Composed:
        facets = reduce(or_, (entry.facets for entry in properties))
        views = SeveralSamples(self.relations, setting, facets)
        found = _Findings(properties, network)
        spent, complete = 0, True
        for watched in _pairs(setting.honest):
            composition = views.watching(watched)
            seen: set[tuple[int, ...]] = set()
            for vector in composition.vectors():
                if views.states - spent >= _SPEND_EVERY:
                    complete = budget.spend(views.states - spent, 0)
                    spent = views.states
                    if not complete:
                        break
                shown = composition.shown(vector)
                if shown in seen:
                    continue
                seen.add(shown)
                by_node = dict(zip(setting.honest, composition.records(vector), strict=True))
                two = {node: by_node[node] for node in watched}
                predicted = setting.predicted_by_honest
                for entry in found.open(properties):
                    if entry.name not in found.occurred and entry.occurs(two):
                        found.occurred.add(entry.name)
                    # A conflict of a third node can mend what the two have shown.
                    if entry.violation(two, predicted) and entry.violation(by_node, predicted):
                        found.try_in_network(entry, setting, composition.stages(vector))
                if found.all_violated(properties):
                    break
            if not complete or found.all_violated(properties):
                break
        return found.composed(views, complete=complete)

    def _judge(self, setting: Setting, meeting: Meeting, entry: Property) -> "_Judged":
        """What two nodes, or one, with those endings are to a property by themselves."""
        labels = frozenset(setting.predicted_by_honest[0].values())
        key = setting.start_view, meeting.first, meeting.second, labels, entry.name
        known = self._judged.get(key)
        if known is None:
            records = dict(enumerate(self._endings.records(setting, meeting)))
            violation = entry.violation(records, setting.predicted_by_honest)
            known = self._judged[key] = _Judged(violation is not None, entry.occurs(records))
        return known


def _pairs(nodes: Sequence[int]) -> list[tuple[int, ...]]:
    """The sets of nodes to watch: properties are about one node, or about two."""
    return list(combinations(nodes, min(2, len(nodes))))


@lru_cache(maxsize=8)
def engine_of(config: Config, labels: int) -> ComposedEngine:
    """An engine that the settings of a sweep have in common."""
    return ComposedEngine(config, labels)
