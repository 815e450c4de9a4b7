"""Exploring the lock-step network, round by round.

What the paper assumes: every message that an honest node sends arrives in the next round.
Byzantine nodes choose for each receiver what it hears besides, and in which order.  Nodes act
independently within a round, so a global round is the product of the rounds of the nodes
(:mod:`checker.local_rounds`).  Timers run out in rounds in which nothing else happens anywhere.

States are visited in the order of the events that they cost, so a counterexample is a shortest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.exploration import ExhaustedError, Spending, spend_or_stop
from checker.local_rounds import Finish, LocalRound, Numbers, RoundOfNode, Standing, Timers
from checker.poqi_observer import RecordObserver
from checker.setting import Setting
from checker.table import Numbering
from poqi_core.history import Record
from poqi_core.messages import Event, Received
from poqi_core.properties import Property
from poqi_core.run import Act, Run
from poqi_core.signatures import Statement
from poqi_core.state import NodeState

World: TypeAlias = tuple[Standing, ...]
"""The honest nodes between two rounds, in ascending order."""

Trails: TypeAlias = tuple[Numbers, ...]
"""The numbers of the events that befall each honest node in one round."""


@dataclass(frozen=True)
class RoundsExploration:
    """What was found: distinct worlds, global rounds followed, shortest runs, completeness."""

    states: int
    transitions: int
    runs: Mapping[str, Run]
    complete: bool


class _Found(NamedTuple):
    cost: int
    world: World
    trails: Trails


class RoundsEngine:
    """Explores one setting in lock-step rounds.

    With ``dominate`` it drops what Byzantine messages can still bring about in the next round;
    without, it follows everything and is the oracle.  After :meth:`explore`, :attr:`costs` holds
    every world that was reached.
    """

    def __init__(self, setting: Setting, properties: Sequence[Property], *, dominate: bool) -> None:
        self._setting = setting
        self._observer = RecordObserver(setting, properties)
        signed: Numbering[Statement] = Numbering()
        dominates = dominate and not setting.config.has_timers
        self._nodes = [
            RoundOfNode(setting, node, self._observer, signed, dominate=dominates)
            for node in setting.honest
        ]
        self._signs: dict[tuple[int, int], int] = {}
        self._routes: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self.costs: dict[World, int] = {}
        self._parents: dict[World, tuple[World, Trails]] = {}
        self._found: dict[str, _Found] = {}
        self._transitions = 0

    def explore(self, budget: Spending, limits: Mapping[str, int]) -> RoundsExploration:
        """Explore until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of events from which on a
        counterexample is of no interest.
        """
        start = tuple(node.start() for node in self._nodes)
        buckets: list[list[World]] = [[start]]
        self.costs = {start: 0}
        self._transitions = 0
        cost, complete = 0, True
        for cost, bucket in enumerate(buckets):
            if self._settled(limits, cost):
                break
            if not self._expand_all(bucket, cost, buckets, budget):
                complete = self._settled(limits, cost)
                break
        runs = {
            name: self._run(found)
            for name, found in self._found.items()
            if complete or found.cost <= cost
        }
        return RoundsExploration(len(self.costs), self._transitions, runs, complete)

    def _expand_all(
        self, bucket: list[World], cost: int, buckets: list[list[World]], budget: Spending
    ) -> bool:
        """Expand the worlds of one cost; False if the budget ran out before the last."""
        for world in bucket:
            if self.costs[world] != cost:
                continue
            if not budget.spend(1, cost):
                return False
            try:
                self._expand(world, cost, buckets, budget)
            except ExhaustedError:
                return False
        return True

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that was followed, with the state of the node that it befell."""
        for node in self._nodes:
            yield from node.followed()

    def _settled(self, limits: Mapping[str, int], cost: int) -> bool:
        return all(
            (name in self._found and self._found[name].cost <= cost)
            or limits.get(name, cost + 1) <= cost
            for name in self._observer.properties
        )

    def _expand(
        self, world: World, cost: int, buckets: list[list[World]], budget: Spending
    ) -> None:
        timers = self._timers(world)
        if self.is_stuck(world):
            self._judge_stuck(world, cost)
        rounds = [
            node.play(standing, budget, timers)
            for node, standing in zip(self._nodes, world, strict=True)
        ]
        self._judge(world, cost, rounds)
        for combination in product(*(local.finishes.items() for local in rounds)):
            self._transitions += 1
            spend_or_stop(budget, self._transitions, cost)
            trails = tuple(trail for _, trail in combination)
            following = self._deliver(world[0].record, [finish for finish, _ in combination])
            total = cost + sum(len(trail) for trail in trails)
            known = self.costs.get(following)
            if known is None or total < known:
                self.costs[following] = total
                self._parents[following] = world, trails
                while len(buckets) <= total:
                    buckets.append([])
                buckets[total].append(following)

    def _timers(self, world: World) -> Timers:
        pairs = list(zip(self._nodes, world, strict=True))
        if any(node.busy(standing) for node, standing in pairs):
            return Timers.NONE
        if any(node.due(standing, Timers.COLLECTIONS) for node, standing in pairs):
            return Timers.COLLECTIONS
        return Timers.TIME_OUTS

    def _deliver(self, record: int, finishes: Sequence[Finish]) -> World:
        """The world after a round: what was sent is in the inboxes of its recipients."""
        inboxes = [set(finish.held) for finish in finishes]
        for place, finish in enumerate(finishes):
            for send in finish.sends:
                record |= self._signed_by(place, send)
                for recipient, event in self._deliveries(place, send):
                    inboxes[recipient].add(event)
        return tuple(
            Standing(
                finish.state,
                finish.seen,
                tuple(sorted(inbox)) if node.in_scope(finish.state) else (),
                record,
            )
            for node, finish, inbox in zip(self._nodes, finishes, inboxes, strict=True)
        )

    def _signed_by(self, place: int, send: int) -> int:
        key = place, send
        known = self._signs.get(key)
        if known is None:
            known = self._signs[key] = self._nodes[place].signs(send)
        return known

    def _deliveries(self, place: int, send: int) -> Sequence[tuple[int, int]]:
        """The honest nodes that a send goes to, by place, with the event that it is to each."""
        key = place, send
        known = self._routes.get(key)
        if known is None:
            value = self._nodes[place].sends.values[send]
            received = Received(self._setting.honest[place], value.message)
            known = self._routes[key] = [
                (recipient, self._nodes[recipient].events.number(received))
                for recipient, node in enumerate(self._setting.honest)
                if node in value.recipients
            ]
        return known

    def _judge(self, world: World, cost: int, rounds: Sequence[LocalRound]) -> None:
        """Look at everything that can be seen at some moment of the coming round."""
        choices = [list(local.glimpses.items()) for local in rounds]
        for combination in product(*choices):
            seen = self._records([number for number, _ in combination])
            total = cost + sum(len(trail) for _, trail in combination)
            for name in self._observer.broken(seen, stuck=False):
                if name not in self._found or total < self._found[name].cost:
                    trails = tuple(trail for _, trail in combination)
                    self._found[name] = _Found(total, world, trails)

    def _records(self, numbers: Sequence[int]) -> list[Record]:
        return [node.seen.values[number] for node, number in zip(self._nodes, numbers, strict=True)]

    def is_stuck(self, world: World) -> bool:
        """Whether nothing honest is left to happen, and every node is within the question."""
        return self._timers(world) is Timers.TIME_OUTS and not any(
            not node.in_scope(standing.state)
            or node.gave_up(standing.state)
            or node.due(standing, Timers.TIME_OUTS)
            or node.choices(standing.state)
            for node, standing in zip(self._nodes, world, strict=True)
        )

    def _judge_stuck(self, world: World, cost: int) -> None:
        if not self.is_stuck(world):
            return
        seen = self._records([standing.seen for standing in world])
        for name in self._observer.broken(seen, stuck=True):
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
        acts = tuple(
            Act(self._setting.honest[place], self._nodes[place].events.values[event], number)
            for number, trails in enumerate(rounds)
            for place, trail in enumerate(trails)
            for event in trail
        )
        return self._setting.run("rounds", acts)
