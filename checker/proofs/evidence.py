"""The theorems about agreement on evidence, and what their proof cannot do without."""

from dataclasses import replace

from checker.proofs.agreement import INTERSECTION, ORDER, TRANSITIONS
from checker.proofs.induction import Induction
from checker.proofs.invariant import INVARIANT, SUFFICIENCY, Statement
from checker.proofs.queries import Kind, Query, Theorem

SECTION = "Agreement on evidence: an inductive invariant over nodes, quorums, ballots, values"

BACKGROUND = ORDER & INTERSECTION
"""What is known of ballots and quorums."""

_BOUND = "every N and f, at most f faulty"

INDUCTION = Induction(TRANSITIONS, BACKGROUND, INVARIANT)
"""What is proved to be inductive."""


def evidence_theorems() -> tuple[Theorem, ...]:
    """The invariant is inductive, and agreement, integrity and validity follow from it."""
    inductive = Theorem(
        "inductive-invariant",
        SECTION,
        "Every step of an honest node keeps the invariant, whatever the faulty ones send:",
        _BOUND,
        INDUCTION.inductive(),
        notes=tuple(conjunct.english for conjunct in INVARIANT),
    )
    return (inductive, *map(_follows, SUFFICIENCY))


def _follows(statement: Statement) -> Theorem:
    return Theorem(
        statement.name,
        SECTION,
        statement.english,
        _BOUND,
        (INDUCTION.sufficiency(statement),),
    )


NECESSARY_CHECKS = {
    ("prepare-first", "prepare-once"): "one-prepare",
    ("prepare-first", "valid"): "valid-prepare",
    ("prepare-first", "first-ballot"): "prepared-is-safe",
    ("prepare-free", "prepare-once"): "one-prepare",
    ("prepare-free", "valid"): "valid-prepare",
    ("prepare-free", "ballot-changes"): "prepared-is-safe",
    ("prepare-free", "no-lock"): "prepared-is-safe",
    ("prepare-locked", "prepare-once"): "one-prepare",
    ("prepare-locked", "ballot-changes"): "prepared-is-safe",
    ("prepare-locked", "certified-lock"): "valid-prepare",
    ("prepare-locked", "highest-lock"): "prepared-is-safe",
    ("certify", "quorum-of-prepares"): "certified-by-quorum",
    ("commit", "prepares-shown"): "commit-is-certified",
    ("commit", "same-ballot"): "change-reports",
    ("change-free", "nothing-committed"): "change-reports",
    ("change-locked", "lock-covers-commits"): "change-reports",
    ("decide", "quorum-of-commits"): "decided-by-quorum",
    ("decide", "decide-once"): "one-decision",
}
"""For each check of each action: the conjunct that the action breaks without it."""

NECESSARY_CONJUNCTS = {
    "one-prepare": "agreement",
    "valid-prepare": "valid-evidence",
    "certified-by-quorum": "agreement",
    "commit-is-certified": "agreement",
    "change-leaves": "commit/change-reports",
    "change-reports": "prepare-free/prepared-is-safe",
    "prepared-is-safe": "agreement",
    "decided-by-quorum": "agreement",
    "one-decision": "integrity",
}
"""For each conjunct: what fails without it, a conclusion or the step of an action."""

NECESSITY_SECTION = "Necessity: nothing in that proof can be left out"


def fails(name: str, english: str, query: Query) -> Query:
    """The query that ``query`` is not valid."""
    return Query(name, Kind.COUNTER_MODEL, english, query.premises, query.conclusion)


def _named(name: str, statements: tuple[Statement, ...]) -> Statement:
    return {statement.name: statement for statement in statements}[name]


def without_check(action: str, check: str) -> Query:
    """The query that fails if ``action`` does not make ``check``."""
    weaker = TRANSITIONS.action(action).without(check)
    induction = replace(INDUCTION, transitions=TRANSITIONS.with_action(weaker))
    broken = NECESSARY_CHECKS[action, check]
    (query,) = induction.consecution(weaker, _named(broken, INVARIANT))
    return fails(f"{action}-without-{check}", f"{action} without {check} breaks {broken}", query)


def without_conjunct(name: str) -> Query:
    """The query that fails if the conjunct called ``name`` is not in the invariant."""
    kept = tuple(conjunct for conjunct in INVARIANT if conjunct.name != name)
    induction = replace(INDUCTION, invariant=kept)
    action, slash, broken = NECESSARY_CONJUNCTS[name].partition("/")
    if slash:
        (query,) = induction.consecution(TRANSITIONS.action(action), _named(broken, INVARIANT))
    else:
        query = induction.sufficiency(_named(action, SUFFICIENCY))
    return fails(f"without-{name}", f"without {name}, {query.name} fails", query)


def necessity_theorems() -> tuple[Theorem, ...]:
    """Without any one check, or any one conjunct, some query has a counter-model."""
    return (
        Theorem(
            "every-check-needed",
            NECESSITY_SECTION,
            "Each check that an honest node makes is needed: without it a conjunct breaks.",
            _BOUND,
            tuple(without_check(action, check) for action, check in NECESSARY_CHECKS),
        ),
        Theorem(
            "every-conjunct-needed",
            NECESSITY_SECTION,
            "Each conjunct is needed: without it the rest is not inductive or not enough.",
            _BOUND,
            tuple(map(without_conjunct, NECESSARY_CONJUNCTS)),
        ),
    )
