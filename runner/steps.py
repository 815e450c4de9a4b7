"""Nodes as a simulation steps them, and the plain way to do it: every step by the core."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

from poqi_core import Config, Label, NodeState, Prediction, step
from poqi_core.messages import Event, Message, Received, Sample
from poqi_core.outputs import Decided, Output, Send, Undecided
from poqi_core.state import Conflict
from runner.names import Names
from runner.reward_effects import Effect
from runner.translation import Translation, holds_no_label


class Occurrence:
    """An event as it befalls a node; the same event is the same object while it is tabulated."""

    __slots__ = ("event", "labels", "renamed")

    def __init__(self, event: Event, labels: tuple[Label, ...] = ()) -> None:
        self.event = event
        self.labels = labels
        """Those that other nodes call differently."""
        self.renamed: dict[tuple[Label, ...], Occurrence] = {}
        """The same with other labels instead of those."""


class Parcel(NamedTuple):
    """An event on its way to a node."""

    occurrence: Occurrence
    labels: tuple[Label, ...] = ()
    """How the run calls the labels of the occurrence; none are to be renamed if it is empty."""

    @property
    def event(self) -> Event:
        """The event, where labels have the names that its sender gave them."""
        return self.occurrence.event


class Sending(NamedTuple):
    """A message that leaves a node."""

    recipients: tuple[int, ...]
    kind: type[Message]
    occurrence: Occurrence


class Local:
    """A state of a node, with the steps from it that are known; compared by identity."""

    __slots__ = ("effects", "moved", "moves", "state", "waits")

    def __init__(self, state: NodeState) -> None:
        self.state = state
        self.moves: dict[Occurrence, Move] = {}
        self.waits = holds_no_label(state)
        """Whether the node just waits for its sample."""
        self.moved: dict[tuple[int, int], Local] = {}
        """The same moved back by views and samples."""
        self.effects: tuple[tuple[int, Effect], ...] | None = None
        """What has become of whose rewards, once somebody has asked."""


class Move(NamedTuple):
    """A step: where it leads, and what comes of it."""

    local: Local | None
    """None: it has no effect."""
    sendings: tuple[Sending, ...] = ()
    facts: tuple[Decided | Undecided, ...] = ()
    heard: tuple[tuple[int, Label], ...] = ()
    """From whom which label was heard, as far as that is to be kept aside."""
    forgets: bool = False
    """Whether what was heard before is of no use any more."""
    decides: bool = False
    """Whether conflict samples that are kept aside would fall with it."""


NO_EFFECT = Move(None)
"""A step without effect."""

REAL = Move(None)
"""A step that depends on what is kept aside, so that it is taken with that each time."""


class Body:
    """What of a node a simulation carries along.  Plain steps keep all of it in ``local``."""

    __slots__ = ("conflicts", "heard", "local", "names", "rewards")

    def __init__(self, local: Local, rewards: tuple[Fraction, ...]) -> None:
        self.local = local
        self.names = Names()
        """How ``local`` calls the labels, where steps rename them."""
        self.rewards = rewards
        """The rewards on which those in ``local`` are an effect."""
        self.conflicts: list[Conflict] = []
        """The conflict samples that wait, beside those in ``local``; as they are in the run."""
        self.heard: dict[int, Label] = {}
        """The labels heard from primaries, beside those in ``local``; as they are in the run."""


class Base(NamedTuple):
    """From where views and samples are counted."""

    views: int
    samples: int


class Steps(Protocol):
    """How nodes are stepped."""

    @property
    def base(self) -> Base:
        """From where views and samples in states and events are counted."""

    def translation(self, body: Body) -> Translation:
        """How what stands in a node's state and events becomes what it is in the run."""

    def label(self, body: Body, label: Label) -> Label:
        """How the run calls what a node calls ``label``."""

    def body(self, state: NodeState) -> Body:
        """A node in ``state``, in which no label stands."""

    def occurrence(self, event: Event) -> Occurrence:
        """``event``, in which no label stands, as it befalls any node."""

    def prediction(self, body: Body, sample: int, prediction: Prediction) -> Occurrence:
        """The node's own network has classified its sample."""

    def parcel(self, body: Body, occurrence: Occurrence) -> Parcel:
        """What the node sends, on its way."""

    def arrived(self, body: Body, parcel: Parcel) -> Occurrence:
        """What befalls a node with a parcel with labels that were not among the renamed yet."""

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

    base = Base(0, 0)

    def __init__(self, config: Config, classes: int) -> None:
        self._config = config
        self._translation = Translation(*self.base, tuple(range(classes)))

    def translation(self, body: Body) -> Translation:
        """Nothing is translated."""
        return self._translation

    def label(self, body: Body, label: Label) -> Label:
        """The same."""
        return label

    def body(self, state: NodeState) -> Body:
        """A node in ``state``."""
        return Body(Local(state), state.rewards)

    def occurrence(self, event: Event) -> Occurrence:
        """A new one."""
        return Occurrence(event)

    def prediction(self, body: Body, sample: int, prediction: Prediction) -> Occurrence:
        """A new one."""
        return Occurrence(Sample(sample, prediction))

    def parcel(self, body: Body, occurrence: Occurrence) -> Parcel:
        """It as it is."""
        return Parcel(occurrence)

    def arrived(self, body: Body, parcel: Parcel) -> Occurrence:
        """What was sent."""
        return parcel.occurrence

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
