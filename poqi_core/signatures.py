"""Whose signatures a message carries (reading ``authentication=signatures``).

A signature cannot be forged: a message can quote what a node has signed, and nothing else.
The environment sees to it; here is what it has to ask.  Only the repaired flow quotes.
"""

from collections.abc import Iterator
from typing import TypeAlias

from poqi_core.messages import (
    BallotChange,
    DecisionProof,
    Endorsement,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    Proposal,
    Relay,
    SignedPrediction,
)

Statement: TypeAlias = SignedPrediction | EvidencePrepare | EvidenceCommit | Endorsement
"""What others can quote."""


def quoted(message: Message | Statement) -> Iterator[Statement]:
    """The signed statements that ``message`` contains, other than itself, of whatever node.

    A relay is nothing but the signatures in it, its sender's included.
    """
    match message:
        case Proposal():
            yield from message.evidence
            yield from _of_lock(message.sample, message.lock)
        case EvidencePrepare() | EvidenceCommit():
            yield from message.evidence
        case BallotChange():
            yield from _of_lock(message.sample, message.lock)
        case DecisionProof():
            yield from message.evidence
            for signer in _members(message.signers):
                yield EvidenceCommit(signer, message.sample, message.ballot, message.evidence)
        case Relay(_, prediction, signers):
            for signer in _members(signers):
                is_author = signer == prediction.node
                yield prediction if is_author else Endorsement(signer, prediction)
        case _:
            return


def statements(message: Message | Statement) -> Iterator[Statement]:
    """The signed statements that ``message`` consists of: itself, and those that it quotes."""
    if isinstance(message, Statement):
        yield message
    yield from quoted(message)


def _of_lock(sample: int, lock: PreparedCertificate | None) -> Iterator[Statement]:
    if lock is not None:
        yield from lock.evidence
        for signer in _members(lock.signers):
            yield EvidencePrepare(signer, sample, lock.ballot, lock.evidence)


def _members(mask: int) -> Iterator[int]:
    return (node for node in range(mask.bit_length()) if mask >> node & 1)
