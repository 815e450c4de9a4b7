"""What an exploration is asked for and what it yields, whichever engine does it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple

from checker.system import Event


class Delivery(NamedTuple, Generic[Event]):
    """``event`` befalls ``process``."""

    process: int
    event: Event


class Counterexample(NamedTuple, Generic[Event]):
    """A shortest sequence of deliveries after which a property is violated."""

    property_name: str
    deliveries: tuple[Delivery[Event], ...]


@dataclass
class Budget:
    """What an exploration may use up; what it runs out of is named in :attr:`exhausted`.

    Attributes:
        seconds: time, from the making of the budget.
        states: global states, over all explorations that share the budget.
        kibibytes: memory that the process may occupy.
        memory: how to ask for the memory that the process occupies, in KiB.
        progress: called now and then with the states so far and the depth.
    """

    seconds: float | None = None
    states: int | None = None
    kibibytes: int | None = None
    memory: Callable[[], int] = lambda: 0
    progress: Callable[[int, int], None] | None = None
    used: int = 0
    exhausted: str | None = None
    started: float = field(default_factory=time.monotonic)

    def spend(self, states: int, depth: int) -> bool:
        """Account for ``states`` more states; False once the budget has run out."""
        self.used += states
        if self.progress is not None:
            self.progress(self.used, depth)
        if self.exhausted is None:
            if self.states is not None and self.used > self.states:
                self.exhausted = f"the budget of {self.states} states"
            elif self.seconds is not None and time.monotonic() - self.started > self.seconds:
                self.exhausted = f"the budget of {self.seconds:g} seconds"
            elif self.kibibytes is not None and self.memory() > self.kibibytes:
                self.exhausted = f"the budget of {self.kibibytes // 1024} MiB of memory"
        return self.exhausted is None


class Exploration(NamedTuple, Generic[Event]):
    """What an engine has found.

    Attributes:
        states: distinct global states that were reached.
        transitions: enabled deliveries that were followed from them.
        depth: the number of levels beyond the initial states, or the most deliveries.
        counterexamples: for each violated property a shortest one.
        complete: whether every reachable state was reached, or every property settled
            within its limit of steps.
    """

    states: int
    transitions: int
    depth: int
    counterexamples: Mapping[str, Counterexample[Event]]
    complete: bool
