"""Answering a question for one setting: which properties are explored together, and by what.

The less an exploration watches, the more states are one to it.  The reduced engine therefore
makes a pass of its own for the properties of histories, of how views are left, and of stuck
states; the unreduced engine watches everything in one pass.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from checker.blame_observer import signed_observer
from checker.canonical import CanonicalSearch
from checker.canonical_rounds import CanonicalRounds
from checker.checkpoint.log import Log
from checker.composition import Composition, Explored
from checker.composition import applies as composition_applies
from checker.coverage import Coverage, united
from checker.cycles import acyclic
from checker.exploration import Budget, Counterexample, Exploration, Resource
from checker.liveness.conditions import can_change_for_ever
from checker.observer import Observer, Seen
from checker.order import order_of
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening
from checker.pursuit import Ground, PoqiTables, pursue, pursue_in_rounds, tables_of
from checker.question import Question
from checker.rounds import RoundsExploration
from checker.setting import Setting
from checker.signers import concrete
from checker.views.conditions import composes, is_sifted
from checker.views.engine import engine_of
from poqi_core.history import FACETS_OF_VIEWS
from poqi_core.properties import Property
from poqi_core.run import Act, Run


@dataclass(frozen=True)
class SettingResult:
    """What was found in one setting.

    Attributes:
        runs: for each violated property the canonical one of its shortest runs.
        unfinished: the properties that were not pursued to their end.
        covered: every run of fewer deliveries was judged, for the unfinished properties too.
        hurried: whether a budget ran out while canonical runs were looked for.
        vacuous: the properties whose premise does not occur.
        beyond: the properties of what runs come to in the end that no run within the bounds
            violates, where some run leaves the bounds or may have no end, so nothing is known.
        states: global states reached, over every pass.
        transitions: steps followed, over every pass.
        exhausted: what ran out, if anything did.
        coverage: what the followed events exercised, where the question asks for it.
    """

    setting: Setting
    runs: Mapping[str, Run]
    unfinished: frozenset[str]
    vacuous: frozenset[str]
    beyond: frozenset[str]
    states: int
    transitions: int
    exhausted: Resource | None
    coverage: Coverage
    covered: int = 0
    hurried: bool = False

    @property
    def final(self) -> bool:
        """Whether more time, memory or states would change nothing."""
        return not (self.unfinished or self.hurried) and self.exhausted is None


@contextmanager
def _no_garbage() -> Iterator[None]:
    """What an exploration allocates it keeps; looking for garbage would be a third of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_no_garbage()
def answer_setting(
    question: Question,
    setting: Setting,
    budget: Budget,
    limits: Mapping[str, int],
    composition: Composition,
    log: Log | None = None,
) -> SettingResult:
    """Pursue every property of ``question`` in ``setting``.

    ``limits`` names for some properties a number of steps from which on a counterexample is of
    no interest.  ``composition`` remembers what the settings of the question have in common,
    ``log`` what was done for this one before.
    """
    log = log or Log(budget)
    if question.endless:
        return _answer_endless(question, setting, budget)
    predicted = setting.predicted_by_honest
    asked = [entry for entry in question.properties if entry.premise(predicted)]
    vacuous = frozenset(entry.name for entry in question.properties) - {
        entry.name for entry in asked
    }
    runs: dict[str, Run] = _unending(question, setting, asked, budget)
    asked = [entry for entry in asked if entry.name not in runs]
    unfinished: set[str] = set()
    beyond: set[str] = set()
    states = transitions = 0
    covered: list[int] = []
    if composition_applies(question) and asked:
        always = [entry for entry in asked if not entry.when_stuck]
        shortcut = composition.shortcut(
            question, setting, always, partial(_explore_first_part, budget, log)
        )
        states, transitions = shortcut.states, shortcut.transitions
        asked = [entry for entry in asked if entry.name not in shortcut.holds]
        if not shortcut.complete:
            unfinished, asked, covered = {entry.name for entry in asked}, [], [0]
    by_views = _by_views(question, setting, asked, budget, limits)
    asked = by_views.left
    states += by_views.states
    transitions += by_views.transitions
    unfinished |= by_views.unfinished
    vacuous |= by_views.vacuous
    covered += [0] if by_views.unfinished else []
    coverages: list[Coverage] = []
    fresh = partial(tables_of, question, setting, name_signers=question.unreduced)
    tables = log.once(Ground, lambda: Ground(fresh())).tables
    for group in _groups(question, asked):
        found: Mapping[str, Run]
        explored: RoundsExploration | Exploration[Happening]
        if question.network != "asynchronous":
            rounds = pursue_in_rounds(question, setting, group, budget, limits, log)
            explored, found = rounds.exploration, rounds.exploration.runs
            coverages.append(rounds.coverage)
            occurred = rounds.occurred
            open_end = explored.beyond or not rounds.exploration.ends
        else:
            pursued = pursue(question, tables, setting, group, budget, limits, log)
            explored, occurred = pursued.exploration, pursued.occurred
            coverages.append(pursued.coverage)
            found = {
                name: _run(question, setting, counterexample)
                for name, counterexample in pursued.exploration.counterexamples.items()
            }
            open_end = explored.beyond or not (
                any(entry.when_stuck for entry in group) and _ends(tables)
            )
        runs.update(found)
        states += explored.states
        transitions += explored.transitions
        if not explored.complete:
            unfinished |= {entry.name for entry in group} - set(found)
            covered.append(explored.covered)
        elif group[0].of_signed is None:
            vacuous |= {entry.name for entry in group} - occurred - set(found)
        if explored.complete and open_end:
            beyond |= {entry.name for entry in group if entry.when_stuck} - set(found)
    rest = replace(budget, progress=None, exhausted=None)
    for name, run in runs.items():
        if run.loop is None:
            runs[name] = _canonical(question, setting, tables, name, run, rest)
    runs.update(by_views.runs)
    return SettingResult(
        setting,
        runs,
        frozenset(unfinished),
        vacuous,
        frozenset(beyond),
        states,
        transitions,
        budget.exhausted,
        united(coverages),
        min(covered, default=0),
        rest.exhausted is not None,
    )


class _ByViews(NamedTuple):
    """What composing views has answered, and what it has left to be explored."""

    left: list[Property]
    runs: Mapping[str, Run] = {}
    unfinished: frozenset[str] = frozenset()
    vacuous: frozenset[str] = frozenset()
    states: int = 0
    transitions: int = 0


def _by_views(
    question: Question,
    setting: Setting,
    asked: Sequence[Property],
    budget: Budget,
    limits: Mapping[str, int],
) -> _ByViews:
    """Compose views for the properties that are answered by it, or sifted.

    Runs of composed views are no shortest ones, so there is no use in a further one; and of what
    was sifted none at all.
    """
    answered = {entry.name for entry in asked if composes(question, entry)}
    sifted = {entry.name for entry in asked if is_sifted(question, entry)}
    pursued = (answered - set(limits)) | sifted
    if not answered | sifted:
        return _ByViews(list(asked))
    # The labels of honest nodes can be more than those of the adversary.
    named = max(label for row in setting.predicted for label in row if label is not None)
    engine = engine_of(setting.config, max(setting.labels, named + 1))
    wanted = [entry for entry in asked if entry.name in pursued]
    found = engine.explore(setting, wanted, budget, question.network)
    unfinished = frozenset(found.open) if question.engine == "composed" else frozenset()
    left = sifted & (found.open | set(found.runs)) | answered & found.open - unfinished
    vacuous = frozenset(pursued - found.occurred - set(found.runs) - found.open)
    if not found.complete:
        unfinished |= answered - set(found.runs)
        left, vacuous = sifted, frozenset()
    return _ByViews(
        [entry for entry in asked if entry.name in left or entry.name not in answered | sifted],
        {name: run for name, run in found.runs.items() if name in answered},
        unfinished,
        vacuous,
        found.states,
        found.transitions,
    )


def _unending(
    question: Question, setting: Setting, asked: Sequence[Property], budget: Budget
) -> dict[str, Run]:
    """Runs that violate properties of stuck states by going on for ever, within one sample."""
    names = [entry.name for entry in asked if entry.when_stuck]
    if not (names and can_change_for_ever(question.config, question.network)):
        return {}
    # Only what never ends pays for the import of networkx.
    from checker.liveness.unending import unending_ballots

    run = unending_ballots(question, setting, budget)
    return {} if run is None else dict.fromkeys(names, run)


def _answer_endless(question: Question, setting: Setting, budget: Budget) -> SettingResult:
    # Only what never ends pays for the import of networkx.
    from checker.liveness.unending import search_endless

    found = search_endless(question, setting, budget)
    names = frozenset(entry.name for entry in question.properties)
    nothing = frozenset[str]()
    unknown = nothing if found.run is not None else names
    return SettingResult(
        setting,
        {} if found.run is None else dict.fromkeys(names, found.run),
        nothing if found.complete else unknown,
        nothing,
        unknown if found.beyond else nothing,
        found.worlds,
        found.rounds,
        budget.exhausted,
        Coverage(),
    )


def _ends(tables: PoqiTables) -> bool:
    """Whether no node can come back to a state, so that every run comes to its end."""
    return all(acyclic(table.moves()) for table in tables.processes)


def _explore_first_part(budget: Budget, log: Log, question: Question, setting: Setting) -> Explored:
    fresh = partial(tables_of, question, setting, name_signers=False)
    tables = log.once(Ground, lambda: Ground(fresh())).tables
    found = pursue(question, tables, setting, question.properties, budget, {}, log).exploration
    names = {entry.name for entry in question.properties}
    holds = frozenset(names - set(found.counterexamples)) if found.complete else frozenset()
    return Explored(holds, found.complete, found.states, found.transitions)


def _groups(question: Question, asked: Sequence[Property]) -> list[list[Property]]:
    """The properties that are explored together, in the order of the question."""
    groups: dict[tuple[str, bool, bool], list[Property]] = {}
    for entry in asked:
        watches_views = bool(entry.facets & FACETS_OF_VIEWS)
        alone = entry.name if entry.of_signed is not None else ""
        kind = alone, entry.when_stuck, watches_views
        if question.unreduced:
            kind = alone, False, False
        groups.setdefault(kind, []).append(entry)
    return list(groups.values())


def _canonical(
    question: Question,
    setting: Setting,
    tables: PoqiTables,
    name: str,
    run: Run,
    rest: Budget,
) -> Run:
    """The canonical counterexample of the length of ``run``; that run if it takes too much."""
    entry = next(entry for entry in question.properties if entry.name == name)
    if question.network == "ordered":
        return run
    if question.network != "asynchronous":
        return _canonical_in_rounds(question, setting, entry, run, rest) or run
    if question.unreduced:
        tables = tables_of(question, setting, name_signers=False)
    if entry.of_signed is not None:
        found = _search(tables, signed_observer(setting, entry), entry, run, rest)
    else:
        found = _search(tables, RecordObserver(setting, [entry]), entry, run, rest)
    if found is None:
        return run
    acts = (Act(process, happening.event) for process, happening in found.deliveries)
    return setting.run(question.network, tuple(concrete(setting, acts)))


def _canonical_in_rounds(
    question: Question, setting: Setting, entry: Property, run: Run, rest: Budget
) -> Run | None:
    def search(observer: Observer[Facts, Seen]) -> Run | None:
        canonical = CanonicalRounds(setting, observer, entry, network=question.network)
        return canonical.find(len(run.acts), rest)

    if entry.of_signed is not None:
        return search(signed_observer(setting, entry))
    return search(RecordObserver(setting, [entry]))


def _search(
    tables: PoqiTables, observer: Observer[Facts, Seen], entry: Property, run: Run, budget: Budget
) -> Counterexample[Happening] | None:
    search = CanonicalSearch(
        tables,
        observer,
        entry.name,
        lambda happening: order_of(happening.event),
        when_stuck=entry.when_stuck,
    )
    return search.find(len(run.acts), budget)


def _run(question: Question, setting: Setting, found: Counterexample[Happening]) -> Run:
    """A counterexample as a run of the core."""
    acts = [Act(process, happening.event) for process, happening in found.deliveries]
    named = acts if question.unreduced else concrete(setting, acts)
    return setting.run(question.network, tuple(named))
