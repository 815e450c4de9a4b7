"""Messages in the notation of the scenarios, which :mod:`core_scenario` describes."""

import re
from fractions import Fraction

from poqi_core import label_of
from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    BallotChange,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidenceMessage,
    EvidencePrepare,
    Message,
    NodePrediction,
    Prepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    Relay,
    SignedPrediction,
    ViewChange,
)
from poqi_core.prediction import Label


class ScenarioError(Exception):
    """A command that the language does not have."""


def letter(label: Label) -> str:
    return chr(ord("A") + label)


def nodes_text(mask: int) -> str:
    return " ".join(str(node) for node in range(mask.bit_length()) if mask >> node & 1)


def evidence_text(evidence: Evidence) -> str:
    """The label of each node, ``-`` for one that is not in the evidence."""
    labels = {signed.node: letter(signed.label) for signed in evidence}
    return "".join(labels.get(node, "-") for node in range(max(labels, default=-1) + 1))


def lock_text(lock: PreparedCertificate) -> str:
    signers = nodes_text(lock.signers).replace(" ", "")
    return f"{lock.ballot}:{evidence_text(lock.evidence)}:{signers}"


def _shown(lock: PreparedCertificate | None) -> str:
    return "" if lock is None else f" lock={lock_text(lock)}"


def message_text(message: Message) -> str:
    """A message in the notation of the scenarios."""
    match message:
        case PrePrepare(primary, label, view, reward):
            return f"pre-prepare(a{primary} {letter(label)} v{view} r{reward})"
        case NodePrediction(node, prediction, view):
            return f"prediction(a{node} {letter(label_of(prediction))} v{view})"
        case ViewChange(node, view, objection, reward):
            return f"view-change(a{node} v{view} vo{int(objection)} r{reward})"
        case Prepare(primary, label, final, view, reward):
            final_label = letter(label_of(final))
            return f"prepare(a{primary} {letter(label)}/{final_label} v{view} r{reward})"
        case Commit(node, label, final, view, reward):
            final_label = letter(label_of(final))
            return f"commit(a{node} {letter(label)}/{final_label} v{view} r{reward})"
        case Decision(primary, label, view):
            return f"decision(a{primary} {letter(label)} v{view})"
        case ConflictDecision(node, sample, label):
            return f"word(a{node} s{sample} {letter(label)})"
        case SignedPrediction(node, sample, label):
            return f"signed(a{node} s{sample} {letter(label)})"
        case Proposal(leader, sample, ballot, evidence, lock):
            return (
                f"proposal(a{leader} s{sample} b{ballot} {evidence_text(evidence)}{_shown(lock)})"
            )
        case EvidencePrepare(node, sample, ballot, evidence):
            return f"evidence-prepare(a{node} s{sample} b{ballot} {evidence_text(evidence)})"
        case EvidenceCommit(node, sample, ballot, evidence):
            return f"evidence-commit(a{node} s{sample} b{ballot} {evidence_text(evidence)})"
        case BallotChange(node, sample, ballot, lock):
            return f"ballot-change(a{node} s{sample} b{ballot}{_shown(lock)})"
        case DecisionProof(node, sample, ballot, evidence, signers):
            by = nodes_text(signers).replace(" ", "")
            return f"proof(a{node} s{sample} b{ballot} {evidence_text(evidence)} by={by})"
        case Relay(node, SignedPrediction(author, sample, label), signers):
            by = nodes_text(signers).replace(" ", "")
            return f"relay(a{node} s{sample} {letter(label)} of={author} by={by})"


KIND = {
    PrePrepare: "pre-prepare",
    NodePrediction: "prediction",
    ViewChange: "view-change",
    Prepare: "prepare",
    Commit: "commit",
    Decision: "decision",
    ConflictDecision: "word",
    SignedPrediction: "signed",
    Proposal: "proposal",
    EvidencePrepare: "evidence-prepare",
    EvidenceCommit: "evidence-commit",
    BallotChange: "ballot-change",
    DecisionProof: "proof",
    Relay: "relay",
}

_OF_EVIDENCE = [KIND[kind] for kind in EVIDENCE_MESSAGES]

_MESSAGE = re.compile(r"([a-z-]+)\(([^)]*)\)")


def _evidence(sample: int, text: str) -> Evidence:
    return tuple(
        SignedPrediction(node, sample, ord(label) - ord("A"))
        for node, label in enumerate(text)
        if label != "-"
    )


def _mask(nodes: str) -> int:
    return sum(1 << int(node) for node in nodes)


def _about_evidence(kind: str, words: list[str]) -> EvidenceMessage:
    node, sample, *rest = words
    author, index = int(node[1:]), int(sample[1:])
    given = dict(word.split("=", 1) for word in rest if "=" in word)
    lock: PreparedCertificate | None = None
    if "lock" in given:
        of, content, signers = given["lock"].split(":")
        lock = PreparedCertificate(int(of), _evidence(index, content), _mask(signers))
    ballot = next((int(word[1:]) for word in rest if word[0] == "b" and "=" not in word), 0)
    text = next((word for word in rest if word[0].isupper() or word[0] == "-"), "")
    match kind:
        case "signed":
            return SignedPrediction(author, index, ord(text) - ord("A"))
        case "proposal":
            return Proposal(author, index, ballot, _evidence(index, text), lock)
        case "evidence-prepare":
            return EvidencePrepare(author, index, ballot, _evidence(index, text))
        case "evidence-commit":
            return EvidenceCommit(author, index, ballot, _evidence(index, text))
        case "ballot-change":
            return BallotChange(author, index, ballot, lock)
        case _:
            evidence = _evidence(index, text)
            return DecisionProof(author, index, ballot, evidence, _mask(given["by"]))


def _relay(words: list[str]) -> Relay:
    node, sample, label, author, signers = words
    signed = SignedPrediction(
        int(author.removeprefix("of=")), int(sample[1:]), ord(label) - ord("A")
    )
    return Relay(int(node[1:]), signed, _mask(signers.removeprefix("by=")))


def parse_message(text: str) -> Message:
    """The message that :func:`message_text` would write so; a reward left out is 0."""
    whole = _MESSAGE.fullmatch(text)
    if whole is None:
        raise ScenarioError(f"{text!r} is no message")
    kind, words = whole[1], whole[2].split()
    if kind in _OF_EVIDENCE:
        return _about_evidence(kind, words)
    if kind == "relay":
        return _relay(words)
    numbers = {word[0]: word[1:] for word in words if word[0] in "avrs" and word[:2] != "vo"}
    objection = "vo1" in words
    content = [ord(capital) - ord("A") for word in words for capital in word if capital.isupper()]
    node, view = int(numbers["a"]), int(numbers.get("v", 0))
    reward = Fraction(numbers.get("r", 0))
    match kind:
        case "pre-prepare":
            return PrePrepare(node, content[0], view, reward)
        case "prediction":
            return NodePrediction(node, content[0], view)
        case "view-change":
            return ViewChange(node, view, objection, reward)
        case "prepare":
            return Prepare(node, content[0], content[1], view, reward)
        case "commit":
            return Commit(node, content[0], content[1], view, reward)
        case "decision":
            return Decision(node, content[0], view)
        case "word":
            return ConflictDecision(node, int(numbers["s"]), content[0])
        case _:
            raise ScenarioError(f"there is no message {kind!r}")
