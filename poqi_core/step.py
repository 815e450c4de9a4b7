"""The transition function: everything that affects a node happens here.

``step`` is pure and total.  An event that the readings give no effect leaves the state as
it is, the very same object, and yields a single remark that says why.  Whatever takes
effect cites its clause of section III.
"""

from poqi_core import ballots, broadcast, conflict, normal_operation, rewards, view_change
from poqi_core.clauses import Clause
from poqi_core.config import Config
from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    BallotCollectionClosed,
    BallotTimeOut,
    Commit,
    ConflictDecision,
    Crash,
    Decision,
    Event,
    EvidenceMessage,
    LabelMessage,
    Message,
    NextSample,
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
    Timer,
    ViewChange,
)
from poqi_core.outputs import Output, Reason, Remark, Undecided
from poqi_core.prediction import Softmax, label_of
from poqi_core.state import NodeState, finished
from poqi_core.turn import Turn

_REMARKS: dict[Reason, tuple[Output, ...]] = {reason: (Remark(reason),) for reason in Reason}

_KINDS = (
    PrePrepare,
    NodePrediction,
    ViewChange,
    Prepare,
    Commit,
    Decision,
    ConflictDecision,
    *EVIDENCE_MESSAGES,
    Relay,
)

_OF_SAMPLES = (ConflictDecision, *EVIDENCE_MESSAGES, Relay)
"""The kinds of messages that belong to a sample; the others belong to a view."""


def step(config: Config, state: NodeState, event: Event) -> tuple[NodeState, tuple[Output, ...]]:
    """What ``event`` does to a node in ``state``: its next state and what it puts out."""
    turn = Turn(config, state)
    reason = _handle(turn, event)
    if reason and reason.waits and config.keep_early and isinstance(event, Received):
        reason = _keep(turn, event, reason)
    if turn.state is state:
        return state, _REMARKS[Reason.DUPLICATE if reason is None else reason]
    _propose(turn)
    _retry_kept(turn)
    return turn.state, tuple(turn.outputs)


def _propose(turn: Turn) -> None:
    if not turn.config.on_evidence:
        normal_operation.propose_if_primary(turn)


def views_heard(config: Config, state: NodeState) -> range | None:
    """The views of which a message or a timer can have an effect; None: of any view.

    It says nothing about conflict decisions, which belong to no view, nor about what belongs
    to a ballot.
    """
    if config.readings.wrong_view == "vote":
        return None
    if finished(config, state):
        return range(0)
    first = state.opened if config.readings.late_messages == "yes" else state.view
    last = state.view + config.nodes if config.keep_early else state.view
    return range(first, last + 1)


def may_heed(config: Config, state: NodeState, message: Message) -> bool:
    """Whether ``message`` can have an effect on a node in ``state`` or in any later state.

    False is certain, True is not: views and samples only grow, so a message of a view or sample
    that is over for the node, or of any once it has finished, will never matter to it again.
    """
    if isinstance(message, (*EVIDENCE_MESSAGES, Relay)):
        sample = message.prediction.sample if isinstance(message, Relay) else message.sample
        return sample >= state.sample and not finished(config, state)
    if isinstance(message, ConflictDecision) or config.readings.wrong_view == "vote":
        return True
    views = views_heard(config, state)
    view = message.view - 1 if isinstance(message, ViewChange) else message.view
    return views is None or (len(views) > 0 and view >= views.start)


def _handle(turn: Turn, event: Event) -> Reason | None:
    """Apply one event; a reason says why it had no effect."""
    config, state = turn.config, turn.state
    match event:
        case Received(sender, message):
            return _receive(turn, sender, message)
        case NextSample():
            return _on_next_sample(turn, event)
        case TieBreak():
            return conflict.on_tie_break(turn, event)
        case Crash():
            return Reason.NOT_BINDING
    if finished(config, state):
        return Reason.FINISHED
    if isinstance(event, Sample):
        if _is_malformed(event.prediction):
            return Reason.MALFORMED
        if config.has_ballots:
            return ballots.on_sample(turn, event)
        if config.has_broadcast:
            return broadcast.on_sample(turn, event)
        return normal_operation.on_sample(turn, event)
    return _on_timer(turn, event)


def _on_timer(turn: Turn, event: Timer) -> Reason | None:
    """Time has passed; of each way to agree only its own timers mean anything."""
    config = turn.config
    if isinstance(event, RoundEnded) != config.has_broadcast:
        return Reason.NOT_BINDING
    if isinstance(event, RoundEnded):
        return broadcast.on_round_ended(turn, event)
    if isinstance(event, BallotTimeOut | BallotCollectionClosed) != config.has_ballots:
        return Reason.NOT_BINDING
    if isinstance(event, BallotTimeOut):
        return ballots.on_time_out(turn, event)
    if isinstance(event, BallotCollectionClosed):
        return ballots.on_collection_closed(turn, event)
    if isinstance(event, TimeOut):
        return view_change.on_time_out(turn, event)
    return normal_operation.on_collection_closed(turn, event)


def _receive(turn: Turn, sender: int, message: Message) -> Reason | None:
    """Hand a message that the channel of ``sender`` delivered to the arm for its kind."""
    config, state = turn.config, turn.state
    if not 0 <= sender < config.nodes:
        return Reason.MALFORMED
    if sender == state.node:
        return Reason.DUPLICATE
    if isinstance(message, Relay) != config.has_broadcast:
        return Reason.NOT_BINDING
    if isinstance(message, Relay):
        return _receive_relay(turn, sender, message)
    if isinstance(message, EVIDENCE_MESSAGES) != config.has_ballots:
        return Reason.NOT_BINDING
    if isinstance(message, EVIDENCE_MESSAGES):
        return _receive_evidence(turn, sender, message)
    return _receive_label(turn, sender, message)


def _receive_evidence(turn: Turn, sender: int, message: EvidenceMessage) -> Reason | None:
    """A message of the repaired flow."""
    if (message.leader if isinstance(message, Proposal) else message.node) != sender:
        return Reason.NOT_THE_SENDER
    if finished(turn.config, turn.state):
        return Reason.FINISHED
    if isinstance(message, SignedPrediction):
        if message.label < 0:
            return Reason.MALFORMED
    elif message.ballot < 0:
        return Reason.MALFORMED
    return ballots.on_message(turn, message)


def _receive_relay(turn: Turn, sender: int, message: Relay) -> Reason | None:
    """A message of the broadcast."""
    config, prediction = turn.config, message.prediction
    if message.node != sender:
        return Reason.NOT_THE_SENDER
    if finished(config, turn.state):
        return Reason.FINISHED
    exists = 0 <= prediction.node < config.nodes and prediction.label >= 0
    if not exists or not 0 <= message.signers < 1 << config.nodes:
        return Reason.MALFORMED
    return broadcast.on_relay(turn, message)


def _receive_label(turn: Turn, sender: int, message: LabelMessage) -> Reason | None:
    """A message of the published flow."""
    config, state = turn.config, turn.state
    if isinstance(message, ConflictDecision):
        if message.node != sender:
            return Reason.NOT_THE_SENDER
        if message.label < 0:
            return Reason.MALFORMED
        return conflict.on_conflict_decision(turn, message)
    if finished(config, state):
        return Reason.FINISHED
    match message:
        case Prepare():
            if message.label < 0 or _is_malformed(message.final):
                return Reason.MALFORMED
            return normal_operation.on_prepare(turn, sender, message)
        case Commit():
            if message.node != sender:
                return Reason.NOT_THE_SENDER
            if message.label < 0 or _is_malformed(message.final):
                return Reason.MALFORMED
            return normal_operation.on_commit(turn, message)
        case NodePrediction():
            if message.node != sender:
                return Reason.NOT_THE_SENDER
            return normal_operation.on_prediction(turn, message)
        case ViewChange():
            if message.node != sender:
                return Reason.NOT_THE_SENDER
            return view_change.on_view_change(turn, message)
        case PrePrepare():
            if message.primary != sender:
                return Reason.NOT_THE_SENDER
            if message.label < 0:
                return Reason.MALFORMED
            return view_change.on_preprepare(turn, message)
    if message.primary != sender:
        return Reason.NOT_THE_SENDER
    if message.label < 0:
        return Reason.MALFORMED
    return normal_operation.on_decision(turn, message)


def _is_malformed(prediction: int | Softmax) -> bool:
    label = label_of(prediction)
    return label < 0 or (isinstance(prediction, Softmax) and label >= len(prediction.vector))


def _on_next_sample(turn: Turn, event: NextSample) -> Reason | None:
    """The environment gives up every sample before ``event.index``."""
    state = turn.state
    if finished(turn.config, state):
        return Reason.FINISHED
    samples = turn.config.samples
    if samples is not None and event.index > samples:
        return Reason.MALFORMED
    untouched = state.prediction is None and not state.decided
    waits = event.index == state.sample and untouched and event.view > state.view
    if not waits and (event.index <= state.sample or event.view < state.view):
        return Reason.STALE
    turn.cite(Clause.NEXT_SAMPLE)
    if state.log.heard:
        rewards.keep_majority(turn)
    for sample in range(state.sample, event.index):
        if not (state.decided and sample == state.sample):
            turn.emit(Undecided(sample))
    conflict.begin_sample(turn, event.index, event.view)
    return None


def _place(kept: Received) -> tuple[int, int, int, int]:
    """The order in which kept messages are tried again: view or sample, ballot, kind, sender."""
    message = kept.message
    ballot = 0
    match message:
        case ConflictDecision() | SignedPrediction():
            when = message.sample
        case ViewChange():
            when = message.view - 1
        case PrePrepare() | NodePrediction() | Prepare() | Commit() | Decision():
            when = message.view
        case Relay():
            when = message.prediction.sample
        case _:
            when, ballot = message.sample, message.ballot
    return when, ballot, _KINDS.index(type(message)), kept.sender


def _now(state: NodeState, message: Message) -> int:
    """Where the node is, by the count of :func:`_place`."""
    return state.sample if isinstance(message, _OF_SAMPLES) else state.view


def _is_ahead(state: NodeState, kept: Received) -> bool:
    """Whether a kept message is of a view that the node is not in yet.

    It was answered once, when it came (reading ``wrong_view=vote``), and is not again.
    """
    message = kept.message
    return not isinstance(message, ConflictDecision) and _place(kept)[0] > _now(state, message)


def _keep(turn: Turn, event: Received, reason: Reason) -> Reason | None:
    """Keep a message of a later step: one of each kind a sender and view, N views ahead at most."""
    state, nodes = turn.state, turn.config.nodes
    place = _place(event)
    if place[0] > _now(state, event.message) + nodes or place[1] > state.ballots.ballot + nodes:
        return reason
    if any(_place(kept) == place for kept in state.early):
        return Reason.DUPLICATE
    turn.cite(Clause.EARLY)
    turn.state = state._replace(early=tuple(sorted((*state.early, event), key=_place)))
    return None


def _retry_kept(turn: Turn) -> None:
    """Try the kept messages again until none of them can take effect yet."""
    settled = False
    while not settled:
        settled = True
        for kept in turn.state.early:
            if _is_ahead(turn.state, kept):
                continue
            reason = _handle(turn, kept)
            if reason is None or not reason.waits:
                early = tuple(other for other in turn.state.early if other != kept)
                turn.state = turn.state._replace(early=early)
                _propose(turn)
                settled = False
                break
