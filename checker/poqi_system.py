"""PoQI in an asynchronous network with Byzantine nodes, as a system that can be explored.

The honest nodes are the processes; their transition function is
:func:`poqi_core.step.step` and nothing else.  A Byzantine node can send, to anybody and at
any time, whatever it could sign: every message with a view, a sample and labels within the
question, and with one label more than the honest nodes use.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeAlias

from checker.system import Ignored, Outcome
from poqi_core.config import Config
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    Event,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Conflicted, Decided, Output, Rejected, Remark, Send
from poqi_core.prediction import Label
from poqi_core.run import Act, Run
from poqi_core.state import NodeState, initial
from poqi_core.step import may_heed, step, views_heard


class Packet(NamedTuple):
    """A message as an honest node sent it."""

    sender: int
    recipients: tuple[int, ...]
    message: Message


class Happening(NamedTuple):
    """An event, and the packet that it delivers if an honest node sent it."""

    event: Event
    packet: Packet | None


class Facts(NamedTuple):
    """What a step shows: its facts, and the state that it led to, for the rewards in it."""

    outputs: tuple[Output, ...]
    after: NodeState


PoqiOutcome: TypeAlias = Outcome[NodeState, Packet, Facts]


@dataclass(frozen=True)
class Setting:
    """One configuration to explore.

    Attributes:
        config: the parameters of the protocol.
        predicted: for each sample the label of each node, None for a Byzantine one.
        views: how many views a sample can take before the question no longer covers it.
        start_view: the view in which every node begins.
    """

    config: Config
    predicted: tuple[tuple[Label | None, ...], ...]
    views: int
    start_view: int = 0

    @cached_property
    def honest(self) -> tuple[int, ...]:
        """The honest nodes, in ascending order."""
        return tuple(node for node, label in enumerate(self.predicted[0]) if label is not None)

    @cached_property
    def byzantine(self) -> tuple[int, ...]:
        """The Byzantine nodes, in ascending order."""
        return tuple(node for node, label in enumerate(self.predicted[0]) if label is None)

    @cached_property
    def labels(self) -> int:
        """How many labels the adversary has: one more than the honest nodes use."""
        return 2 + max(label for row in self.predicted for label in row if label is not None)

    @cached_property
    def last_view(self) -> int:
        """The highest view that a node within the question can be in."""
        return self.start_view + len(self.predicted) * self.views - 1

    @cached_property
    def predicted_by_honest(self) -> tuple[dict[int, Label], ...]:
        """For each sample the label that each honest node predicts."""
        return tuple(
            {node: label for node, label in enumerate(row) if label is not None}
            for row in self.predicted
        )

    def run(self, network: str, acts: tuple[Act, ...]) -> Run:
        """The run of this setting in which ``acts`` happen."""
        return Run(
            config=self.config,
            network=network,
            start_view=self.start_view,
            honest=self.honest,
            predicted=self.predicted_by_honest,
            acts=acts,
            views=self.views,
        )


class Adversary:
    """What the Byzantine nodes of a setting can send."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def messages(self) -> Iterator[Received]:
        """Every message within the question, stamped with its Byzantine sender.

        Rewards have no effect on a receiver; they are 0.
        """
        for node in self._setting.byzantine:
            for view in range(self._setting.start_view, self._setting.last_view + 1):
                for message in self._of_view(node, view):
                    yield Received(node, message)
            for sample in range(len(self._setting.predicted)):
                for label in range(self._setting.labels):
                    yield Received(node, ConflictDecision(node, sample, label))

    def _of_view(self, node: int, view: int) -> Iterator[Message]:
        labels, nothing = range(self._setting.labels), Fraction(0)
        primary = self._setting.config.primary(view)
        yield ViewChange(node, view + 1, True, nothing)
        yield ViewChange(node, view + 1, False, nothing)
        for label in labels:
            if node == primary:
                yield PrePrepare(node, label, view, nothing)
                yield Decision(node, label, view)
            yield NodePrediction(node, label, view)
            yield Commit(node, label, label, view, nothing)
            for final in labels:
                yield Prepare(primary, label, final, view, nothing)


class PoqiSystem:
    """The honest nodes of a setting as a :class:`checker.system.System`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._config = setting.config
        self._always: dict[int, tuple[Happening, ...]] = {
            node: tuple(self._without_packet(node)) for node in setting.honest
        }

    @property
    def processes(self) -> Sequence[int]:
        """The honest nodes."""
        return self.setting.honest

    def initial(self, process: int) -> Sequence[NodeState]:
        """The one state in which the node begins."""
        return (initial(self._config, process, self.setting.start_view),)

    def _without_packet(self, node: int) -> Iterator[Happening]:
        setting, config = self.setting, self._config
        for index, row in enumerate(setting.predicted):
            label = row[node]
            assert label is not None
            yield Happening(Sample(index, label), None)
        for view in range(setting.start_view, setting.last_view + 1):
            if config.readings.timeout != "none":
                yield Happening(TimeOut(view), None)
            if config.collect is None:
                yield Happening(CollectionClosed(view), None)
        if config.readings.tie == "free":
            for sample in range(len(setting.predicted) - 1):
                for chosen in range(config.nodes):
                    yield Happening(TieBreak(sample, chosen), None)
        for received in Adversary(setting).messages():
            yield Happening(received, None)

    def events(self, process: int, sent: Collection[Packet]) -> Iterable[Happening]:
        """Samples, time-outs, choices, Byzantine messages, and what was sent to the node."""
        yield from self._always[process]
        for packet in sent:
            if process in packet.recipients:
                yield Happening(Received(packet.sender, packet.message), packet)

    def needs(self, event: Happening) -> Collection[Packet]:
        """The packet that is delivered, if an honest node sent it."""
        return () if event.packet is None else (event.packet,)

    def is_progress(self, event: Happening) -> bool:
        """Everything but a Byzantine message."""
        return event.packet is not None or not isinstance(event.event, Received)

    def slot(self, event: Happening) -> Hashable:
        """The view of a message or timer; None for what is tried in every state."""
        core_event = event.event
        match core_event:
            case Received(_, message):
                if isinstance(message, ConflictDecision):
                    return None
                return message.view - 1 if isinstance(message, ViewChange) else message.view
            case TimeOut() | CollectionClosed():
                return core_event.view
            case _:
                return None

    def slots(self, process: int, state: NodeState) -> Collection[Hashable] | None:
        """The views that the node can hear of."""
        views = views_heard(self._config, state)
        return None if views is None else (None, *views)

    def step(
        self, process: int, state: NodeState, event: Happening
    ) -> PoqiOutcome | Ignored | None:
        """One call of the core."""
        after, outputs = step(self._config, state, event.event)
        if after == state:
            first = outputs[0]
            lasts = isinstance(first, Remark) and first.reason.lasts
            return Ignored.LASTING if lasts else None
        sends = tuple(
            Packet(process, output.recipients, output.message)
            for output in outputs
            if isinstance(output, Send)
        )
        facts = self.facts(outputs)
        return Outcome(after, sends, Facts(facts, after) if facts else None)

    def stage(self, process: int, state: NodeState) -> Hashable:
        """The view, the sample, and whether the node's own network has answered."""
        return state.view, state.sample, state.prediction is None

    @staticmethod
    def facts(outputs: Iterable[Output]) -> tuple[Output, ...]:
        """The outputs that an observer sees."""
        return tuple(
            [output for output in outputs if isinstance(output, Decided | Rejected | Conflicted)]
        )

    def heeds(self, process: int, state: NodeState, message: Packet) -> bool:
        """Whether the node is a recipient and its views have not gone past the message."""
        return (
            process in message.recipients
            and self.in_scope(process, state)
            and may_heed(self._config, state, message.message)
        )

    def in_scope(self, process: int, state: NodeState) -> bool:
        """Whether the sample that the node works on has not used up its views."""
        return state.view - state.opened < self.setting.views
