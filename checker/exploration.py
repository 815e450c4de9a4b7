"""What an exploration is asked for and what it yields, whichever engine does it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol

from checker import interruption
from checker.system import Event

if TYPE_CHECKING:
    from checker.partition.exchange import Recruit

_ASK_EVERY = 512


class Delivery(NamedTuple, Generic[Event]):
    """``event`` befalls ``process``."""

    process: int
    event: Event


class Counterexample(NamedTuple, Generic[Event]):
    """A shortest sequence of deliveries after which a property is violated."""

    property_name: str
    deliveries: tuple[Delivery[Event], ...]


class Resource(Enum):
    """What an exploration can run out of."""

    SECONDS = "time"
    STATES = "states"
    MEMORY = "memory"
    PATIENCE = "patience"
    """Somebody pressed Ctrl-C."""
    WORKER = "a worker"
    """A worker of a partitioned exploration died."""


@dataclass
class Budget:
    """What an exploration may use up.

    Attributes:
        seconds: time, from the making of the budget.
        states: global states, over all explorations that share the budget.
        kibibytes: memory that the process may occupy.
        memory: how to ask for the memory that the process occupies, in KiB.
        progress: called now and then with the states so far, the depth, and the frontier.
        threads: how many an engine may use that can use several.
        recruit: who brings up workers where an exploration is to be partitioned.
        exhausted: what it has run out of, if anything.
    """

    seconds: float | None = None
    states: int | None = None
    kibibytes: int | None = None
    memory: Callable[[], int] = lambda: 0
    progress: Callable[[int, int, int], None] | None = None
    threads: int = 1
    recruit: "Recruit | None" = None
    used: int = 0
    exhausted: Resource | None = None
    started: float = field(default_factory=time.monotonic)

    def spend(self, states: int, depth: int, frontier: int = 0) -> bool:
        """Account for ``states`` more states; False once the budget has run out.

        ``frontier`` is how many states there are at that depth, where that is known.
        """
        self.used += states
        if self.progress is not None:
            self.progress(self.used, depth, frontier)
        if self.exhausted is None:
            if interruption.asked():
                self.exhausted = Resource.PATIENCE
            elif self.states is not None and self.used > self.states:
                self.exhausted = Resource.STATES
            elif self.seconds is not None and time.monotonic() - self.started > self.seconds:
                self.exhausted = Resource.SECONDS
            elif self.kibibytes is not None and self.memory() > self.kibibytes:
                self.exhausted = Resource.MEMORY
        return self.exhausted is None

    def affords(self, kibibytes: int) -> bool:
        """Whether so much more memory may be occupied; False once the budget has run out."""
        if self.exhausted is None and self.kibibytes is not None:
            if self.memory() + kibibytes > self.kibibytes:
                self.exhausted = Resource.MEMORY
        return self.exhausted is None

    def part(self, states: int) -> "Part":
        """A share of the budget, of so many states."""
        return Part(self, states)


class Spending(Protocol):
    """What an engine asks while it explores."""

    def spend(self, states: int, depth: int, frontier: int = 0) -> bool:
        """Account for ``states`` more states; False once it must stop."""
        ...

    def affords(self, kibibytes: int) -> bool:
        """Whether an engine may occupy so much more memory; if not, it must stop."""
        ...


def nothing_between_levels() -> None:
    """What an engine calls between two levels if nobody wants to know."""


class ExhaustedError(Exception):
    """A budget ran out in the middle of a long step of an engine."""


def spend_or_stop(budget: Spending, count: int, depth: int) -> None:
    """Ask ``budget`` at every so many of the ``count`` small parts of a long step.

    Raises:
        ExhaustedError: it has run out.
    """
    if count % _ASK_EVERY == 0 and not budget.spend(0, depth):
        raise ExhaustedError


class Part:
    """A share of a budget: what it spends is spent of the whole as well."""

    def __init__(self, whole: Budget, states: int) -> None:
        self._whole = whole
        self._left = states

    def spend(self, states: int, depth: int, frontier: int = 0) -> bool:
        """Account for ``states`` more states; False once the part or the whole has run out."""
        self._left -= states
        return self._whole.spend(states, depth, frontier) and self._left >= 0

    def affords(self, kibibytes: int) -> bool:
        """Whether the whole may occupy so much more memory."""
        return self._whole.affords(kibibytes)


class Exploration(NamedTuple, Generic[Event]):
    """What an engine has found.

    Attributes:
        states: distinct global states that were reached.
        transitions: enabled deliveries that were followed from them.
        depth: the number of levels beyond the initial states, or the most deliveries.
        counterexamples: for each violated property a shortest one.
        complete: whether every reachable state was reached, or every property settled
            within its limit of steps.
        covered: every run of fewer deliveries was judged, even if it is not complete.
        beyond: whether a process was reached that is beyond the scope of the question, so that
            what it does later is unknown.
    """

    states: int
    transitions: int
    depth: int
    counterexamples: Mapping[str, Counterexample[Event]]
    complete: bool
    covered: int
    beyond: bool = False
