"""The reduced engine: macro-steps and domination, exact for reachability and for length.

A delivery is *visible* if it sends something new or shows something.  Messages persist, so an
invisible delivery can be put off until its process takes its next visible step, and need not
happen if no visible step follows.  A *macro-step* is a path of invisible deliveries to one
process, ended by a visible one; every run has the same visible part as a run of macro-steps
with no more deliveries.  Among the local states that a process can get to by a macro-step, one
that another can still get to by invisible deliveries, at no higher cost, is *dominated* and
dropped.  Where the tables could be closed, bisimilar states of a process are one.  A message
that no process can heed any more is forgotten.
``docs/reductions.md`` gives the argument and its conditions.

States are found in the order of the deliveries that they cost, so the first violation is one
of a shortest run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Generic, NamedTuple, TypeAlias

from checker.bisimulation import Bisimulation
from checker.exploration import (
    Counterexample,
    Delivery,
    Exploration,
    Spending,
    nothing_between_levels,
)
from checker.macro import Macros
from checker.observer import Observer, Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Tables

Vector: TypeAlias = tuple[int, ...]
"""A global state: the local state of each process."""

_SPEND_EVERY = 64


class _Expansion(NamedTuple):
    """What is left to do for a state: macro-steps of ``depth`` + 1 deliveries to ``place``."""

    state: Vector
    place: int
    depth: int


class _Found(NamedTuple):
    cost: int
    state: Vector
    stuck: bool


class ReducedEngine(Generic[State, Event, Message, Shown, Seen]):
    """Explores a system by macro-steps.

    After :meth:`explore`, :attr:`costs` holds every reached state with the fewest deliveries
    that lead to it, for comparisons.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        bisimulations: Sequence[Bisimulation[State, Event, Message, Shown, Seen]] | None = None,
    ) -> None:
        self._observer = observer
        self._bisimulations = bisimulations
        merges = [None] * len(tables.processes) if bisimulations is None else bisimulations
        self.automata: list[Automaton[State, Event, Message, Shown, Seen]] = [
            Automaton(tables, table, observer, None if merge is None else merge.representative)
            for table, merge in zip(tables.processes, merges, strict=True)
        ]
        self._macros = [Macros(automaton) for automaton in self.automata]
        self._goes_on = False
        self._arrivals: list[Vector] = []
        self._expansions: list[_Expansion] = []
        self._cost = self._transitions = 0
        self.costs: dict[Vector, int] = {}
        self._parents: dict[Vector, tuple[Vector, int, int]] = {}
        """By state: the state before, the place of the macro-step and its target."""
        self._found: dict[str, _Found] = {}
        self._judgements: dict[tuple[int, ...], tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def seen(self, state: Vector) -> list[Seen]:
        """What was seen of each process in a global state."""
        return [
            automaton.seen.values[automaton.seen_number[local]]
            for automaton, local in zip(self.automata, state, strict=True)
        ]

    def sent(self, state: Vector) -> int:
        """Mask of the messages that have been sent in a global state."""
        mask = 0
        for automaton, local in zip(self.automata, state, strict=True):
            mask |= automaton.sent_mask[local]
        return mask

    @property
    def observer(self) -> Observer[Shown, Seen]:
        """Who watched; after a checkpoint was taken up, whoever watched before it."""
        return self._observer

    def kept(self) -> Mapping[str, object]:
        """All of the engine (see :class:`checker.checkpoint.log.Log`)."""
        return vars(self)

    def restore(self, kept: Mapping[str, object]) -> None:
        """Take up what was kept; the next exploration goes on from there."""
        vars(self).update(kept)
        self._goes_on = True

    def explore(
        self,
        budget: Spending,
        limits: Mapping[str, int],
        between_levels: Callable[[], None] = nothing_between_levels,
    ) -> Exploration[Event]:
        """Explore in the order of cost until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of steps from which on a
        counterexample is of no interest.  ``between_levels`` is called where the engine can be
        kept.
        """
        if not self._goes_on:
            self._begin()
        self._goes_on, complete = False, True
        while self._arrivals or self._expansions:
            between_levels()
            cost, width = self._cost, len(self._arrivals)
            for count, state in enumerate(self._arrivals, 1):
                self._judge(state, cost, limits)
                self._expansions += (_Expansion(state, place, 0) for place in range(len(state)))
                if count % _SPEND_EVERY == 0 and not budget.spend(_SPEND_EVERY, cost, width):
                    complete = False
                    break
            complete = complete and budget.spend(width % _SPEND_EVERY, cost, width)
            if not complete or self._settled(limits, cost + 1):
                break
            self._arrivals, self._expansions, taken, complete = self._expand(
                self._expansions, cost, budget
            )
            self._transitions += taken
            if not complete:
                break
            self._cost += 1
        cost, transitions = self._cost, self._transitions
        counterexamples = {
            name: Counterexample(name, tuple(self._deliveries(found)))
            for name, found in self._found.items()
            if complete or found.cost <= cost
        }
        complete = complete or self._settled(limits, cost + 1)
        beyond = any(macros.beyond for macros in self._macros)
        return Exploration(
            len(self.costs), transitions, cost, counterexamples, complete, cost, beyond
        )

    def _begin(self) -> None:
        self._arrivals = list(product(*(automaton.initial() for automaton in self.automata)))
        self.costs = dict.fromkeys(self._arrivals, 0)
        self._expansions = []
        self._cost = self._transitions = 0

    def followed(self) -> Iterator[tuple[State, Event]]:
        """Every event that was followed, with the state of the process that it befell."""
        for macros in self._macros:
            table = macros.automaton.table
            for state, event in macros.followed():
                yield table.states.values[state], table.events.values[event]

    def _settled(self, limits: Mapping[str, int], cost: int) -> bool:
        """Whether states of ``cost`` and more cannot matter to any property."""
        return all(
            (name in self._found and self._found[name].cost <= cost)
            or limits.get(name, cost + 1) <= cost
            for name in self._observer.properties
        )

    def _broken(self, state: Vector) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The properties that are violated in a state, and those if it should be stuck."""
        key = tuple(
            automaton.seen_number[local]
            for automaton, local in zip(self.automata, state, strict=True)
        )
        known = self._judgements.get(key)
        if known is None:
            seen = self.seen(state)
            known = self._judgements[key] = (
                tuple(self._observer.broken(seen, stuck=False)),
                tuple(self._observer.broken(seen, stuck=True)),
            )
        return known

    def _judge(self, state: Vector, cost: int, limits: Mapping[str, int]) -> None:
        broken, broken_when_stuck = self._broken(state)
        for name in broken:
            if name not in self._found:
                self._found[name] = _Found(cost, state, stuck=False)
        for name in broken_when_stuck:
            bound = limits.get(name)
            if name in self._found:
                bound = self._found[name].cost
            total = self._cost_to_rest(state, cost, bound)
            if total is not None:
                self._found[name] = _Found(total, state, stuck=True)

    def _cost_to_rest(self, state: Vector, cost: int, bound: int | None) -> int | None:
        """The fewest deliveries to a stuck state without visible steps, if below ``bound``."""
        available = self.sent(state)
        for place, local in enumerate(state):
            if bound is not None and cost >= bound:
                return None
            within = None if bound is None else bound - cost
            macros = self._macros[place]
            rest = macros.reach(local, available).rest(macros, within)
            if rest is None:
                return None
            cost += rest
        return cost if bound is None or cost < bound else None

    def _expand(
        self, expansions: list[_Expansion], cost: int, budget: Spending
    ) -> tuple[list[Vector], list[_Expansion], int, bool]:
        """States of one more delivery, what is left to do, the steps taken, whether it is all."""
        arrivals: list[Vector] = []
        left: list[_Expansion] = []
        taken = 0
        for count, expansion in enumerate(expansions, 1):
            if count % _SPEND_EVERY == 0 and not budget.spend(0, cost):
                return arrivals, left, taken, False
            state, place, depth = expansion
            macros = self._macros[place]
            targets = macros.reach(state[place], self.sent(state)).targets(macros, depth)
            if targets is None:
                continue
            left.append(_Expansion(state, place, depth + 1))
            for target in targets:
                taken += 1
                following = self._canonical((*state[:place], target, *state[place + 1 :]))
                if following not in self.costs:
                    self.costs[following] = cost + 1
                    self._parents[following] = state, place, target
                    arrivals.append(following)
        return arrivals, left, taken, True

    def _canonical(self, state: Vector) -> Vector:
        """``state`` without the sent messages that no process can heed any more."""
        alive = 0
        for automaton, local in zip(self.automata, state, strict=True):
            alive |= automaton.heeded(local)
        return tuple(
            automaton.forget_sent(local, alive)
            for automaton, local in zip(self.automata, state, strict=True)
        )

    def _deliveries(self, found: _Found) -> list[Delivery[Event]]:
        """The deliveries of the run that was found, macro-steps taken apart."""
        steps: list[tuple[Vector, int, int | None]] = []
        state = found.state
        while state in self._parents:
            steps.append(self._parents[state])
            state = steps[-1][0]
        first = state
        steps.reverse()
        if found.stuck:
            steps += ((found.state, place, None) for place in range(len(found.state)))
        edges: list[tuple[int, int, Edge]] = []
        for before, place, target in steps:
            reach = self._macros[place].reach(before[place], self.sent(before))
            here = before[place]
            for edge in reach.path(target):
                edges.append((place, here, edge))
                here = edge.target
        return self._as_they_happen(first, edges)

    def _as_they_happen(
        self, first: Vector, edges: Sequence[tuple[int, int, Edge]]
    ) -> list[Delivery[Event]]:
        """The deliveries that take the processes along ``edges``.

        An edge leads from state to state of the representatives; what happens is the matching
        step from the state that the process is really in.
        """
        deliveries: list[Delivery[Event]] = []
        really = self._really_first(first)
        for place, here, edge in edges:
            table = self.automata[place].table
            state = self.automata[place].locals.values[here].state
            step = next(step for step in table.steps(state) if step.event == edge.event)
            if self._bisimulations is not None:
                step = self._bisimulations[place].matching(really[place], step)
            really[place] = step.target
            deliveries.append(Delivery(table.process, table.events.values[step.event]))
        return deliveries

    def _really_first(self, first: Vector) -> list[int]:
        """For each process an initial state that ``first``, an initial vector, stands for."""
        really = []
        for place, (automaton, local) in enumerate(zip(self.automata, first, strict=True)):
            state = automaton.locals.values[local].state
            if self._bisimulations is not None:
                merge = self._bisimulations[place].representative
                state = next(real for real in automaton.table.initial() if merge(real) == state)
            really.append(state)
        return really
