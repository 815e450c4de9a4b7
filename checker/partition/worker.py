"""A worker of a partitioned exploration: the states whose hash is its own.

Global states travel as integers, a field for the number of each process's local state.  Each
worker has tables of its own, so its own numbers are its own affair; the numbers that travel are
given by the coordinator.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias
from zlib import crc32

from checker.exploration import Delivery
from checker.observer import Observer, Seen
from checker.order import order_of
from checker.partition.exchange import (
    BITS,
    LOCAL,
    Before,
    Beginning,
    Expand,
    Expanded,
    Learn,
    Placed,
    Portable,
    Predecessor,
    Receive,
    Received,
    Reply,
    Request,
    Routed,
    Start,
    Step,
)
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Local, Tables

_Successor: TypeAlias = tuple[int, int, int]
"""A state, a place, and the own number of the local state that it has there afterwards."""


class _Place(NamedTuple):
    """The numbers of the local states of one process: those that travel, and the own ones."""

    common: dict[int, int]
    """By own number: the one that travels."""
    own: list[int]
    """By the number that travels: the own one."""


def owner(state: int, workers: int) -> int:
    """The worker that a global state belongs to."""
    return crc32(state.to_bytes((state.bit_length() + 7) // 8, "little")) % workers


class PartitionWorker(Generic[State, Event, Message, Shown, Seen]):
    """Holds, expands and judges the states of one part."""

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        workers: int,
        memory: Callable[[], int] = lambda: 0,
    ) -> None:
        """One of so many workers; ``memory`` says how much it occupies, in KiB."""
        self._observer = observer
        self._messages = tables.messages
        self._workers = workers
        self._memory = memory
        self._automata: list[Automaton[State, Event, Message, Shown, Seen]] = [
            Automaton(tables, table, observer) for table in tables.processes
        ]
        self._places = [_Place({}, []) for _ in self._automata]
        self._levels: list[list[int]] = [[]]
        self._visited: set[int] = set()
        self._successors: set[_Successor] = set()
        self._at = 0
        self._judgements: dict[tuple[tuple[int, ...], bool], Sequence[str]] = {}

    def handle(self, request: Request[State, Message, Seen]) -> Reply[State, Message, Seen, Event]:
        """Do what is asked for."""
        if isinstance(request, Start):
            return self._start()
        if isinstance(request, Learn):
            return self._learn(request)
        if isinstance(request, Receive):
            return self._receive(request)
        if isinstance(request, Expand):
            return self._expand(request.most)
        return self._before(request)

    def _start(self) -> Beginning[State, Message, Seen]:
        return Beginning(
            [
                Placed(place, self._portable(place, local))
                for place, automaton in enumerate(self._automata)
                for local in automaton.initial()
            ]
        )

    def _portable(self, place: int, local: int) -> Portable[State, Message, Seen]:
        automaton = self._automata[place]
        state, sent, seen = automaton.locals.values[local]
        messages = self._messages.values
        return Portable(
            automaton.table.states.values[state],
            frozenset(value for bit, value in enumerate(messages) if sent >> bit & 1),
            automaton.seen.values[seen],
        )

    def _learn(self, request: Learn[State, Message, Seen]) -> Routed:
        """Take up the numbers of new local states, and send successors on to their owners."""
        for place, portable in request.numbered:
            automaton, numbers = self._automata[place], self._places[place]
            state = automaton.table.admit(portable.state)
            sent = self._messages.mask(sorted(portable.sent, key=order_of))
            own = automaton.number(Local(state, sent, automaton.seen.number(portable.seen)))
            numbers.common[own] = len(numbers.own)
            numbers.own.append(own)
        batches: list[set[int]] = [set() for _ in range(self._workers)]
        for state, place, target in self._successors:
            field = BITS * place
            to = self._places[place].common[target]
            following = state + ((to - (state >> field & LOCAL)) << field)
            batches[owner(following, self._workers)].add(following)
        self._successors = set()
        return Routed([list(batch) for batch in batches])

    def _receive(self, request: Receive) -> Received:
        """Begin a level with those of the states that are new."""
        new = sorted(set(request.states) - self._visited)
        self._visited.update(new)
        self._levels.append(new)
        self._at = 0
        broken: dict[str, int] = {}
        for state in new:
            self._judge(state, self._unpack(state), broken, stuck=False)
        return Received(len(new), broken, self._memory())

    def _unpack(self, state: int) -> list[int]:
        """The own numbers of the local states."""
        return [
            numbers.own[state >> BITS * place & LOCAL] for place, numbers in enumerate(self._places)
        ]

    def _judge(
        self, state: int, locals_: Sequence[int], broken: dict[str, int], *, stuck: bool
    ) -> None:
        key = tuple(
            automaton.seen_number[local]
            for automaton, local in zip(self._automata, locals_, strict=True)
        )
        names = self._judgements.get((key, stuck))
        if names is None:
            seen = [
                automaton.seen.values[number]
                for automaton, number in zip(self._automata, key, strict=True)
            ]
            names = self._judgements[key, stuck] = self._observer.broken(seen, stuck=stuck)
        for name in names:
            broken[name] = min(state, broken.get(name, state))

    def _enabled(self, state: int) -> list[list[Edge]]:
        """For each process the edges that are enabled in a state."""
        locals_ = self._unpack(state)
        missing = -1
        for automaton, local in zip(self._automata, locals_, strict=True):
            missing &= ~automaton.sent_mask[local]
        return [
            [edge for edge in automaton.edges(local) if not edge.needs & missing]
            for automaton, local in zip(self._automata, locals_, strict=True)
        ]

    def _expand(self, most: int) -> Expanded[State, Message, Seen]:
        """Follow every delivery from some more states of the level."""
        level = self._levels[-1]
        states = level[self._at : self._at + most]
        self._at += len(states)
        followed, beyond = 0, False
        stuck: dict[str, int] = {}
        discovered: set[tuple[int, int]] = set()
        for state in states:
            locals_ = self._unpack(state)
            enabled = self._enabled(state)
            progress = any(edge.progress for edges in enabled for edge in edges)
            if not all(
                automaton.in_scope[local]
                for automaton, local in zip(self._automata, locals_, strict=True)
            ):
                beyond = True
            elif not progress:
                self._judge(state, locals_, stuck, stuck=True)
            for place, edges in enumerate(enabled):
                common = self._places[place].common
                followed += len(edges)
                for edge in edges:
                    self._successors.add((state, place, edge.target))
                    if edge.target not in common:
                        discovered.add((place, edge.target))
        found = [Placed(place, self._portable(place, local)) for place, local in discovered]
        return Expanded(len(states), len(level) - self._at, followed, stuck, found, beyond)

    def _before(self, request: Before) -> Predecessor[Event]:
        """The least state of a level from which a delivery leads to a state, if there is one."""
        best: Step[Event] | None = None
        for before in self._levels[request.level + 1]:
            differing = [
                place
                for place in range(len(self._places))
                if (before ^ request.state) >> BITS * place & LOCAL
            ]
            if len(differing) != 1:
                continue
            place = differing[0]
            automaton = self._automata[place]
            target = self._places[place].own[request.state >> BITS * place & LOCAL]
            for edge in self._enabled(before)[place]:
                if edge.target == target:
                    event = automaton.table.events.values[edge.event]
                    delivery = Delivery(automaton.table.process, event)
                    step = Step(before, place, order_of(event), delivery)
                    if best is None or step[:3] < best[:3]:
                        best = step
        return Predecessor(best)
