"""The offences of the repaired flow (reading ``agree_on``), and the whole list.

With a quorum of more than (N+f)/2 every violation of agreement leaves at least f+1 nodes with
one of the first offences here on record; ``docs/blame.md`` has the argument.
"""

from poqi_core.config import Config
from poqi_core.judgement import is_evidence
from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    BallotChange,
    DecisionProof,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    Proposal,
    SignedPrediction,
)
from poqi_core.offences import FALSE_NAME, LABEL_OFFENCES, Offence, Search, alone, pair


def _on_evidence(config: Config) -> bool:
    return config.on_evidence


def _in_ballots(config: Config) -> bool:
    return config.has_ballots


def _once_a_ballot(config: Config) -> bool:
    return config.has_ballots and config.readings.prepare_once == "yes"


def _twice(kind: type[Proposal | EvidencePrepare | EvidenceCommit | BallotChange]) -> Search:
    def guilty(config: Config, node: int, one: Message, other: Message) -> bool:
        return (
            isinstance(one, kind)
            and isinstance(other, kind)
            and (one.sample, one.ballot) == (other.sample, other.ballot)
            and one != other
        )

    return pair(guilty)


def _two_predictions(config: Config, node: int, one: Message, other: Message) -> bool:
    return (
        isinstance(one, SignedPrediction)
        and isinstance(other, SignedPrediction)
        and one.sample == other.sample
        and one != other
    )


def _commit_without_prepare(config: Config, node: int, one: Message, other: Message) -> bool:
    return (
        isinstance(one, EvidencePrepare)
        and isinstance(other, EvidenceCommit)
        and (one.sample, one.ballot) == (other.sample, other.ballot)
        and one.evidence != other.evidence
    )


def _hidden_lock(config: Config, node: int, one: Message, other: Message) -> bool:
    return (
        isinstance(one, EvidenceCommit)
        and isinstance(other, BallotChange)
        and one.sample == other.sample
        and one.ballot < other.ballot
        and (-1 if other.lock is None else other.lock.ballot) < one.ballot
    )


def _forged_certificate(config: Config, node: int, message: Message) -> bool:
    quorum = config.quorum

    def forged(lock: PreparedCertificate | None, ballot: int) -> bool:
        if lock is None:
            return False
        proved = lock.signers.bit_count() >= quorum or config.readings.lock_proof == "no"
        return not (proved and 0 <= lock.ballot < ballot and lock.signers >> config.nodes == 0)

    match message:
        case Proposal() | BallotChange():
            return forged(message.lock, message.ballot)
        case DecisionProof():
            return message.signers.bit_count() < quorum or message.signers >> config.nodes != 0
        case _:
            return False


def _no_evidence(config: Config, node: int, message: Message) -> bool:
    match message:
        case Proposal() | EvidencePrepare() | EvidenceCommit() | DecisionProof():
            return not is_evidence(config, message.sample, message.evidence)
        case _:
            return False


def _not_the_lock(config: Config, node: int, message: Message) -> bool:
    return (
        isinstance(message, Proposal)
        and message.lock is not None
        and message.lock.evidence != message.evidence
    )


def _not_its_role(config: Config, node: int, message: Message) -> bool:
    match message:
        case Proposal():
            return node != config.leader(message.sample, message.ballot)
        case BallotChange():
            return message.ballot < 1
        case DecisionProof():
            return config.readings.decision_proof == "no"
        case _:
            return not isinstance(message, EVIDENCE_MESSAGES)


EVIDENCE_OFFENCES: tuple[Offence, ...] = (
    Offence(
        "double-prepare",
        "prepared two different evidences in one ballot",
        _once_a_ballot,
        "prepare_once = yes",
        _twice(EvidencePrepare),
    ),
    Offence(
        "double-commit",
        "committed two different evidences in one ballot",
        _once_a_ballot,
        "prepare_once = yes",
        _twice(EvidenceCommit),
    ),
    Offence(
        "commit-without-prepare",
        "committed other evidence than it prepared in that ballot",
        _once_a_ballot,
        "prepare_once = yes",
        pair(_commit_without_prepare),
    ),
    Offence(
        "hidden-lock",
        "committed in a ballot and left it without showing that lock",
        lambda config: config.has_ballots and config.readings.commit_late == "no",
        "commit_late = no",
        pair(_hidden_lock),
    ),
    Offence(
        "double-proposal",
        "proposed twice, differently, in one ballot",
        _in_ballots,
        "",
        _twice(Proposal),
    ),
    Offence(
        "double-change",
        "changed to one ballot with two different locks",
        _in_ballots,
        "",
        _twice(BallotChange),
    ),
    Offence(
        "double-prediction",
        "signed two different predictions for one sample",
        _on_evidence,
        "",
        pair(_two_predictions),
    ),
    Offence(
        "forged-certificate",
        "showed a certificate that no quorum has signed",
        _in_ballots,
        "a lock: lock_proof = yes",
        alone(_forged_certificate),
    ),
    Offence(
        "no-evidence",
        "took for evidence what is none",
        _in_ballots,
        "",
        alone(_no_evidence),
    ),
    Offence(
        "not-the-lock",
        "proposed other evidence than that of the lock it showed",
        _in_ballots,
        "",
        alone(_not_the_lock),
    ),
    Offence(
        "not-its-role",
        "sent what a node in its role never sends",
        _in_ballots,
        "",
        alone(_not_its_role),
    ),
)
"""The offences of the repaired flow, those by which agreement breaks first."""

OFFENCES: tuple[Offence, ...] = (*LABEL_OFFENCES, *EVIDENCE_OFFENCES, FALSE_NAME)
"""Every offence; which of them stand depends on the readings."""
