"""The worlds of lock-step rounds in the quotient, and the rounds that lead from one to another.

Where samples come for ever, or ballots can be changed for ever, no world comes twice, but in the
quotient of :mod:`poqi_core.quotient` one can.  Of the worlds that are one in the quotient the
first that was found is followed, and stands for the others.
"""

from collections.abc import Hashable
from itertools import product
from math import lcm
from typing import NamedTuple

from checker.exploration import ExhaustedError, Spending, spend_or_stop
from checker.lock_step import LockStep, Trails, World
from checker.setting import Setting
from checker.standing import Standing
from poqi_core.history import Record
from poqi_core.quotient import Lap, quotient


class Edge(NamedTuple):
    """A round that leads to ``target``."""

    target: int
    trails: Trails
    beginning: Lap
    """What the world that it really leads to is counted from."""
    deciding: int
    """Mask of the places of the nodes that decide something in it."""

    @property
    def acts(self) -> int:
        """The events that befall nodes in it."""
        return sum(len(trail) for trail in self.trails)


class QuotientGraph:
    """Worlds by number, in the order in which they were found, round by round."""

    def __init__(self, setting: Setting, network: LockStep[Record], period: int) -> None:
        """A graph of the worlds of ``setting``, whose predictions repeat after ``period``."""
        self._setting = setting
        self._network = network
        self._ballots = setting.config.has_ballots
        nodes = setting.config.nodes
        self._samples = lcm(period, nodes) if setting.config.on_evidence else period
        self.worlds: list[World] = []
        self.beginnings: list[Lap] = []
        self.edges: list[list[Edge]] = []
        self.stuck: list[int] = []
        """The worlds in which nothing honest is left."""
        self.beyond = False
        """Whether a world was not followed, as a node is beyond the bounds."""
        self.parents: list[tuple[int, Edge] | None] = []
        self._numbers: dict[Hashable, int] = {}
        self._quotients: dict[tuple[int, int, Lap], Hashable] = {}
        self._arrivals: dict[tuple[int, int, Lap], Hashable] = {}
        self._enter(network.start(), None)

    def expand(self, number: int, budget: Spending) -> None:
        """Follow the rounds from a world.

        Raises:
            ExhaustedError: the budget has run out.
        """
        network, world = self._network, self.worlds[number]
        if not budget.spend(1, number):
            raise ExhaustedError
        if network.is_beyond(world):
            self.beyond = True
            return
        if network.is_stuck(world):
            self.stuck.append(number)
            return
        best: dict[tuple[int, int], Edge] = {}
        rounds = network.play(world, budget)
        for count, combination in enumerate(
            product(*(local.finishes.items() for local in rounds)), 1
        ):
            spend_or_stop(budget, count, number)
            finishes = [finish for finish, _ in combination]
            following = network.deliver(world, finishes)
            assert following is not None, "nothing is lost in these rounds"
            trails = tuple(trail for _, trail in combination)
            beginning = self._beginning(following)
            edge = Edge(
                self._number(following, beginning),
                trails,
                beginning,
                self._deciding(world, following),
            )
            if edge.target == len(self.worlds):
                self._enter(following, (number, edge))
            key = edge.target, edge.deciding
            if key not in best or edge.acts < best[key].acts:
                best[key] = edge
        self.edges[number] = list(best.values())

    def _enter(self, world: World, parent: tuple[int, Edge] | None) -> None:
        beginning = self._beginning(world)
        self._numbers[self._key(world, beginning)] = len(self.worlds)
        self.worlds.append(world)
        self.beginnings.append(beginning)
        self.edges.append([])
        self.parents.append(parent)

    def _number(self, world: World, beginning: Lap) -> int:
        return self._numbers.get(self._key(world, beginning), len(self.worlds))

    def _beginning(self, world: World) -> Lap:
        """The latest common beginning that keeps who is primary, and what is predicted."""
        states = [
            node.states.values[standing.state]
            for node, standing in zip(self._network.nodes, world, strict=True)
        ]
        nodes = self._setting.config.nodes
        ballots = {(state.sample, state.ballots.ballot // nodes) for state in states}
        return Lap(
            min(state.view for state in states) // nodes * nodes,
            min(state.sample for state in states) // self._samples * self._samples,
            ballots.pop()[1] * nodes if self._ballots and len(ballots) == 1 else 0,
        )

    def _key(self, world: World, beginning: Lap) -> Hashable:
        return tuple(
            (
                self._state(place, standing, beginning),
                frozenset(self._arrival(place, event, beginning) for event in standing.inbox),
            )
            for place, standing in enumerate(world)
        )

    def _state(self, place: int, standing: Standing, beginning: Lap) -> Hashable:
        key = place, standing.state, beginning
        known = self._quotients.get(key)
        if known is None:
            state = self._network.nodes[place].states.values[standing.state]
            known = self._quotients[key] = quotient(state, beginning)
        return known

    def _arrival(self, place: int, event: int, beginning: Lap) -> Hashable:
        key = place, event, beginning
        known = self._arrivals.get(key)
        if known is None:
            value = self._network.nodes[place].events.values[event]
            known = self._arrivals[key] = quotient(value, beginning)
        return known

    def _deciding(self, before: World, after: World) -> int:
        mask = 0
        seen = self._network.seen
        was = seen([standing.seen for standing in before])
        for place, now in enumerate(seen([standing.seen for standing in after])):
            if _decisions(now) > _decisions(was[place]):
                mask |= 1 << place
        return mask


def _decisions(record: Record) -> int:
    return len(record.history) + len(record.undecided)
