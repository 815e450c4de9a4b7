"""The canonical counterexample by trying every shortest one: an oracle without cleverness."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Generic, NamedTuple, TypeAlias

from plain_explorer import PlainExplorer, World

from checker.exploration import Delivery
from checker.observer import Observer, Seen
from checker.order import Key
from checker.system import Event, Message, Shown, State


class Rank(NamedTuple):
    """What runs of equal length are compared by; the lesser is the better."""

    byzantine: int
    switches: int
    invisible: tuple[bool, ...]
    order: tuple[Key, ...]


Ranked: TypeAlias = tuple[Rank, tuple[Delivery[Event], ...]]


class TooManyError(Exception):
    """There are too many runs to try all of them."""


class PlainCanonical(Generic[State, Event, Message, Shown, Seen]):
    """Tries every shortest run, most ``most`` of them."""

    def __init__(
        self,
        plain: PlainExplorer[State, Event, Message, Shown, Seen],
        observer: Observer[Shown, Seen],
        order: Callable[[Event], Key],
        most: int,
    ) -> None:
        self._plain = plain
        self._observer = observer
        self._order = order
        self._most = most
        self._name = ""

    def least(self, name: str, length: int) -> tuple[Delivery[Event], ...]:
        """The canonical counterexample to a property, whose shortest ones have that length.

        Raises:
            TooManyError: there are more runs than may be tried.
        """
        self._name = name
        return min(self._ranked(length), key=lambda entry: entry[0])[1]

    def _ranked(self, length: int) -> Iterator[Ranked[Event]]:
        tried = 0
        for world, depth in self._plain.depths.items():
            for run in self._runs(world, length) if depth == 0 else ():
                tried += 1
                if tried > self._most:
                    raise TooManyError
                yield self._rank(world, run), run

    def _runs(
        self, world: World[State, Message, Seen], left: int
    ) -> Iterator[tuple[Delivery[Event], ...]]:
        """Every run of that many deliveries from ``world`` to a violation."""
        if left == 0:
            seen = [local.seen for local in world]
            if self._name in self._observer.broken(seen, stuck=False) or (
                world in self._plain.stuck and self._name in self._observer.broken(seen, stuck=True)
            ):
                yield ()
            return
        depths = self._plain.depths
        for delivery, following in self._plain.successors(world):
            if depths[following] == depths[world] + 1:
                for rest in self._runs(following, left - 1):
                    yield (delivery, *rest)

    def _rank(self, world: World[State, Message, Seen], run: tuple[Delivery[Event], ...]) -> Rank:
        """``world`` is where the run begins."""
        system = self._plain.system
        pairs = pairwise(run)
        return Rank(
            sum(not system.is_progress(delivery.event) for delivery in run),
            sum(one.process != other.process for one, other in pairs),
            tuple(self._invisible(world, run)),
            tuple((delivery.process, self._order(delivery.event)) for delivery in run),
        )

    def _invisible(
        self, world: World[State, Message, Seen], run: tuple[Delivery[Event], ...]
    ) -> Iterator[bool]:
        """For each delivery whether it sends nothing new and shows nothing."""
        for delivery in run:
            following = dict(self._plain.successors(world))[delivery]
            yield all(
                (one.sent, one.seen) == (other.sent, other.seen)
                for one, other in zip(world, following, strict=True)
            )
            world = following
