"""States moved along the count of views and samples, and with other names for the labels.

The core compares views with each other and takes them modulo N; it compares samples with each
other (where a leader follows from the sample, it takes that modulo N as well); and of labels it
asks whether they are equal.  It sorts by labels where it counts what came with which, so that the
order in which things came is forgotten, and that order matters to nothing.  So a node that is
moved by a multiple of N views and by some samples, and whose labels are renamed, takes the same
steps, moved and renamed alike.  :mod:`runner.tabulated_steps` rests on it, and the tests compare
with nodes that are not translated.
"""

from dataclasses import dataclass, replace

from poqi_core import NodeState
from poqi_core.messages import (
    BallotChange,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NodePrediction,
    Prepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    Received,
    Relay,
    SignedPrediction,
    ViewChange,
)
from poqi_core.prediction import Label, Prediction, Softmax, label_of
from poqi_core.state import (
    EMPTY_LOG,
    NO_BALLOTS,
    NO_BROADCAST,
    Candidate,
    Conflict,
    Tally,
    ViewLog,
)


def holds_no_label(state: NodeState) -> bool:
    """Whether a node just waits for its sample, so that no label stands in its state."""
    return (
        state.prediction is None
        and not state.decided
        and state.log == EMPTY_LOG
        and not (state.conflicts or state.earlier or state.early)
        and all(label is None for label in state.heard)
        and state.ballots == NO_BALLOTS
        and state.broadcast == NO_BROADCAST
    )


@dataclass(frozen=True)
class Translation:
    """What is added to every view and to every sample, and what becomes of every label.

    Attributes:
        views: added to views.
        samples: added to samples.
        labels: the new name of each label, no two alike.
    """

    views: int
    samples: int
    labels: tuple[Label, ...]

    @property
    def inverse(self) -> "Translation":
        """The way back."""
        back = tuple(map(self.labels.index, range(len(self.labels))))
        return Translation(-self.views, -self.samples, back)

    def state(self, state: NodeState) -> NodeState:
        """``state``, translated."""
        ballots, broadcast = state.ballots, state.broadcast
        return state._replace(
            view=state.view + self.views,
            opened=state.opened + self.views,
            sample=state.sample + self.samples,
            prediction=None if state.prediction is None else self._prediction(state.prediction),
            log=self._log(state.log),
            heard=tuple(map(self._label, state.heard)),
            conflicts=tuple(map(self.conflict, state.conflicts)),
            earlier=tuple(
                earlier._replace(
                    view=earlier.view + self.views, commits=self._tallies(earlier.commits)
                )
                for earlier in state.earlier
            ),
            early=tuple(Received(kept.sender, self.message(kept.message)) for kept in state.early),
            ballots=ballots._replace(
                collected=self._evidence(ballots.collected),
                highest=self._certificate(ballots.highest),
                candidates=tuple(sorted(map(self._candidate, ballots.candidates), key=_content)),
                lock=self._certificate(ballots.lock),
            ),
            broadcast=broadcast._replace(accepted=self._evidence(broadcast.accepted)),
        )

    def conflict(self, conflict: Conflict) -> Conflict:
        """``conflict``, translated."""
        return conflict._replace(
            sample=conflict.sample + self.samples,
            labels=tuple(map(self._label, conflict.labels)),
        )

    def message(self, message: Message) -> Message:
        """``message``, translated."""
        match message:
            case PrePrepare() | Decision():
                return replace(
                    message, view=message.view + self.views, label=self.labels[message.label]
                )
            case ViewChange():
                return replace(message, view=message.view + self.views)
            case NodePrediction():
                return replace(
                    message,
                    view=message.view + self.views,
                    prediction=self._prediction(message.prediction),
                )
            case Prepare() | Commit():
                return replace(
                    message,
                    view=message.view + self.views,
                    label=self.labels[message.label],
                    final=self._prediction(message.final),
                )
            case ConflictDecision():
                return replace(
                    message, sample=message.sample + self.samples, label=self.labels[message.label]
                )
            case SignedPrediction():
                return self._signed(message)
            case Relay():
                return replace(message, prediction=self._signed(message.prediction))
            case Proposal():
                return replace(
                    message,
                    sample=message.sample + self.samples,
                    evidence=self._evidence(message.evidence),
                    lock=self._certificate(message.lock),
                )
            case EvidencePrepare() | EvidenceCommit() | DecisionProof():
                return replace(
                    message,
                    sample=message.sample + self.samples,
                    evidence=self._evidence(message.evidence),
                )
            case BallotChange():
                return replace(
                    message,
                    sample=message.sample + self.samples,
                    lock=self._certificate(message.lock),
                )

    def _label(self, label: Label | None) -> Label | None:
        return None if label is None else self.labels[label]

    def _prediction(self, prediction: Prediction) -> Prediction:
        if isinstance(prediction, Softmax):
            raise TypeError("only bare labels can be renamed")
        return self.labels[prediction]

    def _several(self, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        return tuple(sorted(self.labels[label] for label in labels))

    def _tallies(self, tallies: tuple[Tally, ...]) -> tuple[Tally, ...]:
        renamed = (
            Tally(
                self.labels[tally.label],
                self.labels[tally.final_label],
                tally.senders,
                self._prediction(tally.final),
            )
            for tally in tallies
        )
        return tuple(sorted(renamed, key=lambda tally: tally[:2]))

    def _log(self, log: ViewLog) -> ViewLog:
        return log._replace(
            collected=tuple(map(self._prediction, log.collected)),
            prepares=self._tallies(log.prepares),
            prepared=tuple(
                sorted((self.labels[one], self.labels[other]) for one, other in log.prepared)
            ),
            commits=self._tallies(log.commits),
            committed=self._several(log.committed),
            decided=self._several(log.decided),
        )

    def _signed(self, prediction: SignedPrediction) -> SignedPrediction:
        return replace(
            prediction,
            sample=prediction.sample + self.samples,
            label=self.labels[prediction.label],
        )

    def _candidate(self, candidate: Candidate) -> Candidate:
        return candidate._replace(evidence=self._evidence(candidate.evidence))

    def _evidence(self, evidence: Evidence) -> Evidence:
        return tuple(map(self._signed, evidence))

    def _certificate(self, certificate: PreparedCertificate | None) -> PreparedCertificate | None:
        if certificate is None:
            return None
        return replace(certificate, evidence=self._evidence(certificate.evidence))


def _content(candidate: Candidate) -> tuple[int, list[tuple[int, Label]]]:
    return candidate.ballot, [(signed.node, signed.label) for signed in candidate.evidence]


def labels_in(message: Message) -> tuple[Label, ...]:
    """The labels that stand in ``message``, each once."""
    match message:
        case ViewChange():
            labels = set()
        case NodePrediction():
            labels = {label_of(message.prediction)}
        case Prepare() | Commit():
            labels = {message.label, label_of(message.final)}
        case PrePrepare() | Decision() | ConflictDecision() | SignedPrediction():
            labels = {message.label}
        case Relay():
            labels = {message.prediction.label}
        case EvidencePrepare() | EvidenceCommit() | DecisionProof():
            labels = _labels_in(message.evidence)
        case Proposal():
            labels = _labels_in(message.evidence) | _labels_locked(message.lock)
        case BallotChange():
            labels = _labels_locked(message.lock)
    return tuple(sorted(labels))


def _labels_in(evidence: Evidence) -> set[Label]:
    return {signed.label for signed in evidence}


def _labels_locked(lock: PreparedCertificate | None) -> set[Label]:
    return set() if lock is None else _labels_in(lock.evidence)
