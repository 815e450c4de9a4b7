"""The reduced engine: macro-steps and domination, exact for reachability and for length.

A delivery is *visible* if it sends something new or shows something.  Messages persist, so an
invisible delivery can be put off until its process takes its next visible step, and need not
happen if no visible step follows.  A *macro-step* is a path of invisible deliveries to one
process, ended by a visible one; every run has the same visible part as a run of macro-steps
with no more deliveries.  Among the local states that a process can get to by a macro-step, one
that another can still get to by invisible deliveries, at no higher cost, is *dominated* and
dropped.  ``docs/reductions.md`` gives the argument and its conditions.

States are visited in the order of the deliveries that they cost (Dijkstra), so the first
violation is one of a shortest run.
"""

from collections.abc import Mapping
from itertools import product
from typing import Generic, NamedTuple, TypeAlias

from checker.exploration import Budget, Counterexample, Delivery, Exploration
from checker.observer import Observer, Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Tables

Vector: TypeAlias = tuple[int, ...]
"""A global state: the local state of each process."""

_SPEND_EVERY = 64


class _Reach(NamedTuple):
    """What a local state can do by itself with the messages that are available."""

    distances: dict[int, int]
    """Local states within reach of invisible deliveries, with how many it takes."""
    targets: dict[int, int]
    """Local states that a macro-step leads to, with what it costs, not dominated."""
    rest: int | None
    """How many invisible deliveries lead to a local state without progress, if any."""


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
    ) -> None:
        self._observer = observer
        self.automata: list[Automaton[State, Event, Message, Shown, Seen]] = [
            Automaton(table, tables.system, observer) for table in tables.processes
        ]
        self.costs: dict[Vector, int] = {}
        self._parents: dict[Vector, tuple[Vector, int]] = {}
        self._reaches: list[dict[tuple[int, int], _Reach]] = [{} for _ in self.automata]

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

    def explore(self, budget: Budget, limits: Mapping[str, int]) -> Exploration[Event]:
        """Explore in the order of cost until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of steps from which on a
        counterexample is of no interest.
        """
        found: dict[str, _Found] = {}
        initial = list(product(*(automaton.initial() for automaton in self.automata)))
        buckets: list[list[Vector]] = [initial]
        self.costs = dict.fromkeys(initial, 0)
        self._parents = {}
        transitions, explored, cost, complete = 0, 0, 0, True
        for cost, bucket in enumerate(buckets):
            for state in bucket:
                if self.costs[state] != cost:
                    continue
                explored += 1
                if explored % _SPEND_EVERY == 0 and not budget.spend(_SPEND_EVERY, cost):
                    complete = False
                    break
                self._judge(state, cost, found)
                transitions += self._expand(state, cost, buckets)
            if not complete or self._settled(found, limits, cost + 1):
                break
        if complete and not budget.spend(explored % _SPEND_EVERY, cost):
            complete = self._settled(found, limits, cost + 1) or cost + 1 == len(buckets)
        counterexamples = {
            name: Counterexample(name, tuple(self._deliveries(violation)))
            for name, violation in found.items()
        }
        return Exploration(len(self.costs), transitions, cost, counterexamples, complete)

    def _settled(self, found: dict[str, _Found], limits: Mapping[str, int], cost: int) -> bool:
        """Whether states of ``cost`` and more cannot matter to any property."""
        return all(
            (name in found and found[name].cost <= cost) or limits.get(name, cost + 1) <= cost
            for name in self._observer.properties
        )

    def _judge(self, state: Vector, cost: int, found: dict[str, _Found]) -> None:
        seen = self.seen(state)
        for name in self._observer.broken(seen, stuck=False):
            if name not in found:
                found[name] = _Found(cost, state, stuck=False)
        broken_when_stuck = self._observer.broken(seen, stuck=True)
        if broken_when_stuck:
            available = self.sent(state)
            rests = [self._reach(place, local, available).rest for place, local in enumerate(state)]
            known = [rest for rest in rests if rest is not None]
            if len(known) == len(rests):
                total = cost + sum(known)
                for name in broken_when_stuck:
                    if name not in found or total < found[name].cost:
                        found[name] = _Found(total, state, stuck=True)

    def _expand(self, state: Vector, cost: int, buckets: list[list[Vector]]) -> int:
        available = self.sent(state)
        taken = 0
        for place, local in enumerate(state):
            for target, price in self._reach(place, local, available).targets.items():
                taken += 1
                following = (*state[:place], target, *state[place + 1 :])
                total = cost + price
                known = self.costs.get(following)
                if known is None or total < known:
                    self.costs[following] = total
                    self._parents[following] = state, place
                    while len(buckets) <= total:
                        buckets.append([])
                    buckets[total].append(following)
        return taken

    def _reach(self, place: int, local: int, available: int) -> _Reach:
        relevant = available & self.automata[place].table.needs_mask
        key = local, relevant
        known = self._reaches[place].get(key)
        if known is None:
            known = self._reaches[place][key] = self._compute_reach(place, local, relevant)
        return known

    def _invisible(self, place: int, local: int, available: int) -> dict[int, int]:
        """The local states within reach of invisible deliveries, nearest first."""
        automaton = self.automata[place]
        distances = {local: 0}
        queue = [local]
        for here in queue:
            for edge in automaton.edges(here):
                if (
                    not edge.visible
                    and edge.target not in distances
                    and not edge.needs & ~available
                ):
                    distances[edge.target] = distances[here] + 1
                    queue.append(edge.target)
        return distances

    def _compute_reach(self, place: int, local: int, available: int) -> _Reach:
        automaton = self.automata[place]
        distances = self._invisible(place, local, available)
        targets: dict[int, int] = {}
        rest: int | None = None
        for here, distance in distances.items():
            resting = automaton.in_scope[here]
            for edge in automaton.edges(here):
                if edge.needs & ~available:
                    continue
                if edge.visible and targets.get(edge.target, distance + 2) > distance + 1:
                    targets[edge.target] = distance + 1
                if edge.progress and edge.target != here:
                    resting = False
            if resting and rest is None:
                rest = distance
        return _Reach(distances, self._without_dominated(place, targets, available), rest)

    def _without_dominated(
        self, place: int, targets: dict[int, int], available: int
    ) -> dict[int, int]:
        kept = dict(targets)
        for target, cost in targets.items():
            if target not in kept or len(kept) == 1:
                continue
            for other, distance in self._invisible(place, target, available).items():
                if other != target and kept.get(other, 0) >= cost + distance:
                    del kept[other]
        return kept

    def _deliveries(self, found: _Found) -> list[Delivery[Event]]:
        """The deliveries of the run that was found, macro-steps taken apart."""
        steps: list[tuple[Vector, int, int]] = []
        state = found.state
        while state in self._parents:
            before, place = self._parents[state]
            steps.append((before, place, state[place]))
            state = before
        deliveries: list[Delivery[Event]] = []
        for before, place, target in reversed(steps):
            deliveries += self._path(place, before[place], self.sent(before), target)
        if found.stuck:
            available = self.sent(found.state)
            for place, local in enumerate(found.state):
                deliveries += self._path(place, local, available, None)
        return deliveries

    def _path(
        self, place: int, local: int, available: int, target: int | None
    ) -> list[Delivery[Event]]:
        """A cheapest path to ``target`` by a macro-step, or to where no progress is left."""
        automaton = self.automata[place]
        came_by: dict[int, tuple[int, Edge] | None] = {local: None}
        queue = [local]
        for here in queue:
            enabled = [edge for edge in automaton.edges(here) if not edge.needs & ~available]
            last = [edge for edge in enabled if edge.visible and edge.target == target]
            resting = automaton.in_scope[here] and not any(
                edge.progress and edge.target != here for edge in enabled
            )
            if last or (target is None and resting):
                return self._trail(place, came_by, here, last[:1])
            for edge in enabled:
                if not edge.visible and edge.target not in came_by:
                    came_by[edge.target] = here, edge
                    queue.append(edge.target)
        raise AssertionError("a macro-step has no path of deliveries")

    def _trail(
        self,
        place: int,
        came_by: dict[int, tuple[int, Edge] | None],
        here: int,
        last: list[Edge],
    ) -> list[Delivery[Event]]:
        automaton = self.automata[place]
        edges = list(last)
        step = came_by[here]
        while step is not None:
            here, edge = step
            edges.insert(0, edge)
            step = came_by[here]
        return [Delivery(automaton.table.process, automaton.event(edge.event)) for edge in edges]
