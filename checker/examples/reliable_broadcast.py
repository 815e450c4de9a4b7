"""Reliable broadcast with Byzantine processes, after the TLA+ specification ``bcastByz``.

That is a one-round version of T. K. Srikanth and S. Toueg, "Simulating authenticated broadcasts
to derive simple fault-tolerant algorithms", Distributed Computing 2, 1987, by I. Konnov,
T. H. Tran and J. Widder.  A step of a correct process receives any set of the echoes that are
there, those of faulty processes always are, and acts on all that it has received.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from math import comb
from typing import NamedTuple, TypeAlias

from checker.ever_shown import EverShown, Seen
from checker.examples.example import Example, Mistake, Parameter, ParameterError, Published
from checker.model import Model
from checker.simple_system import SimpleSystem
from checker.system import Outcome


class Echo(NamedTuple):
    """What a process sends, once."""

    sender: int

    def __str__(self) -> str:
        return "its echo"


class Local(NamedTuple):
    """``pc``: V0 (has not received the initial message), V1 (has), SE (has sent), AC (accepts)."""

    pc: str
    received: frozenset[Echo] = frozenset()

    def __str__(self) -> str:
        words = {
            "V0": "has not received the initial message",
            "V1": "has received the initial message",
            "SE": "has sent its echo",
            "AC": "has accepted",
        }
        return words[self.pc]


class Reception(NamedTuple):
    """A step: what is received at once, and which of the actions of the specification follows."""

    process: int
    new: frozenset[Echo]
    action: str

    def __str__(self) -> str:
        senders = ", ".join(str(echo.sender) for echo in sorted(self.new)) or "nobody"
        accepts = " and accepts" if self.action.startswith("UponAccept") else ""
        return f"hears the echo of {senders}{accepts} ({self.action})"


Step: TypeAlias = Outcome[Local, Echo, str]

ACTIONS = ("UponV1", "UponNonFaulty", "UponAcceptNotSentBefore", "UponAcceptSentBefore")


class ReliableBroadcast(SimpleSystem[Local, Reception, Echo, str]):
    """The correct processes of one placement of the faulty ones.

    ``first`` are the values of ``pc`` with which a correct process can begin.  With the mistake
    ``credulous`` one echo too few is enough.
    """

    def __init__(
        self,
        processes: int,
        tolerated: int,
        faulty: frozenset[int],
        first: Sequence[str],
        mistake: str | None = None,
    ) -> None:
        self._n, self._faulty = processes, frozenset(map(Echo, faulty))
        self._first = first
        fewer = 1 if mistake == "credulous" else 0
        self._many, self._enough = processes - tolerated, processes - 2 * tolerated - fewer

    @property
    def processes(self) -> Sequence[int]:
        """The correct ones."""
        return [process for process in range(self._n) if Echo(process) not in self._faulty]

    def initial(self, process: int) -> Sequence[Local]:
        """It has received the initial message or not, as the question says."""
        return [Local(pc) for pc in self._first]

    def events(self, process: int, sent: Collection[Echo]) -> Iterable[Reception]:
        """The reception of any set of echoes."""
        for new in _subsets([*sent, *sorted(self._faulty)]):
            yield from (Reception(process, frozenset(new), action) for action in ACTIONS)

    def needs(self, event: Reception) -> Collection[Echo]:
        """The echoes of other correct processes."""
        return event.new - self._faulty - {Echo(event.process)}

    def is_progress(self, event: Reception) -> bool:
        """Whether no faulty process has a part in it."""
        return not event.new & self._faulty

    def step(self, process: int, state: Local, event: Reception) -> Step | None:
        """The actions of the specification; nobody hears an echo that it has yet to send."""
        if Echo(process) in event.new and state.pc in ("V0", "V1"):
            return None
        received = state.received | event.new
        enabled = {
            "UponV1": state.pc == "V1",
            "UponNonFaulty": state.pc in ("V0", "V1")
            and self._enough <= len(received) < self._many,
            "UponAcceptNotSentBefore": state.pc in ("V0", "V1") and len(received) >= self._many,
            "UponAcceptSentBefore": state.pc == "SE" and len(received) >= self._many,
        }
        if not enabled[event.action]:
            return None
        accepts = event.action.startswith("UponAccept")
        sends = () if event.action == "UponAcceptSentBefore" else (Echo(process),)
        return Outcome(
            Local("AC" if accepts else "SE", received), sends, "accepts" if accepts else None
        )


def _subsets(echoes: Sequence[Echo]) -> Iterator[tuple[Echo, ...]]:
    return chain.from_iterable(combinations(echoes, size) for size in range(len(echoes) + 1))


def _nobody(seen: Sequence[Seen[str]]) -> bool:
    return not any(seen)


def _all_or_nobody(seen: Sequence[Seen[str]]) -> bool:
    return all(seen) or not any(seen)


UNFORGEABILITY = EverShown({"unforgeability": _nobody})
"""No correct process accepts; promised where nobody has received the initial message."""

RELAY = EverShown[str]({}, {"relay": _all_or_nobody})
"""If a correct process accepts, all do in the end."""

CORRECTNESS = EverShown[str]({}, {"correctness": all, "relay": _all_or_nobody})
"""Where all have received the initial message, all accept in the end."""

_BEGINNINGS = {0: (["V0"], UNFORGEABILITY), 1: (["V0", "V1"], RELAY), 2: (["V1"], CORRECTNESS)}
_BROADCAST = {
    0: "none has the initial message",
    1: "any have the initial message",
    2: "all have the initial message",
}


def model(
    values: Mapping[str, int], mistake: str | None
) -> Model[Local, Reception, Echo, str, Seen[str]]:
    """The broadcast among so many processes, and what is promised of it.

    Raises:
        ParameterError: there are fewer processes than faulty ones, or no such beginning.
    """
    n, faulty = values["processes"], values["faulty"]
    if faulty > n:
        raise ParameterError(f"there are no {faulty} faulty processes among {n}")
    if values["broadcast"] not in _BEGINNINGS:
        raise ParameterError(f"broadcast must be 0, 1 or 2, not {values['broadcast']}")
    first, observer = _BEGINNINGS[values["broadcast"]]
    placed = frozenset(range(n - faulty, n))
    return Model(ReliableBroadcast(n, values["tolerated"], placed, first, mistake), observer)


def _scope(values: Mapping[str, int]) -> str:
    n, tolerated, faulty = values["processes"], values["tolerated"], values["faulty"]
    promised = "" if n > 3 * tolerated else " (more than it claims to tolerate)"
    return (
        f"N={n} with thresholds for T={tolerated}{promised}, F={faulty} Byzantine (the last ones, "
        f"which is as good as any), of the correct ones {_BROADCAST[values['broadcast']]}"
    )


EXAMPLE = Example(
    "reliable-broadcast",
    "a message that all correct processes accept or none, with Byzantine processes",
    "T. K. Srikanth and S. Toueg, Simulating authenticated broadcasts, Distributed Computing 2, "
    "1987; TLA+ Examples, bcastByz/bcastByz.tla",
    (
        Parameter("processes", 4, 1, "how many processes"),
        Parameter("tolerated", 1, 0, "the faulty processes that the thresholds assume"),
        Parameter("faulty", 1, 0, "how many are Byzantine"),
        Parameter("broadcast", 1, 0, "who has the initial message: 0 nobody, 1 any, 2 all"),
    ),
    {
        "credulous": Mistake(
            "one echo fewer than N - 2T is enough to send one's own", {"broadcast": 0}
        ),
        "too-few": Mistake(
            "three processes cannot tolerate a faulty one", {"processes": 3, "broadcast": 0}
        ),
    },
    model,
    _scope,
    (
        Published(
            {},
            14_424,
            "TLC, manifest.json of TLA+ Examples, for any faulty process and its unused state",
            comb(4, 1) * 2,
        ),
        Published(
            {"processes": 10, "tolerated": 3, "faulty": 2, "broadcast": 0},
            45,
            "TLC, manifest.json of TLA+ Examples, for any two faulty processes",
            comb(10, 2),
        ),
    ),
)
