"""The variant for N >= 2f+1: lock-step rounds, signatures, and no ballots.

Each node's prediction is broadcast by the algorithm of Dolev and Strong ("Authenticated algorithms
for Byzantine agreement", 1983) in f+1 rounds: a node that accepts a label of the sender in a round
before the last signs it and passes it on, and accepts in round r only what r distinct nodes have
signed.  The evidence S is then what everybody has accepted of each sender of whom
a single label was accepted; everybody holds the same S, with every honest prediction in it.
The computation from S is the same as in :mod:`checker.proofs.thresholds`, but that a label needs
one supporter fewer for each node that is not in S, as that node is faulty.  The core runs it with
the profile ``synchronous`` (:mod:`poqi_core.broadcast`).
"""

import z3

from checker.proofs.cardinalities import Venn, braced
from checker.proofs.facts import FAULTS, NODES, Weakened, fact, numbers
from checker.proofs.queries import Kind, Query, Theorem
from checker.proofs.thresholds import (
    ACCEPTED,
    CERTIFICATE,
    HONEST_FOR,
    HONEST_OTHER,
    OBJECTORS,
    REJECTED,
    S_FOR,
    S_OTHER,
    SIZE,
    SUPPORTERS,
    in_words,
)

SECTION = "The variant for N >= 2f+1: lock-step rounds with signatures"

_SETS = Venn("signers", "faulty")
_CHAIN = (
    *_SETS.sizes,
    _SETS.size() == NODES,
    _SETS.size("faulty") <= FAULTS,
    FAULTS >= 1,
    NODES >= 2 * FAULTS + 1,
)
_HONEST_SIGNER = _SETS.size("signers", outside=("faulty",)) >= 1


def _signers(model: z3.ModelRef) -> str:
    sets = _SETS.members(model)
    return f"{numbers()(model)}: signers {braced(sets['signers'])}, faulty {braced(sets['faulty'])}"


CHAIN = fact(
    "chain-has-honest",
    "Of f+1 distinct signers one is honest.",
    "every N and f, at most f faulty",
    (*_CHAIN, _SETS.size("signers") == FAULTS + 1),
    _HONEST_SIGNER,
    (Weakened("f signers", (*_CHAIN, _SETS.size("signers") == FAULTS)),),
    _signers,
    SECTION,
)


def _same_evidence() -> Theorem:
    """About one label of one sender; ``accepts`` is the round in which a node accepts it."""
    node = z3.DeclareSort("Node")
    n, m = z3.Consts("n m", node)
    honest = z3.Function("honest", node, z3.BoolSort())
    accepts = z3.Function("accepts", node, z3.IntSort())
    last = z3.Int("last")

    def rules(rounds: z3.ArithRef) -> tuple[z3.BoolRef, ...]:
        """What an honest node accepts in the last of ``rounds``, and before it."""
        passed_on = z3.ForAll(
            [n, m],
            z3.Implies(
                z3.And(honest(n), honest(m), accepts(n) < last), accepts(m) <= accepts(n) + 1
            ),
        )
        # A chain of as many signers as the last round has an honest one if it is longer than f.
        signed_before = z3.ForAll(
            [n],
            z3.Implies(
                z3.And(honest(n), accepts(n) == last, last >= FAULTS + 1),
                z3.Exists([m], z3.And(honest(m), accepts(m) < last)),
            ),
        )
        return (
            FAULTS >= 1,
            last == rounds,
            z3.ForAll([n], accepts(n) >= 1),
            passed_on,
            signed_before,
        )

    same = z3.ForAll(
        [n, m],
        z3.Implies(z3.And(honest(n), honest(m), accepts(n) <= last), accepts(m) <= last),
    )
    a, b = z3.Consts("a b", node)
    two_honest = z3.And(honest(a), honest(b), a != b, accepts(a) <= last)
    return Theorem(
        "rounds-same-evidence",
        SECTION,
        "After f+1 rounds, what one honest node has accepted every honest node has accepted.",
        "every N and f, at most f faulty",
        (
            Query(
                "last-round",
                Kind.VALIDITY,
                "What is accepted before the last round is passed on; of what is accepted in the "
                "last round an honest signer has passed it on.",
                rules(FAULTS + 1),
                same,
                witness=(two_honest,),
            ),
            Query("tight", Kind.COUNTER_MODEL, "not with f rounds", rules(FAULTS), same),
        ),
    )


_EVERYBODY_HONEST_IN_S = (
    *CERTIFICATE,
    S_FOR == HONEST_FOR,
    S_OTHER == HONEST_OTHER,
    SUPPORTERS >= 1,
)
"""Every honest prediction is in S, and somebody's that predicts y."""

_NEEDED = FAULTS + 1 - (NODES - SIZE)
"""The supporters that a label needs, one fewer than f+1 for each absent node."""

LOCK_STEP_THEOREMS: tuple[Theorem, ...] = (
    CHAIN,
    _same_evidence(),
    fact(
        "rounds-honest-supporter",
        "With every honest prediction in S, a primary that is not rejected has an honest "
        "supporter.",
        "N >= 2f",
        (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS, z3.Not(REJECTED)),
        S_FOR >= 1,
        (
            Weakened(
                "N = 2f-1", (*_EVERYBODY_HONEST_IN_S, NODES == 2 * FAULTS - 1, z3.Not(REJECTED))
            ),
        ),
        in_words,
        SECTION,
    ),
    fact(
        "rounds-unanimity",
        "With every honest prediction in S, the label of unanimous honest nodes is decided by "
        "the first primary that says it.",
        "N >= 2f+1",
        (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS + 1, HONEST_OTHER == 0),
        ACCEPTED,
        (
            Weakened(
                "N = 2f",
                (*_EVERYBODY_HONEST_IN_S, NODES == 2 * FAULTS, FAULTS >= 1, HONEST_OTHER == 0),
            ),
        ),
        in_words,
        SECTION,
    ),
    fact(
        "rounds-majority",
        "With every honest prediction in S, a label of more than N/2 honest nodes is decided by "
        "the first primary that says it.",
        "N >= 2f",
        (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS, 2 * HONEST_FOR > NODES),
        ACCEPTED,
        (
            Weakened(
                "exactly N/2",
                (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS + 1, 2 * HONEST_FOR == NODES),
            ),
        ),
        in_words,
        SECTION,
    ),
    fact(
        "rounds-support",
        "With every honest prediction in S, a label with f+1 supporters, less one for each node "
        "that is not in S, has an honest one.",
        "every N and f, at most f faulty",
        (*_EVERYBODY_HONEST_IN_S, SUPPORTERS >= _NEEDED),
        S_FOR >= 1,
        (
            Weakened(
                "one supporter fewer, N >= 2f+1",
                (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS + 1, SUPPORTERS >= _NEEDED - 1),
            ),
            Weakened(
                "honest nodes that may be absent, N >= 3f+1",
                (
                    *CERTIFICATE,
                    SUPPORTERS >= 1,
                    NODES >= 3 * FAULTS + 1,
                    SUPPORTERS >= _NEEDED,
                ),
            ),
        ),
        in_words,
        SECTION,
    ),
    fact(
        "rounds-two-labels",
        "With every honest prediction in S, and two labels in it at most, one of them has the "
        "supporters that it needs.",
        "N >= 2f+1",
        (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS + 1),
        z3.Or(SUPPORTERS >= _NEEDED, OBJECTORS >= _NEEDED),
        (
            Weakened("N = 2f", (*_EVERYBODY_HONEST_IN_S, NODES == 2 * FAULTS, FAULTS >= 1)),
            Weakened(
                "f+1 supporters, whoever is absent",
                (*_EVERYBODY_HONEST_IN_S, NODES >= 2 * FAULTS + 1),
                z3.Or(SUPPORTERS > FAULTS, OBJECTORS > FAULTS),
            ),
        ),
        in_words,
        SECTION,
    ),
)
