"""Byzantine messages drawn one at a time, since at large N there are too many to list.

They are those of the checker's adversaries (:mod:`checker.poqi_system`,
:mod:`checker.evidence_adversary`, :mod:`checker.broadcast_adversary`), chosen with an eye on
whom they are for: mostly of the view or ballot that the receiver is in.
"""

from fractions import Fraction
from itertools import islice

from checker.evidence_adversary import EvidenceAdversary
from checker.setting import Setting
from checker.simulation.chance import Chance
from checker.simulation.habits import Habits
from poqi_core.judgement import is_evidence
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
from poqi_core.prediction import Label, label_of
from poqi_core.run import Execution
from poqi_core.state import NodeState

_NOTHING = Fraction(0)
_HERE = 0.9
"""How likely a message is of the view or ballot in which its receiver is."""
_KNOWN_EVIDENCE = 0.7
"""How likely evidence is one that an honest node has signed already, if there is any."""


class Forger:
    """Draws what the Byzantine nodes of a run send."""

    def __init__(
        self, setting: Setting, habits: Habits, chance: Chance, execution: Execution
    ) -> None:
        self._setting = setting
        self._config = setting.config
        self._habits = habits
        self._chance = chance
        self._execution = execution
        self._kinds = list(habits.kinds)
        self._weights = list(habits.kinds.values())
        self._byzantine = sum(1 << node for node in setting.byzantine)
        self._listed: dict[int, list[Evidence]] = {}

    def draw(self, state: NodeState) -> Received | None:
        """A message for the node in ``state``; None: nothing of the drawn kind can be sent.

        It may quote what honest nodes have not signed in time: that is for the environment to
        refuse.
        """
        kind = self._kinds[self._chance.weighted(self._weights)]
        sender = self._chance.pick(self._setting.byzantine)
        message = self._message(kind, sender, state)
        return None if message is None else Received(self._sender_of(message, sender), message)

    def _sender_of(self, message: Message, sender: int) -> int:
        match message:
            case PrePrepare() | Decision():
                return message.primary
            case Proposal():
                return message.leader
            case Relay() | DecisionProof():
                return message.node
            case _:
                return sender

    def _message(self, kind: type[Message], sender: int, state: NodeState) -> Message | None:
        if self._config.has_broadcast:
            return self._relay(state)
        if self._config.has_ballots:
            return self._of_ballot(kind, sender, state)
        return self._of_view(kind, sender, state)

    def _label(self, receiver: NodeState) -> Label:
        told, own = self._habits.stories[receiver.node], self._own(receiver)
        if self._habits.flatters and own is not None:
            told = own
        if told < self._setting.labels and self._chance.happens(self._habits.consistent):
            return told
        return self._chance.below(self._setting.labels)

    def _proposed(self, receiver: NodeState) -> Label:
        """The label of a proposal: often the receiver's own, as it takes no other."""
        own = self._own(receiver)
        return own if own is not None and self._chance.happens(0.5) else self._label(receiver)

    def _own(self, receiver: NodeState) -> Label | None:
        """The label that the receiver predicts, if it has and the adversary uses that label."""
        if receiver.prediction is None:
            return None
        own = label_of(receiver.prediction)
        return own if own < self._setting.labels else None

    def _of_view(self, kind: type[Message], sender: int, state: NodeState) -> Message | None:
        chance, setting = self._chance, self._setting
        label, view = self._label(state), self._view(state)
        primary = self._config.primary(view)
        if kind is ViewChange:
            return ViewChange(sender, view + 1, chance.happens(0.8), _NOTHING)
        if kind is NodePrediction:
            return NodePrediction(sender, label, view)
        if kind is Prepare:
            return Prepare(primary, self._proposed(state), self._label(state), view, _NOTHING)
        if kind is Commit:
            return Commit(sender, label, label, view, _NOTHING)
        if kind is ConflictDecision:
            sample = chance.below(len(setting.predicted))
            return ConflictDecision(sender, sample, label)
        if primary not in setting.byzantine:
            return None
        if kind is Decision:
            return Decision(primary, label, view)
        return PrePrepare(primary, self._proposed(state), view, _NOTHING)

    def _view(self, state: NodeState) -> int:
        first, last = self._setting.start_view, self._setting.last_view
        if self._chance.happens(_HERE):
            return min(max(state.view, first), last)
        return first + self._chance.below(last - first + 1)

    def _of_ballot(self, kind: type[Message], sender: int, state: NodeState) -> Message | None:
        chance, setting = self._chance, self._setting
        sample = min(state.sample, len(setting.predicted) - 1)
        if kind is SignedPrediction:
            return SignedPrediction(sender, sample, self._label(state))
        ballot = self._ballot(state)
        if kind is BallotChange:
            lock = self._lock(sample, ballot)
            return None if ballot == 0 else BallotChange(sender, sample, ballot, lock)
        lock = self._lock(sample, ballot) if kind is Proposal else None
        evidence = lock.evidence if lock is not None else self._evidence(sample)
        if evidence is None:
            return None
        if kind is Proposal:
            leader = self._config.leader(sample, ballot)
            if leader not in setting.byzantine:
                return None
            return Proposal(leader, sample, ballot, evidence, lock)
        if kind is EvidencePrepare:
            return EvidencePrepare(sender, sample, ballot, evidence)
        if kind is EvidenceCommit:
            return EvidenceCommit(sender, sample, ballot, evidence)
        if self._config.readings.decision_proof != "yes":
            return None
        commits = [
            node
            for node in setting.honest
            if EvidenceCommit(node, sample, ballot, evidence) in self._execution.signed[node]
        ]
        return DecisionProof(
            chance.pick(setting.byzantine[:1]), sample, ballot, evidence, self._quorum(commits)
        )

    def _ballot(self, state: NodeState) -> int:
        last = self._setting.ballots - 1
        if self._chance.happens(_HERE):
            return min(state.ballots.ballot + self._chance.pick((0, 0, 0, 1)), last)
        return self._chance.below(last + 1)

    def _lock(self, sample: int, below: int) -> PreparedCertificate | None:
        """A lock from a ballot below that one; None where no evidence can be shown for it."""
        if below == 0 or self._chance.happens(0.5):
            return None
        ballot, evidence = self._chance.below(below), self._evidence(sample)
        if evidence is None:
            return None
        if self._config.readings.lock_proof != "yes":
            return PreparedCertificate(ballot, evidence, 0)
        prepared = [
            node
            for node in self._setting.honest
            if EvidencePrepare(node, sample, ballot, evidence) in self._execution.signed[node]
        ]
        return PreparedCertificate(ballot, evidence, self._quorum(prepared))

    def _quorum(self, helpers: list[int]) -> int:
        """Mask of the Byzantine nodes with as few honest ones as make a quorum, if they do."""
        lacking = max(0, self._config.quorum - len(self._setting.byzantine))
        return self._byzantine | sum(1 << node for node in self._chance.some(helpers, lacking))

    def _evidence(self, sample: int) -> Evidence | None:
        """Evidence within the question; None: what was drawn is none."""
        chance = self._chance
        most = self._setting.adversary_evidence
        if most is not None:
            if sample not in self._listed:
                every = EvidenceAdversary(self._setting).evidence(sample)
                self._listed[sample] = list(islice(every, most))
            return chance.pick(self._listed[sample]) if self._listed[sample] else None
        if chance.happens(_KNOWN_EVIDENCE):
            signed = self._execution.signed[chance.pick(self._setting.honest)]
            known = [
                message.evidence
                for message in signed
                if isinstance(message, EvidencePrepare) and message.sample == sample
            ]
            if known:
                return chance.pick(known)
        return self._new_evidence(sample)

    def _new_evidence(self, sample: int) -> Evidence | None:
        chance, setting = self._chance, self._setting
        row = setting.predicted[sample]
        repeated = self._config.readings.evidence_distinct == "no"
        size = self._config.evidence_size
        if repeated:
            nodes = sorted(chance.below(len(row)) for _ in range(size))
        else:
            least = min(size, len(row))
            nodes = chance.some(range(len(row)), least + chance.below(len(row) - least + 1))
        predictions = [(node, row[node]) for node in nodes]
        evidence = tuple(
            SignedPrediction(node, sample, chance.below(setting.labels) if label is None else label)
            for node, label in predictions
        )
        evidence = tuple(sorted(evidence, key=lambda signed: (signed.node, signed.label)))
        return evidence if is_evidence(self._config, sample, evidence) else None

    def _relay(self, state: NodeState) -> Message | None:
        """A prediction with as few honest signatures as make the number of the round, or fewer."""
        chance, setting = self._chance, self._setting
        sample = min(state.sample, len(setting.predicted) - 1)
        signatures = self._config.readings.broadcast_signatures
        authors = setting.byzantine
        if signatures == "none":
            authors = (*authors, *setting.honest)
        if setting.adversary_evidence is None:
            prediction = SignedPrediction(chance.pick(authors), sample, self._label(state))
        else:
            labels = range(setting.labels)
            listed = [SignedPrediction(node, sample, own) for node in authors for own in labels]
            prediction = chance.pick(listed[: setting.adversary_evidence])
        lacking = 0
        if signatures == "growing":
            lacking = max(0, self._config.broadcast_rounds - len(setting.byzantine))
        helpers = [node for node in setting.honest if self._endorsed(node, prediction)]
        chosen = chance.some(helpers, chance.below(lacking + 1))
        mask = self._byzantine | sum(1 << node for node in chosen)
        return Relay(setting.byzantine[0], prediction, mask)

    def _endorsed(self, node: int, prediction: SignedPrediction) -> bool:
        return any(
            isinstance(message, Relay) and message.prediction == prediction
            for message in self._execution.signed[node]
        )
