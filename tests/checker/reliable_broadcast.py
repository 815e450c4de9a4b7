"""Reliable broadcast with Byzantine senders, after the TLA+ specification ``bcastByz``.

That is a one-round version of T. K. Srikanth and S. Toueg, "Simulating authenticated broadcasts
to derive simple fault-tolerant algorithms", Distributed Computing 2, 1987, by I. Konnov,
T. H. Tran and J. Widder.  A step of a correct process receives any set of the echoes that are
there, those of faulty processes always are, and acts on all that it has received.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import NamedTuple, TypeAlias

from checker.system import Outcome

Echo: TypeAlias = int
"""An echo, by its sender."""


class Local(NamedTuple):
    """``pc``: V0 (has not received the initial message), V1 (has), SE (has sent), AC (accepts)."""

    pc: str
    received: frozenset[Echo] = frozenset()


class Reception(NamedTuple):
    """A step: what is received at once, and which of the actions of the specification follows."""

    new: frozenset[Echo]
    action: str


Step: TypeAlias = Outcome[Local, Echo, str]

ACTIONS = ("UponV1", "UponNonFaulty", "UponAcceptNotSentBefore", "UponAcceptSentBefore")


class ReliableBroadcast:
    """The correct processes of one placement of the faulty ones.

    ``first`` are the values of ``pc`` with which a correct process can begin.
    """

    def __init__(
        self, processes: int, tolerated: int, faulty: frozenset[int], first: Sequence[str]
    ) -> None:
        self._n, self._t, self._faulty = processes, tolerated, faulty
        self._first = first

    @property
    def processes(self) -> Sequence[int]:
        return [process for process in range(self._n) if process not in self._faulty]

    def initial(self, process: int) -> Sequence[Local]:
        return [Local(pc) for pc in self._first]

    def events(self, process: int, sent: Collection[Echo]) -> Iterable[Reception]:
        for new in _subsets([*sent, *self._faulty]):
            yield from (Reception(frozenset(new), action) for action in ACTIONS)

    def needs(self, event: Reception) -> Collection[Echo]:
        return event.new - self._faulty

    def is_progress(self, event: Reception) -> bool:
        return not event.new & self._faulty

    def slot(self, event: Reception) -> Hashable:
        return None

    def slots(self, process: int, state: Local) -> Collection[Hashable] | None:
        return None

    def step(self, process: int, state: Local, event: Reception) -> Step | None:
        received = state.received | event.new
        many, enough = self._n - self._t, self._n - 2 * self._t
        enabled = {
            "UponV1": state.pc == "V1",
            "UponNonFaulty": state.pc in ("V0", "V1") and enough <= len(received) < many,
            "UponAcceptNotSentBefore": state.pc in ("V0", "V1") and len(received) >= many,
            "UponAcceptSentBefore": state.pc == "SE" and len(received) >= many,
        }
        if not enabled[event.action]:
            return None
        accepts = event.action.startswith("UponAccept")
        sends = () if event.action == "UponAcceptSentBefore" else (process,)
        return Outcome(
            Local("AC" if accepts else "SE", received), sends, "accepts" if accepts else None
        )

    def heeds(self, process: int, state: Local, message: Echo) -> bool:
        return True

    def stage(self, process: int, state: Local) -> Hashable:
        return None

    def in_scope(self, process: int, state: Local) -> bool:
        return True


def _subsets(echoes: Sequence[Echo]) -> Iterator[tuple[Echo, ...]]:
    return chain.from_iterable(combinations(echoes, size) for size in range(len(echoes) + 1))


class Unforgeability:
    """No correct process accepts; the specification promises it where none begins in V1."""

    @property
    def properties(self) -> Sequence[str]:
        return ("unforgeability", "nothing")

    def start(self) -> str:
        return ""

    def observe(self, seen: str, shown: str) -> str:
        return shown

    def broken(self, seen: Sequence[str], *, stuck: bool) -> Sequence[str]:
        return ("unforgeability",) if "accepts" in seen else ()
