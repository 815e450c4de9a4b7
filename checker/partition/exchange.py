"""What the coordinator of a partitioned exploration asks of its workers, and what they reply."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Generic, NamedTuple, Protocol, TypeAlias

from checker.exploration import Delivery
from checker.observer import Observer, Seen
from checker.order import Key
from checker.system import Event, Message, Shown, State, System

BITS = 24
"""The width of the field of one process in a global state."""
LOCAL = (1 << BITS) - 1


class Portable(NamedTuple, Generic[State, Message, Seen]):
    """A local state without numbers."""

    state: State
    sent: frozenset[Message]
    seen: Seen


class Placed(NamedTuple, Generic[State, Message, Seen]):
    """A local state of the process at ``place``."""

    place: int
    portable: Portable[State, Message, Seen]


class Start(NamedTuple):
    """Say what local states there are in the beginning."""


class Learn(NamedTuple, Generic[State, Message, Seen]):
    """Give these local states the next numbers, and say where the successors belong."""

    numbered: Sequence[Placed[State, Message, Seen]]


class Receive(NamedTuple):
    """Begin a level with those of these states that are new."""

    states: Sequence[int]


class Expand(NamedTuple):
    """Follow every delivery from that many more states of the level."""

    most: int


class Before(NamedTuple):
    """Find a state of a level from which a delivery leads to ``state``."""

    state: int
    level: int


class Beginning(NamedTuple, Generic[State, Message, Seen]):
    """The initial local states."""

    placed: Sequence[Placed[State, Message, Seen]]


class Routed(NamedTuple):
    """For each worker the successors that belong to it."""

    batches: Sequence[Sequence[int]]


class Received(NamedTuple):
    """How many states were new, the least that violates each property, and the memory in KiB."""

    new: int
    broken: Mapping[str, int]
    kibibytes: int


class Expanded(NamedTuple, Generic[State, Message, Seen]):
    """What was done of a level.

    Attributes:
        expanded: states that were expanded.
        left: states that were not.
        followed: transitions.
        stuck: for each property that is violated by being stuck, the least state.
        found: local states without a number.
        beyond: whether a process was beyond the scope of the question.
    """

    expanded: int
    left: int
    followed: int
    stuck: Mapping[str, int]
    found: Sequence[Placed[State, Message, Seen]]
    beyond: bool


class Step(NamedTuple, Generic[Event]):
    """The state before a delivery, what orders deliveries from it, and the delivery."""

    before: int
    place: int
    key: Key
    delivery: Delivery[Event]


class Predecessor(NamedTuple, Generic[Event]):
    """The least step that leads to a state, if there is one."""

    step: Step[Event] | None


Request: TypeAlias = Start | Learn[State, Message, Seen] | Receive | Expand | Before
Reply: TypeAlias = (
    Beginning[State, Message, Seen]
    | Routed
    | Received
    | Expanded[State, Message, Seen]
    | Predecessor[Event]
)

Ask: TypeAlias = Callable[
    [Sequence[Request[State, Message, Seen]]],
    Sequence[Reply[State, Message, Seen, Event]],
]
"""Lets every worker, in order, do what it is asked for, and yields their replies.

Raises :class:`WorkerDiedError` where one cannot reply any more.
"""


class WorkerDiedError(Exception):
    """A worker is gone, and the states that it held with it."""


class Recruit(Protocol):
    """Brings up the workers of a partitioned exploration."""

    @property
    def workers(self) -> int:
        """How many there are."""
        ...

    def __call__(
        self, system: System[State, Event, Message, Shown], observer: Observer[Shown, Seen]
    ) -> AbstractContextManager[Ask[State, Message, Seen, Event]]:
        """Workers for a system, which end with the context."""
        ...
