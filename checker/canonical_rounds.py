"""The canonical counterexample in lock-step rounds (:mod:`checker.canonical` is for the other).

Of the shortest runs that violate a property this is the one with the fewest Byzantine acts; of
those the one with the fewest acts in the first round, then in the second, and so on, as the
acts of a round are simultaneous and a node may hear a Byzantine message in a later one; of those
the one with the fewest context switches, and of those the least in the order of nodes and
events.  The acts of a node in a round stand together.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from checker.canonical import MOST_STATES
from checker.exploration import ExhaustedError, Spending, spend_or_stop
from checker.lock_step import LockStep, Trails, World
from checker.observer import Observer, Seen
from checker.order import Key
from checker.poqi_system import Facts
from checker.setting import Setting
from checker.standing import Finish, Numbers
from poqi_core.properties import Property
from poqi_core.run import Run

End = TypeVar("End")

Blocks: TypeAlias = tuple[tuple[int, Numbers], ...]
"""The trails of a round in the order in which they are told, each with its node's place."""


class _Remainder(NamedTuple):
    """The rest of a run; the lesser is the better."""

    byzantine: int
    acts: tuple[int, ...]
    """Of each round."""
    switches: int
    order: tuple[tuple[int, Key], ...]
    rounds: tuple[Blocks, ...]


_END = _Remainder(0, (), 0, (), ())


class CanonicalRounds(Generic[Seen]):
    """Looks for the canonical counterexample to one property, whose least length is known.

    Without ``dominate`` nothing is dropped; the run is the same.
    """

    def __init__(
        self,
        setting: Setting,
        observer: Observer[Facts, Seen],
        entry: Property,
        *,
        network: str = "rounds",
        dominate: bool = True,
    ) -> None:
        """A search for violations of ``entry``, which ``observer`` judges."""
        self._entry = entry
        self._observer = observer
        self._network = LockStep(
            setting,
            observer,
            network=network,
            dominate=dominate,
            shows_sends=entry.of_signed is not None,
        )
        self._length = 0
        self._costs: dict[World, int] = {}
        self._before: dict[World, set[World]] = {}
        self._followed = 0

    def find(self, length: int, budget: Spending) -> Run | None:
        """The canonical one of the counterexamples of ``length`` acts.

        ``length`` must be the least.  None: the budget ran out, or there are more worlds on
        the way than are searched for a tidier run.
        """
        self._length = length
        try:
            best = self._best(self._explore(budget), budget)
        except ExhaustedError:
            return None
        return self._network.run(best.rounds)

    def _explore(self, budget: Spending) -> list[World]:
        """Reach every world within the length; those that a last round follows are the result."""
        start = self._network.start()
        self._costs = {start: 0}
        layers: list[list[World]] = [[start], *([] for _ in range(self._length))]
        ends = []
        for cost, layer in enumerate(layers):
            for world in layer:
                if self._costs[world] != cost:
                    continue
                if len(self._costs) > MOST_STATES or not budget.spend(0, cost):
                    raise ExhaustedError
                if next(self._endings(world, cost, budget), None) is not None:
                    ends.append(world)
                for following, trails in self._moves(world, cost, budget):
                    total = cost + _acts(trails)
                    known = self._costs.get(following)
                    if known is None or total < known:
                        self._costs[following] = total
                        self._before[following] = {world}
                        layers[total].append(following)
                    elif total == known and following != world:
                        self._before[following].add(world)
        return ends

    def _moves(self, world: World, cost: int, budget: Spending) -> Iterator[tuple[World, Trails]]:
        """The rounds after which the run can still go on within the length."""
        left = self._length - cost - (0 if self._entry.when_stuck else 1)
        rounds = self._network.play(world, budget)
        for ways in _within([local.finishes for local in rounds], left):
            self._followed += 1
            spend_or_stop(budget, self._followed, cost)
            finishes: list[Finish] = [finish for finish, _ in ways]
            trails = tuple(trail for _, trail in ways)
            following = self._network.deliver(world, finishes)
            if following is not None:
                yield following, trails

    def _endings(self, world: World, cost: int, budget: Spending) -> Iterator[Trails]:
        """The last round of a run that violates the property, as far as it is played."""
        left = self._length - cost
        if self._entry.when_stuck:
            if left == 0 and self._network.is_stuck(world):
                if self._broken([standing.seen for standing in world]):
                    yield tuple(() for _ in world)
            return
        rounds = self._network.play(world, budget)
        for ways in _within([local.glimpses for local in rounds], left):
            trails = tuple(trail for _, trail in ways)
            if _acts(trails) == left and self._broken([number for number, _ in ways]):
                yield trails

    def _broken(self, numbers: Sequence[int]) -> bool:
        seen = self._network.seen(numbers)
        return bool(self._observer.broken(seen, stuck=self._entry.when_stuck))

    def _best(self, ends: list[World], budget: Spending) -> _Remainder:
        """The least run, put together from its end."""
        useful: dict[World, None] = dict.fromkeys(ends)
        queue = list(ends)
        for world in queue:
            for before in self._before.get(world, ()):
                if before not in useful:
                    useful[before] = None
                    queue.append(before)
        best: dict[tuple[World, int | None], _Remainder] = {}
        for world in self._from_the_end(useful, budget):
            cost = self._costs[world]
            moves = [
                (following, trails)
                for following, trails in self._moves(world, cost, budget)
                if following in useful
                and following != world
                and self._costs[following] == cost + _acts(trails)
            ]
            endings = list(self._endings(world, cost, budget))
            places = range(len(world))
            for last in (None, *places) if cost else (None,):
                choices = [
                    self._prefixed(blocks, last, best[following, _last_of(blocks, last)])
                    for following, trails in moves
                    for blocks in _tellings(trails)
                ]
                choices += (
                    self._prefixed(blocks, last, _END)
                    for trails in endings
                    for blocks in _tellings(trails)
                )
                best[world, last] = min(choices)
        return best[self._network.start(), None]

    def _from_the_end(self, useful: Mapping[World, None], budget: Spending) -> list[World]:
        """The worlds in an order in which each comes after those that can follow it."""
        ordered: list[World] = []
        for cost in range(self._length, -1, -1):
            layer = [world for world in useful if self._costs[world] == cost]
            after = {
                world: [
                    following
                    for following, trails in self._moves(world, cost, budget)
                    if not _acts(trails) and following in useful and following != world
                ]
                for world in layer
            }
            placed: set[World] = set()
            while len(placed) < len(layer):
                for world in layer:
                    if world not in placed and placed.issuperset(
                        other for other in after[world] if self._costs[other] == cost
                    ):
                        placed.add(world)
                        ordered.append(world)
        return ordered

    def _prefixed(self, blocks: Blocks, last: int | None, rest: _Remainder) -> _Remainder:
        """A round, told as ``blocks`` after an act of the node at ``last``, then ``rest``."""
        nodes = self._network.nodes
        places = [place for place, _ in blocks]
        before = places[0] if last is None and places else last
        return _Remainder(
            sum(nodes[place].byzantine(trail) for place, trail in blocks) + rest.byzantine,
            (sum(len(trail) for _, trail in blocks), *rest.acts),
            sum(one != other for one, other in zip([before, *places], places, strict=False))
            + rest.switches,
            (
                *chain.from_iterable(
                    ((place, key) for key in nodes[place].order(trail)) for place, trail in blocks
                ),
                *rest.order,
            ),
            (blocks, *rest.rounds),
        )


def _acts(trails: Trails) -> int:
    return sum(len(trail) for trail in trails)


def _within(
    choices: Sequence[Mapping[End, Numbers]], left: int
) -> Iterator[tuple[tuple[End, Numbers], ...]]:
    """Every combination of a choice for each node, of at most ``left`` events in all."""
    if not choices:
        yield ()
        return
    for end, trail in choices[0].items():
        if len(trail) <= left:
            for rest in _within(choices[1:], left - len(trail)):
                yield (end, trail), *rest


def _tellings(trails: Trails) -> Iterator[Blocks]:
    """The orders in which a round can be told: by place, but for any first and any last node."""
    blocks = tuple((place, trail) for place, trail in enumerate(trails) if trail)
    if len(blocks) < 2:
        yield blocks
        return
    for first in blocks:
        for last in blocks:
            if first != last:
                between = (block for block in blocks if block not in (first, last))
                yield first, *between, last


def _last_of(blocks: Blocks, last: int | None) -> int | None:
    """The place of the node that acted last."""
    return blocks[-1][0] if blocks else last
