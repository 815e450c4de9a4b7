"""The least paths of one process: what lies within reach of a local state, and by which deliveries.

Paths are compared by the number of Byzantine deliveries, then by the order of their events.  For
:mod:`checker.canonical`, whose search follows the macro-steps of a process like the reduced engine.
"""

from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeAlias

from checker.observer import Seen
from checker.order import Key
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge


class Path(NamedTuple):
    """Deliveries to one process; of equal length, the lesser is the better."""

    byzantine: int
    """How many of them are no progress."""
    order: tuple[Key, ...]
    edges: tuple[Edge, ...]


NOTHING = Path(0, (), ())

Layer: TypeAlias = dict[int, Path]
"""Local states, each with the least path to it."""


class Within(Generic[State, Event, Message, Shown, Seen]):
    """What lies within reach of a local state: like :class:`checker.macro.Reach`, with paths."""

    def __init__(self, process: "Process[State, Event, Message, Shown, Seen]", local: int) -> None:
        self._process = process
        self.layers: list[Layer] = [{local: NOTHING}]
        """By the number of invisible deliveries: where they lead, if no fewer lead there."""
        self._distances = {local: 0}
        self._targets: list[Layer] = []
        self._all_targets: set[int] = set()

    def extend(self, available: int, depth: int) -> None:
        """Follow the deliveries from all layers before ``depth``."""
        automaton, missing = self._process.automaton, ~available
        while len(self._targets) < depth and self.layers[-1]:
            following: Layer = {}
            found: Layer = {}
            for here, path in self.layers[-1].items():
                for edge in automaton.edges(here):
                    if edge.needs & missing:
                        continue
                    if edge.visible:
                        if edge.target not in self._all_targets:
                            self._process.offer(found, path, edge)
                    elif edge.target not in self._distances:
                        self._process.offer(following, path, edge)
            self._all_targets.update(found)
            self._distances.update(dict.fromkeys(following, len(self.layers)))
            self._targets.append(self._without_dominated(available, found))
            self.layers.append(following)

    def _without_dominated(self, available: int, found: Layer) -> Layer:
        """Without targets that an earlier one still gets to at no higher cost."""
        deliveries = len(self._targets) + 1
        for earlier, layer in enumerate(self._targets, 1):
            for kept, path in layer.items():
                if not found:
                    return found
                within = self._process.within(kept, available)
                within.extend(available, deliveries - earlier)
                found = {
                    target: own
                    for target, own in found.items()
                    if not within.reaches(
                        target, deliveries - earlier, own.byzantine - path.byzantine
                    )
                }
        return found

    def reaches(self, local: int, deliveries: int, byzantine: int) -> bool:
        """Whether fewer invisible deliveries lead there, or so many with so few Byzantine."""
        distance = self._distances.get(local)
        if distance is None or distance > deliveries:
            return False
        return distance < deliveries or self.layers[distance][local].byzantine <= byzantine

    def targets(self, available: int, depth: int) -> Layer:
        """Where a macro-step of that many deliveries leads."""
        self.extend(available, depth)
        return self._targets[depth - 1] if depth <= len(self._targets) else {}

    def rests(self, available: int, most: int) -> Iterator[Layer]:
        """By the number of invisible deliveries, up to ``most``: where no progress is left."""
        for depth in range(most + 1):
            self.extend(available, depth)
            if depth >= len(self.layers):
                return
            yield {
                local: path
                for local, path in self.layers[depth].items()
                if self._process.at_rest(local, available)
            }


class Process(Generic[State, Event, Message, Shown, Seen]):
    """One process: its automaton, the order of its events, and what is within reach."""

    def __init__(
        self,
        automaton: Automaton[State, Event, Message, Shown, Seen],
        order: Callable[[Event], Key],
    ) -> None:
        self.automaton = automaton
        self._order = order
        self._keys: dict[int, Key] = {}
        self._withins: dict[tuple[int, int], Within[State, Event, Message, Shown, Seen]] = {}

    def within(self, local: int, available: int) -> Within[State, Event, Message, Shown, Seen]:
        """What lies within reach of ``local`` when ``available`` has been sent."""
        key = local, available & self.automaton.heeded(local)
        known = self._withins.get(key)
        if known is None:
            known = self._withins[key] = Within(self, local)
        return known

    def offer(self, layer: Layer, path: Path, edge: Edge) -> None:
        """Put ``path`` with ``edge`` at its end into ``layer``, unless a lesser one is there."""
        key = self._keys.get(edge.event)
        if key is None:
            event = self.automaton.table.events.values[edge.event]
            key = self._keys[edge.event] = (self.automaton.table.process, self._order(event))
        byzantine = path.byzantine + (not edge.progress)
        order = (*path.order, key)
        known = layer.get(edge.target)
        if known is None or (byzantine, order) < (known.byzantine, known.order):
            layer[edge.target] = Path(byzantine, order, (*path.edges, edge))

    def at_rest(self, local: int, available: int) -> bool:
        """Whether the process is in scope and no progress is left to it."""
        missing = ~available
        return self.automaton.in_scope[local] and not any(
            edge.progress and not edge.needs & missing for edge in self.automaton.edges(local)
        )
