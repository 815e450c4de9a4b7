"""Pursuing some properties together in one setting, by the engine that the question asks for.

An exploration is a part of a log (:mod:`checker.checkpoint.log`): what is over is not done again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.bisimulation import Bisimulation, close
from checker.blame_observer import BlameObserver
from checker.checkpoint.log import Log
from checker.exploration import Budget, Exploration
from checker.full import FullEngine
from checker.observer import Observer, Seen
from checker.ordered_engine import OrderedEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.question import Question
from checker.reduced import ReducedEngine
from checker.rounds import RoundsEngine, RoundsExploration
from checker.setting import Setting
from checker.table import Tables
from poqi_core.clauses import Clause
from poqi_core.messages import Event
from poqi_core.outputs import Cited
from poqi_core.properties import Property
from poqi_core.state import NodeState
from poqi_core.step import step

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
    """What an exploration found, and the clauses that it exercised, if the question asks."""

    exploration: Exploration[Happening]
    clauses: frozenset[Clause]


@dataclass(frozen=True)
class PursuedInRounds:
    """The same of an exploration in rounds."""

    exploration: RoundsExploration
    clauses: frozenset[Clause]


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
        return _explore(question, tables, setting, BlameObserver(setting), budget, limits, log)
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
            return PursuedInRounds(whole, _cited(question, setting, ordered.followed()))
        engine = RoundsEngine(
            setting,
            group,
            network=question.network,
            dominate=question.engine == "reduced",
        )
        found = engine.explore(budget, limits, log.keeping(engine))
        return PursuedInRounds(found, _cited(question, setting, engine.followed()))

    return log.once(PursuedInRounds, explore)


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
        found: Exploration[Happening], followed: Iterable[tuple[NodeState, Happening]]
    ) -> Pursued:
        events = ((state, happening.event) for state, happening in followed)
        return Pursued(found, _cited(question, setting, events))

    def explore_unreduced() -> Pursued:
        if question.engine == "fast":
            # Only this engine pays for the import, and needs numba.
            from checker.compiled.engine import FastEngine

            fast = FastEngine(tables, observer, budget.threads)
            return pursued(fast.explore(budget, limits, log.keeping(fast)), fast.followed())
        full = FullEngine(tables, observer)
        return pursued(full.explore(budget, limits, log.keeping(full)), full.followed())

    def explore_whole() -> Pursued:
        engine = ReducedEngine(tables, observer)
        return pursued(engine.explore(budget, limits, log.keeping(engine)), engine.followed())

    def explore_first() -> Pursued:
        engine = ReducedEngine(tables, observer)
        return pursued(engine.explore(budget.part(_LONG), limits), engine.followed())

    def explore_long() -> Pursued:
        merged = None
        if closed.whole:
            merged = [Bisimulation(tables, table, observer) for table in tables.processes]
        engine = ReducedEngine(tables, observer, merged)
        return pursued(engine.explore(budget, limits, log.keeping(engine)), engine.followed())

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


def _cited(
    question: Question, setting: Setting, followed: Iterable[tuple[NodeState, Event]]
) -> frozenset[Clause]:
    """The clauses that the core cites along the events that were followed, if it is asked for."""
    if not question.coverage:
        return frozenset()
    return frozenset(
        output.clause
        for state, event in followed
        for output in step(setting.config, state, event)[1]
        if isinstance(output, Cited)
    )
