"""The unreduced engine in compiled loops: every interleaving, breadth first.

It finds what :class:`checker.full.FullEngine` finds, with the same counts of states, transitions
and levels.  The protocol is called as there, once for each local state and event; between the
levels, the tables that the loops read are brought up to date for the local states that occur.
No parent is stored: a shortest run is found by walking back over the levels.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from itertools import product
from typing import Generic, NamedTuple, TypeAlias

import numpy as np

from checker.compiled.flat_automata import FlatAutomata
from checker.compiled.kernels import STUCK, Flags, Words, kernels
from checker.compiled.visited import Visited
from checker.compiled.worker import Arrays, Blocks, Worker
from checker.exploration import (
    Counterexample,
    Delivery,
    Exploration,
    Spending,
    nothing_between_levels,
)
from checker.observer import Observer, Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Tables

Vector: TypeAlias = tuple[int, ...]
"""A global state: the local state of each process."""

_WORTH_SHARING = 8_192
"""States from which on a level is shared among threads."""


_NOT_KEPT = frozenset({"_workers", "_threads"})


class _Found(NamedTuple):
    state: Vector
    level: int


class FastEngine(Generic[State, Event, Message, Shown, Seen]):
    """Explores a system without any reduction, in compiled loops.

    After :meth:`explore`, :meth:`vectors` yields every reached state, for comparisons.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        threads: int = 1,
    ) -> None:
        """An engine that expands large levels with so many threads."""
        self._observer = observer
        self.automata: list[Automaton[State, Event, Message, Shown, Seen]] = [
            Automaton(tables, table, observer) for table in tables.processes
        ]
        self._initial: list[Vector] = list(
            dict.fromkeys(product(*(automaton.initial() for automaton in self.automata)))
        )
        self._flat = FlatAutomata(tables, self.automata)
        self._threads = threads
        self._workers: list[Worker] = []
        self._fresh = True
        self._goes_on = self._beyond = False
        self._spent = self._followed_before = 0
        self._open: set[str] = set()
        self._found: dict[str, _Found] = {}
        self._occurs: Flags = np.zeros(0, np.uint8)
        self._visited = Visited(self._flat.layout)
        self._judgements: dict[tuple[Vector, bool], Sequence[str]] = {}

    def vectors(self) -> Iterator[Vector]:
        """Every reached state."""
        layout = self._visited.layout
        for states in self._visited.arrays(len(self._visited.levels)):
            yield from zip(*(locals_.tolist() for locals_ in layout.unpack(states)), strict=True)

    def seen(self, state: Vector) -> list[Seen]:
        """What was seen of each process in a global state."""
        return [
            automaton.seen.values[automaton.seen_number[local]]
            for automaton, local in zip(self.automata, state, strict=True)
        ]

    def edges(self) -> list[list[Sequence[Edge]]]:
        """For each process, by local state: its edges, none where it was not reached."""
        return [
            [self._flat.edges_of(place, local) for local in range(len(automaton.locals))]
            for place, automaton in enumerate(self.automata)
        ]

    @property
    def words(self) -> int:
        """How many words of 64 bits a state takes."""
        return self._visited.layout.words

    @property
    def masks(self) -> int:
        """How many words of 64 bits a mask of messages takes."""
        return self._flat.masks

    @property
    def state_bytes(self) -> int:
        """The bytes that the states occupy: the table for lookups, and the levels."""
        levels = self._visited.arrays(len(self._visited.levels))
        return self._visited.table.nbytes + sum(states.nbytes for states in levels)

    @property
    def observer(self) -> Observer[Shown, Seen]:
        """Who watched; after a checkpoint was taken up, whoever watched before it."""
        return self._observer

    def kept(self) -> Mapping[str, object]:
        """All but the threads' own (see :class:`checker.checkpoint.log.Log`)."""
        kept = {name: value for name, value in vars(self).items() if name not in _NOT_KEPT}
        return {**kept, "_followed_before": self._transitions()}

    def restore(self, kept: Mapping[str, object]) -> None:
        """Take up what was kept; the next exploration goes on from there."""
        vars(self).update(kept)
        loops = kernels(self._flat.layout.words, self._flat.masks)
        self._visited.grow(self._visited.slots_for(0), loops, ())
        self._engage()
        self._goes_on = True

    def _engage(self) -> None:
        """New workers, which have nothing of earlier levels."""
        self._workers = [Worker() for _ in range(self._threads)]
        self._fresh = True
        self._spent = 0

    def _transitions(self) -> int:
        return self._followed_before + sum(worker.followed for worker in self._workers)

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
        open_properties, found, visited = self._open, self._found, self._visited
        with ExitStack() as stack:
            pool = None
            if self._threads > 1:
                pool = stack.enter_context(ThreadPoolExecutor(self._threads - 1))
            while visited.levels[-1]:
                between_levels()
                depth = len(visited.levels) - 1
                open_properties -= {
                    name for name in open_properties if limits.get(name, depth + 1) <= depth
                }
                if not open_properties:
                    break
                self._beyond = self._beyond or self._flat.beyond(self._occurs)
                finished = self._expand(self._occurs, budget, depth, pool)
                self._judge_noted(depth, open_properties, found)
                if not finished:
                    complete = False
                    break
                self._occurs = np.bitwise_or.reduce([worker.occurs for worker in self._workers])
        counterexamples = {
            name: Counterexample(name, tuple(self._walk_back(entry)))
            for name, entry in found.items()
        }
        covered = len(visited.levels) - (1 if complete else 2)
        depth = len(visited.levels) - (2 if not visited.levels[-1] else 1)
        return Exploration(
            visited.count,
            self._transitions(),
            depth,
            counterexamples,
            complete,
            covered,
            self._beyond,
        )

    def _begin(self) -> None:
        self._engage()
        self._open = set(self._observer.properties)
        self._found = {}
        self._beyond = False
        self._followed_before = 0
        visited = self._visited = Visited(self._flat.layout)
        loops = kernels(self._flat.layout.words, self._flat.masks)
        visited.levels = [[self._flat.layout.pack(self._initial)]]
        visited.count = len(self._initial)
        visited.grow(visited.slots_for(0), loops, ())
        for vector in self._initial:
            self._judge(vector, 0, self._open, self._found, stuck=False)
        self._occurs = self._initial_rows()

    def _initial_rows(self) -> Flags:
        occurs = np.zeros(self._flat.layout.rows, np.uint8)
        for vector in self._initial:
            for field, local in zip(self._flat.layout.fields, vector, strict=True):
                occurs[field.first_row + local] = 1
        return occurs

    def _expand(
        self, occurs: Flags, budget: Spending, depth: int, pool: ThreadPoolExecutor | None
    ) -> bool:
        """Append the next level; whether it is whole."""
        flat, visited = self._flat, self._visited
        before, finished = flat.fill(occurs, budget, depth)
        loops = kernels(flat.layout.words, flat.masks)
        if before is not None:
            visited.repack(flat.layout, loops)
        if not finished:
            visited.levels.append([])
            for worker in self._workers:
                worker.noted = []
            return False
        arrays = Arrays(
            flat.layout.words,
            flat.fields,
            flat.rows,
            flat.edges,
            flat.layout.rows,
            flat.most_edges,
            loops,
        )
        for worker in self._workers:
            worker.begin_level(arrays, repacked=before is not None or self._fresh)
        self._fresh = False
        size = visited.size(depth)
        active = self._workers if size >= _WORTH_SHARING else self._workers[:1]
        blocks = Blocks(visited.levels[depth], arrays.words, size, len(active))
        while blocks and not blocks.stopped:
            if self._have_room(arrays, 2 * len(active) * active[0].reserve, budget):
                visited.count += self._run(arrays, blocks, active, budget, depth, pool)
            else:
                blocks.stopped = True
        visited.levels.append([states for worker in self._workers for states in worker.end_level()])
        return self._spend(budget, depth) and not blocks.stopped

    def _have_room(self, arrays: Arrays, room: int, budget: Spending) -> bool:
        """Let the table grow if it has less room; whether the budget allows it."""
        visited = self._visited
        if visited.room >= room:
            return True
        slots = visited.slots_for(room)
        if not budget.affords(visited.kibibytes_for(slots)):
            return False
        pending = [states for worker in self._workers for states in worker.written()]
        visited.grow(slots, arrays.kernels, pending)
        return True

    def _run(
        self,
        arrays: Arrays,
        blocks: Blocks,
        active: Sequence[Worker],
        budget: Spending,
        depth: int,
        pool: ThreadPoolExecutor | None,
    ) -> int:
        """Let threads work until the blocks or the room are used up; how many states are new."""
        visited = self._visited
        allowed = visited.room // len(active)
        shared = len(active) > 1
        others = []
        try:
            if pool is not None:
                others = [
                    pool.submit(
                        worker.work, arrays, blocks, visited, allowed, _always, shared=shared
                    )
                    for worker in active[1:]
                ]
            proceed = partial(self._spend, budget, depth)
            entered = active[0].work(arrays, blocks, visited, allowed, proceed, shared=shared)
        except BaseException:
            blocks.stopped = True
            raise
        finally:
            wait(others)
        return entered + sum(other.result() for other in others)

    def _spend(self, budget: Spending, depth: int) -> bool:
        """Account for what was expanded since the last time; whether to go on."""
        expanded = sum(worker.expanded for worker in self._workers)
        states, self._spent = expanded - self._spent, expanded
        return budget.spend(states, depth, self._visited.size(depth))

    def _judge_noted(self, depth: int, open_properties: set[str], found: dict[str, _Found]) -> None:
        """Judge what the last expansion noted: stuck states first, as they are a level earlier."""
        for stuck in True, False:
            for worker in self._workers:
                for states in worker.noted:
                    self._judge_states(
                        states, depth + (not stuck), open_properties, found, stuck=stuck
                    )

    def _judge_states(
        self,
        states: Words,
        level: int,
        open_properties: set[str],
        found: dict[str, _Found],
        *,
        stuck: bool,
    ) -> None:
        layout = self._visited.layout
        flagged = (states.reshape(-1, layout.words)[:, 0] & STUCK) != 0
        locals_ = [numbers[flagged == stuck].tolist() for numbers in layout.unpack(states)]
        for vector in zip(*locals_, strict=True):
            self._judge(vector, level, open_properties, found, stuck=stuck)

    def _judge(
        self,
        state: Vector,
        level: int,
        open_properties: set[str],
        found: dict[str, _Found],
        *,
        stuck: bool,
    ) -> None:
        if not open_properties:
            return
        combination = tuple(
            automaton.seen_number[local]
            for automaton, local in zip(self.automata, state, strict=True)
        )
        broken = self._judgements.get((combination, stuck))
        if broken is None:
            broken = self._observer.broken(self.seen(state), stuck=stuck)
            self._judgements[combination, stuck] = broken
        for name in broken:
            if name in open_properties:
                open_properties.discard(name)
                found[name] = _Found(state, level)

    def followed(self) -> Iterator[tuple[State, Event]]:
        """Every event that was followed, with the state of the process that it befell."""
        flat, visited = self._flat, self._visited
        marks = np.zeros(len(flat.edges) // (flat.masks + 1), np.uint8)
        loops = kernels(flat.layout.words, flat.masks)
        for states in visited.arrays(len(visited.levels) - 1):
            loops.mark(states, flat.fields, flat.rows, flat.edges, marks)
        for place, local, edge in flat.marked(marks):
            automaton = self.automata[place]
            state = automaton.locals.values[local].state
            yield automaton.table.states.values[state], automaton.table.events.values[edge.event]

    def _walk_back(self, found: _Found) -> list[Delivery[Event]]:
        """The deliveries of a shortest run to a state."""
        deliveries: list[Delivery[Event]] = []
        state = found.state
        for level in range(found.level - 1, -1, -1):
            state, delivery = self._predecessor(state, level)
            deliveries.append(delivery)
        deliveries.reverse()
        return deliveries

    def _predecessor(self, state: Vector, level: int) -> tuple[Vector, Delivery[Event]]:
        layout = self._visited.layout
        packed = layout.pack([state])
        for states in self._visited.levels[level]:
            differences = states.reshape(-1, layout.words) ^ packed
            for place, automaton in enumerate(self.automata):
                for index in np.flatnonzero(~layout.without(place, differences).any(axis=1)):
                    before = tuple(
                        int(local)
                        for (local,) in layout.unpack(
                            states[index * layout.words : (index + 1) * layout.words]
                        )
                    )
                    sent = 0
                    for other, local in zip(self.automata, before, strict=True):
                        sent |= other.sent_mask[local]
                    for edge in self._flat.edges_of(place, before[place]):
                        if edge.target == state[place] and not edge.needs & ~sent:
                            event = automaton.table.events.values[edge.event]
                            return before, Delivery(automaton.table.process, event)
        raise AssertionError("a state of a level has no predecessor in the level before")


def _always() -> bool:
    return True
