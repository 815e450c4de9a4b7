"""Breadth first search with nothing to it, and the replay of what others have found.

It keeps whole states in dictionaries, asks the system anew for every event and every step, and
knows neither tables nor masks nor reductions: an oracle of the engines that a reader can check.
"""

from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from typing import Generic, NamedTuple, TypeAlias

from checker.exploration import Delivery
from checker.observer import Observer, Seen
from checker.system import Event, Ignored, Message, Shown, State, System


class Process(NamedTuple, Generic[State, Message, Seen]):
    """A process's state, what it has sent, and what was seen of it."""

    state: State
    sent: frozenset[Message]
    seen: Seen


World: TypeAlias = tuple[Process[State, Message, Seen], ...]

Visible: TypeAlias = tuple[Hashable, ...]
"""What was seen of each process."""


class PlainExplorer(Generic[State, Event, Message, Shown, Seen]):
    """Explores every reachable state of a system.

    Attributes:
        system: the system.
        depths: by reachable state, the fewest deliveries to it.
        transitions: enabled deliveries in all of them.
        stuck: the states without enabled progress that the question covers.
    """

    def __init__(
        self,
        system: System[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
    ) -> None:
        self.system = system
        self._observer = observer
        self.depths: dict[World[State, Message, Seen], int] = dict.fromkeys(self._initial(), 0)
        self.transitions = 0
        self.stuck: set[World[State, Message, Seen]] = set()
        queue = list(self.depths)
        for world in queue:
            progressed = False
            for delivery, following in self.successors(world):
                self.transitions += 1
                progressed = progressed or system.is_progress(delivery.event)
                if following not in self.depths:
                    self.depths[following] = self.depths[world] + 1
                    queue.append(following)
            covered = all(
                system.in_scope(process, local.state)
                for process, local in zip(system.processes, world, strict=True)
            )
            if covered and not progressed:
                self.stuck.add(world)

    def _initial(self) -> list[World[State, Message, Seen]]:
        nothing = self._observer.start()
        choices = [
            [Process(state, frozenset[Message](), nothing) for state in self.system.initial(one)]
            for one in self.system.processes
        ]
        return list(product(*choices))

    def successors(
        self, world: World[State, Message, Seen]
    ) -> Iterator[tuple[Delivery[Event], World[State, Message, Seen]]]:
        """Every enabled delivery in ``world``, and where it leads."""
        system = self.system
        sent = frozenset[Message]().union(*(local.sent for local in world))
        for place, process in enumerate(system.processes):
            local = world[place]
            if not system.in_scope(process, local.state):
                continue
            for event in dict.fromkeys(system.events(process, sent)):
                if not sent.issuperset(system.needs(event)):
                    continue
                outcome = system.step(process, local.state, event)
                if outcome is None or isinstance(outcome, Ignored):
                    continue
                seen = local.seen
                if outcome.shown is not None:
                    seen = self._observer.observe(seen, outcome.shown)
                after = Process(outcome.state, local.sent.union(outcome.sends), seen)
                yield Delivery(process, event), (*world[:place], after, *world[place + 1 :])

    def visible(self) -> dict[Visible, int]:
        """Every vector of what can be seen, with the fewest deliveries that lead to it."""
        least: dict[Visible, int] = {}
        for world, depth in self.depths.items():
            least.setdefault(tuple(local.seen for local in world), depth)
        return least

    def sent(self) -> dict[Visible, int]:
        """The same with what each process has sent."""
        least: dict[Visible, int] = {}
        for world, depth in self.depths.items():
            least.setdefault(tuple((local.sent, local.seen) for local in world), depth)
        return least

    def shortest(self) -> dict[str, int]:
        """For each violated property the fewest deliveries to a violation."""
        least: dict[str, int] = {}
        for world, depth in self.depths.items():
            seen = [local.seen for local in world]
            broken = list(self._observer.broken(seen, stuck=False))
            if world in self.stuck:
                broken += self._observer.broken(seen, stuck=True)
            for name in broken:
                least.setdefault(name, depth)
        return least

    def violates(self, name: str, deliveries: Sequence[Delivery[Event]]) -> bool:
        """Whether the deliveries can happen in that order and a violation is at their end."""
        worlds = set(self._initial())
        for delivery in deliveries:
            worlds = {
                following
                for world in worlds
                for possible, following in self.successors(world)
                if possible == delivery
            }
        for world in worlds:
            seen = [local.seen for local in world]
            if name in self._observer.broken(seen, stuck=False):
                return True
            if world in self.stuck and name in self._observer.broken(seen, stuck=True):
                return True
        return False
