"""Nodes as a simulation steps them, and the plain way to do it: every step by the core."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

from poqi_core import Config, NodeState, step
from poqi_core.messages import Event, Message, Received
from poqi_core.outputs import Decided, Output, Send, Undecided
from poqi_core.state import Conflict
from runner.translation import Translation, holds_no_label


class Occurrence:
    """An event on its way; the same event is the same object while it is tabulated."""

    __slots__ = ("event",)

    def __init__(self, event: Event) -> None:
        self.event = event


class Sending(NamedTuple):
    """A message that leaves a node."""

    recipients: tuple[int, ...]
    kind: type[Message]
    occurrence: Occurrence


class Local:
    """A state of a node, with the steps from it that are known; compared by identity."""

    __slots__ = ("moved", "moves", "state", "waits")

    def __init__(self, state: NodeState) -> None:
        self.state = state
        self.moves: dict[Occurrence, Move] = {}
        self.waits = holds_no_label(state)
        """Whether the node just waits for its sample."""
        self.moved: dict[tuple[int, int], Local] = {}
        """The same moved back by views and samples, where it just waits."""


class Move(NamedTuple):
    """A step: where it leads, and what comes of it."""

    local: Local | None
    """None: it has no effect."""
    sendings: tuple[Sending, ...] = ()
    facts: tuple[Decided | Undecided, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Conflict samples that are new and to be kept aside (:attr:`Body.conflicts`)."""
    decides: bool = False
    """Whether conflict samples that are kept aside would fall with it."""


NO_EFFECT = Move(None)
"""A step without effect."""


class Body:
    """What of a node a simulation carries along.  Plain steps keep all of it in ``local``."""

    __slots__ = ("conflicts", "local", "rewards")

    def __init__(self, local: Local, rewards: tuple[Fraction, ...]) -> None:
        self.local = local
        self.rewards = rewards
        """The rewards on which those in ``local`` are an effect."""
        self.conflicts: list[Conflict] = []
        """The conflict samples that wait, beside those in ``local``; as they are in the run."""


class Steps(Protocol):
    """How nodes are stepped."""

    @property
    def base(self) -> Translation:
        """How what stands in states and events becomes what it is in the run."""

    def body(self, state: NodeState) -> Body:
        """A node in ``state``."""

    def occurrence(self, event: Event) -> Occurrence:
        """``event`` on its way."""

    def move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step of a node by an event that is not among the known moves of its state."""

    def real_move(self, body: Body, occurrence: Occurrence) -> Move:
        """The same with the node as it is, what is kept aside included."""

    def rewards(self, body: Body) -> tuple[Fraction, ...]:
        """The rewards that a node has on record."""

    def conflicts(self, body: Body) -> Sequence[Conflict]:
        """The conflict samples that wait at a node, as in states."""


class PlainSteps:
    """Every step by the core."""

    def __init__(self, config: Config, classes: int) -> None:
        self._config = config
        self.base = Translation(0, 0, tuple(range(classes)))

    def body(self, state: NodeState) -> Body:
        """A node in ``state``."""
        return Body(Local(state), state.rewards)

    def occurrence(self, event: Event) -> Occurrence:
        """A new one."""
        return Occurrence(event)

    def move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step, which is not kept."""
        local = body.local
        after, outputs = step(self._config, local.state, occurrence.event)
        if after is local.state:
            return NO_EFFECT
        sendings = tuple(
            Sending(
                output.recipients,
                type(output.message),
                Occurrence(Received(after.node, output.message)),
            )
            for output in outputs
            if isinstance(output, Send)
        )
        return Move(Local(after), sendings, facts_of(outputs))

    real_move = move

    def rewards(self, body: Body) -> tuple[Fraction, ...]:
        """Those in its state."""
        return body.local.state.rewards

    def conflicts(self, body: Body) -> Sequence[Conflict]:
        """Those in its state."""
        return body.local.state.conflicts


def facts_of(outputs: tuple[Output, ...]) -> tuple[Decided | Undecided, ...]:
    """What of the outputs of a step a run keeps a record of."""
    return tuple(output for output in outputs if isinstance(output, Decided | Undecided))
