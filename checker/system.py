"""What the checker asks of a protocol: a few processes that react to events.

A system is a fixed set of processes.  Each has a local state and changes it by one event at a
time; a step can send messages, which from then on exist for ever and can enable events of
other processes.  Faulty processes have no state: what they could send is simply always
there, as an event that needs no message.

The protocol of this project is :class:`checker.poqi_system.PoqiSystem`; two-phase commit and
reliable broadcast are written against the same interface in the tests.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from enum import Enum
from typing import Generic, NamedTuple, Protocol, TypeVar

State = TypeVar("State", bound=Hashable)
"""A process's local state."""

Message = TypeVar("Message", bound=Hashable)
"""What a step can send: together with its sender and its recipients, where they matter."""

Event = TypeVar("Event", bound=Hashable)
"""What can befall a process."""

Shown = TypeVar("Shown", bound=Hashable)
"""What a step shows to an observer."""


class Outcome(NamedTuple, Generic[State, Message, Shown]):
    """What a step led to."""

    state: State
    sends: tuple[Message, ...]
    shown: Shown | None
    """None where the step shows nothing."""


class Ignored(Enum):
    """An event has no effect on a process."""

    LASTING = "in this state, or in any later one of the same stage"


class System(Protocol[State, Event, Message, Shown]):
    """A protocol in an asynchronous network in which messages persist."""

    @property
    def processes(self) -> Sequence[int]:
        """The processes that run the protocol, by number."""
        ...

    def initial(self, process: int) -> Sequence[State]:
        """The states in which ``process`` can begin."""
        ...

    def events(self, process: int, sent: Collection[Message]) -> Iterable[Event]:
        """Every event that can befall ``process`` in some state when ``sent`` has been sent.

        More messages never take an event away.
        """
        ...

    def needs(self, event: Event) -> Collection[Message]:
        """The messages without which ``event`` cannot happen, all of other processes."""
        ...

    def is_progress(self, event: Event) -> bool:
        """Whether a fair network and correct processes make ``event`` happen sooner or later.

        What a faulty process may send is no progress; a state without enabled progress
        is stuck.
        """
        ...

    def slot(self, event: Event) -> Hashable:
        """A key for :meth:`slots`."""
        ...

    def slots(self, process: int, state: State) -> Collection[Hashable] | None:
        """The slots whose events can have an effect in ``state``; None: all can.

        It only saves time: an event in another slot must be one that :meth:`step` ignores.
        """
        ...

    def step(
        self, process: int, state: State, event: Event
    ) -> Outcome[State, Message, Shown] | Ignored | None:
        """What ``event`` does, or None if it is not enabled or has no effect.

        A step that is enabled and leads back to ``state`` counts as a transition.  ``LASTING``
        says more than None and saves time: the event need not be tried again in this stage.
        """
        ...

    def stage(self, process: int, state: State) -> Hashable:
        """The stage that ``state`` is in, for :attr:`Ignored.LASTING`."""
        ...

    def heeds(self, process: int, state: State, message: Message) -> bool:
        """Whether ``message`` can have an effect on ``process`` in ``state`` or later.

        It only saves states: False must be certain, True is always right.
        """
        ...

    def in_scope(self, process: int, state: State) -> bool:
        """Whether the question covers ``state``; a state beyond its bounds is not left."""
        ...
