"""What the sizes N-f, N/2 and f mean for a certificate of evidence S.

The nodes are those that honestly predict the label y in question, those that honestly predict
another, and the faulty, who may say anything.  Counted is how many of each are in S.
"""

import z3

from checker.proofs.facts import FAULTS, NODES, SECTION, Weakened, fact, numbers
from checker.proofs.queries import Kind, Query, Theorem

HONEST_FOR, HONEST_OTHER, FAULTY = z3.Ints("honest_for honest_other faulty")
S_FOR, S_OTHER, S_FAULTY_FOR, S_FAULTY_OTHER = z3.Ints(
    "honest_for_in_S honest_other_in_S faulty_for_in_S faulty_other_in_S"
)

SUPPORTERS = S_FOR + S_FAULTY_FOR
"""The predictions of y in S."""
OBJECTORS = S_OTHER + S_FAULTY_OTHER
"""The other predictions in S."""
SIZE = SUPPORTERS + OBJECTORS

REJECTED = 2 * OBJECTORS >= NODES
ENOUGH = SUPPORTERS > FAULTS
ACCEPTED = z3.And(z3.Not(REJECTED), ENOUGH)
"""The computation decides y in the view of a primary in S that predicts y."""
PASSES = z3.And(z3.Not(REJECTED), z3.Not(ENOUGH))

_PEOPLE = (
    HONEST_FOR + HONEST_OTHER + FAULTY == NODES,
    FAULTY <= FAULTS,
    *(number >= 0 for number in (HONEST_FOR, HONEST_OTHER, FAULTY, FAULTS)),
    *(number >= 0 for number in (S_FOR, S_OTHER, S_FAULTY_FOR, S_FAULTY_OTHER)),
    S_FOR <= HONEST_FOR,
    S_OTHER <= HONEST_OTHER,
    S_FAULTY_FOR + S_FAULTY_OTHER <= FAULTY,
    NODES >= 1,
)
CERTIFICATE = (*_PEOPLE, SIZE >= NODES - FAULTS)
"""The predictions in S are of distinct nodes, N-f or more, and honest ones are not forged."""
_SMALLER = (*_PEOPLE, SIZE >= NODES - FAULTS - 1)
_BOUND = NODES >= 3 * FAULTS + 1
_AT_BOUND = (NODES == 3 * FAULTS, FAULTS >= 1)
_SOMEBODY_FOR = SUPPORTERS >= 1
"""The primary of the view is in S and predicts y."""


def in_words(model: z3.ModelRef) -> str:
    """A certificate by how many of each kind are in it."""
    honest_for, honest_other, faulty_for, faulty_other = (
        model.eval(number, model_completion=True)
        for number in (S_FOR, S_OTHER, S_FAULTY_FOR, S_FAULTY_OTHER)
    )
    return (
        f"{numbers()(model)}: in S {honest_for} honest and {faulty_for} faulty for y, "
        f"{honest_other} honest and {faulty_other} faulty for others"
    )


HONEST_SUPPORTER = fact(
    "honest-supporter",
    "A label with more than f supporters in S was predicted by an honest node.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, SUPPORTERS > FAULTS),
    S_FOR >= 1,
    (
        Weakened(
            "f supporters, N >= 3f+1",
            (*CERTIFICATE, SUPPORTERS >= FAULTS, _BOUND, FAULTS >= 1),
        ),
    ),
    in_words,
)

UNANIMITY_ACCEPTS = fact(
    "unanimity-accepts",
    "If all honest nodes predict y, a primary in S that says y has it decided at once.",
    "N >= 3f+1",
    (*CERTIFICATE, _BOUND, HONEST_OTHER == 0, _SOMEBODY_FOR),
    ACCEPTED,
    (
        Weakened("N = 3f", (*CERTIFICATE, *_AT_BOUND, HONEST_OTHER == 0, _SOMEBODY_FOR)),
        Weakened(
            "certificates of N-f-1",
            (*_SMALLER, _BOUND, FAULTS >= 1, HONEST_OTHER == 0, _SOMEBODY_FOR),
        ),
    ),
    in_words,
)

UNANIMITY_EXCLUDES = fact(
    "unanimity-excludes",
    "If no honest node predicts y, y is not decided, in no view and not after a conflict.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, HONEST_FOR == 0),
    z3.Not(ENOUGH),
    (
        Weakened(
            "at least f supporters enough",
            (*CERTIFICATE, _BOUND, FAULTS >= 1, HONEST_FOR == 0),
            z3.Not(SUPPORTERS >= FAULTS),
        ),
    ),
    in_words,
)

HONEST_IN_S = fact(
    "honest-in-certificate",
    "Every S holds an honest node's prediction, so unanimous honest nodes see a primary accepted.",
    "N >= 2f+1",
    (*CERTIFICATE, NODES >= 2 * FAULTS + 1),
    S_FOR + S_OTHER >= 1,
    (Weakened("N = 2f", (*CERTIFICATE, NODES == 2 * FAULTS, FAULTS >= 1)),),
    in_words,
)

ACCEPTED_SUPPORT = fact(
    "accepted-support",
    "A label that a view decides has more than N/2-2f honest supporters.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, ACCEPTED),
    2 * S_FOR > NODES - 4 * FAULTS,
    (
        Weakened(
            "more than N/2-2f+1/2",
            (*CERTIFICATE, ACCEPTED, NODES >= 4 * FAULTS, FAULTS >= 1),
            2 * S_FOR > NODES - 4 * FAULTS + 1,
        ),
    ),
    in_words,
)

REJECTED_OBJECTION = fact(
    "rejection-objectors",
    "A primary is rejected only if at least N/2-f honest nodes predict another label.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, REJECTED),
    2 * HONEST_OTHER >= NODES - 2 * FAULTS,
    (
        Weakened(
            "at least N/2-f+1/2, N >= 3f+1",
            (*CERTIFICATE, REJECTED, _BOUND, FAULTS >= 1),
            2 * HONEST_OTHER >= NODES - 2 * FAULTS + 1,
        ),
    ),
    in_words,
)

MAJORITY_STANDS = fact(
    "majority-not-rejected",
    "A label that more than N/2 honest nodes predict is never rejected.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, 2 * HONEST_FOR > NODES),
    z3.Not(REJECTED),
    (Weakened("exactly N/2, N >= 3f+1", (*CERTIFICATE, 2 * HONEST_FOR == NODES, _BOUND)),),
    in_words,
)

STRONG_SUPPORT = fact(
    "strong-support",
    "A label that more than 2f honest nodes predict has more than f supporters in every S.",
    "every N and f, at most f faulty",
    (*CERTIFICATE, HONEST_FOR > 2 * FAULTS),
    ENOUGH,
    (
        Weakened(
            "2f honest nodes, N >= 3f+1",
            (*CERTIFICATE, HONEST_FOR >= 2 * FAULTS, _BOUND, FAULTS >= 1),
        ),
    ),
    in_words,
)

NO_PASS = fact(
    "no-pass",
    "A primary in S is accepted or rejected, never passed over.",
    "N >= 4f",
    (*CERTIFICATE, NODES >= 4 * FAULTS, _SOMEBODY_FOR),
    z3.Not(PASSES),
    (
        Weakened(
            "N = 4f-1, N >= 3f+1", (*CERTIFICATE, NODES == 4 * FAULTS - 1, _BOUND, _SOMEBODY_FOR)
        ),
    ),
    in_words,
)

FAULTLESS = fact(
    "faultless-is-published",
    "With every node honest and in S, the walk is the published rule: at N/2 objections or more "
    "rejected, else decided.",
    "N >= 2f",
    (*_PEOPLE, FAULTY == 0, SIZE == NODES, NODES >= 2 * FAULTS),
    z3.Xor(2 * HONEST_OTHER >= NODES, ACCEPTED),
    (Weakened("N = 2f-2", (*_PEOPLE, FAULTY == 0, SIZE == NODES, NODES == 2 * FAULTS - 2)),),
    in_words,
)

_TOTAL, _COUNT, _MOST = z3.Ints("total count most")


def _some_candidate() -> Theorem:
    """By induction over the labels: k labels of at most f supporters each have k·f at most."""
    # most stands for k·f, which is no linear term; the steps below make it that.
    three = z3.Ints("a b c")
    split = (
        NODES >= 3 * FAULTS + 1,
        FAULTS >= 1,
        z3.Sum(*three) >= NODES - FAULTS,
        z3.Sum(*three) <= NODES,
        *(count >= 0 for count in three),
    )
    return Theorem(
        "some-candidate",
        SECTION,
        "With k labels in use, some label has more than f supporters in every S.",
        "N > (k+1)f; so with two labels always",
        (
            Query(
                "no-labels",
                Kind.VALIDITY,
                "No label at all: no predictions, and 0·f = 0.",
                (_TOTAL == 0, _MOST == 0),
                _TOTAL <= _MOST,
            ),
            Query(
                "one-more-label",
                Kind.VALIDITY,
                "One more label of at most f supporters adds f to the bound.",
                (_TOTAL <= _MOST, _COUNT <= FAULTS, _COUNT >= 0),
                _TOTAL + _COUNT <= _MOST + FAULTS,
            ),
            Query(
                "certificate-is-larger",
                Kind.VALIDITY,
                "A certificate holds more than k·f predictions where N > (k+1)f.",
                (_TOTAL >= NODES - FAULTS, NODES > _MOST + FAULTS),
                _TOTAL > _MOST,
            ),
            Query(
                "two-labels",
                Kind.VALIDITY,
                "With two labels N >= 3f+1 is N > (2+1)f.",
                (_BOUND, _MOST == 2 * FAULTS),
                NODES > _MOST + FAULTS,
            ),
            Query(
                "tight",
                Kind.COUNTER_MODEL,
                "not with three labels, N >= 3f+1",
                split,
                z3.Or(*(count > FAULTS for count in three)),
                least=(NODES, FAULTS),
                describe=numbers(*three),
            ),
        ),
    )


THRESHOLD_FACTS: tuple[Theorem, ...] = (
    HONEST_SUPPORTER,
    HONEST_IN_S,
    UNANIMITY_ACCEPTS,
    UNANIMITY_EXCLUDES,
    ACCEPTED_SUPPORT,
    REJECTED_OBJECTION,
    MAJORITY_STANDS,
    STRONG_SUPPORT,
    _some_candidate(),
    NO_PASS,
    FAULTLESS,
)
