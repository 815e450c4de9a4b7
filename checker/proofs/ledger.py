"""From agreement on each certificate to the same views, rewards and histories.

The outcome of a sample is computed from the view and the rewards with which it began, together
its *ledger*, and from the evidence that was agreed on.  Nothing is assumed of the computation
but that it is the same function at every node.  The true ledger of each sample is the one that
follows from the agreed evidence of all samples before it: a definition by recursion, whose
clauses are the axioms here.
"""

from checker.proofs.agreement import NODE, VALUE
from checker.proofs.invariant import Statement
from checker.proofs.logic import Equal, Relation, Sort, Variable, all_of, for_all, for_some
from checker.proofs.transitions import Action, Addition, Check, Transitions

SAMPLE = Sort("Sample")
LEDGER = Sort("Ledger")
OUTCOME = Sort("Outcome")

FIRST = Relation("first", (SAMPLE,), fixed=True)
"""The sample is the first."""
EARLIER = Relation("earlier", (SAMPLE, SAMPLE), fixed=True)
"""The first sample comes before the second."""
NEXT = Relation("next", (SAMPLE, SAMPLE), fixed=True)
"""The second sample comes directly after the first."""
INITIAL = Relation("initial", (LEDGER,), fixed=True)
"""The ledger with which every node begins."""
AGREED = Relation("agreed", (SAMPLE, VALUE), fixed=True)
"""Honest nodes decide that certificate for the sample, if they decide at all."""
COMPUTES = Relation("computes", (LEDGER, VALUE, LEDGER, OUTCOME), fixed=True)
"""From a ledger and evidence follow the next ledger and the outcome."""
TRUE = Relation("true", (SAMPLE, LEDGER), fixed=True)
"""The ledger of the sample that follows from the agreed evidence of all samples before."""

BEGUN = Relation("begun", (NODE, SAMPLE, LEDGER))
"""The honest node has begun the sample with that ledger."""
RECORDED = Relation("recorded", (NODE, SAMPLE, OUTCOME))
"""The honest node's history has that outcome for the sample."""
PASSED = Relation("passed", (NODE, SAMPLE))
"""The honest node's history has an outcome for the sample."""

_N, _M = Variable("n", NODE), Variable("m", NODE)
_R, _S, _T = (Variable(name, SAMPLE) for name in "rst")
_K, _L, _P = (Variable(name, LEDGER) for name in "klp")
_V, _W = Variable("v", VALUE), Variable("w", VALUE)
_O, _X = Variable("o", OUTCOME), Variable("x", OUTCOME)

BACKGROUND = all_of(
    (
        for_all(_S)(~EARLIER(_S, _S)),
        for_all(_R, _S, _T)((EARLIER(_R, _S) & EARLIER(_S, _T)).implies(EARLIER(_R, _T))),
        for_all(_R, _S)(EARLIER(_R, _S) | EARLIER(_S, _R) | Equal(_R, _S)),
        for_all(_S, _T)(FIRST(_S).implies(~EARLIER(_T, _S))),
        for_all(_S, _T)(NEXT(_S, _T).implies(EARLIER(_S, _T))),
        for_all(_R, _S, _T)(
            (NEXT(_S, _T) & EARLIER(_R, _T)).implies(EARLIER(_R, _S) | Equal(_R, _S))
        ),
        # Agreement, which is proved of each sample.
        for_all(_S, _V, _W)((AGREED(_S, _V) & AGREED(_S, _W)).implies(Equal(_V, _W))),
        # The computation is a function.
        for_all(_L, _V, _K, _P, _O, _X)(
            (COMPUTES(_L, _V, _K, _O) & COMPUTES(_L, _V, _P, _X)).implies(
                Equal(_K, _P) & Equal(_O, _X)
            )
        ),
        # The true ledgers, by recursion over the samples.
        for_all(_S, _L)((FIRST(_S) & INITIAL(_L)).implies(TRUE(_S, _L))),
        for_all(_S, _T, _L, _K, _V, _O)(
            (TRUE(_S, _L) & AGREED(_S, _V) & COMPUTES(_L, _V, _K, _O) & NEXT(_S, _T)).implies(
                TRUE(_T, _K)
            )
        ),
        for_all(_S, _K, _L)((TRUE(_S, _K) & TRUE(_S, _L)).implies(Equal(_K, _L))),
    )
)

_NODE, _SAMPLE = Variable("node", NODE), Variable("sample", SAMPLE)
_LEDGER, _OUTCOME = Variable("ledger", LEDGER), Variable("outcome", OUTCOME)

TRANSITIONS = Transitions(
    relations=(BEGUN, RECORDED, PASSED),
    actions=(
        Action(
            "begin",
            "A node begins the first sample with the initial ledger.",
            (_N, _S, _L),
            (
                Check("first-sample", "it is the first sample", FIRST(_S)),
                Check("initial-ledger", "the ledger is the initial one", INITIAL(_L)),
            ),
            {
                BEGUN: Addition(
                    (_NODE, _SAMPLE, _LEDGER),
                    Equal(_NODE, _N) & Equal(_SAMPLE, _S) & Equal(_LEDGER, _L),
                )
            },
        ),
        Action(
            "advance",
            "A node that has decided a sample records its outcome and begins the next.",
            (_N, _S, _T, _L, _K, _V, _O),
            (
                Check("begun", "it has begun the sample with that ledger", BEGUN(_N, _S, _L)),
                Check("agreed-evidence", "it has decided that certificate", AGREED(_S, _V)),
                Check(
                    "computed",
                    "outcome and ledger follow from the evidence",
                    COMPUTES(_L, _V, _K, _O),
                ),
                Check("next-sample", "the sample that it begins is the next", NEXT(_S, _T)),
            ),
            {
                BEGUN: Addition(
                    (_NODE, _SAMPLE, _LEDGER),
                    Equal(_NODE, _N) & Equal(_SAMPLE, _T) & Equal(_LEDGER, _K),
                ),
                RECORDED: Addition(
                    (_NODE, _SAMPLE, _OUTCOME),
                    Equal(_NODE, _N) & Equal(_SAMPLE, _S) & Equal(_OUTCOME, _O),
                ),
                PASSED: Addition((_NODE, _SAMPLE), Equal(_NODE, _N) & Equal(_SAMPLE, _S)),
            },
        ),
    ),
)
"""What an honest node does from sample to sample."""

INVARIANT: tuple[Statement, ...] = (
    Statement(
        "true-ledger",
        "An honest node begins a sample with the view and rewards that follow from the agreed "
        "evidence of all samples before it.",
        (_N, _S, _L),
        BEGUN(_N, _S, _L),
        TRUE(_S, _L),
    ),
    Statement(
        "true-outcome",
        "What an honest node records for a sample follows from that sample's true ledger and "
        "agreed evidence.",
        (_N, _S, _O),
        RECORDED(_N, _S, _O),
        for_some(_L, _V, _K)(TRUE(_S, _L) & AGREED(_S, _V) & COMPUTES(_L, _V, _K, _O)),
    ),
    Statement(
        "no-gap",
        "An honest node that has begun a sample has an outcome for every sample before it.",
        (_N, _S, _T, _L),
        BEGUN(_N, _T, _L) & EARLIER(_S, _T),
        PASSED(_N, _S),
    ),
)
"""What holds at every honest node at any time."""

CONSISTENCY: tuple[Statement, ...] = (
    Statement(
        "view-and-reward-consistency",
        "Two honest nodes begin a sample in the same view with the same rewards.",
        (_N, _M, _S, _L, _K),
        BEGUN(_N, _S, _L) & BEGUN(_M, _S, _K),
        Equal(_L, _K),
    ),
    Statement(
        "same-outcome",
        "Two honest histories have the same outcome for a sample, conflicts included.",
        (_N, _M, _S, _O, _X),
        RECORDED(_N, _S, _O) & RECORDED(_M, _S, _X),
        Equal(_O, _X),
    ),
    Statement(
        "no-gap",
        "An honest history has no gap; with the same outcomes, one is a prefix of the other.",
        (_N, _S, _T, _L),
        BEGUN(_N, _T, _L) & EARLIER(_S, _T),
        PASSED(_N, _S),
    ),
)
"""View and reward consistency, and total order."""
