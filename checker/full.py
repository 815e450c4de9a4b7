"""The unreduced engine: every interleaving, breadth first.

It is the oracle of the other engines.  A global state is one integer, a fixed number of bits
for the local state of each process; an edge is the difference that it makes.  No parent is
stored: the levels are kept, and a shortest run is found by walking back over them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Generic

from checker.exploration import (
    Counterexample,
    Delivery,
    Exploration,
    Spending,
    nothing_between_levels,
)
from checker.observer import Observer, Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Tables

_BITS = 24
_LOCAL = (1 << _BITS) - 1
_SPEND_EVERY = 4096
_ASK_EVERY = 16
"""Local states: to fill one can take a thousand calls of the protocol."""


class FullEngine(Generic[State, Event, Message, Shown, Seen]):
    """Explores a system without any reduction.

    After :meth:`explore`, :attr:`visited` holds every reached state, for comparisons.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
    ) -> None:
        self._observer = observer
        self.automata: list[Automaton[State, Event, Message, Shown, Seen]] = [
            Automaton(tables, table, observer) for table in tables.processes
        ]
        self._goes_on = False
        self._open: set[str] = set()
        self._found: dict[str, int] = {}
        self._transitions = 0
        self._levels: list[list[int]] = []
        self.visited: set[int] = set()
        self._beyond = False
        self._deltas: list[dict[int, _Moves]] = [{} for _ in self.automata]
        self._filled = 0

    def unpack(self, state: int) -> list[int]:
        """The local states that a global state consists of."""
        return [state >> _BITS * place & _LOCAL for place in range(len(self.automata))]

    def seen(self, state: int) -> list[Seen]:
        """What was seen of each process in a global state."""
        return [
            automaton.seen.values[automaton.seen_number[local]]
            for automaton, local in zip(self.automata, self.unpack(state), strict=True)
        ]

    def sent(self, state: int) -> int:
        """Mask of the messages that have been sent in a global state."""
        mask = 0
        for automaton, local in zip(self.automata, self.unpack(state), strict=True):
            mask |= automaton.sent_mask[local]
        return mask

    @property
    def observer(self) -> Observer[Shown, Seen]:
        """Who watched; after a checkpoint was taken up, whoever watched before it."""
        return self._observer

    def kept(self) -> Mapping[str, object]:
        """All of the engine but what the levels tell (see :class:`checker.checkpoint.log.Log`)."""
        return {name: value for name, value in vars(self).items() if name != "visited"}

    def restore(self, kept: Mapping[str, object]) -> None:
        """Take up what was kept; the next exploration goes on from there."""
        vars(self).update(kept)
        self.visited = set(chain.from_iterable(self._levels))
        self._goes_on = True

    def explore(
        self,
        budget: Spending,
        limits: Mapping[str, int],
        between_levels: Callable[[], None] = nothing_between_levels,
    ) -> Exploration[Event]:
        """Explore breadth first until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of steps from which on a
        counterexample is of no interest.  ``between_levels`` is called where the engine can be
        kept.
        """
        if not self._goes_on:
            self._begin()
        self._goes_on, complete = False, True
        open_properties, found = self._open, self._found
        while self._levels[-1]:
            between_levels()
            depth = len(self._levels) - 1
            open_properties -= {
                name for name in open_properties if limits.get(name, depth + 1) <= depth
            }
            if not open_properties:
                break
            following, taken, stuck, finished = self._expand(self._levels[-1], budget, depth)
            self._transitions += taken
            self._judge(stuck, open_properties, found, stuck=True)
            self._judge(following, open_properties, found, stuck=False)
            self._levels.append(following)
            if not finished:
                complete = False
                break
        counterexamples = {
            name: Counterexample(name, tuple(self._walk_back(state)))
            for name, state in found.items()
        }
        covered = len(self._levels) - (1 if complete else 2)
        depth = len(self._levels) - (2 if not self._levels[-1] else 1)
        return Exploration(
            len(self.visited),
            self._transitions,
            depth,
            counterexamples,
            complete,
            covered,
            self._beyond,
        )

    def _begin(self) -> None:
        self._open = set(self._observer.properties)
        self._found = {}
        self._transitions = 0
        initial = [
            sum(local << _BITS * place for place, local in enumerate(locals_))
            for locals_ in product(*(automaton.initial() for automaton in self.automata))
        ]
        self.visited = set(initial)
        self._levels = [initial]
        self._judge(initial, self._open, self._found, stuck=False)

    def followed(self) -> Iterator[tuple[State, Event]]:
        """Every event that was followed, with the state of the process that it befell."""
        pairs: list[set[tuple[int, int]]] = [set() for _ in self.automata]
        for level in self._levels[:-1]:
            for state in level:
                missing = ~self.sent(state)
                for place, local in enumerate(self.unpack(state)):
                    automaton = self.automata[place]
                    pairs[place].update(
                        (automaton.locals.values[local].state, edge.event)
                        for edge in automaton.edges(local)
                        if not edge.needs & missing
                    )
        for automaton, followed in zip(self.automata, pairs, strict=True):
            table = automaton.table
            for number, event in followed:
                yield table.states.values[number], table.events.values[event]

    def _judge(
        self,
        states: Sequence[int],
        open_properties: set[str],
        found: dict[str, int],
        *,
        stuck: bool,
    ) -> None:
        judged: set[tuple[int, ...]] = set()
        for state in states:
            if not open_properties:
                return
            key = tuple(
                automaton.seen_number[local]
                for automaton, local in zip(self.automata, self.unpack(state), strict=True)
            )
            if key in judged:
                continue
            judged.add(key)
            for name in self._observer.broken(self.seen(state), stuck=stuck):
                if name in open_properties:
                    open_properties.discard(name)
                    found[name] = state

    def _moves(self, place: int, local: int) -> "_Moves":
        """The edges of a local state as differences of global states, up to date."""
        known = self._deltas[place].get(local)
        edges = self.automata[place].edges(local)
        if known is None or known.count != len(edges):
            progress: list[tuple[int, int]] = []
            others: list[tuple[int, int]] = []
            for edge in edges:
                move = edge.needs, (edge.target - local) << _BITS * place
                (progress if edge.progress else others).append(move)
            known = self._deltas[place][local] = _Moves(len(edges), progress, others)
            self._filled += 1
        return known

    def _expand(
        self, frontier: list[int], budget: Spending, depth: int
    ) -> tuple[list[int], int, list[int], bool]:
        """The next level, the transitions to it, the stuck states, and whether it is whole."""
        automata = self.automata
        visited = self.visited
        following: list[int] = []
        stuck: list[int] = []
        transitions = 0
        places = range(len(automata))
        for count, state in enumerate(frontier, 1):
            if count % _SPEND_EVERY == 0 and not budget.spend(_SPEND_EVERY, depth, len(frontier)):
                return following, transitions, stuck, False
            available = 0
            moves = []
            in_scope = True
            for place in places:
                local = state >> _BITS * place & _LOCAL
                moves.append(self._moves(place, local))
                available |= automata[place].sent_mask[local]
                in_scope = in_scope and automata[place].in_scope[local]
            if self._filled >= _ASK_EVERY:
                self._filled = 0
                if not budget.spend(0, depth):
                    return following, transitions, stuck, False
            missing = ~available
            progressed = False
            for move in moves:
                for needs, delta in move.progress:
                    if not needs & missing:
                        progressed = True
                        transitions += 1
                        target = state + delta
                        if target not in visited:
                            visited.add(target)
                            following.append(target)
                for needs, delta in move.others:
                    if not needs & missing:
                        transitions += 1
                        target = state + delta
                        if target not in visited:
                            visited.add(target)
                            following.append(target)
            if not in_scope:
                self._beyond = True
            elif not progressed:
                stuck.append(state)
        finished = budget.spend(len(frontier) % _SPEND_EVERY, depth, len(frontier))
        return following, transitions, stuck, finished

    def _walk_back(self, state: int) -> list[Delivery[Event]]:
        """The deliveries of a shortest run to ``state``."""
        deliveries: list[Delivery[Event]] = []
        level = next(depth for depth, states in enumerate(self._levels) if state in states)
        while level:
            level -= 1
            state, delivery = self._predecessor(state, level)
            deliveries.append(delivery)
        deliveries.reverse()
        return deliveries

    def _predecessor(self, state: int, level: int) -> tuple[int, Delivery[Event]]:
        locals_ = self.unpack(state)
        for before in self._levels[level]:
            differing = [
                place for place, local in enumerate(self.unpack(before)) if local != locals_[place]
            ]
            if len(differing) != 1:
                continue
            place = differing[0]
            automaton = self.automata[place]
            missing = ~self.sent(before)
            for edge in automaton.edges(before >> _BITS * place & _LOCAL):
                if edge.target == locals_[place] and not edge.needs & missing:
                    event = automaton.table.events.values[edge.event]
                    return before, Delivery(automaton.table.process, event)
        raise AssertionError("a state of a level has no predecessor in the level before")


class _Moves:
    """The edges of a local state, those that are progress apart from the others."""

    __slots__ = ("count", "others", "progress")

    def __init__(
        self, count: int, progress: list[tuple[int, int]], others: list[tuple[int, int]]
    ) -> None:
        self.count = count
        self.progress = progress
        self.others = others
