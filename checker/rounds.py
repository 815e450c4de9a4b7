"""Exploring the lock-step network (:mod:`checker.lock_step`), round by round.

States are visited in the order of the events that they cost, so a counterexample is a shortest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, NamedTuple

from checker.exploration import (
    ExhaustedError,
    Spending,
    nothing_between_levels,
    spend_or_stop,
)
from checker.lock_step import LockStep, Trails, World
from checker.observer import Observer, Seen
from checker.poqi_system import Facts
from checker.setting import Setting
from checker.standing import LocalRound
from poqi_core.messages import Event
from poqi_core.run import Run
from poqi_core.state import NodeState


@dataclass(frozen=True)
class RoundsExploration:
    """What was found.

    Attributes:
        states: distinct worlds.
        transitions: global rounds followed.
        runs: for each violated property a shortest run.
        complete: whether every world was reached, or every property settled.
        covered: every run of fewer events was judged, even if it is not complete.
        beyond: whether a node was reached that is beyond the scope of the question.
        ends: whether no node can come back to a state, so that every run comes to its end.
    """

    states: int
    transitions: int
    runs: Mapping[str, Run]
    complete: bool
    covered: int
    beyond: bool
    ends: bool


class _Found(NamedTuple):
    cost: int
    world: World
    trails: Trails


class RoundsEngine(Generic[Seen]):
    """Explores one setting in lock-step rounds.

    With ``dominate`` it drops what Byzantine messages can still bring about in the next round;
    without, it follows everything and is the oracle.  After :meth:`explore`, :attr:`costs` holds
    every world that was reached.
    """

    def __init__(
        self,
        setting: Setting,
        observer: Observer[Facts, Seen],
        *,
        network: str = "rounds",
        dominate: bool,
        shows_sends: bool = False,
    ) -> None:
        self.observer = observer
        """Whoever judges what is seen; what it looks at is in ``seen``."""
        self._network = LockStep(
            setting, observer, network=network, dominate=dominate, shows_sends=shows_sends
        )
        self.costs: dict[World, int] = {}
        self._parents: dict[World, tuple[World, Trails]] = {}
        self._found: dict[str, _Found] = {}
        self._transitions = 0
        self._beyond = False
        self._goes_on = False
        self._buckets: list[list[World]] = []
        self._cost = 0

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
    ) -> RoundsExploration:
        """Explore until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of events from which on a
        counterexample is of no interest.  ``between_levels`` is called where the engine can be
        kept.
        """
        if not self._goes_on:
            start = self._network.start()
            self._buckets = [[start]]
            self.costs = {start: 0}
            self._transitions = self._cost = 0
        self._goes_on, complete = False, True
        while self._cost < len(self._buckets):
            between_levels()
            if self._settled(limits, self._cost):
                break
            bucket = self._buckets[self._cost]
            if not self._expand_all(bucket, self._cost, self._buckets, budget):
                complete = self._settled(limits, self._cost)
                break
            self._cost += 1
        cost = min(self._cost, len(self._buckets) - 1)
        runs = {
            name: self._run(found)
            for name, found in self._found.items()
            if complete or found.cost <= cost
        }
        ends = self._network.never_return()
        return RoundsExploration(
            len(self.costs), self._transitions, runs, complete, cost, self._beyond, ends
        )

    def _expand_all(
        self, bucket: list[World], cost: int, buckets: list[list[World]], budget: Spending
    ) -> bool:
        """Expand the worlds of one cost; False if the budget ran out before the last."""
        for world in bucket:
            if self.costs[world] != cost:
                continue
            if not budget.spend(1, cost, len(bucket)):
                return False
            try:
                self._expand(world, cost, buckets, budget)
            except ExhaustedError:
                return False
        return True

    def possible(self) -> Iterator[tuple[NodeState, Event]]:
        """Every state of a node that was come across, with every event that was."""
        for node in self._network.nodes:
            yield from product(node.states.values, node.events.values)

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that was followed, with the state of the node that it befell."""
        yield from self._network.followed()

    def seen(self, world: World) -> Sequence[Seen]:
        """What was seen of each process in a world, the honest nodes first."""
        return self._network.seen([standing.seen for standing in world])

    def _settled(self, limits: Mapping[str, int], cost: int) -> bool:
        return all(
            (name in self._found and self._found[name].cost <= cost)
            or limits.get(name, cost + 1) <= cost
            for name in self.observer.properties
        )

    def _expand(
        self, world: World, cost: int, buckets: list[list[World]], budget: Spending
    ) -> None:
        if self._network.is_stuck(world):
            self._judge_stuck(world, cost)
        self._beyond = self._beyond or self._network.is_beyond(world)
        rounds = self._network.play(world, budget)
        self._judge(world, cost, rounds)
        for combination in product(*(local.finishes.items() for local in rounds)):
            self._transitions += 1
            spend_or_stop(budget, self._transitions, cost)
            trails = tuple(trail for _, trail in combination)
            following = self._network.deliver(world, [finish for finish, _ in combination])
            if following is None:
                continue
            total = cost + sum(len(trail) for trail in trails)
            known = self.costs.get(following)
            if known is None or total < known:
                self.costs[following] = total
                self._parents[following] = world, trails
                while len(buckets) <= total:
                    buckets.append([])
                buckets[total].append(following)

    def _judge(self, world: World, cost: int, rounds: Sequence[LocalRound]) -> None:
        """Look at everything that can be seen at some moment of the coming round."""
        choices = [list(local.glimpses.items()) for local in rounds]
        for combination in product(*choices):
            seen = self._network.seen([number for number, _ in combination])
            total = cost + sum(len(trail) for _, trail in combination)
            for name in self.observer.broken(seen, stuck=False):
                if name not in self._found or total < self._found[name].cost:
                    trails = tuple(trail for _, trail in combination)
                    self._found[name] = _Found(total, world, trails)

    def _judge_stuck(self, world: World, cost: int) -> None:
        seen = self._network.seen([standing.seen for standing in world])
        for name in self.observer.broken(seen, stuck=True):
            if name not in self._found or cost < self._found[name].cost:
                self._found[name] = _Found(cost, world, tuple(() for _ in world))

    def _run(self, found: _Found) -> Run:
        """The run that leads to what was found, its rounds numbered from 0."""
        rounds = [found.trails]
        world = found.world
        while world in self._parents:
            world, trails = self._parents[world]
            rounds.append(trails)
        rounds.reverse()
        return self._network.run([list(enumerate(trails)) for trails in rounds])
