"""Broadcast of everybody's prediction in lock-step rounds (reading ``agree_on=broadcast``).

A variant of the repaired flow for synchronous networks, in which half of the nodes may be
faulty: N >= 2f+1.  Every node signs its prediction and sends it to all.  In the r-th round
after the sample came a node accepts a prediction that carries r signatures, its author's among
them, adds its own and passes it on.  After f+1 rounds all honest nodes have accepted the same:
what is accepted in the last round carries the signature of an honest node, which passed it on
before.  Two predictions of one author prove it faulty, so no more than two are passed on, and
neither is evidence.  This is the algorithm of Dolev and Strong (Authenticated algorithms for
Byzantine agreement, SIAM J. Comput. 12, 1983), one instance for each node;
:mod:`poqi_core.judgement` computes the rest.
"""

from poqi_core.clauses import Clause
from poqi_core.messages import Evidence, Relay, RoundEnded, Sample, SignedPrediction
from poqi_core.outputs import Reason
from poqi_core.settlement import settle, take_sample
from poqi_core.state import BroadcastLog
from poqi_core.turn import Turn


def on_sample(turn: Turn, event: Sample) -> Reason | None:
    """The node's own network has classified the sample (eq. 2, 3)."""
    reason = take_sample(turn, event)
    if reason is not None:
        return reason
    turn.cite(Clause.BROADCAST)
    state, label = turn.state, turn.own_label
    assert label is not None
    own = SignedPrediction(state.node, state.sample, label)
    _log(turn, state.broadcast._replace(accepted=(own,)))
    turn.send(Relay(state.node, own, 1 << state.node))
    return None


def on_relay(turn: Turn, message: Relay) -> Reason | None:
    """Somebody passes a prediction on, its own or another's."""
    state, prediction = turn.state, message.prediction
    misplaced = _misplaced(turn, prediction.sample)
    if misplaced is not None:
        return misplaced
    log, author = state.broadcast, prediction.node
    if log.round == 0:
        return Reason.EARLY
    if not _is_signed(turn, message):
        return Reason.TOO_FEW_SIGNATURES
    if log.equivocators >> author & 1:
        return Reason.EQUIVOCATED
    others = tuple(known for known in log.accepted if known.node != author)
    if prediction in log.accepted:
        return Reason.DUPLICATE
    if len(others) < len(log.accepted) and turn.config.readings.relay_second == "no":
        return Reason.NOT_BINDING
    turn.cite(Clause.ACCEPT)
    if len(others) < len(log.accepted):
        turn.cite(Clause.EQUIVOCATION)
        equivocators = log.equivocators | 1 << author
        _log(turn, log._replace(accepted=others, equivocators=equivocators))
    else:
        _log(turn, log._replace(accepted=_ordered(*others, prediction)))
    if log.round < turn.config.broadcast_rounds:
        turn.cite(Clause.ENDORSE)
        signers = message.signers | 1 << state.node
        turn.send(Relay(state.node, prediction, signers), but=author)
    return None


def on_round_ended(turn: Turn, event: RoundEnded) -> Reason | None:
    """The next round of the sample begins; after the last one its evidence is settled."""
    misplaced = _misplaced(turn, event.sample)
    if misplaced is not None:
        return misplaced
    log = turn.state.broadcast
    if event.round != log.round:
        return Reason.STALE if event.round < log.round else Reason.EARLY
    turn.cite(Clause.ROUND_OVER)
    if log.round < turn.config.broadcast_rounds:
        _log(turn, log._replace(round=log.round + 1))
    else:
        settle(turn, log.accepted)
    return None


def _log(turn: Turn, log: BroadcastLog) -> None:
    turn.state = turn.state._replace(broadcast=log)


def _ordered(*predictions: SignedPrediction) -> Evidence:
    return tuple(sorted(predictions, key=lambda signed: signed.node))


def _misplaced(turn: Turn, sample: int) -> Reason | None:
    """Why something about ``sample`` is not about what the node works on, if so."""
    state = turn.state
    if sample != state.sample:
        return Reason.EARLY if sample > state.sample else Reason.STALE
    return Reason.EARLY if state.prediction is None else None


def _is_signed(turn: Turn, message: Relay) -> bool:
    """Whether a prediction carries the signatures that it needs in the node's round."""
    needed = turn.config.readings.broadcast_signatures
    if needed == "none":
        return True
    signers = message.signers
    if not (signers >> message.prediction.node & 1 and signers >> message.node & 1):
        return False
    return needed == "author" or signers.bit_count() >= turn.state.broadcast.round
