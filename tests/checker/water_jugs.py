"""The puzzle of the two jugs (3 and 5 litres), after L. Lamport's TLA+ specification ``DieHard``.

One process, no messages: what is left of an exploration is breadth first search.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple

from checker.system import Outcome


class Jugs(NamedTuple):
    small: int
    big: int


class WaterJugs:
    @property
    def processes(self) -> Sequence[int]:
        return (0,)

    def initial(self, process: int) -> Sequence[Jugs]:
        return (Jugs(0, 0),)

    def events(self, process: int, sent: Collection[str]) -> Iterable[str]:
        return ("fill small", "fill big", "empty small", "empty big", "into big", "into small")

    def needs(self, event: str) -> Collection[str]:
        return ()

    def is_progress(self, event: str) -> bool:
        return True

    def slot(self, event: str) -> Hashable:
        return None

    def slots(self, process: int, state: Jugs) -> Collection[Hashable] | None:
        return None

    def step(self, process: int, state: Jugs, event: str) -> Outcome[Jugs, str, Jugs] | None:
        small, big = state
        poured = {"into big": min(small, 5 - big), "into small": -min(big, 3 - small)}.get(event, 0)
        after = {
            "fill small": Jugs(3, big),
            "fill big": Jugs(small, 5),
            "empty small": Jugs(0, big),
            "empty big": Jugs(small, 0),
        }.get(event, Jugs(small - poured, big + poured))
        return Outcome(after, (), after)

    def heeds(self, process: int, state: Jugs, message: str) -> bool:
        return True

    def stage(self, process: int, state: Jugs) -> Hashable:
        return None

    def in_scope(self, process: int, state: Jugs) -> bool:
        return True


class FourLitres:
    """The hope that the big jug never holds four litres, and something that nothing breaks."""

    @property
    def properties(self) -> Sequence[str]:
        return ("unsolved", "nothing")

    def start(self) -> Jugs:
        return Jugs(0, 0)

    def observe(self, seen: Jugs, shown: Jugs) -> Jugs:
        return shown

    def broken(self, seen: Sequence[Jugs], *, stuck: bool) -> Sequence[str]:
        return ("unsolved",) if any(jugs.big == 4 for jugs in seen) else ()
