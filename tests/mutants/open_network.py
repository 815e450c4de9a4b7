"""An asynchronous network in which faulty nodes also send what no honest node may heed.

The checker's adversary sends what could have an effect on a correct core, and the checker
offers a node no message of a view or ballot that a correct core ignores.  So a core that
forgot to refuse something would not be found out.  Here everything is offered in every
state: messages in the name of others, of nodes that are not the primary or the leader, evidence
of too few nodes or of one node twice, locks and proofs with too few signatures, with those of
nodes that do not exist, or from the future.
"""

from collections.abc import Collection, Hashable, Iterator
from fractions import Fraction
from itertools import product

from checker.poqi_system import Happening, Packet, PoqiSystem
from checker.setting import Setting
from poqi_core.judgement import is_evidence
from poqi_core.messages import (
    BallotChange,
    Commit,
    Decision,
    DecisionProof,
    Endorsement,
    Evidence,
    EvidenceCommit,
    EvidenceMessage,
    EvidencePrepare,
    LabelMessage,
    Message,
    NodePrediction,
    Prepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    Received,
    SignedPrediction,
    ViewChange,
)
from poqi_core.signatures import quoted
from poqi_core.state import NodeState


class OpenNetwork(PoqiSystem):
    """The honest nodes of a setting among faulty ones that try everything."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        forged = tuple(self._forged())
        self._always = {
            node: tuple(dict.fromkeys((*always, *forged))) for node, always in self._always.items()
        }

    def _forged(self) -> Iterator[Happening]:
        setting = self.setting
        for sender in setting.byzantine:
            for message in _messages(setting):
                honest = [
                    Packet(statement.node, (), statement)
                    for statement in quoted(message)
                    if statement.node in setting.honest and not isinstance(statement, Endorsement)
                ]
                yield Happening(Received(sender, message), None, tuple(dict.fromkeys(honest)))

    def slots(self, process: int, state: NodeState) -> Collection[Hashable] | None:
        """Every event is tried in every state."""
        return None

    def stage(self, process: int, state: NodeState) -> Hashable:
        """What had no effect is tried again in every other state."""
        return state

    def heeds(self, process: int, state: NodeState, message: Packet) -> bool:
        """No message is ever forgotten."""
        return True


def _messages(setting: Setting) -> Iterator[Message]:
    if setting.config.on_evidence:
        return _on_evidence(setting)
    return _on_labels(setting)


def _on_labels(setting: Setting) -> Iterator[LabelMessage]:
    labels, nothing = range(setting.labels), Fraction(0)
    views = range(setting.start_view, setting.last_view + 1)
    for author, view in product(range(setting.config.nodes), views):
        for objection in (True, False):
            yield ViewChange(author, view + 1, objection, nothing)
        for label in labels:
            yield PrePrepare(author, label, view, nothing)
            yield Decision(author, label, view)
            yield NodePrediction(author, label, view)
            yield Commit(author, label, label, view, nothing)
            for final in labels:
                yield Prepare(author, label, final, view, nothing)


def _on_evidence(setting: Setting) -> Iterator[EvidenceMessage]:
    config = setting.config
    for author, sample in product(range(config.nodes), range(len(setting.predicted))):
        known = list(_evidence(setting, sample))
        if author not in setting.byzantine:
            known = [value for value in known if is_evidence(config, sample, value)]
        for label in range(setting.labels):
            yield SignedPrediction(author, sample, label)
        for ballot in range(setting.ballots):
            locks: list[PreparedCertificate] = []
            if ballot:
                yield BallotChange(author, sample, ballot, None)
                if author in setting.byzantine:
                    locks = list(_locks(setting, ballot, known))
            for value in known:
                yield Proposal(author, sample, ballot, value, None)
                yield EvidencePrepare(author, sample, ballot, value)
                yield EvidenceCommit(author, sample, ballot, value)
                for signers in _signers(setting):
                    yield DecisionProof(author, sample, ballot, value, signers)
            for lock in locks:
                yield BallotChange(author, sample, ballot, lock)
                for value in known[:2]:
                    yield Proposal(author, sample, ballot, value, lock)
                if lock.evidence not in known[:2]:
                    yield Proposal(author, sample, ballot, lock.evidence, lock)


def _evidence(setting: Setting, sample: int) -> Iterator[Evidence]:
    """Predictions of as many nodes as are needed, of one node fewer, and of one node twice."""
    config, row = setting.config, setting.predicted[sample]
    options = [
        [SignedPrediction(node, sample, label)]
        if label is not None
        else [SignedPrediction(node, sample, own) for own in range(setting.labels)]
        for node, label in enumerate(row)
    ]
    for chosen in product(*([None, *choices] for choices in options)):
        evidence = tuple(signed for signed in chosen if signed is not None)
        if len(evidence) in (config.evidence_size - 1, config.evidence_size):
            yield evidence
        if len(evidence) == config.evidence_size - 1:
            for place, signed in enumerate(evidence):
                if signed.node in setting.byzantine:
                    yield (*evidence[:place], signed, *evidence[place:])


def _signers(setting: Setting) -> Iterator[int]:
    """Masks of the faulty nodes with as many others as make a quorum, or one fewer.

    The last has nodes that do not exist.
    """
    config = setting.config
    byzantine = sum(1 << node for node in setting.byzantine)
    missing = config.quorum - len(setting.byzantine)
    for helpers in (setting.honest[:missing], setting.honest[: missing - 1]):
        yield byzantine | sum(1 << node for node in helpers)
    yield byzantine | sum(1 << config.nodes + place for place in range(missing))


def _locks(
    setting: Setting, ballot: int, evidence: list[Evidence]
) -> Iterator[PreparedCertificate]:
    """Locks of earlier ballots, of that ballot itself, and of one before the first."""
    for earlier in range(-1, ballot + 1):
        for value in evidence:
            for signers in _signers(setting):
                yield PreparedCertificate(earlier, value, signers)
