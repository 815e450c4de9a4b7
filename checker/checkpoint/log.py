"""What was found in a setting so far, so that a run that was killed can go on.

To answer for a setting is a fixed course of expensive parts.  A log keeps the outcome of each
part that is over, and lets engines put down their whole state between two levels of the part that
is under way.  To go on, the same course is taken again, and what the log holds is not done again.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from checker.exploration import Budget

Part = TypeVar("Part")


class Snapshot(NamedTuple):
    """Where an answer for a setting stands, between two levels of an engine.

    Attributes:
        parts: the outcomes of the parts that are over, in order.
        engine: the state of the engine in the part that is under way, if there is one.
        used: global states that were spent of the budget.
    """

    parts: list[object]
    engine: Mapping[str, object] | None
    used: int


class Resumable(Protocol):
    """An engine whose state can be put down between two levels."""

    def kept(self) -> Mapping[str, object]:
        """The state, as far as it cannot be had from the rest."""
        ...

    def restore(self, kept: Mapping[str, object]) -> None:
        """Take up a state; the next exploration goes on from there."""
        ...


class Log:
    """The parts of an answer for a setting, in the order in which they are asked for."""

    def __init__(
        self,
        budget: Budget,
        begun: Snapshot | None = None,
        offer: Callable[[Callable[[], Snapshot]], None] | None = None,
    ) -> None:
        """A log that goes on from ``begun``, if anything was begun.

        ``offer`` is told between two levels how to make a snapshot, and decides whether it
        is time for one.
        """
        self._budget = budget
        self._offer = offer
        self._parts: list[object] = []
        self._begun: list[object] = []
        self._engine: Mapping[str, object] | None = None
        if begun is not None:
            self._begun, self._engine = list(begun.parts), begun.engine
            budget.used = begun.used

    def once(self, kind: type[Part], make: Callable[[], Part]) -> Part:
        """The next part: as the log holds it, or made."""
        place = len(self._parts)
        if place < len(self._begun):
            part = self._begun[place]
            if not isinstance(part, kind):
                raise TypeError(f"part {place} of a log is no {kind.__name__}")
        else:
            part = make()
        self._parts.append(part)
        return part

    def keeping(self, engine: Resumable) -> Callable[[], None]:
        """Restore ``engine`` if it is the one under way; what it should call between levels."""
        if self._engine is not None:
            engine.restore(self._engine)
            self._engine = None

        def between_levels() -> None:
            if self._offer is not None and self._budget.exhausted is None:
                self._offer(lambda: Snapshot(self._parts, engine.kept(), self._budget.used))

        return between_levels
