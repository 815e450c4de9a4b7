"""The little that a protocol must say of itself to be checked; the rest has defaults.

A newcomer derives from :class:`SimpleSystem` and writes five methods: who takes part, how they
begin, what can befall them, which messages that needs, and what it does.  What the interface
:class:`checker.system.System` has beyond that saves time or states, or bounds the question; the
defaults here are always right.  ``docs/adding-a-protocol.md`` works through one.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Generic

from checker.system import Event, Ignored, Message, Outcome, Shown, State


class SimpleSystem(ABC, Generic[State, Event, Message, Shown]):
    """A protocol in an asynchronous network in which messages persist.

    States, events and messages are immutable and hashable (a ``NamedTuple`` is), and what
    ``str`` makes of events and messages is what a reader of a counterexample sees.
    """

    @property
    @abstractmethod
    def processes(self) -> Sequence[int]:
        """The correct processes, by number; faulty ones have no state."""

    @abstractmethod
    def initial(self, process: int) -> Sequence[State]:
        """The states in which ``process`` can begin; every combination is explored."""

    @abstractmethod
    def events(self, process: int, sent: Collection[Message]) -> Iterable[Event]:
        """What can befall ``process`` in some state once ``sent`` has been sent.

        More messages never take an event away.  What a faulty process could do to ``process``
        is an event as well.
        """

    @abstractmethod
    def needs(self, event: Event) -> Collection[Message]:
        """The messages, all of other processes, without which ``event`` cannot happen.

        Nothing for what a process does by itself, and for what a faulty process sends.
        """

    @abstractmethod
    def step(
        self, process: int, state: State, event: Event
    ) -> Outcome[State, Message, Shown] | Ignored | None:
        """What ``event`` does to ``process`` in ``state``; None if it cannot happen there.

        It must depend on its arguments alone.
        """

    def is_progress(self, event: Event) -> bool:
        """Whether ``event`` must happen sooner or later; False for acts of faulty processes."""
        return True

    def name(self, process: int) -> str:
        """What a counterexample calls ``process``."""
        return f"process {process}"

    def slot(self, event: Event) -> Hashable:
        """All events are tried in all states."""
        return None

    def slots(self, process: int, state: State) -> Collection[Hashable] | None:
        """All events are tried in all states."""
        return None

    def stage(self, process: int, state: State) -> Hashable:
        """No use is made of stages."""
        return None

    def heeds(self, process: int, state: State, message: Message) -> bool:
        """Every message may matter."""
        return True

    def in_scope(self, process: int, state: State) -> bool:
        """Every state is covered."""
        return True
