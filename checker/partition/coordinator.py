"""The coordinator of a partitioned exploration: level by level, with an exchange after each.

It finds what :class:`checker.full.FullEngine` finds: the same states, transitions and levels.  A
level is expanded by all workers, each its own states; local states that nobody has met before get
numbers, in the order of their content; successors go to their owners, who drop what they know.
Nothing depends on how many workers there are: numbers, and with them the least of several
violating states or predecessors, are those of a single one.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product
from operator import or_
from typing import Generic, TypeVar

from checker.exploration import Budget, Counterexample, Delivery, Exploration, Resource
from checker.observer import Seen
from checker.order import order_of
from checker.partition.exchange import (
    BITS,
    Ask,
    Before,
    Beginning,
    Expand,
    Expanded,
    Learn,
    Placed,
    Predecessor,
    Receive,
    Received,
    Request,
    Routed,
    Start,
    WorkerDiedError,
)
from checker.partition.worker import owner
from checker.system import Event, Message, State

_Wanted = TypeVar("_Wanted")

_SHARE = 20_000
"""States that a worker expands before the budget is asked."""


class PartitionedEngine(Generic[State, Event, Message, Seen]):
    """Explores a system without any reduction, with several workers."""

    def __init__(
        self,
        ask: Ask[State, Message, Seen, Event],
        workers: int,
        properties: Sequence[str],
    ) -> None:
        self._ask = ask
        self._workers = workers
        self._open = set(properties)
        self._known: dict[Placed[State, Message, Seen], int] = {}
        self._counts: dict[int, int] = {}
        self._found: dict[str, tuple[int, int]] = {}
        """By property: the violating state and its level."""
        self._states = self._transitions = self._depth = 0
        self._beyond = False

    def explore(self, budget: Budget, limits: Mapping[str, int]) -> Exploration[Event]:
        """Explore breadth first until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of steps from which on a counterexample
        is of no interest.  If a worker dies, what is not settled stays undetermined.
        """
        counterexamples: dict[str, Counterexample[Event]] = {}
        complete, covered = False, 0
        try:
            size = self._begin(budget)
            while size:
                covered = self._depth
                self._open -= {
                    name for name in self._open if limits.get(name, covered + 1) <= covered
                }
                if not self._open:
                    break
                following = self._advance(size, budget)
                if following is None:
                    break
                size = following
                self._depth += bool(size)
            complete = budget.exhausted is None
            covered = self._depth + (complete and not size)
            for name, (state, level) in self._found.items():
                counterexamples[name] = Counterexample(name, self._walk_back(state, level))
        except WorkerDiedError:
            complete, budget.exhausted = False, Resource.WORKER
        return Exploration(
            self._states,
            self._transitions,
            self._depth,
            counterexamples,
            complete,
            covered,
            self._beyond,
        )

    def _all(self, kind: type[_Wanted], request: Request[State, Message, Seen]) -> list[_Wanted]:
        """The replies of every worker to the same request."""
        return self._each(kind, [request] * self._workers)

    def _each(
        self, kind: type[_Wanted], requests: Sequence[Request[State, Message, Seen]]
    ) -> list[_Wanted]:
        replies: list[_Wanted] = []
        for reply in self._ask(requests):
            if not isinstance(reply, kind):
                raise TypeError(f"a worker replied a {type(reply).__name__}, no {kind.__name__}")
            replies.append(reply)
        return replies

    def _begin(self, budget: Budget) -> int:
        """Let the workers have the initial states; how many there are."""
        placed = self._all(Beginning, Start())[0].placed
        self._number(placed)
        choices: dict[int, list[int]] = {}
        for entry in dict.fromkeys(placed):
            choices.setdefault(entry.place, []).append(self._known[entry])
        initial = [
            sum(local << BITS * place for place, local in enumerate(locals_))
            for locals_ in product(*(choices[place] for place in sorted(choices)))
        ]
        batches: list[list[int]] = [[] for _ in range(self._workers)]
        for state in initial:
            batches[owner(state, self._workers)].append(state)
        return self._deliver(batches, 0, budget)

    def _number(self, placed: Sequence[Placed[State, Message, Seen]]) -> list[Routed]:
        """Give those local states that have none a number, in the order of their content."""
        new = sorted(
            {entry for entry in placed if entry not in self._known},
            key=lambda entry: (entry.place, order_of(entry.portable)),
        )
        for entry in new:
            number = self._counts.get(entry.place, 0)
            self._known[entry], self._counts[entry.place] = number, number + 1
        return self._all(Routed, Learn(new))

    def _deliver(self, batches: Sequence[Sequence[int]], level: int, budget: Budget) -> int:
        """Begin a level with these states; how many of them are new."""
        received = self._each(Received, [Receive(batch) for batch in batches])
        self._take([reply.broken for reply in received], level)
        budget.affords(sum(reply.kibibytes for reply in received))
        new = sum(reply.new for reply in received)
        self._states += new
        return new

    def _take(self, broken: Sequence[Mapping[str, int]], level: int) -> None:
        """Remember the least state for each property that is open."""
        for name in sorted(set().union(*broken) & self._open):
            least = min(states[name] for states in broken if name in states)
            self._found[name] = least, level
            self._open.discard(name)

    def _advance(self, size: int, budget: Budget) -> int | None:
        """Expand the level of so many states; the size of the next; None: the budget ran out."""
        stuck: list[Mapping[str, int]] = []
        placed: dict[Placed[State, Message, Seen], None] = {}
        left = True
        while left:
            replies = self._all(Expanded, Expand(_SHARE))
            for reply in replies:
                placed.update(dict.fromkeys(reply.found))
            stuck += [reply.stuck for reply in replies]
            self._transitions += sum(reply.followed for reply in replies)
            self._beyond = reduce(or_, (reply.beyond for reply in replies), self._beyond)
            left = any(reply.left for reply in replies)
            if not budget.spend(sum(reply.expanded for reply in replies), self._depth, size):
                return None
        self._take(stuck, self._depth)
        routed = self._number(list(placed))
        batches = [
            [state for reply in routed for state in reply.batches[worker]]
            for worker in range(self._workers)
        ]
        following = self._deliver(batches, self._depth + 1, budget)
        return following if budget.exhausted is None else None

    def _walk_back(self, state: int, level: int) -> tuple[Delivery[Event], ...]:
        """The deliveries of the shortest run to a state that has the least states in it."""
        deliveries: list[Delivery[Event]] = []
        for earlier in range(level - 1, -1, -1):
            replies = self._all(Predecessor, Before(state, earlier))
            steps = [reply.step for reply in replies if reply.step is not None]
            least = min(steps, key=lambda step: (step.before, step.place, step.key))
            deliveries.append(least.delivery)
            state = least.before
        deliveries.reverse()
        return tuple(deliveries)
