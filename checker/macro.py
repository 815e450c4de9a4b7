"""Macro-steps of one process: what it can do by itself with the messages that are available.

A *macro-step* is a path of invisible deliveries ended by a visible one.  The invisible ones are
followed layer by layer, only as far as somebody asks: where they are many, the near ones are
often enough.
"""

from collections.abc import Iterator
from typing import Generic

from checker.observer import Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge


class Reach(Generic[State, Event, Message, Shown, Seen]):
    """What lies within reach of a local state, by the number of deliveries that it takes."""

    def __init__(
        self,
        automaton: Automaton[State, Event, Message, Shown, Seen],
        local: int,
        available: int,
    ) -> None:
        self._automaton = automaton
        self._available = available
        self._distances = {local: 0}
        self._layers = [[local]]
        self._targets: list[list[int]] = []
        """Local states after a macro-step of 1, 2, ... deliveries, without dominated ones."""
        self._all_targets: set[int] = set()
        self._rest: int | None = None
        self.beyond = not automaton.in_scope[local]
        """Whether a local state beyond the scope was found among those looked at."""

    def _enabled(self, local: int) -> list[Edge]:
        missing = ~self._available
        return [edge for edge in self._automaton.edges(local) if not edge.needs & missing]

    def _extend(self, macros: "Macros[State, Event, Message, Shown, Seen]") -> None:
        """Follow the deliveries from the last layer: its targets, and the next layer."""
        depth = len(self._targets)
        automaton, missing = self._automaton, ~self._available
        following: list[int] = []
        found: list[int] = []
        for here in self._layers[depth]:
            resting = automaton.in_scope[here]
            for needs, target, _, progress, visible in automaton.edges(here):
                if needs & missing:
                    continue
                if progress:
                    resting = False
                if visible:
                    if target not in self._all_targets:
                        self._all_targets.add(target)
                        found.append(target)
                elif target not in self._distances:
                    self.beyond = self.beyond or not automaton.in_scope[target]
                    self._distances[target] = depth + 1
                    following.append(target)
            if resting and self._rest is None:
                self._rest = depth
        self._targets.append(self._without_dominated(macros, found, depth))
        self._layers.append(following)

    def _without_dominated(
        self,
        macros: "Macros[State, Event, Message, Shown, Seen]",
        found: list[int],
        depth: int,
    ) -> list[int]:
        """Without targets that one of fewer deliveries still gets to at no higher cost."""
        left = found
        for earlier, layer in enumerate(self._targets):
            for kept in layer:
                if not left:
                    return left
                reach = macros.reach(kept, self._available)
                left = [
                    target for target in left if not reach.reaches(macros, target, depth - earlier)
                ]
        return left

    def targets(
        self, macros: "Macros[State, Event, Message, Shown, Seen]", depth: int
    ) -> list[int] | None:
        """Where a macro-step of ``depth`` + 1 deliveries leads; None: no layer is left."""
        while len(self._targets) <= depth:
            if not self._layers[len(self._targets)]:
                return None
            self._extend(macros)
        return self._targets[depth]

    def reaches(
        self,
        macros: "Macros[State, Event, Message, Shown, Seen]",
        local: int,
        deliveries: int,
    ) -> bool:
        """Whether at most that many invisible deliveries lead to ``local``."""
        while len(self._layers) <= deliveries and self._layers[-1]:
            self._extend(macros)
        distance = self._distances.get(local)
        return distance is not None and distance <= deliveries

    def rest(
        self, macros: "Macros[State, Event, Message, Shown, Seen]", within: int | None
    ) -> int | None:
        """How many invisible deliveries lead to where no progress is left.

        None if there is no such place, or none within less than ``within`` deliveries.
        """
        while self._rest is None and self._layers[-1]:
            if within is not None and len(self._targets) >= within:
                return None
            self._extend(macros)
        return self._rest

    def followed(self) -> Iterator[tuple[int, int]]:
        """The states of the process's own from which an event was followed, with the event."""
        automaton = self._automaton
        for layer in self._layers[: len(self._targets)]:
            for local in layer:
                for edge in self._enabled(local):
                    yield automaton.locals.values[local].state, edge.event

    def path(self, target: int | None) -> list[Edge]:
        """A cheapest path to ``target`` by a macro-step, or to where no progress is left."""
        in_scope = self._automaton.in_scope
        start = self._layers[0][0]
        trails: dict[int, list[Edge]] = {start: []}
        queue = [start]
        for here in queue:
            enabled = self._enabled(here)
            if target is None:
                if in_scope[here] and not any(edge.progress for edge in enabled):
                    return trails[here]
            for edge in enabled:
                if edge.visible and edge.target == target:
                    return [*trails[here], edge]
            for edge in enabled:
                if not edge.visible and edge.target not in trails:
                    trails[edge.target] = [*trails[here], edge]
                    queue.append(edge.target)
        raise AssertionError("a macro-step has no path of deliveries")


class Macros(Generic[State, Event, Message, Shown, Seen]):
    """The reaches of one process, each computed once and only as far as needed."""

    def __init__(self, automaton: Automaton[State, Event, Message, Shown, Seen]) -> None:
        self.automaton = automaton
        self._reaches: dict[tuple[int, int], Reach[State, Event, Message, Shown, Seen]] = {}

    def followed(self) -> set[tuple[int, int]]:
        """The states of the process's own from which an event was followed, with the event."""
        return {pair for reach in self._reaches.values() for pair in reach.followed()}

    @property
    def beyond(self) -> bool:
        """Whether the process was found beyond the scope of the question."""
        return any(reach.beyond for reach in self._reaches.values())

    def reach(self, local: int, available: int) -> Reach[State, Event, Message, Shown, Seen]:
        """What lies within reach of ``local`` when ``available`` has been sent."""
        relevant = available & self.automaton.heeded(local)
        key = local, relevant
        known = self._reaches.get(key)
        if known is None:
            known = self._reaches[key] = Reach(self.automaton, local, relevant)
        return known
