"""Agreement on evidence, the repair of the published flow (reading ``agree_on=evidence``).

For each sample there are ballots 0, 1, ...  Every node hands its signed prediction to the leader
of its ballot, who proposes those that it has.  A node prepares valid evidence once a ballot,
whatever its own label, commits on a quorum of prepares in the ballot that it is in, and is
locked then; a quorum of commits decides.  A node that waits too long changes the ballot and
shows its lock, and the next leader must propose the highest lock that it hears of.  This is
the view change of PBFT (Castro and Liskov, OSDI 1999) with sets of predictions for requests;
:mod:`poqi_core.judgement` computes the rest.
"""

from poqi_core.clauses import Clause
from poqi_core.judgement import is_evidence
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidenceMessage,
    EvidencePrepare,
    PreparedCertificate,
    Proposal,
    Sample,
    SignedPrediction,
)
from poqi_core.outputs import Reason
from poqi_core.settlement import settle, take_sample
from poqi_core.state import BallotLog, Candidate, LockHeard
from poqi_core.turn import Turn


def on_sample(turn: Turn, event: Sample) -> Reason | None:
    """The node's own network has classified the sample (eq. 2, 3)."""
    reason = take_sample(turn, event)
    if reason is None:
        _hand_in(turn)
    return reason


def on_message(turn: Turn, message: EvidenceMessage) -> Reason | None:
    """A message of the sample that the node works on, from the node that it names."""
    state = turn.state
    if message.sample != state.sample:
        return Reason.EARLY if message.sample > state.sample else Reason.STALE
    if state.prediction is None:
        return Reason.EARLY
    match message:
        case SignedPrediction():
            return _on_signed_prediction(turn, message)
        case Proposal():
            return _on_proposal(turn, message)
        case EvidencePrepare():
            return _on_prepare(turn, message)
        case EvidenceCommit():
            return _on_commit(turn, message)
        case BallotChange():
            return _on_ballot_change(turn, message)
    return _on_decision_proof(turn, message)


def _log(turn: Turn, log: BallotLog) -> None:
    turn.state = turn.state._replace(ballots=log)


def _leader(turn: Turn) -> int:
    return turn.config.leader(turn.state.sample, turn.state.ballots.ballot)


def _misplaced(turn: Turn, ballot: int) -> Reason | None:
    """Why a message of ``ballot`` does not belong to the ballot that the node is in, if so."""
    current = turn.state.ballots.ballot
    if ballot == current:
        return None
    return Reason.STALE if ballot < current else Reason.EARLY


def _hand_in(turn: Turn) -> None:
    """The node's prediction goes to the leader of its ballot, signed."""
    turn.cite(Clause.HAND_IN)
    state, label = turn.state, turn.own_label
    assert label is not None
    signed = SignedPrediction(state.node, state.sample, label)
    leader = _leader(turn)
    if leader == state.node:
        _collect(turn, signed)
    else:
        turn.send(signed, only=leader)


def _collect(turn: Turn, signed: SignedPrediction) -> None:
    log = turn.state.ballots
    collected = tuple(sorted((*log.collected, signed), key=lambda other: other.node))
    _log(turn, log._replace(collected=collected))
    _propose_if_all_are_in(turn)


def _on_signed_prediction(turn: Turn, message: SignedPrediction) -> Reason | None:
    log = turn.state.ballots
    if _leader(turn) != turn.state.node:
        return Reason.EARLY  # it may be for a later ballot, which its sender has got to
    if _has_prepared(log):
        return Reason.PREPARED_ALREADY
    if any(signed.node == message.node for signed in log.collected):
        return Reason.DUPLICATE
    turn.cite(Clause.COLLECT)
    _collect(turn, message)
    return None


def on_collection_closed(turn: Turn, event: BallotCollectionClosed) -> Reason | None:
    """The leader need not wait any longer: it proposes if it has enough."""
    misplaced = _misplaced_timer(turn, event.sample, event.ballot)
    if misplaced is not None:
        return misplaced
    if _leader(turn) != turn.state.node:
        return Reason.NOT_FOR_THIS_NODE
    if _has_prepared(turn.state.ballots):
        return Reason.PREPARED_ALREADY
    return None if _propose_if_enough(turn) else Reason.UNEXPECTED


def _propose_if_all_are_in(turn: Turn) -> None:
    """Nobody is left whom the leader could wait for, and it has not proposed yet."""
    log, nodes = turn.state.ballots, turn.config.nodes
    if _has_prepared(log):
        return
    if len(log.collected) == nodes and (log.ballot == 0 or len(log.changes) == nodes):
        _propose_if_enough(turn)


def _propose_if_enough(turn: Turn) -> bool:
    """The leader proposes the highest lock that it heard of, or else what it has collected."""
    config, state, log = turn.config, turn.state, turn.state.ballots
    if log.ballot and len(log.changes) < _changes_needed(turn):
        return False
    evidence = log.collected if log.highest is None else log.highest.evidence
    if not is_evidence(config, state.sample, evidence):
        return False
    turn.cite(Clause.PROPOSE_EVIDENCE)
    proposal = Proposal(state.node, state.sample, log.ballot, evidence, log.highest)
    turn.send(proposal)
    _prepare(turn, evidence)
    return True


def _changes_needed(turn: Turn) -> int:
    """How many changes a proposal of a later ballot needs; none if locks do not bind."""
    return 0 if turn.config.readings.lock == "none" else turn.config.ballot_changes


def _has_prepared(log: BallotLog) -> bool:
    return any(candidate.ballot == log.ballot for candidate in log.candidates)


def _on_proposal(turn: Turn, message: Proposal) -> Reason | None:
    config, log = turn.config, turn.state.ballots
    if message.leader != config.leader(message.sample, message.ballot):
        return Reason.NOT_THE_PRIMARY
    misplaced = _misplaced(turn, message.ballot)
    if misplaced is not None:
        return misplaced
    if _candidate(log, message.ballot, message.evidence) is not None:
        return Reason.DUPLICATE
    if _has_prepared(log) and config.readings.prepare_once == "yes":
        return Reason.PREPARED_ALREADY
    if not is_evidence(config, message.sample, message.evidence):
        return Reason.INVALID_EVIDENCE
    lock = message.lock
    if lock is not None and not (
        lock.evidence == message.evidence and _is_lock(turn, lock, message.ballot)
    ):
        return Reason.INVALID_LOCK
    if message.ballot and not _respects_locks(turn, -1 if lock is None else lock.ballot):
        return Reason.LOCKED
    _prepare(turn, message.evidence)
    return None


def _is_lock(turn: Turn, lock: PreparedCertificate, ballot: int) -> bool:
    """Whether ``lock`` can be one of a node that changes to ``ballot``."""
    config = turn.config
    proved = lock.signers.bit_count() >= config.quorum or config.readings.lock_proof == "no"
    return 0 <= lock.ballot < ballot and lock.signers >> config.nodes == 0 and proved


def _respects_locks(turn: Turn, ballot: int) -> bool:
    """Whether a quorum that changed to the node's ballot has no lock above that of ``ballot``."""
    heard = turn.state.ballots.changes
    releases = turn.config.readings.lock == "any" and ballot >= 0
    within = [change for change in heard if releases or change.ballot <= ballot]
    return len(within) >= _changes_needed(turn)


def _prepare(turn: Turn, evidence: Evidence) -> None:
    turn.cite(Clause.PREPARE_EVIDENCE)
    state, log = turn.state, turn.state.ballots
    added = Candidate(log.ballot, evidence, 0, committed=False, commits=0)
    _log(turn, log._replace(candidates=_ordered(*log.candidates, added)))
    if turn.config.readings.prepare_once == "yes":
        _log(turn, turn.state.ballots._replace(collected=(), changes=(), highest=None))
    turn.send(EvidencePrepare(state.node, state.sample, log.ballot, evidence))
    _count_prepare(turn, added, state.node)


def _ordered(*candidates: Candidate) -> tuple[Candidate, ...]:
    return tuple(
        sorted(
            candidates,
            key=lambda candidate: (
                candidate.ballot,
                [(signed.node, signed.label) for signed in candidate.evidence],
            ),
        )
    )


def _candidate(log: BallotLog, ballot: int, evidence: Evidence) -> Candidate | None:
    for candidate in log.candidates:
        if candidate.ballot == ballot and candidate.evidence == evidence:
            return candidate
    return None


def _update(turn: Turn, before: Candidate, after: Candidate) -> None:
    log = turn.state.ballots
    others = (candidate for candidate in log.candidates if candidate is not before)
    _log(turn, log._replace(candidates=_ordered(*others, after)))


def _unknown(turn: Turn, ballot: int) -> Reason:
    """Why a prepare or commit for evidence that the node has not prepared has no effect."""
    misplaced = _misplaced(turn, ballot)
    if misplaced is not None:
        return misplaced
    prepared = _has_prepared(turn.state.ballots)
    settled = prepared and turn.config.readings.prepare_once == "yes"
    return Reason.PREPARED_ALREADY if settled else Reason.EARLY


def _on_prepare(turn: Turn, message: EvidencePrepare) -> Reason | None:
    candidate = _candidate(turn.state.ballots, message.ballot, message.evidence)
    if candidate is None:
        return _unknown(turn, message.ballot)
    if candidate.committed or candidate.prepares >> message.node & 1:
        return Reason.DUPLICATE
    turn.cite(Clause.PREPARE_LOG)
    _count_prepare(turn, candidate, message.node)
    return None


def _count_prepare(turn: Turn, candidate: Candidate, sender: int) -> None:
    """Count a prepare; a quorum commits the node and locks it."""
    state, log = turn.state, turn.state.ballots
    prepares = candidate.prepares | 1 << sender
    if prepares.bit_count() < turn.config.quorum:
        _update(turn, candidate, candidate._replace(prepares=prepares))
        return
    turn.cite(Clause.COMMIT_EVIDENCE)
    committed = candidate._replace(prepares=0, committed=True)
    _update(turn, candidate, committed)
    if log.lock is None or log.lock.ballot <= candidate.ballot:
        lock = PreparedCertificate(candidate.ballot, candidate.evidence, prepares)
        _log(turn, turn.state.ballots._replace(lock=lock))
    turn.send(EvidenceCommit(state.node, state.sample, candidate.ballot, candidate.evidence))
    _count_commit(turn, committed, state.node)


def _on_commit(turn: Turn, message: EvidenceCommit) -> Reason | None:
    candidate = _candidate(turn.state.ballots, message.ballot, message.evidence)
    if candidate is None:
        return _unknown(turn, message.ballot)
    if candidate.commits >> message.node & 1:
        return Reason.DUPLICATE
    turn.cite(Clause.COMMIT_LOG)
    _count_commit(turn, candidate, message.node)
    return None


def _count_commit(turn: Turn, candidate: Candidate, sender: int) -> None:
    """Count a commit; a quorum decides."""
    commits = candidate.commits | 1 << sender
    _update(turn, candidate, candidate._replace(commits=commits))
    if commits.bit_count() >= turn.config.quorum:
        turn.cite(Clause.DECIDE_EVIDENCE)
        _decide(turn, candidate.ballot, candidate.evidence, commits)


def _on_decision_proof(turn: Turn, message: DecisionProof) -> Reason | None:
    config = turn.config
    if config.readings.decision_proof == "no":
        return Reason.NOT_BINDING
    if message.signers.bit_count() < config.quorum or message.signers >> config.nodes:
        return Reason.INVALID_LOCK
    if not is_evidence(config, message.sample, message.evidence):
        return Reason.INVALID_EVIDENCE
    turn.cite(Clause.PROVE_DECISION)
    _decide(turn, message.ballot, message.evidence, message.signers)
    return None


def _decide(turn: Turn, ballot: int, evidence: Evidence, signers: int) -> None:
    """The evidence is agreed on: compute what follows from it, and go on."""
    config, state = turn.config, turn.state
    if config.readings.decision_proof == "yes":
        turn.send(DecisionProof(state.node, state.sample, ballot, evidence, signers))
    settle(turn, evidence)


def _misplaced_timer(turn: Turn, sample: int, ballot: int) -> Reason | None:
    state = turn.state
    if sample != state.sample:
        return Reason.EARLY if sample > state.sample else Reason.STALE
    return Reason.EARLY if state.prediction is None else _misplaced(turn, ballot)


def on_time_out(turn: Turn, event: BallotTimeOut) -> Reason | None:
    """The node has waited too long: it changes to the next ballot and shows its lock."""
    if turn.config.readings.timeout != "ballot":
        return Reason.NOT_BINDING
    misplaced = _misplaced_timer(turn, event.sample, event.ballot)
    if misplaced is not None:
        return misplaced
    turn.cite(Clause.BALLOT_CHANGE)
    state, log = turn.state, turn.state.ballots
    ballot = log.ballot + 1
    late = turn.config.readings.commit_late == "yes"
    _log(
        turn,
        BallotLog(ballot=ballot, candidates=log.candidates if late else (), lock=log.lock),
    )
    _count_change(turn, state.node, log.lock)
    turn.send(BallotChange(state.node, state.sample, ballot, log.lock))
    _hand_in(turn)
    return None


def _on_ballot_change(turn: Turn, message: BallotChange) -> Reason | None:
    log = turn.state.ballots
    misplaced = _misplaced(turn, message.ballot)
    if misplaced is not None:
        return misplaced
    if _changes_needed(turn) == 0 and _leader(turn) != turn.state.node:
        return Reason.NOT_BINDING
    if _has_prepared(log) and turn.config.readings.prepare_once == "yes":
        return Reason.PREPARED_ALREADY
    if any(change.node == message.node for change in log.changes):
        return Reason.DUPLICATE
    if message.lock is not None and not _is_lock(turn, message.lock, message.ballot):
        return Reason.INVALID_LOCK
    turn.cite(Clause.VOTE_LOG)
    _count_change(turn, message.node, message.lock)
    _propose_if_all_are_in(turn)
    return None


def _count_change(turn: Turn, node: int, lock: PreparedCertificate | None) -> None:
    log = turn.state.ballots
    heard = LockHeard(node, -1 if lock is None else lock.ballot)
    highest = log.highest
    is_leader = _leader(turn) == turn.state.node
    if is_leader and lock is not None and (highest is None or lock.ballot > highest.ballot):
        highest = lock
    _log(turn, log._replace(changes=tuple(sorted((*log.changes, heard))), highest=highest))
