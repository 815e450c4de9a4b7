"""PoQI in an asynchronous network with faulty nodes, as a system that can be explored.

The honest nodes are the processes; their transition function is
:func:`poqi_core.step.step` and nothing else.  A Byzantine node can send, to anybody and at
any time, whatever it could sign: every message with a view, a sample and labels within the
question, and with one label more than the honest nodes use.  A faulty node that runs the core is
a process as well, or two under one name; nothing obliges it to go on.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from checker.broadcast_adversary import BroadcastAdversary
from checker.evidence_adversary import EvidenceAdversary, Quoting
from checker.setting import Setting
from checker.signers import blind_output, blind_state
from checker.system import Ignored, Outcome
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    Endorsement,
    Event,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Proposal,
    Received,
    Relay,
    RoundEnded,
    Sample,
    SignedPrediction,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import (
    Conflicted,
    Decided,
    Output,
    Passed,
    Rejected,
    Remark,
    Send,
    Settled,
    Undecided,
)
from poqi_core.signatures import statements
from poqi_core.state import NodeState, initial
from poqi_core.step import may_heed, step, views_heard


class Packet(NamedTuple):
    """A message as an honest node sent it; without recipients, a statement that it has signed."""

    sender: int
    recipients: tuple[int, ...]
    message: Message


class Happening(NamedTuple):
    """An event, with what must be on record for it.

    Attributes:
        event: what befalls the node.
        packet: the packet that it delivers if an honest node sent it.
        quotes: the statements of honest nodes that it quotes if a Byzantine node sent it.
            Endorsements are not among them: they are quoted in rounds alone, which have a
            record of their own (:mod:`checker.local_rounds`).
        sure: whether it happens sooner or later in a fair network.
    """

    event: Event
    packet: Packet | None
    quotes: tuple[Packet, ...] = ()
    sure: bool = True


class Facts(NamedTuple):
    """What a step shows: its facts, and the state that it led to, for the rewards in it."""

    outputs: tuple[Output, ...]
    after: NodeState


PoqiOutcome: TypeAlias = Outcome[NodeState, Packet, Facts]


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


def byzantine_messages(setting: Setting) -> Iterator[Quoting]:
    """Every message that the faulty nodes of ``setting`` can make up, within the question."""
    if not setting.fault.forges:
        return iter(())
    if setting.config.has_ballots:
        return EvidenceAdversary(setting).messages()
    if setting.config.has_broadcast:
        return BroadcastAdversary(setting).messages()
    return (Quoting(received, ()) for received in Adversary(setting).messages())


class PoqiSystem:
    """The nodes of a setting that run the core, as a :class:`checker.system.System`."""

    def __init__(
        self, setting: Setting, *, name_signers: bool = True, shows_sends: bool = False
    ) -> None:
        """A system of ``setting``.

        Without ``name_signers`` a certificate says of how many nodes it is, and no longer of
        which; a run must then be made concrete (:mod:`checker.signers`).  With ``shows_sends``
        an observer sees what nodes send.
        """
        self.setting = setting
        self._shown: tuple[type[Output], ...] = (Settled, Decided, Rejected, Passed, Conflicted)
        if shows_sends:
            self._shown = (*self._shown, Send)
        self._name_signers = name_signers
        self._config = setting.config
        self._bounds = setting.run("", ())
        self._honest = frozenset(setting.honest)
        self._always: dict[int, tuple[Happening, ...]] = {
            process: tuple(self._without_packet(process)) for process in setting.processes
        }

    @property
    def processes(self) -> Sequence[int]:
        """The honest nodes, then the processes by which faulty ones run the core."""
        return self.setting.processes

    def initial(self, process: int) -> Sequence[NodeState]:
        """The one state in which the node begins."""
        return (initial(self._config, self._bounds.node_of(process), self.setting.start_view),)

    def _without_packet(self, process: int) -> Iterator[Happening]:
        if process in self._honest:
            yield from self._by_itself(process)
        else:
            for happening in self._by_itself(self._bounds.node_of(process)):
                yield happening._replace(sure=False)

    def _by_itself(self, node: int) -> Iterator[Happening]:
        setting, config = self.setting, self._config
        for index, row in enumerate(setting.predicted):
            label = row[node]
            for answer in range(setting.labels) if label is None else (label,):
                yield Happening(Sample(index, answer), None)
        if config.on_evidence:
            yield from self._in_ballots() if config.has_ballots else self._in_broadcast()
            for received, quotes in byzantine_messages(setting):
                on_record = tuple(
                    Packet(statement.node, (), statement)
                    for statement in quotes
                    if not isinstance(statement, Endorsement)
                )
                yield Happening(received, None, on_record, sure=False)
            return
        for view in range(setting.start_view, setting.last_view + 1):
            if config.readings.timeout != "none":
                yield Happening(TimeOut(view), None)
            if config.collect is None:
                yield Happening(CollectionClosed(view), None)
        if config.readings.tie == "free":
            for sample in range(len(setting.predicted) - 1):
                for chosen in range(config.nodes):
                    yield Happening(TieBreak(sample, chosen), None)
        for received, _ in byzantine_messages(setting):
            yield Happening(received, None, sure=False)

    def _in_ballots(self) -> Iterator[Happening]:
        setting, config = self.setting, self._config
        for sample in range(len(setting.predicted)):
            for ballot in range(setting.ballots):
                yield Happening(BallotCollectionClosed(sample, ballot), None)
                if config.readings.timeout == "ballot":
                    yield Happening(BallotTimeOut(sample, ballot), None)

    def _in_broadcast(self) -> Iterator[Happening]:
        for sample in range(len(self.setting.predicted)):
            for number in range(self._config.broadcast_rounds + 1):
                yield Happening(RoundEnded(sample, number), None)

    def events(self, process: int, sent: Collection[Packet]) -> Iterable[Happening]:
        """Samples, time-outs, choices, Byzantine messages, and what was sent to the node."""
        yield from self._always[process]
        node, honest = self._bounds.node_of(process), process in self._honest
        for packet in sent:
            if node in packet.recipients:
                received = Received(packet.sender, packet.message)
                sure = honest and packet.sender in self._honest
                yield Happening(received, packet, sure=sure)

    def needs(self, event: Happening) -> Collection[Packet]:
        """The packet that is delivered, or the statements that a Byzantine node quotes."""
        return event.quotes if event.packet is None else (event.packet,)

    def is_progress(self, event: Happening) -> bool:
        """Everything that befalls an honest node, but what a faulty one has sent."""
        return event.sure

    def slot(self, event: Happening) -> Hashable:
        """The view or ballot of a message or timer; None for what is tried in every state."""
        core_event = event.event
        match core_event:
            case Received(_, EvidencePrepare() | EvidenceCommit() as accepted):
                return accepted.sample, accepted.ballot, accepted.evidence
            case Received(_, SignedPrediction() | DecisionProof() as of_sample):
                return of_sample.sample, None
            case Received(_, Relay(_, prediction)):
                return prediction.sample, None
            case Received(_, Proposal() | BallotChange() as of_ballot):
                return of_ballot.sample, of_ballot.ballot
            case RoundEnded():
                return core_event.sample, None
            case BallotTimeOut() | BallotCollectionClosed():
                return core_event.sample, core_event.ballot
            case Received(_, ViewChange() as vote):
                return vote.view - 1
            case Received(
                _,
                PrePrepare() | NodePrediction() | Prepare() | Commit() | Decision() as of_view,
            ):
                return of_view.view
            case TimeOut() | CollectionClosed():
                return core_event.view
            case _:
                return None

    def slots(self, process: int, state: NodeState) -> Collection[Hashable] | None:
        """The views that the node can hear of; its ballot, and the evidence that it prepared."""
        if self._config.on_evidence:
            sample, log = state.sample, state.ballots
            prepared = (
                (sample, candidate.ballot, candidate.evidence) for candidate in log.candidates
            )
            return None, (sample, None), (sample, log.ballot), *prepared
        views = views_heard(self._config, state)
        return None if views is None else (None, *views)

    def step(
        self, process: int, state: NodeState, event: Happening
    ) -> PoqiOutcome | Ignored | None:
        """One call of the core."""
        if process not in self._honest and not self._bounds.follows(state):
            return None
        after, outputs = step(self._config, state, event.event)
        if not self._name_signers:
            after, outputs = blind_state(after), tuple(blind_output(output) for output in outputs)
        if after == state:
            first = outputs[0]
            lasts = isinstance(first, Remark) and first.reason.lasts
            return Ignored.LASTING if lasts else None
        sends = tuple(self._packets(process, outputs))
        facts = self.facts(outputs) if process in self._honest else ()
        return Outcome(after, sends, Facts(facts, after) if facts else None)

    def _packets(self, process: int, outputs: Iterable[Output]) -> Iterator[Packet]:
        """What a step sends, and what the node has signed by it for others to quote.

        A certificate that it sends says nothing new of it, and may name it for another node
        (:mod:`checker.signers`).
        """
        node = self._bounds.node_of(process)
        changes = self.setting.fault.changes and process not in self._honest
        for output in outputs:
            if isinstance(output, Send):
                message = output.message
                yield Packet(node, output.recipients, message)
                if changes:
                    for form in self._bounds.forms(message):
                        yield Packet(node, output.recipients, form)
                for statement in statements(message):
                    own = statement.node == process
                    if own and (statement == message or isinstance(statement, SignedPrediction)):
                        yield Packet(process, (), statement)

    def stage(self, process: int, state: NodeState) -> Hashable:
        """The view, sample and ballot, and whether the node's own network has answered."""
        return state.view, state.sample, state.ballots.ballot, state.prediction is None

    def facts(self, outputs: Iterable[Output]) -> tuple[Output, ...]:
        """The outputs that an observer sees."""
        return tuple(
            [
                output
                for output in outputs
                if isinstance(output, self._shown)
                or (isinstance(output, Undecided) and output.agreed)
            ]
        )

    def heeds(self, process: int, state: NodeState, message: Packet) -> bool:
        """Whether the node is a recipient and its views have not gone past the message.

        A statement can be quoted to anybody.
        """
        node = self._bounds.node_of(process)
        return (
            (node in message.recipients or not message.recipients)
            and self._bounds.follows(state)
            and may_heed(self._config, state, message.message)
        )

    def in_scope(self, process: int, state: NodeState) -> bool:
        """Whether the sample that the node works on has not used up its views and ballots.

        A faulty node that has used them up does nothing more, which it may do at any time.
        """
        return process not in self._honest or self._bounds.follows(state)
