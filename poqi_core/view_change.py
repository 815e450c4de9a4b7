"""View change (section III.1): pre-prepares, votes against the primary, rejection."""

from poqi_core import conflict, rewards
from poqi_core.clauses import Clause
from poqi_core.messages import NodePrediction, PrePrepare, TimeOut, ViewChange
from poqi_core.outputs import Reason, Rejected
from poqi_core.prediction import Label
from poqi_core.state import EMPTY_LOG, EarlierView
from poqi_core.turn import Turn


def hear(turn: Turn, primary: int, label: Label) -> None:
    """Remember with which label ``primary`` counts, should the sample become a conflict."""
    heard = turn.state.heard
    if heard and heard[primary] is None:
        turn.state = turn.state._replace(heard=(*heard[:primary], label, *heard[primary + 1 :]))


def on_preprepare(turn: Turn, message: PrePrepare) -> Reason | None:
    """A validator compares the primary's label with its own (eq. 3)."""
    config, state, log = turn.config, turn.state, turn.state.log
    if message.primary != config.primary(message.view):
        return Reason.NOT_THE_PRIMARY
    if message.view != state.view:
        if config.readings.wrong_view == "vote" and not (turn.is_primary or log.objected_view):
            _object_view(turn)
        return turn.misplaced(message.view)
    own = state.prediction
    if own is None:
        return Reason.EARLY
    if log.heard and config.readings.first_preprepare_only == "yes":
        return Reason.DUPLICATE
    agrees = message.label == turn.own_label
    if log.heard and (log.agreed if agrees else log.objected):
        return Reason.DUPLICATE
    hear(turn, message.primary, message.label)
    turn.log(log._replace(heard=True, agreed=log.agreed or agrees))
    if agrees:
        turn.cite(Clause.AGREE)
        only = message.primary if config.readings.predictions_to == "primary" else None
        turn.send(NodePrediction(state.node, own, state.view), only=only)
        return None
    turn.cite(Clause.OBJECT)
    if not log.objected:
        _object(turn)
    return None


def _object(turn: Turn) -> None:
    """Vote against the primary with vo = 1 and log the own vote."""
    state, log = turn.state, turn.state.log
    _multicast_vote(turn, objection=True)
    turn.log(log._replace(objected=True, objectors=log.objectors | 1 << state.node))
    _reject_if_outvoted(turn)


def _object_view(turn: Turn) -> None:
    """Answer a pre-prepare of another view with a vote vo = 0 (reading ``wrong_view=vote``)."""
    turn.cite(Clause.OBJECT_VIEW)
    _multicast_vote(turn, objection=False)
    turn.log(turn.state.log._replace(objected_view=True))


def _multicast_vote(turn: Turn, *, objection: bool) -> None:
    state = turn.state
    vote = ViewChange(state.node, state.view + 1, objection, turn.own_reward)
    hears = turn.config.readings.primary_hears_view_change == "yes"
    turn.send(vote, but=None if hears else turn.primary)


def on_view_change(turn: Turn, message: ViewChange) -> Reason | None:
    """A node logs a validator's vote against the primary of its view."""
    config, log = turn.config, turn.state.log
    if not message.objection:
        return Reason.NO_OBJECTION
    misplaced = turn.misplaced(message.view - 1)
    if misplaced is not None:
        return misplaced
    if message.node == turn.primary:
        return Reason.NOT_A_VALIDATOR
    if turn.is_primary and config.readings.primary_hears_view_change == "no":
        return Reason.NOT_FOR_THIS_NODE
    if log.objectors >> message.node & 1:
        return Reason.DUPLICATE
    turn.cite(Clause.VOTE_LOG)
    turn.log(log._replace(objectors=log.objectors | 1 << message.node))
    _reject_if_outvoted(turn)
    return None


def on_time_out(turn: Turn, event: TimeOut) -> Reason | None:
    """A validator stops waiting for the primary of its view (reading ``timeout``)."""
    if turn.config.readings.timeout == "none":
        return Reason.NOT_BINDING
    misplaced = turn.misplaced(event.view)
    if misplaced is not None:
        return misplaced
    if turn.is_primary:
        return Reason.NOT_A_VALIDATOR
    if turn.state.log.objected:
        return Reason.DUPLICATE
    turn.cite(Clause.TIME_OUT)
    _object(turn)
    return None


def _reject_if_outvoted(turn: Turn) -> None:
    """sum(vo)/N >= 0.5 on the node's own log: the primary is rejected (section III.1, eq. 4)."""
    config, state = turn.config, turn.state
    if not config.rejects(state.log.objectors.bit_count()):
        return
    turn.cite(Clause.REJECTION)
    turn.emit(Rejected(state.sample, state.view))
    rewards.penalise(turn, turn.primary)
    earlier = state.earlier
    if config.readings.late_messages == "yes" and state.log.commits:
        earlier = (*earlier, EarlierView(state.view, state.log.commits))
    turn.state = turn.state._replace(view=state.view + 1, log=EMPTY_LOG, earlier=earlier)
    if turn.state.view - state.opened >= config.conflict_after:
        conflict.declare(turn)
