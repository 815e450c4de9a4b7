"""What Byzantine nodes can send in ballots about evidence (reading ``agree_on=evidence``).

A Byzantine node signs whatever it likes, and can quote whatever honest nodes have signed by
then; it cannot forge.  So each of its messages has a list of honest statements that must be on
record before it can be sent.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, islice, product
from typing import NamedTuple

from checker.setting import Setting
from poqi_core.judgement import is_evidence
from poqi_core.messages import (
    BallotChange,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    Proposal,
    Received,
    SignedPrediction,
)
from poqi_core.signatures import Statement, quoted


class Quoting(NamedTuple):
    """A message of a Byzantine node, and the statements of honest nodes that it quotes."""

    received: Received
    quotes: tuple[Statement, ...]


def quoting(setting: Setting, received: Received) -> Quoting:
    """``received`` with what it quotes of the honest nodes of ``setting``, each once."""
    said = quoted(received.message)
    honest = dict.fromkeys(statement for statement in said if statement.node in setting.honest)
    return Quoting(received, tuple(honest))


class EvidenceAdversary:
    """What the Byzantine nodes of a setting can send."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._config = setting.config

    def messages(self) -> Iterator[Quoting]:
        """Every message within the question.

        What needs fewer statements comes first.  Where only the content of a message counts, and
        not who sends it, the first Byzantine node stands for all.
        """
        for sample in range(len(self._setting.predicted)):
            evidence = list(islice(self.evidence(sample), self._setting.adversary_evidence))
            for place, node in enumerate(self._setting.byzantine):
                for message in self._of_sample(node, sample, evidence, first=place == 0):
                    yield quoting(self._setting, Received(node, message))

    def evidence(self, sample: int) -> Iterator[Evidence]:
        """Everything that passes for evidence and that the Byzantine nodes can put together.

        Where a node can be in it more than once, it is of the least size that there is.
        """
        config, row = self._config, self._setting.predicted[sample]
        options = [
            [SignedPrediction(node, sample, label)]
            if label is not None
            else [SignedPrediction(node, sample, own) for own in range(self._setting.labels)]
            for node, label in enumerate(row)
        ]
        if config.readings.evidence_distinct == "no":
            everything = [signed for choices in options for signed in choices]
            yield from combinations_with_replacement(everything, config.evidence_size)
            return
        for chosen in product(*([None, *choices] for choices in options)):
            evidence = tuple(signed for signed in chosen if signed is not None)
            if is_evidence(config, sample, evidence):
                yield evidence

    def _of_sample(
        self, node: int, sample: int, evidence: list[Evidence], *, first: bool
    ) -> Iterator[Message]:
        for label in range(self._setting.labels):
            yield SignedPrediction(node, sample, label)
        for ballot in range(self._setting.ballots):
            locks = [None, *self._locks(ballot, evidence)] if ballot else [None]
            if self._config.leader(sample, ballot) == node:
                for lock in locks:
                    for proposed in evidence if lock is None else [lock.evidence]:
                        yield Proposal(node, sample, ballot, proposed, lock)
            if ballot:
                for lock in locks:
                    yield BallotChange(node, sample, ballot, lock)
            for accepted in evidence:
                yield EvidencePrepare(node, sample, ballot, accepted)
                yield EvidenceCommit(node, sample, ballot, accepted)
                if first and self._config.readings.decision_proof == "yes":
                    for signers in self._quorums():
                        yield DecisionProof(node, sample, ballot, accepted, signers)

    def _locks(self, below: int, evidence: list[Evidence]) -> Iterator[PreparedCertificate]:
        """The locks that the Byzantine nodes can show, from ballots below that one."""
        proved = self._config.readings.lock_proof == "yes"
        for ballot in range(below):
            for locked in evidence:
                for signers in self._quorums() if proved else [0]:
                    yield PreparedCertificate(ballot, locked, signers)

    def _quorums(self) -> Iterator[int]:
        """Masks of the Byzantine nodes with as few honest ones as make a quorum."""
        byzantine = sum(1 << node for node in self._setting.byzantine)
        lacking = max(0, self._config.quorum - len(self._setting.byzantine))
        for helpers in combinations(self._setting.honest, lacking):
            yield byzantine | sum(1 << node for node in helpers)
