"""Why quorums of more than (N+f)/2 meet in an honest node, and wait for no faulty one."""

import z3

from checker.proofs.cardinalities import Venn, braced
from checker.proofs.facts import FAULTS, LEAST_QUORUM, NODES, QUORUM_SIZE, Weakened, fact, numbers
from checker.proofs.queries import Theorem

_SETS = Venn("Q1", "Q2", "faulty")
TWO_QUORUMS = (
    *_SETS.sizes,
    _SETS.size() == NODES,
    _SETS.size("Q1") == QUORUM_SIZE,
    _SETS.size("Q2") == QUORUM_SIZE,
    _SETS.size("faulty") <= FAULTS,
    FAULTS >= 0,
    QUORUM_SIZE >= 1,
)
MEET_IN_HONEST = _SETS.size("Q1", "Q2", outside=("faulty",)) >= 1


def sets_in_words(model: z3.ModelRef) -> str:
    """Two quorums and the faulty nodes, by number."""
    sets = _SETS.members(model)
    one, other, faulty = (braced(sets[name]) for name in ("Q1", "Q2", "faulty"))
    return f"{numbers()(model)}: quorums {one} and {other}, faulty {faulty}"


QUORUMS_MEET = fact(
    "quorums-meet",
    "Two quorums of more than (N+f)/2 nodes share an honest node.",
    "every N and f, at most f faulty",
    (*TWO_QUORUMS, 2 * QUORUM_SIZE > NODES + FAULTS),
    MEET_IN_HONEST,
    (
        Weakened(
            "quorums of (N+f)/2, N >= 3f+1",
            (*TWO_QUORUMS, 2 * QUORUM_SIZE == NODES + FAULTS, FAULTS >= 1, NODES >= 3 * FAULTS + 1),
        ),
    ),
    sets_in_words,
)

HONEST_QUORUM = fact(
    "honest-quorum",
    "The honest nodes alone are a quorum, so no quorum waits for a faulty node.",
    "N >= 3f+1",
    (NODES >= 3 * FAULTS + 1, FAULTS >= 0, *LEAST_QUORUM),
    NODES - FAULTS >= QUORUM_SIZE,
    (Weakened("N = 3f", (NODES == 3 * FAULTS, FAULTS >= 1, *LEAST_QUORUM)),),
    numbers(QUORUM_SIZE),
)

QUORUM_FACTS: tuple[Theorem, ...] = (QUORUMS_MEET, HONEST_QUORUM)
