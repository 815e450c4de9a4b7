"""The canonical counterexample: of all shortest ones, the same whichever engine found the length.

Of the shortest runs that violate a property this is the one with the fewest Byzantine acts;
of those the one with the fewest *context switches*, pairs of successive acts that befall
different processes; of those the one whose visible acts come as early as possible; and of
those the least in the order of processes and events.  An act is visible if it sends what its
process has not sent before, or shows what the property looks at.

The search follows macro-steps like the reduced engine (:mod:`checker.reduced`), but keeps every
way of least length to a state, and drops a target only for one that costs no more Byzantine
acts either.  ``docs/reductions.md`` says why the run that is looked for is never dropped.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Generic, NamedTuple

from checker.exploration import Counterexample, Delivery, Spending
from checker.least_paths import Path, Process
from checker.observer import Observer, Seen
from checker.order import Key
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Tables

MOST_STATES = 50_000
"""States beyond which the search is given up; the number does not depend on the machine."""

_SPEND_EVERY = 64


class Node(NamedTuple):
    """A global state in which some processes are to take no more steps."""

    locals: tuple[int, ...]
    closed: int
    """Mask of the places of those processes; they rest until the run ends stuck."""


class Move(NamedTuple):
    """A macro-step of the process at ``place``, or the way of several processes to rest."""

    place: int
    path: Path
    invisible: tuple[bool, ...]
    """For each delivery whether it is invisible."""
    following: Node | None
    """None: the run ends with it."""


class Remainder(NamedTuple):
    """The rest of a run; the lesser is the better."""

    byzantine: int
    switches: int
    invisible: tuple[bool, ...]
    order: tuple[Key, ...]
    edges: tuple[tuple[int, Edge], ...]


_END = Remainder(0, 0, (), (), ())


class CanonicalSearch(Generic[State, Event, Message, Shown, Seen]):
    """Looks for the canonical counterexample to one property, whose least length is known.

    ``when_stuck`` says whether the property is about stuck states, ``order`` is the fixed order
    of the events of a process.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        name: str,
        order: Callable[[Event], Key],
        *,
        when_stuck: bool,
    ) -> None:
        self._observer = observer
        self._name = name
        self._when_stuck = when_stuck
        self._processes = [
            Process(Automaton(tables, table, observer), order) for table in tables.processes
        ]
        self._verdicts: dict[tuple[int, ...], bool] = {}
        self._length = 0
        self._costs: dict[Node, int] = {}
        self._before: dict[Node, set[Node]] = {}
        self._ends: set[Node] = set()

    def find(self, length: int, budget: Spending) -> Counterexample[Event] | None:
        """The canonical one of the counterexamples of ``length`` deliveries.

        ``length`` must be the least.  None: the budget ran out, or there are more states on
        the way than are searched for a tidier run.
        """
        self._length = length
        if not self._explore(budget):
            return None
        best = self._best()
        deliveries = tuple(
            Delivery(
                self._processes[place].automaton.table.process,
                self._processes[place].automaton.table.events.values[edge.event],
            )
            for place, edge in best.edges
        )
        return Counterexample(self._name, deliveries)

    def _available(self, node: Node) -> int:
        mask = 0
        for process, local in zip(self._processes, node.locals, strict=True):
            mask |= process.automaton.sent_mask[local]
        return mask

    def _broken(self, locals_: tuple[int, ...]) -> bool:
        numbers = tuple(
            process.automaton.seen_number[local]
            for process, local in zip(self._processes, locals_, strict=True)
        )
        known = self._verdicts.get(numbers)
        if known is None:
            seen = [
                process.automaton.seen.values[number]
                for process, number in zip(self._processes, numbers, strict=True)
            ]
            known = self._name in self._observer.broken(seen, stuck=self._when_stuck)
            self._verdicts[numbers] = known
        return known

    def _explore(self, budget: Spending) -> bool:
        """Reach every state within the length, each by its shortest ways; False: given up."""
        initial = product(*(process.automaton.initial() for process in self._processes))
        layers: list[list[Node]] = [[] for _ in range(self._length + 1)]
        layers[0] = [Node(locals_, 0) for locals_ in initial]
        self._costs = dict.fromkeys(layers[0], 0)
        for cost, layer in enumerate(layers):
            for count, node in enumerate(layer, 1):
                if count % _SPEND_EVERY == 0 and not budget.spend(0, cost):
                    return False
                if len(self._costs) > MOST_STATES:
                    return False
                if self._costs[node] != cost:
                    continue
                if self._is_end(node, cost):
                    self._ends.add(node)
                for move in self._moves(node, cost):
                    following = move.following
                    if following is None:
                        continue
                    total = cost + len(move.invisible)
                    known = self._costs.get(following)
                    if known is None or total < known:
                        self._costs[following] = total
                        self._before[following] = {node}
                        layers[total].append(following)
                    elif total == known:
                        self._before[following].add(node)
        return True

    def _is_end(self, node: Node, cost: int) -> bool:
        if not self._broken(node.locals):
            return False
        if self._when_stuck:
            return self._to_rest(node, cost) is not None
        return cost == self._length

    def _moves(self, node: Node, cost: int) -> Iterator[Move]:
        """The macro-steps from ``node`` that end within the length."""
        available, left = self._available(node), self._length - cost
        for place, process in enumerate(self._processes):
            if node.closed >> place & 1:
                continue
            within = process.within(node.locals[place], available)
            for depth in range(1, left + 1):
                for target, path in within.targets(available, depth).items():
                    locals_ = (*node.locals[:place], target, *node.locals[place + 1 :])
                    if depth < left or self._broken(locals_):
                        invisible = (True,) * (depth - 1) + (False,)
                        yield Move(place, path, invisible, Node(locals_, node.closed))
                    if self._when_stuck:
                        yield from self._closing(node, place, path, locals_, left)

    def _closing(
        self, node: Node, place: int, path: Path, locals_: tuple[int, ...], left: int
    ) -> Iterator[Move]:
        """The macro-step by ``path`` with the way to rest directly after it."""
        process = self._processes[place]
        available = self._available(Node(locals_, 0))
        within = process.within(locals_[place], available)
        deliveries = len(path.edges)
        for depth, layer in enumerate(within.rests(available, left - deliveries)):
            for local, tail in layer.items() if depth else ():
                invisible = (True,) * (deliveries - 1) + (False,) + (True,) * depth
                resting = (*locals_[:place], local, *locals_[place + 1 :])
                yield Move(
                    place,
                    Path(
                        path.byzantine + tail.byzantine,
                        (*path.order, *tail.order),
                        (*path.edges, *tail.edges),
                    ),
                    invisible,
                    Node(resting, node.closed | 1 << place),
                )

    def _to_rest(self, node: Node, cost: int) -> list[tuple[int, Path]] | None:
        """How each process that is not closed gets to rest, if the run ends stuck by that."""
        available, left = self._available(node), self._length - cost
        paths = []
        for place, (process, local) in enumerate(zip(self._processes, node.locals, strict=True)):
            if node.closed >> place & 1:
                if not process.at_rest(local, available):
                    return None
                continue
            rests = process.within(local, available).rests(available, left)
            best = next((min(layer.values()) for layer in rests if layer), None)
            if best is None:
                return None
            left -= len(best.edges)
            if best.edges:
                paths.append((place, best))
        return paths if left == 0 else None

    def _best(self) -> Remainder:
        """The least run, put together from its end."""
        useful: dict[Node, None] = dict.fromkeys(self._ends)
        for node in list(self._ends):
            queue = [node]
            for here in queue:
                for before in self._before.get(here, ()):
                    if before not in useful:
                        useful[before] = None
                        queue.append(before)
        best: dict[tuple[Node, int | None], Remainder] = {}
        for node in sorted(useful, key=lambda node: -self._costs[node]):
            cost = self._costs[node]
            moves = [
                move
                for move in self._moves(node, cost)
                if move.following in useful
                and self._costs[move.following] == cost + len(move.invisible)
            ]
            places = range(len(self._processes))
            for last in (None, *places) if cost else (None,):
                choices = [
                    _prefixed(move, last, best[move.following, move.place])
                    for move in moves
                    if move.following is not None
                ]
                if node in self._ends:
                    choices.append(self._ending(node, cost, last))
                best[node, last] = min(choices)
        return min(best[node, None] for node in useful if not self._costs[node])

    def _ending(self, node: Node, cost: int, last: int | None) -> Remainder:
        """What ends the run in ``node``: nothing, or every process gets to rest."""
        paths = (self._to_rest(node, cost) or []) if self._when_stuck else []
        paths.sort(key=lambda entry: (entry[0] != last, entry[1].order))
        rest = _END
        following: int | None = None
        for place, path in reversed(paths):
            if following is not None:
                rest = rest._replace(switches=rest.switches + 1)
            move = Move(place, path, (True,) * len(path.edges), None)
            rest = _prefixed(move, None, rest)
            following = place
        if following is not None and last is not None and following != last:
            rest = rest._replace(switches=rest.switches + 1)
        return rest


def _prefixed(move: Move, last: int | None, rest: Remainder) -> Remainder:
    """``move``, after a move of the process at ``last``, with ``rest`` behind it."""
    return Remainder(
        move.path.byzantine + rest.byzantine,
        (last is not None and move.place != last) + rest.switches,
        (*move.invisible, *rest.invisible),
        (*move.path.order, *rest.order),
        (*((move.place, edge) for edge in move.path.edges), *rest.edges),
    )
