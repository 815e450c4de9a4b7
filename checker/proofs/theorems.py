"""Every theorem, in the order in which they are reported."""

from collections.abc import Iterator

from checker.proofs.argmax import ARGMAX_THEOREMS
from checker.proofs.evidence import evidence_theorems, necessity_theorems
from checker.proofs.explorer import explore
from checker.proofs.induction import Induction
from checker.proofs.ledger import BACKGROUND, CONSISTENCY, INVARIANT, TRANSITIONS
from checker.proofs.published import published_theorems
from checker.proofs.queries import Answer, Proof, Theorem
from checker.proofs.quorums import QUORUM_FACTS
from checker.proofs.solver import ask
from checker.proofs.thresholds import THRESHOLD_FACTS

LEDGER_SECTION = "From agreed evidence to the same views, rewards and histories"


def _ledger_theorem() -> Theorem:
    induction = Induction(TRANSITIONS, BACKGROUND, INVARIANT)
    return Theorem(
        "consistency",
        LEDGER_SECTION,
        "Honest nodes have the same views, rewards and outcomes for a sample, and histories of "
        "which one is a prefix of the other:",
        "every N and f for which there is agreement on each sample",
        (
            *induction.inductive(),
            *map(induction.sufficiency, CONSISTENCY),
        ),
        notes=tuple(conjunct.english for conjunct in INVARIANT),
    )


def theorems() -> tuple[Theorem, ...]:
    """All of them."""
    return (
        *QUORUM_FACTS,
        *THRESHOLD_FACTS,
        *evidence_theorems(),
        _ledger_theorem(),
        *necessity_theorems(),
        *published_theorems(),
        *ARGMAX_THEOREMS,
    )


def prove(theorem: Theorem, seconds: float) -> Proof:
    """Put every question of ``theorem``, each for at most ``seconds``."""
    return Proof(theorem, tuple(_answers(theorem, seconds)))


def _answers(theorem: Theorem, seconds: float) -> Iterator[Answer]:
    for query in theorem.queries:
        yield ask(query, seconds)
    for exploration in theorem.explorations:
        yield explore(exploration, seconds)
