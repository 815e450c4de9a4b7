"""Pursuing some properties together in one setting, by the engine that the question asks for.

An exploration is a part of a log (:mod:`checker.checkpoint.log`): what is over is not done again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.bisimulation import Bisimulation, close
from checker.blame_observer import signed_observer
from checker.checkpoint.log import Log
from checker.coverage import Coverage, exercised
from checker.exploration import Budget, Exploration
from checker.full import FullEngine
from checker.observer import Observer, Seen
from checker.ordered_engine import OrderedEngine
from checker.partition.coordinator import PartitionedEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.question import Question
from checker.reduced import ReducedEngine
from checker.rounds import RoundsEngine, RoundsExploration
from checker.setting import Setting
from checker.table import Tables
from poqi_core.messages import Event
from poqi_core.properties import Property
from poqi_core.state import NodeState

_LONG = 10_000
"""States beyond which an exploration is long enough to be worth the closing of the tables."""

_CLOSED_STATES = 20_000
"""States of one process above which its table is not closed."""

PoqiTables: TypeAlias = Tables[NodeState, Happening, Packet, Facts]


class Ground(NamedTuple):
    """The tables that explorations of one setting share."""

    tables: PoqiTables


@dataclass(frozen=True)
class Pursued:
    """What an exploration found, what it exercised, and which properties said something."""

    exploration: Exploration[Happening]
    coverage: Coverage
    occurred: frozenset[str]


@dataclass(frozen=True)
class PursuedInRounds:
    """The same of an exploration in rounds."""

    exploration: RoundsExploration
    coverage: Coverage
    occurred: frozenset[str]


class _Closed(NamedTuple):
    """Whether the tables could be closed."""

    whole: bool


def tables_of(question: Question, setting: Setting, *, name_signers: bool) -> PoqiTables:
    """Empty tables of a setting."""
    shows_sends = any(entry.of_signed is not None for entry in question.properties)
    return Tables(PoqiSystem(setting, name_signers=name_signers, shows_sends=shows_sends))


def pursue(
    question: Question,
    tables: PoqiTables,
    setting: Setting,
    group: Sequence[Property],
    budget: Budget,
    limits: Mapping[str, int],
    log: Log,
) -> Pursued:
    """Explore the asynchronous network for the properties of a group."""
    if group[0].of_signed is not None:
        signed = signed_observer(setting, group[0])
        return _explore(question, tables, setting, signed, budget, limits, log)
    observer = RecordObserver(setting, group)
    return _explore(question, tables, setting, observer, budget, limits, log)


def pursue_in_rounds(
    question: Question,
    setting: Setting,
    group: Sequence[Property],
    budget: Budget,
    limits: Mapping[str, int],
    log: Log,
) -> PursuedInRounds:
    """Explore the lock-step network for the properties of a group."""

    def explore() -> PursuedInRounds:
        if question.network == "ordered":
            ordered = OrderedEngine(setting, group)
            whole = ordered.explore(budget, limits)
            seen = _covered(question, setting, ordered.followed(), ordered.possible())
            return PursuedInRounds(whole, seen, ordered.occurred)
        if group[0].of_signed is not None:
            return explore_rounds(signed_observer(setting, group[0]))
        return explore_rounds(RecordObserver(setting, group))

    def explore_rounds(observer: Observer[Facts, Seen]) -> PursuedInRounds:
        engine = RoundsEngine(
            setting,
            observer,
            network=question.network,
            dominate=question.engine == "reduced",
            shows_sends=group[0].of_signed is not None,
        )
        found = engine.explore(budget, limits, log.keeping(engine))
        coverage = _covered(question, setting, engine.followed(), engine.possible())
        return PursuedInRounds(found, coverage, _occurred(engine.observer))

    return log.once(PursuedInRounds, explore)


def _occurred(watched: Observer[Facts, Seen]) -> frozenset[str]:
    """The properties that said something of what was seen."""
    occurred = watched.occurred if isinstance(watched, RecordObserver) else watched.properties
    return frozenset(occurred)


def _explore(
    question: Question,
    tables: PoqiTables,
    setting: Setting,
    observer: Observer[Facts, Seen],
    budget: Budget,
    limits: Mapping[str, int],
    log: Log,
) -> Pursued:
    def pursued(
        found: Exploration[Happening],
        followed: Iterable[tuple[NodeState, Happening]],
        watched: Observer[Facts, Seen],
    ) -> Pursued:
        events = ((state, happening.event) for state, happening in followed)
        coverage = _covered(question, setting, events, _possible(tables))
        return Pursued(found, coverage, _occurred(watched))

    def explore_unreduced() -> Pursued:
        if question.engine == "fast":
            # Only this engine pays for the import, and needs numba.
            from checker.compiled.engine import FastEngine

            fast = FastEngine(tables, observer, budget.threads)
            found = fast.explore(budget, limits, log.keeping(fast))
            return pursued(found, fast.followed(), fast.observer)
        if budget.recruit is not None:
            with budget.recruit(tables.system, observer) as ask:
                parts = PartitionedEngine(ask, budget.recruit.workers, observer.properties)
                # Only the workers know whether a premise occurred: none is said to be vacuous.
                found = parts.explore(budget, limits)
                return Pursued(found, Coverage(), frozenset(observer.properties))
        full = FullEngine(tables, observer)
        found = full.explore(budget, limits, log.keeping(full))
        return pursued(found, full.followed(), full.observer)

    def explore_whole() -> Pursued:
        engine = ReducedEngine(tables, observer)
        found = engine.explore(budget, limits, log.keeping(engine))
        return pursued(found, engine.followed(), engine.observer)

    def explore_first() -> Pursued:
        engine = ReducedEngine(tables, observer)
        found = engine.explore(budget.part(_LONG), limits)
        return pursued(found, engine.followed(), engine.observer)

    def explore_long() -> Pursued:
        merged = None
        if closed.whole:
            merged = [Bisimulation(tables, table, observer) for table in tables.processes]
        engine = ReducedEngine(tables, observer, merged)
        found = engine.explore(budget, limits, log.keeping(engine))
        return pursued(found, engine.followed(), engine.observer)

    if question.unreduced:
        return log.once(Pursued, explore_unreduced)
    if question.config.on_evidence:
        # A table that is closed over all that can be signed is larger than what is reached.
        return log.once(Pursued, explore_whole)
    first = log.once(Pursued, explore_first)
    if first.exploration.complete or budget.exhausted is not None:
        return first
    closed = log.once(_Closed, lambda: _Closed(close(tables, _CLOSED_STATES, budget)))
    return log.once(Pursued, explore_long)


def _covered(
    question: Question,
    setting: Setting,
    followed: Iterable[tuple[NodeState, Event]],
    possible: Iterable[tuple[NodeState, Event]],
) -> Coverage:
    """What the events that were followed exercised, if it is asked for."""
    if not question.coverage:
        return Coverage()
    return exercised(setting.config, followed, possible if question.alternatives else None)


def _possible(tables: PoqiTables) -> Iterator[tuple[NodeState, Event]]:
    """Every state of a node that was come across, with every event that can befall it."""
    for table in tables.processes:
        for state in table.states.values:
            for happening in table.events.values:
                yield state, happening.event
