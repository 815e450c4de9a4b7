"""Every theorem, in the order in which they are reported."""

from collections.abc import Callable, Iterator
from functools import cache

from checker.proofs.argmax import ARGMAX_THEOREMS
from checker.proofs.evidence import evidence_theorems, necessity_theorems
from checker.proofs.explorer import correspond, explore
from checker.proofs.induction import Induction
from checker.proofs.ledger import BACKGROUND, CONSISTENCY, INVARIANT, TRANSITIONS
from checker.proofs.lock_step import LOCK_STEP_THEOREMS
from checker.proofs.published import published_theorems
from checker.proofs.queries import Answer, Correspondence, Proof, Theorem
from checker.proofs.quorums import QUORUM_FACTS
from checker.proofs.solver import ask
from checker.proofs.thresholds import THRESHOLD_FACTS
from checker.question import Question, parse_patterns
from poqi_core.readings import PROFILES

LEDGER_SECTION = "From agreed evidence to the same views, rewards and histories"

CORRESPONDENCE_SECTION = "The running protocol keeps to the proved relation"


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


def _correspondence_theorem() -> Theorem:
    return Theorem(
        "core-keeps-to-relation",
        CORRESPONDENCE_SECTION,
        "Every step of the running protocol, profile hardened, is one of the proved relation.",
        "the settings below, every schedule",
        correspondences=(
            _setting("two-nodes", "N=2, f=0, three ballots", "AB", 0, 3),
            _setting("two-samples", "N=2, f=0, two ballots, two samples", "AB,AA", 0, 2),
            _setting("four-nodes", "N=4, f=1, node 1 Byzantine, one ballot", "A?AA", 1, 1),
        ),
    )


def _setting(name: str, english: str, patterns: str, faults: int, ballots: int) -> Correspondence:
    predictions = parse_patterns(patterns)
    question = Question(
        nodes=len(predictions[0]),
        faults=faults,
        readings=PROFILES["hardened"],
        predictions=predictions,
        samples=len(predictions),
        ballots=ballots,
    )
    return Correspondence(name, f"{english}, predictions {patterns}", question)


@cache
def theorems() -> tuple[Theorem, ...]:
    """All of them."""
    return (
        *QUORUM_FACTS,
        *THRESHOLD_FACTS,
        *evidence_theorems(),
        _ledger_theorem(),
        *necessity_theorems(),
        _correspondence_theorem(),
        *published_theorems(),
        *LOCK_STEP_THEOREMS,
        *ARGMAX_THEOREMS,
    )


def prove(
    theorem: Theorem,
    seconds: float,
    exploration_seconds: float,
    report: Callable[[], object] | None = None,
) -> Proof:
    """Put every question of ``theorem``.

    z3 gets ``seconds`` for each query, the checker ``exploration_seconds`` for each exploration;
    ``report`` is called after each.
    """
    answers = []
    for found in _answers(theorem, seconds, exploration_seconds):
        answers.append(found)
        if report is not None:
            report()
    return Proof(theorem, tuple(answers))


def _answers(theorem: Theorem, seconds: float, exploration_seconds: float) -> Iterator[Answer]:
    for query in theorem.queries:
        yield ask(query, seconds)
    for exploration in theorem.explorations:
        yield explore(exploration, exploration_seconds)
    for correspondence in theorem.correspondences:
        yield correspond(correspondence, exploration_seconds)
