"""Exploring ordered rounds (:mod:`checker.ordered_network`), one event at a time.

States are visited in the order of the events that they cost, so a counterexample is a shortest.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from checker.exploration import Spending
from checker.ordered_network import Acts, OrderedNetwork, OrderedWorld
from checker.poqi_observer import RecordObserver
from checker.rounds import RoundsExploration
from checker.setting import Setting
from poqi_core.history import Record
from poqi_core.messages import Event
from poqi_core.properties import Property
from poqi_core.run import Act, Run
from poqi_core.state import NodeState


class _Found(NamedTuple):
    cost: int
    world: OrderedWorld
    acts: Acts


class OrderedEngine:
    """Explores one setting in ordered rounds.

    After :meth:`explore`, :attr:`costs` holds every world that was reached.
    """

    def __init__(self, setting: Setting, properties: Sequence[Property]) -> None:
        self._setting = setting
        self._observer = RecordObserver(setting, properties)
        self._network = OrderedNetwork(setting, self._observer)
        self.costs: dict[OrderedWorld, int] = {}
        self._parents: dict[OrderedWorld, tuple[OrderedWorld, Acts | None]] = {}
        """Each world's predecessor, with the acts in between; None: the round ended."""
        self._found: dict[str, _Found] = {}
        self._transitions = 0
        self._beyond = False

    def explore(self, budget: Spending, limits: Mapping[str, int]) -> RoundsExploration:
        """Explore until every property is settled or nothing is left.

        ``limits`` names, for some properties, a number of events from which on a
        counterexample is of no interest.
        """
        start = self._network.start()
        buckets: list[list[OrderedWorld]] = [[start]]
        self.costs = {start: 0}
        cost, complete = 0, True
        for cost, bucket in enumerate(buckets):
            if self._settled(limits, cost):
                break
            for world in bucket:
                if self.costs[world] != cost:
                    continue
                if not budget.spend(1, cost, len(bucket)):
                    complete = False
                    break
                self._expand(world, cost, buckets)
            if not complete:
                complete = self._settled(limits, cost)
                break
        runs = {
            name: self._run(found)
            for name, found in self._found.items()
            if complete or found.cost <= cost
        }
        ends = self._network.never_return()
        return RoundsExploration(
            len(self.costs), self._transitions, runs, complete, cost, self._beyond, ends
        )

    @property
    def occurred(self) -> frozenset[str]:
        """The properties that said something of what was seen."""
        return frozenset(self._observer.occurred)

    def possible(self) -> Iterator[tuple[NodeState, Event]]:
        """Every state of a node that was come across, with every event that was."""
        for node in self._network.nodes:
            yield from product(node.states.values, node.events.values)

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that was followed, with the state of the node that it befell."""
        for node in self._network.nodes:
            yield from node.followed()

    def seen(self, world: OrderedWorld) -> list[Record]:
        """What was seen of each node in a world."""
        return self._network.records(world)

    def _settled(self, limits: Mapping[str, int], cost: int) -> bool:
        return all(
            (name in self._found and self._found[name].cost <= cost)
            or limits.get(name, cost + 1) <= cost
            for name in self._observer.properties
        )

    def _expand(self, world: OrderedWorld, cost: int, buckets: list[list[OrderedWorld]]) -> None:
        self._beyond = self._beyond or self._network.is_beyond(world)
        if self._network.is_stuck(world):
            self._note(world, cost, (), stuck=True)
        for acts, following in self._network.following(world):
            for done in range(1, 1 + len(acts or ())):
                self._note(world, cost, (acts or ())[:done], stuck=False)
            self._transitions += 1
            total = cost + len(acts or ())
            known = self.costs.get(following)
            if known is None or total < known:
                self.costs[following] = total
                self._parents[following] = world, acts
                while len(buckets) <= total:
                    buckets.append([])
                buckets[total].append(following)

    def _note(self, world: OrderedWorld, cost: int, acts: Acts, *, stuck: bool) -> None:
        """Judge what is seen after ``acts``, which befall the nodes of a world."""
        total = cost + len(acts)
        for name in self._observer.broken(self._network.records(world, acts), stuck=stuck):
            if name not in self._found or total < self._found[name].cost:
                self._found[name] = _Found(total, world, acts)

    def _run(self, found: _Found) -> Run:
        """The run that leads to what was found, its rounds numbered from 0."""
        steps: list[Acts | None] = [found.acts]
        world = found.world
        while world in self._parents:
            world, acts = self._parents[world]
            steps.append(acts)
        number = 0
        acts_of_run: list[Act] = []
        for acts in reversed(steps):
            if acts is None:
                number += 1
                continue
            acts_of_run += self._network.acts(acts, number)
        return self._setting.run("ordered", tuple(acts_of_run))
