"""Answering a question for one setting: which properties are explored together, and by what.

The less an exploration watches, the more states are one to it.  The reduced engine therefore
makes a pass of its own for the properties of histories, of how views are left, and of stuck
states; the unreduced engine watches everything in one pass.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeAlias

from checker.bisimulation import Bisimulation, close
from checker.blame_observer import BlameObserver
from checker.canonical import CanonicalSearch
from checker.canonical_rounds import CanonicalRounds
from checker.composition import Composition, Explored
from checker.composition import applies as composition_applies
from checker.cycles import acyclic
from checker.exploration import Budget, Counterexample, Exploration, Resource
from checker.full import FullEngine
from checker.liveness.conditions import can_change_for_ever
from checker.observer import Observer, Seen
from checker.order import order_of
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.question import Question
from checker.reduced import ReducedEngine
from checker.rounds import RoundsEngine, RoundsExploration
from checker.setting import Setting
from checker.signers import concrete
from checker.table import Tables
from checker.views.conditions import composes
from checker.views.engine import Composed, engine_of
from poqi_core.clauses import Clause
from poqi_core.history import Facet
from poqi_core.messages import Event
from poqi_core.outputs import Cited
from poqi_core.properties import Property
from poqi_core.run import Act, Run
from poqi_core.state import NodeState
from poqi_core.step import step

_LONG = 10_000
"""States beyond which an exploration is long enough to be worth the closing of the tables."""

_CLOSED_STATES = 20_000
"""States of one process above which its table is not closed."""

PoqiTables: TypeAlias = Tables[NodeState, Happening, Packet, Facts]

Followed: TypeAlias = Iterator[tuple[NodeState, Happening]]
"""Every event that was followed, with the state of the node that it befell."""


@dataclass(frozen=True)
class SettingResult:
    """What was found in one setting.

    Attributes:
        runs: for each violated property the canonical one of its shortest runs.
        unfinished: the properties that were not pursued to their end.
        covered: every run of fewer deliveries was judged, for the unfinished properties too.
        vacuous: the properties whose premise does not occur.
        beyond: the properties of what runs come to in the end that no run within the bounds
            violates, where some run leaves the bounds or may have no end, so nothing is known.
        states: global states reached, over every pass.
        transitions: steps followed, over every pass.
        exhausted: what ran out, if anything did.
        clauses: the clauses of section III that the followed events exercised, where the
            question asks for them.
    """

    setting: Setting
    runs: Mapping[str, Run]
    unfinished: frozenset[str]
    vacuous: frozenset[str]
    beyond: frozenset[str]
    states: int
    transitions: int
    exhausted: Resource | None
    clauses: frozenset[Clause]
    covered: int = 0


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
) -> SettingResult:
    """Pursue every property of ``question`` in ``setting``.

    ``limits`` names for some properties a number of steps from which on a counterexample is of
    no interest.  ``composition`` remembers what the settings of the question have in common.
    """
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
            question, setting, always, partial(_explore_first_part, budget)
        )
        states, transitions = shortcut.states, shortcut.transitions
        asked = [entry for entry in asked if entry.name not in shortcut.holds]
        if not shortcut.complete:
            unfinished, asked, covered = {entry.name for entry in asked}, [], [0]
    composed: Mapping[str, Run] = {}
    together = [entry for entry in asked if composes(question, entry)]
    if together:
        found_by_views = _compose(question, setting, together, budget, limits)
        composed = found_by_views.runs
        states += found_by_views.states
        transitions += found_by_views.transitions
        if not found_by_views.complete:
            unfinished |= {entry.name for entry in together} - set(composed)
            covered = [0]
        given_up = found_by_views.open if question.engine == "composed" else frozenset[str]()
        unfinished |= given_up
        left = found_by_views.open - given_up
        asked = [entry for entry in asked if entry not in together or entry.name in left]
    followed: list[Iterable[tuple[NodeState, Event]]] = []
    tables = _tables(question, setting, name_signers=question.unreduced)
    for group in _groups(question, asked):
        found: Mapping[str, Run]
        explored: RoundsExploration | Exploration[Happening]
        if question.network == "rounds":
            rounds = RoundsEngine(setting, group, dominate=question.engine == "reduced")
            explored = rounds.explore(budget, limits)
            followed.append(rounds.followed())
            found = explored.runs
            open_end = explored.beyond or not explored.ends
        else:
            befell, explored = _explore_group(question, tables, setting, group, budget, limits)
            followed.append((state, happening.event) for state, happening in befell)
            found = {
                name: _run(question, setting, counterexample)
                for name, counterexample in explored.counterexamples.items()
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
        elif open_end:
            beyond |= {entry.name for entry in group if entry.when_stuck} - set(found)
    for name, run in runs.items():
        if run.loop is None:
            runs[name] = _canonical(question, setting, tables, name, run, budget)
    runs.update(composed)
    clauses = _cited(setting, chain.from_iterable(followed)) if question.coverage else frozenset()
    return SettingResult(
        setting,
        runs,
        frozenset(unfinished),
        vacuous,
        frozenset(beyond),
        states,
        transitions,
        budget.exhausted,
        clauses,
        min(covered, default=0),
    )


def _compose(
    question: Question,
    setting: Setting,
    asked: Sequence[Property],
    budget: Budget,
    limits: Mapping[str, int],
) -> Composed:
    """Compose views for those of the properties of which no violation is known yet.

    Their runs are no shortest ones, so there is no use in a further one.
    """
    # The labels of honest nodes can be more than those of the adversary.
    named = max(label for row in setting.predicted for label in row if label is not None)
    engine = engine_of(setting.config, max(setting.labels, named + 1))
    left = [entry for entry in asked if entry.name not in limits]
    return engine.explore(setting, left, budget, question.network)


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
        frozenset(),
    )


def _ends(tables: PoqiTables) -> bool:
    """Whether no node can come back to a state, so that every run comes to its end."""
    return all(acyclic(table.moves()) for table in tables.processes)


def _explore_first_part(budget: Budget, question: Question, setting: Setting) -> Explored:
    tables = _tables(question, setting, name_signers=False)
    observer = RecordObserver(setting, question.properties)
    _, found = _explore(question, tables, observer, budget, {})
    names = {entry.name for entry in question.properties}
    holds = frozenset(names - set(found.counterexamples)) if found.complete else frozenset()
    return Explored(holds, found.complete, found.states, found.transitions)


def _cited(setting: Setting, followed: Iterable[tuple[NodeState, Event]]) -> frozenset[Clause]:
    """The clauses that the core cites along the events that were followed."""
    return frozenset(
        output.clause
        for state, event in followed
        for output in step(setting.config, state, event)[1]
        if isinstance(output, Cited)
    )


def _groups(question: Question, asked: Sequence[Property]) -> list[list[Property]]:
    """The properties that are explored together, in the order of the question."""
    groups: dict[tuple[bool, bool, bool], list[Property]] = {}
    for entry in asked:
        watches_views = bool(entry.facets & (Facet.OUTCOMES | Facet.REWARDS))
        kind = entry.of_signed is not None, entry.when_stuck, watches_views
        if question.unreduced:
            kind = entry.of_signed is not None, False, False
        groups.setdefault(kind, []).append(entry)
    return list(groups.values())


def _tables(question: Question, setting: Setting, *, name_signers: bool) -> PoqiTables:
    shows_sends = any(entry.of_signed is not None for entry in question.properties)
    return Tables(PoqiSystem(setting, name_signers=name_signers, shows_sends=shows_sends))


def _explore_group(
    question: Question,
    tables: PoqiTables,
    setting: Setting,
    group: Sequence[Property],
    budget: Budget,
    limits: Mapping[str, int],
) -> tuple[Followed, Exploration[Happening]]:
    """What was followed for the properties of a group, and the answer."""
    if group[0].of_signed is not None:
        return _explore(question, tables, BlameObserver(setting), budget, limits)
    return _explore(question, tables, RecordObserver(setting, group), budget, limits)


def _explore(
    question: Question,
    tables: PoqiTables,
    observer: Observer[Facts, Seen],
    budget: Budget,
    limits: Mapping[str, int],
) -> tuple[Followed, Exploration[Happening]]:
    if question.engine == "fast":
        # Only this engine pays for the import, and needs numba.
        from checker.compiled.engine import FastEngine

        fast = FastEngine(tables, observer, budget.threads)
        answer = fast.explore(budget, limits)
        return fast.followed(), answer
    if question.engine == "full":
        full = FullEngine(tables, observer)
        answer = full.explore(budget, limits)
        return full.followed(), answer
    short = ReducedEngine(tables, observer)
    if question.config.on_evidence:
        # A table that is closed over all that can be signed is larger than what is reached.
        whole = short.explore(budget, limits)
        return short.followed(), whole
    first = short.explore(budget.part(_LONG), limits)
    if first.complete or budget.exhausted is not None:
        return short.followed(), first
    merged = None
    if close(tables, _CLOSED_STATES, budget):
        merged = [Bisimulation(tables, table, observer) for table in tables.processes]
    long = ReducedEngine(tables, observer, merged)
    answer = long.explore(budget, limits)
    return long.followed(), answer


def _canonical(
    question: Question,
    setting: Setting,
    tables: PoqiTables,
    name: str,
    run: Run,
    budget: Budget,
) -> Run:
    """The canonical counterexample of the length of ``run``; that run if it takes too much."""
    entry = next(entry for entry in question.properties if entry.name == name)
    rest = replace(budget, progress=None, exhausted=None)
    if question.network == "rounds":
        return CanonicalRounds(setting, entry).find(len(run.acts), rest) or run
    if question.unreduced:
        tables = _tables(question, setting, name_signers=False)
    if entry.of_signed is not None:
        found = _search(tables, BlameObserver(setting), entry, run, rest)
    else:
        found = _search(tables, RecordObserver(setting, [entry]), entry, run, rest)
    if found is None:
        return run
    acts = (Act(process, happening.event) for process, happening in found.deliveries)
    return setting.run(question.network, tuple(concrete(setting, acts)))


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
