"""Answering a question for one setting by composing views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import islice
from operator import or_
from typing import NamedTuple

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
from poqi_core.history import Facet
from poqi_core.prediction import Label
from poqi_core.properties import Property
from poqi_core.run import Run

_SPEND_EVERY = 64

_OF_VIEWS = Facet.OUTCOMES | Facet.REWARDS

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


class _Undecided(NamedTuple):
    """A run of the network that leaves somebody undecided, and whether asynchronous ones do."""

    run: Run | None
    possible: bool


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
        at_end = [entry.name for entry in properties if entry.when_stuck]
        composition = OneSample(self.relations, setting)
        runs: dict[str, Run] = {}
        tries = dict.fromkeys((entry.name for entry in always), 0)
        occurred = set(at_end)
        complete, spent = True, 0
        for meeting in composition.meetings() if always else ():
            for entry in always:
                judged = self._judge(setting, meeting, entry)
                if judged.occurs:
                    occurred.add(entry.name)
                wanted = entry.name not in runs and tries[entry.name] < _TRIES
                if wanted and judged.breaks:
                    tries[entry.name] += 1
                    run = self._shown(setting, composition.stages(meeting), entry, network)
                    if run is not None:
                        runs[entry.name] = run
            if len(runs) == len(tries):
                break
            if composition.states > spent:
                if not budget.spend(composition.states - spent, meeting.place):
                    complete = False
                    break
                spent = composition.states
        unshown = {name for name, tried in tries.items() if tried and name not in runs}
        if at_end and complete:
            found = self._undecided_at_end(setting, network)
            runs |= dict.fromkeys(at_end, found.run) if found.run is not None else {}
            unshown |= set(at_end) if found.run is None and found.possible else set()
        return Composed(
            {entry.name: runs[entry.name] for entry in properties if entry.name in runs},
            frozenset(unshown),
            frozenset(occurred),
            composition.states,
            composition.transitions,
            complete,
        )

    def _undecided_at_end(self, setting: Setting, network: str) -> "_Undecided":
        """A run of the network to its end after which somebody is undecided, if one is found."""
        candidates = self._undecided.runs(setting)
        if network == "asynchronous":
            run = next(candidates, None)
            return _Undecided(run, run is not None)
        possible = False
        for candidate in islice(candidates, _TRIES):
            possible = True
            shown = undecided_in_rounds(candidate)
            if shown is not None:
                return _Undecided(shown, possible)
        return _Undecided(None, possible)

    def _explore_several(
        self, setting: Setting, properties: Sequence[Property], budget: Spending, network: str
    ) -> Composed:
        """The same for several samples, where every node is followed.

        Properties of how views are left are judged apart: the others need not tell apart nodes
        that have come to the same by other views.
        """
        parts = [
            self._several(setting, part, budget, network)
            for part in (
                [entry for entry in properties if not entry.facets & _OF_VIEWS],
                [entry for entry in properties if entry.facets & _OF_VIEWS],
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
        composition = SeveralSamples(self.relations, setting, facets)
        runs: dict[str, Run] = {}
        tries = dict.fromkeys((entry.name for entry in properties), 0)
        judged: set[tuple[int, ...]] = set()
        occurred: set[str] = set()
        complete = True
        for count, positions in enumerate(composition.positions(), 1):
            if count % _SPEND_EVERY == 0 and not budget.spend(_SPEND_EVERY, 0):
                complete = False
                break
            shown = composition.shown(positions)
            if shown in judged:
                continue
            judged.add(shown)
            by_node = dict(zip(setting.honest, composition.records(positions), strict=True))
            for entry in properties:
                if entry.name not in occurred and entry.occurs(by_node):
                    occurred.add(entry.name)
                wanted = entry.name not in runs and tries[entry.name] < _TRIES
                if wanted and entry.violation(by_node, setting.predicted_by_honest) is not None:
                    tries[entry.name] += 1
                    run = self._shown(setting, composition.stages(positions), entry, network)
                    if run is not None:
                        runs[entry.name] = run
            if len(runs) == len(tries):
                break
        return Composed(
            runs,
            frozenset(name for name, tried in tries.items() if tried and name not in runs),
            frozenset(occurred),
            composition.states,
            composition.transitions,
            complete,
        )

    def _shown(
        self, setting: Setting, stages: Sequence[Stage], entry: Property, network: str
    ) -> Run | None:
        """A run through ``stages`` that violates ``entry``, in rounds if one is found."""
        judge = violation_of(entry)
        run = shorten(expand(setting, stages), judge)
        return run if network == "asynchronous" else in_rounds(run, judge)

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


@lru_cache(maxsize=8)
def engine_of(config: Config, labels: int) -> ComposedEngine:
    """An engine that the settings of a sweep have in common."""
    return ComposedEngine(config, labels)
