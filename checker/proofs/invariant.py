"""The inductive invariant behind agreement, a conjunct at a time, and what follows from it."""

from dataclasses import dataclass

from checker.proofs.agreement import (
    BELOW,
    CERTIFIED,
    CHANGED,
    COMMITTED,
    DECIDED,
    HONEST,
    LEFT,
    MEMBER,
    PREPARED,
    REPORTED,
    VALID,
    B,
    C,
    M,
    N,
    Q,
    R,
    V,
    W,
    honest_members,
)
from checker.proofs.logic import Equal, Formula, Variable, for_all, for_some


@dataclass(frozen=True)
class Statement:
    """For all values of some variables: if the premise holds, so does the conclusion.

    The premise is kept apart so that it can be shown to occur.

    Attributes:
        name: what it is called.
        english: what it says, in one line.
        variables: what it is about.
        premise: when it says something.
        conclusion: what it then says.
    """

    name: str
    english: str
    variables: tuple[Variable, ...]
    premise: Formula
    conclusion: Formula

    @property
    def formula(self) -> Formula:
        """The whole statement."""
        return for_all(*self.variables)(self.premise.implies(self.conclusion))


INVARIANT: tuple[Statement, ...] = (
    Statement(
        "one-prepare",
        "An honest node prepares at most one certificate in a ballot.",
        (N, B, V, W),
        PREPARED(N, B, V) & PREPARED(N, B, W),
        Equal(V, W),
    ),
    Statement(
        "valid-prepare",
        "What an honest node prepares is a valid certificate.",
        (N, B, V),
        PREPARED(N, B, V),
        VALID(V),
    ),
    Statement(
        "certified-by-quorum",
        "Where a certificate of prepares exists, the honest members of some quorum prepared.",
        (B, V),
        CERTIFIED(B, V),
        for_some(Q)(honest_members(Q, M, PREPARED(M, B, V))),
    ),
    Statement(
        "commit-is-certified",
        "What an honest node commits in a ballot, a quorum has prepared in that ballot.",
        (N, B, V),
        COMMITTED(N, B, V),
        CERTIFIED(B, V),
    ),
    Statement(
        "change-leaves",
        "An honest node that has sent a ballot change has left every lower ballot.",
        (N, B, C),
        CHANGED(N, C) & BELOW(B, C),
        LEFT(N, B),
    ),
    Statement(
        "change-reports",
        "An honest node's ballot change reports a lock at least as high as all it committed below.",
        (N, B, C, V),
        CHANGED(N, C) & BELOW(B, C) & COMMITTED(N, B, V),
        REPORTED(N, C, B),
    ),
    Statement(
        "prepared-is-safe",
        "If a certificate is prepared, every quorum has, for each lower ballot and each other "
        "certificate, an honest member that left that ballot without committing it.",
        (B, C, V, W, R),
        for_some(N)(PREPARED(N, C, W)) & BELOW(B, C) & ~Equal(V, W),
        for_some(M)(MEMBER(M, R) & HONEST(M) & LEFT(M, B) & ~COMMITTED(M, B, V)),
    ),
    Statement(
        "decided-by-quorum",
        "What an honest node decided, the honest members of some quorum committed in one ballot.",
        (B, V),
        for_some(N)(DECIDED(N, B, V)),
        for_some(Q)(honest_members(Q, M, COMMITTED(M, B, V))),
    ),
    Statement(
        "one-decision",
        "An honest node decides a sample at most once.",
        (N, B, C, V, W),
        DECIDED(N, B, V) & DECIDED(N, C, W),
        Equal(B, C) & Equal(V, W),
    ),
)
"""What holds in every state that honest nodes can bring about."""

AGREEMENT = Statement(
    "agreement",
    "No two honest nodes decide different certificates for a sample.",
    (N, M, B, C, V, W),
    DECIDED(N, B, V) & DECIDED(M, C, W),
    Equal(V, W),
)
INTEGRITY = Statement(
    "integrity",
    "An honest node decides a sample at most once.",
    (N, B, C, V, W),
    DECIDED(N, B, V) & DECIDED(N, C, W),
    Equal(B, C) & Equal(V, W),
)
VALIDITY = Statement(
    "valid-evidence",
    "What an honest node decides is a valid certificate.",
    (N, B, V),
    DECIDED(N, B, V),
    VALID(V),
)
SUFFICIENCY: tuple[Statement, ...] = (AGREEMENT, INTEGRITY, VALIDITY)
"""What the invariant is enough for."""
