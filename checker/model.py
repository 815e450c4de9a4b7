"""Checking any protocol: a system and its properties in, verdicts and readable runs out.

This is the way in for a protocol that is not PoQI (``checker/examples`` has some).  The engines
are those that PoQI is checked with, and so is the choice of the counterexample that is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import product
from typing import Generic, NamedTuple

from checker.bisimulation import Bisimulation, close
from checker.canonical import CanonicalSearch
from checker.exploration import Budget, Counterexample, Delivery, Exploration, Resource
from checker.full import FullEngine
from checker.observer import Observer, Seen
from checker.order import order_of
from checker.reduced import ReducedEngine
from checker.simple_system import SimpleSystem
from checker.system import Event, Message, Outcome, Shown, State
from checker.table import Tables
from checker.verdict import Verdict

ENGINES = ("full", "reduced", "fast")
"""Every interleaving in plain Python, macro-steps, and every interleaving compiled."""

_LONG = 10_000
"""States beyond which the reduced engine begins anew, with bisimilar states merged."""

_CLOSED_STATES = 20_000
"""States of one process above which none are merged."""


class EngineError(Exception):
    """The engine that was asked for is not there; the message says what to do."""


class ToldStep(NamedTuple):
    """A step of a run, in words.

    Attributes:
        process: the name of the process.
        event: what befalls it.
        sends: what it sends that it has not sent before.
        faulty: whether the event is an act of a faulty process.
    """

    process: str
    event: str
    sends: tuple[str, ...]
    faulty: bool


class ToldRun(NamedTuple):
    """A run in words: where processes begin if they have a choice, the steps, where they end."""

    initial: tuple[tuple[str, str], ...]
    steps: tuple[ToldStep, ...]
    final: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = [f"      {name} begins: {state}" for name, state in self.initial]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number:>3}{'*' if step.faulty else ' '} {step.process} {step.event}")
            lines += [f"       sends {message}" for message in step.sends]
        if any(step.faulty for step in self.steps):
            lines.append("  * with the help of a faulty process")
        lines += ["", "in the end"]
        lines += [f"  {name}: {state}" for name, state in self.final]
        return "\n".join(lines)


@dataclass(frozen=True)
class Finding:
    """What was found about one property, and a shortest run that violates it, if one does."""

    name: str
    verdict: Verdict
    run: ToldRun | None = None


@dataclass(frozen=True)
class Findings:
    """What an exploration has found.

    Attributes:
        results: one for each property, in order.
        states: distinct states that were reached; those of the reduced engine are fewer.
        transitions: steps that were followed from them.
        depth: the most steps from an initial state, counted by the shortest way.
        complete: whether nothing was left to explore for any property.
        covered: every run of fewer steps was judged, even if it is not complete.
        exhausted: what ran out, if anything did.
    """

    results: tuple[Finding, ...]
    states: int
    transitions: int
    depth: int
    complete: bool
    covered: int
    exhausted: Resource | None

    @property
    def verdict(self) -> Verdict:
        """Over all properties: violated before undetermined before holds."""
        verdicts = {result.verdict for result in self.results}
        for verdict in (Verdict.VIOLATED, Verdict.UNDETERMINED):
            if verdict in verdicts:
                return verdict
        return Verdict.HOLDS


@dataclass(frozen=True)
class Model(Generic[State, Event, Message, Shown, Seen]):
    """A protocol, and what is asked of it."""

    system: SimpleSystem[State, Event, Message, Shown]
    observer: Observer[Shown, Seen]

    def explore(self, engine: str, budget: Budget) -> Exploration[Event]:
        """Explore with one of :data:`ENGINES`.

        Raises:
            EngineError: ``fast`` needs numba, which is not installed.
        """
        tables = Tables(self.system)
        if engine == "full":
            return FullEngine(tables, self.observer).explore(budget, {})
        if engine == "fast":
            if find_spec("numba") is None:
                raise EngineError("the engine fast needs numba; pip install 'poqi[fast]'")
            # Only this engine pays for the import.
            from checker.compiled.engine import FastEngine

            return FastEngine(tables, self.observer, budget.threads).explore(budget, {})
        short = ReducedEngine(tables, self.observer).explore(budget.part(_LONG), {})
        if short.complete or budget.exhausted is not None:
            return short
        merged = None
        if close(tables, _CLOSED_STATES, budget):
            merged = [Bisimulation(tables, table, self.observer) for table in tables.processes]
        return ReducedEngine(tables, self.observer, merged).explore(budget, {})

    def check(self, engine: str = "reduced", budget: Budget | None = None) -> Findings:
        """Explore, and tell a shortest counterexample to every property that is violated.

        Raises:
            EngineError: ``fast`` needs numba, which is not installed.
        """
        budget = Budget() if budget is None else budget
        explored = self.explore(engine, budget)
        results = []
        for name in self.observer.properties:
            found = explored.counterexamples.get(name)
            if found is not None:
                results.append(Finding(name, Verdict.VIOLATED, self._told(found, budget)))
            elif explored.complete:
                results.append(Finding(name, Verdict.HOLDS))
            else:
                results.append(Finding(name, Verdict.UNDETERMINED))
        return Findings(
            tuple(results),
            explored.states,
            explored.transitions,
            explored.depth,
            explored.complete,
            explored.covered,
            budget.exhausted,
        )

    def _told(self, found: Counterexample[Event], budget: Budget) -> ToldRun:
        """The canonical run of that length in words; ``found`` itself if that takes too much."""
        when_stuck = self._replayed(found).when_stuck
        search = CanonicalSearch(
            Tables(self.system), self.observer, found.property_name, order_of, when_stuck=when_stuck
        )
        rest = replace(budget, progress=None, exhausted=None)
        tidier = search.find(len(found.deliveries), rest)
        return self._replayed(found if tidier is None else tidier).told

    def _replayed(self, found: Counterexample[Event]) -> "_Replayed":
        """What happens when the deliveries of ``found`` are made, which must break its property."""
        system = self.system
        for first in product(*(system.initial(process) for process in system.processes)):
            replay = _Replay(self, first)
            if all(replay.deliver(delivery) for delivery in found.deliveries):
                for stuck in False, True:
                    broken = self.observer.broken(replay.seen_of_all(), stuck=stuck)
                    if found.property_name in broken:
                        return _Replayed(replay.told(), stuck)
        raise AssertionError(f"the counterexample to {found.property_name} does not replay")


class _Replayed(NamedTuple):
    told: ToldRun
    when_stuck: bool


class _Replay(Generic[State, Event, Message, Shown, Seen]):
    """Plays a run on the system itself, without the tables that the engines have used."""

    def __init__(
        self, model: Model[State, Event, Message, Shown, Seen], first: Sequence[State]
    ) -> None:
        self._system, self._observer = model.system, model.observer
        processes = model.system.processes
        self._first = dict(zip(processes, first, strict=True))
        self._states = dict(self._first)
        self._seen = dict.fromkeys(processes, self._observer.start())
        self._sent: dict[Message, None] = {}
        self._steps: list[ToldStep] = []

    def deliver(self, delivery: Delivery[Event]) -> bool:
        """Let ``delivery`` happen; False if it cannot."""
        process, event = delivery
        if not set(self._system.needs(event)) <= self._sent.keys():
            return False
        outcome = self._system.step(process, self._states[process], event)
        if not isinstance(outcome, Outcome):
            return False
        self._states[process] = outcome.state
        if outcome.shown is not None:
            self._seen[process] = self._observer.observe(self._seen[process], outcome.shown)
        new = [message for message in outcome.sends if message not in self._sent]
        self._sent.update(dict.fromkeys(new))
        name, progress = self._system.name(process), self._system.is_progress(event)
        self._steps.append(ToldStep(name, str(event), tuple(map(str, new)), not progress))
        return True

    def seen_of_all(self) -> list[Seen]:
        """What was seen of each process."""
        return list(self._seen.values())

    def told(self) -> ToldRun:
        """The run so far, in words."""
        name = self._system.name
        choices = {one for one in self._first if len(self._system.initial(one)) > 1}
        return ToldRun(
            tuple((name(one), str(state)) for one, state in self._first.items() if one in choices),
            tuple(self._steps),
            tuple((name(one), str(state)) for one, state in self._states.items()),
        )
