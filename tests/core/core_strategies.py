"""Random configurations and events, the malformed ones among them."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from poqi_core import Config, Label, NodeState, Prediction, Softmax
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    Event,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NextSample,
    NodePrediction,
    Prepare,
    PreparedCertificate,
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
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import REGISTER, Reading, with_changes

LABELS = 4
NUMBERS = {"count": ("1", "2", "3"), "amount": ("0", "1/3", "1", "2")}


def values_of(reading: Reading) -> tuple[str, ...]:
    """Values of a reading as texts: all its words, and some numbers where it takes numbers."""
    return (*reading.words, *NUMBERS.get(reading.numbers, ()))


def fitting(readings: Readings) -> Readings:
    """``readings`` with those changed that do not fit what the nodes agree on."""
    if readings.agree_on == "evidence":
        timeout = "ballot" if readings.timeout == "vote" else readings.timeout
        return replace(readings, authentication="signatures", timeout=timeout)
    if readings.agree_on == "broadcast":
        return replace(readings, authentication="signatures", timeout="none")
    return replace(readings, timeout="vote") if readings.timeout == "ballot" else readings


@st.composite
def readings(draw: st.DrawFn) -> Readings:
    """A profile with up to all of its readings changed."""
    base = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    names = draw(st.lists(st.sampled_from(REGISTER), unique_by=lambda reading: reading.name))
    return fitting(
        with_changes(
            base, {reading.name: draw(st.sampled_from(values_of(reading))) for reading in names}
        )
    )


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Up to seven nodes and any readings that fit."""
    nodes = draw(st.sampled_from([4, 3, 3, 2, 1, 5, 6, 7]))
    chosen = draw(readings())
    samples = 1 if chosen.decide == "primary" else draw(st.sampled_from([3, None, 2, 1]))
    faults = draw(st.sampled_from([(nodes - 1) // 3, nodes // 3, nodes - 1, 0]))
    return Config(nodes, faults, chosen, samples, draw(st.booleans()))


def softmax(random: Random, label: Label) -> Softmax:
    """A vector whose maximum is at ``label``; one that is no class stands beside any vector."""
    vector = [random.random() for _ in range(LABELS)]
    if label in range(LABELS):
        vector[label] = 1 + random.random()
    return Softmax(label, tuple(vector))


class Chance:
    """Draws events that can befall a node, most of them near to where the nodes are."""

    def __init__(self, random: Random, config: Config, *, vectors: bool = False) -> None:
        self._random = random
        self._config = config
        self._vectors = vectors
        self._labels = [self._label() for _ in range(config.nodes)]

    def prediction(self, label: Label | None = None) -> Prediction:
        """A prediction with ``label``, or with any."""
        chosen = self._label() if label is None else label
        return softmax(self._random, chosen) if self._vectors else chosen

    def _label(self) -> Label:
        return self._random.choice((0, 0, 1, 1, 2, 3, -1))

    def _node(self) -> int:
        rare = self._random.random() < 0.05
        return self._random.choice((-1, self._config.nodes)) if rare else self._member()

    def _member(self) -> int:
        return self._random.randrange(self._config.nodes)

    def _near(self, here: int) -> int:
        far = (here - 1, here + 1, here + 2, here + 50, -1)
        return here if self._random.random() < 0.7 else self._random.choice(far)

    def message(self, sender: int, view: int, state: NodeState) -> Message:
        """Something that ``sender`` could send to a node in that state, about near that view."""
        flows = [self._config.has_broadcast, self._config.has_ballots]
        if self._random.random() < 0.05:
            flows = [not flows[0], flows[0]]
        if flows[0]:
            return self._relay(sender, state)
        if flows[1]:
            return self._about_evidence(sender, state)
        return self._about_a_label(sender, view, state.sample)

    def _about_a_label(self, sender: int, view: int, sample: int) -> Message:
        random, nothing, when = self._random, Fraction(0), self._near(view)
        author = sender if random.random() < 0.9 else self._node()
        primary = when % self._config.nodes if random.random() < 0.9 else self._node()
        label = self._label()
        same = label if random.random() < 0.8 else None
        match random.randrange(7):
            case 0:
                return PrePrepare(author, label, when, nothing)
            case 1:
                return NodePrediction(author, self.prediction(label), when)
            case 2:
                return ViewChange(author, when + 1, random.random() < 0.9, nothing)
            case 3:
                return Prepare(primary, label, self.prediction(same), when, nothing)
            case 4:
                return Commit(author, label, self.prediction(same), when, nothing)
            case 5:
                return Decision(author, label, when)
            case _:
                return ConflictDecision(author, self._near(max(sample - 1, 0)), label)

    def _about_evidence(self, sender: int, state: NodeState) -> Message:
        random = self._random
        author = sender if random.random() < 0.9 else self._node()
        sample, ballot = self._near(state.sample), self._near(state.ballots.ballot)
        evidence = self._evidence(sample)
        match random.randrange(6):
            case 0:
                return SignedPrediction(author, sample, self._label())
            case 1:
                lock = self._lock(evidence if random.random() < 0.8 else (), ballot)
                return Proposal(author, sample, ballot, evidence, lock)
            case 2:
                return EvidencePrepare(author, sample, ballot, evidence)
            case 3:
                return EvidenceCommit(author, sample, ballot, evidence)
            case 4:
                return BallotChange(author, sample, ballot, self._lock(evidence, ballot))
            case _:
                return DecisionProof(author, sample, ballot, evidence, self._signers())

    def _relay(self, sender: int, state: NodeState) -> Message:
        """Mostly one that is signed as the node's round asks for."""
        random = self._random
        author = self._member() if random.random() < 0.95 else self._node()
        label = self._labels[author % self._config.nodes]
        if random.random() < 0.3:
            label = self._label()
        signed = SignedPrediction(author, self._near(state.sample), label)
        passed_on_by = sender if random.random() < 0.9 else self._node()
        return Relay(passed_on_by, signed, self._signers())

    def _evidence(self, sample: int) -> Evidence:
        """Mostly the same for a sample, so that nodes can agree on it."""
        nodes = self._config.nodes
        signed = [SignedPrediction(node, sample, self._labels[node]) for node in range(nodes)]
        match self._random.randrange(12):
            case 0:
                return tuple(signed[1:])
            case 1:
                return tuple(signed[:-2])
            case 2:
                return (*signed[:-1], SignedPrediction(nodes - 1, sample, self._label()))
            case 3:
                return (*signed[:-1], SignedPrediction(self._node(), sample, 0))
            case 4:
                return (*signed[:-1], SignedPrediction(nodes - 1, sample + 1, 0))
            case _:
                return tuple(signed)

    def _lock(self, evidence: Evidence, ballot: int) -> PreparedCertificate | None:
        """None, or one of an earlier ballot; rarely one of no ballot that can be."""
        if self._random.random() < 0.5:
            return None
        earlier = self._random.choice((0, ballot - 1, ballot - 1, ballot))
        return PreparedCertificate(earlier, evidence, self._signers())

    def _signers(self) -> int:
        everybody = (1 << self._config.nodes) - 1
        return self._random.choice((everybody, everybody, 1, everybody << 1))

    def event(self, state: NodeState) -> Event:
        """Something that can befall a node in that state."""
        random, view, sample = self._random, state.view, state.sample
        if random.random() < 0.7:
            sender = self._principal(state) if random.random() < 0.3 else self._node()
            return Received(sender, self.message(sender, view, state))
        match random.randrange(11):
            case 0 | 1 | 2:
                return Sample(self._near(sample), self.prediction())
            case 3:
                return Sample(sample + 1, self.prediction())
            case 4:
                return TimeOut(self._near(view))
            case 5:
                return CollectionClosed(self._near(view))
            case 6:
                return NextSample(self._near(sample), self._near(view + 1))
            case 7:
                return BallotTimeOut(self._near(sample), self._near(state.ballots.ballot))
            case 8:
                return BallotCollectionClosed(self._near(sample), self._near(state.ballots.ballot))
            case 9:
                return RoundEnded(self._near(sample), self._near(state.broadcast.round))
            case _:
                return TieBreak(self._near(max(sample - 1, 0)), self._node())

    def _principal(self, state: NodeState) -> int:
        """Who proposes where the node is."""
        if self._config.has_ballots:
            return self._config.leader(state.sample, state.ballots.ballot)
        return self._config.primary(state.view)
