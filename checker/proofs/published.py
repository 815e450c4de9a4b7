"""The same queries about the paper's fixed quorum of 2f+1, and their counter-models as runs."""

from dataclasses import replace

import z3

from checker.proofs.agreement import (
    BALLOT,
    DECIDED,
    HONEST,
    MEMBER,
    NODE,
    ORDER,
    QUORUM,
    TRANSITIONS,
    VALUE,
    B,
    N,
    Q,
    V,
)
from checker.proofs.evidence import INDUCTION, fails
from checker.proofs.facts import FAULTS, NODES, QUORUM_SIZE, fact, numbers
from checker.proofs.invariant import AGREEMENT, INVARIANT
from checker.proofs.logic import all_of, at_most, for_all, for_some
from checker.proofs.queries import Exploration, Kind, Query, Theorem
from checker.proofs.quorums import MEET_IN_HONEST, TWO_QUORUMS, sets_in_words
from checker.proofs.solver import structure_of, translate
from checker.question import Question, parse_patterns
from checker.verdict import Verdict
from poqi_core.properties import property_named
from poqi_core.readings import PROFILES

SECTION = "The published quorum of 2f+1: the same queries have counter-models, and these are runs"

_PAPER = (*TWO_QUORUMS, QUORUM_SIZE == 2 * FAULTS + 1)


def _exact() -> Theorem:
    return fact(
        "paper-quorum-exact",
        "Two quorums of 2f+1 share an honest node.",
        "N = 3f+1",
        (*_PAPER, NODES == 3 * FAULTS + 1),
        MEET_IN_HONEST,
        (),
        sets_in_words,
        SECTION,
    )


def _exploration(
    name: str, english: str, pattern: str, faults: int, quorum: str, expected: Verdict
) -> Exploration:
    """Agreement on one sample in its first view, the label of each node fixed."""
    predictions = parse_patterns(pattern)
    question = Question(
        nodes=len(pattern),
        faults=faults,
        readings=replace(PROFILES["paper"], quorum=quorum),
        predictions=predictions,
        views=1,
        properties=(property_named("agreement"),),
    )
    return Exploration(name, english, question, expected)


def _parts() -> Theorem:
    return Theorem(
        "paper-quorum-parts",
        SECTION,
        "Two quorums of 2f+1 need not share an honest node.",
        "every N >= 3f+2",
        (
            Query(
                "every-n",
                Kind.VALIDITY,
                "There are enough honest nodes for two quorums that share only the f faulty.",
                (NODES >= 3 * FAULTS + 2, FAULTS >= 0, QUORUM_SIZE == 2 * FAULTS + 1),
                2 * (QUORUM_SIZE - FAULTS) <= NODES - FAULTS,
                describe=numbers(QUORUM_SIZE),
            ),
            Query(
                "least",
                Kind.COUNTER_MODEL,
                "the least N with f >= 1",
                (*_PAPER, NODES >= 3 * FAULTS + 1, FAULTS >= 1),
                MEET_IN_HONEST,
                least=(NODES, FAULTS),
                describe=sets_in_words,
            ),
            Query(
                "least-without-fault",
                Kind.COUNTER_MODEL,
                "the least N with f = 0",
                (*_PAPER, NODES >= 3 * FAULTS + 1, FAULTS == 0),
                MEET_IN_HONEST,
                least=(NODES, FAULTS),
                describe=sets_in_words,
            ),
        ),
        (
            _exploration(
                "run",
                "profile paper, N=5, f=1",
                "?AABB",
                1,
                "2f+1",
                Verdict.VIOLATED,
            ),
            _exploration(
                "run-without-fault",
                "profile paper, N=2, f=0",
                "AB",
                0,
                "2f+1",
                Verdict.VIOLATED,
            ),
            _exploration(
                "repaired",
                "profile paper with quorums of more than (N+f)/2, N=5, f=1",
                "?AABB",
                1,
                "intersecting",
                Verdict.HOLDS,
            ),
        ),
    )


def _decisions(model: z3.ModelRef) -> str:
    """The decisions and the quorums of a state."""
    state = structure_of(model, (DECIDED, MEMBER, HONEST))
    decided = sorted(
        f"{node} decides {value} in {ballot}" for node, ballot, value in state.of(DECIDED)
    )
    quorums = [
        f"{quorum} = {{{', '.join(sorted(str(n) for n, q in state.of(MEMBER) if q == quorum))}}}"
        for quorum in sorted({str(quorum) for _, quorum in state.of(MEMBER)})
    ]
    faulty = set(state.universe[HONEST.sorts[0]]) - {node for (node,) in state.of(HONEST)}
    named = ", ".join(sorted(map(str, faulty))) or "none"
    return f"{'; '.join(decided)}; {'; '.join(quorums)}; faulty: {named}"


_APART = ORDER & for_all(Q)(for_some(N)(HONEST(N) & MEMBER(N, Q)))
"""Every quorum has an honest member, and nothing more is known of quorums."""


_SMALL = all_of(
    (
        for_all(Q)(for_some(N)(~HONEST(N) & MEMBER(N, Q))),
        for_all(N, B, V)(DECIDED(N, B, V).implies(HONEST(N))),
        at_most(3, NODE),
        at_most(2, QUORUM),
        at_most(1, BALLOT),
        at_most(2, VALUE),
    )
)
"""A state that can be taken in at a glance."""


def _invariant() -> Theorem:
    induction = replace(INDUCTION, background=_APART)
    agreement = fails(
        "agreement", "a state of the invariant without agreement", induction.sufficiency(AGREEMENT)
    )
    safe = next(conjunct for conjunct in INVARIANT if conjunct.name == "prepared-is-safe")
    return Theorem(
        "paper-quorum-invariant",
        SECTION,
        "With quorums that need not meet, the invariant is not inductive and not enough.",
        "quorums of which each has an honest member",
        (
            replace(
                agreement,
                premises=(*agreement.premises, translate(_SMALL)),
                describe=_decisions,
            ),
            *(
                fails(
                    f"{action}-breaks-{safe.name}",
                    f"{action} breaks {safe.name}",
                    *induction.consecution(TRANSITIONS.action(action), safe),
                )
                for action in ("prepare-free", "prepare-locked")
            ),
        ),
    )


def published_theorems() -> tuple[Theorem, ...]:
    """Where quorums of 2f+1 meet, where they do not, and what becomes of the proof."""
    return _exact(), _parts(), _invariant()
