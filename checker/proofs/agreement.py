"""Agreement on one certificate of evidence, as a transition relation over quorums.

This is what the profile ``hardened`` does for one sample, with everything left out that safety
does not need: who leads a ballot, when timers run out, in which ballot a node is.  The rows of
a relation tell what honest nodes have signed.  Faulty nodes have no rows; they can make any
proposal, and wherever members of a quorum are asked, only the honest ones are asked.  What
is proved here is so proved of every protocol whose honest nodes keep to these actions, and
``checker.proofs.correspondence`` holds the running protocol to them.

The sorts are not given sizes: nodes, ballots and certificates can be any number.  All that is
known of quorums is that two of them share an honest node, which :mod:`checker.proofs.quorums`
proves of quorums of more than (N+f)/2.

The design is that of PBFT's view change (M. Castro and B. Liskov, "Practical Byzantine Fault
Tolerance", 1999).  Relations in place of functions, certificates as a relation of their own and
an abstract order of ballots keep the queries in a decidable fragment (O. Padon, G. Losa, M.
Sagiv and S. Shoham, "Paxos made EPR: decidable reasoning about distributed protocols", 2017).
"""

from checker.proofs.logic import (
    Equal,
    Formula,
    Relation,
    Sort,
    Variable,
    all_of,
    for_all,
    for_some,
)
from checker.proofs.transitions import Action, Addition, Check, Transitions

NODE = Sort("Node")
QUORUM = Sort("Quorum")
BALLOT = Sort("Ballot")
VALUE = Sort("Value")
"""Certificates of evidence."""

HONEST = Relation("honest", (NODE,), fixed=True)
"""The node keeps to the protocol."""
MEMBER = Relation("member", (NODE, QUORUM), fixed=True)
"""The node belongs to the quorum."""
BELOW = Relation("below", (BALLOT, BALLOT), fixed=True)
"""The first ballot comes before the second."""
VALID = Relation("valid", (VALUE,), fixed=True)
"""The certificate holds N-f signed predictions of distinct nodes, or more."""

PREPARED = Relation("prepared", (NODE, BALLOT, VALUE))
"""The honest node has signed a prepare for the certificate in the ballot."""
CERTIFIED = Relation("certified", (BALLOT, VALUE))
"""The prepares of a quorum for the certificate in the ballot exist."""
COMMITTED = Relation("committed", (NODE, BALLOT, VALUE))
"""The honest node has signed a commit for the certificate in the ballot."""
LEFT = Relation("left", (NODE, BALLOT))
"""The honest node has signed a ballot change to a later ballot."""
CHANGED = Relation("changed", (NODE, BALLOT))
"""The honest node has signed a ballot change to the ballot."""
REPORTED = Relation("reported", (NODE, BALLOT, BALLOT))
"""The lock in the node's ballot change to the first ballot is from the second or a later one."""
DECIDED = Relation("decided", (NODE, BALLOT, VALUE))
"""The honest node has decided the certificate on commits of the ballot."""

N, M = Variable("n", NODE), Variable("m", NODE)
Q, R = Variable("q", QUORUM), Variable("r", QUORUM)
B, C, D, E = (Variable(name, BALLOT) for name in "bcde")
V, W = Variable("v", VALUE), Variable("w", VALUE)


def honest_members(quorum: Variable, node: Variable, formula: Formula) -> Formula:
    """Every honest member of ``quorum``, called ``node``, satisfies ``formula``."""
    return for_all(node)((MEMBER(node, quorum) & HONEST(node)).implies(formula))


ORDER = all_of(
    (
        for_all(B)(~BELOW(B, B)),
        for_all(B, C, D)((BELOW(B, C) & BELOW(C, D)).implies(BELOW(B, D))),
        for_all(B, C)(BELOW(B, C) | BELOW(C, B) | Equal(B, C)),
    )
)
"""The ballots are in a total order."""

INTERSECTION = for_all(Q, R)(for_some(N)(HONEST(N) & MEMBER(N, Q) & MEMBER(N, R)))
"""Two quorums share an honest node; so every quorum has one."""


def _no_later_than(ballot: Variable, bound: Variable) -> Formula:
    return BELOW(ballot, bound) | Equal(ballot, bound)


def _row(*pairs: tuple[Variable, Variable]) -> Formula:
    return all_of(Equal(place, parameter) for place, parameter in pairs)


_NODE, _BALLOT, _VALUE = (
    Variable("node", NODE),
    Variable("ballot", BALLOT),
    Variable("value", VALUE),
)
_LOCK = Variable("lock", BALLOT)

_PREPARES = {
    PREPARED: Addition((_NODE, _BALLOT, _VALUE), _row((_NODE, N), (_BALLOT, B), (_VALUE, V)))
}
_LEAVES = Addition((_NODE, _BALLOT), Equal(_NODE, N) & BELOW(_BALLOT, C))
_CHANGES = Addition((_NODE, _BALLOT), _row((_NODE, N), (_BALLOT, C)))

_ONCE = Check(
    "prepare-once",
    "it has prepared no certificate in the ballot",
    for_all(W)(~PREPARED(N, B, W)),
)
_VALID = Check("valid", "the certificate is valid", VALID(V))

TRANSITIONS = Transitions(
    relations=(PREPARED, CERTIFIED, COMMITTED, LEFT, CHANGED, REPORTED, DECIDED),
    actions=(
        Action(
            "prepare-first",
            "A node prepares a valid certificate in the first ballot.",
            (N, B, V),
            (
                _ONCE,
                _VALID,
                Check("first-ballot", "no ballot is lower", for_all(C)(~BELOW(C, B))),
            ),
            _PREPARES,
        ),
        Action(
            "prepare-free",
            "A node prepares a valid certificate in a ballot for which it is shown the ballot "
            "changes of a quorum, none with a lock.",
            (N, B, V, Q),
            (
                _ONCE,
                _VALID,
                Check(
                    "ballot-changes",
                    "the members of a quorum have sent ballot changes to the ballot",
                    honest_members(Q, M, CHANGED(M, B)),
                ),
                Check(
                    "no-lock",
                    "none of those ballot changes reports a lock",
                    honest_members(Q, M, for_all(D)(~REPORTED(M, B, D))),
                ),
            ),
            _PREPARES,
        ),
        Action(
            "prepare-locked",
            "A node prepares the certificate of the highest lock in the ballot changes of a "
            "quorum that it is shown for the ballot.",
            (N, B, V, Q, E),
            (
                _ONCE,
                Check(
                    "ballot-changes",
                    "the members of a quorum have sent ballot changes to the ballot",
                    honest_members(Q, M, CHANGED(M, B)),
                ),
                Check(
                    "certified-lock",
                    "the lock comes with a certificate of prepares for that value",
                    CERTIFIED(E, V),
                ),
                Check(
                    "highest-lock",
                    "no ballot change reports a lock from a later ballot",
                    honest_members(
                        Q, M, for_all(D)(REPORTED(M, B, D).implies(_no_later_than(D, E)))
                    ),
                ),
            ),
            _PREPARES,
        ),
        Action(
            "certify",
            "The prepares of a quorum for one certificate in one ballot come together.",
            (B, V, Q),
            (
                Check(
                    "quorum-of-prepares",
                    "the members of a quorum have prepared it in that ballot",
                    honest_members(Q, M, PREPARED(M, B, V)),
                ),
            ),
            {CERTIFIED: Addition((_BALLOT, _VALUE), _row((_BALLOT, B), (_VALUE, V)))},
        ),
        Action(
            "commit",
            "A node that is still in the ballot commits what a quorum has prepared in it.",
            (N, B, V),
            (
                Check("prepares-shown", "a quorum has prepared it in the ballot", CERTIFIED(B, V)),
                Check("same-ballot", "it has not left the ballot", ~LEFT(N, B)),
            ),
            {
                COMMITTED: Addition(
                    (_NODE, _BALLOT, _VALUE), _row((_NODE, N), (_BALLOT, B), (_VALUE, V))
                )
            },
        ),
        Action(
            "change-free",
            "A node that has never committed leaves all lower ballots and says that it has no "
            "lock.",
            (N, C),
            (
                Check(
                    "nothing-committed",
                    "it has committed nothing in a lower ballot",
                    for_all(B, V)(BELOW(B, C).implies(~COMMITTED(N, B, V))),
                ),
            ),
            {LEFT: _LEAVES, CHANGED: _CHANGES},
        ),
        Action(
            "change-locked",
            "A node leaves all lower ballots and reports its lock, the highest.",
            (N, C, D),
            (
                Check(
                    "lock-covers-commits",
                    "whatever it has committed in a lower ballot was no later than the lock",
                    for_all(B, V)((BELOW(B, C) & COMMITTED(N, B, V)).implies(_no_later_than(B, D))),
                ),
            ),
            {
                LEFT: _LEAVES,
                CHANGED: _CHANGES,
                REPORTED: Addition(
                    (_NODE, _BALLOT, _LOCK),
                    _row((_NODE, N), (_BALLOT, C)) & _no_later_than(_LOCK, D),
                ),
            },
        ),
        Action(
            "decide",
            "A node that is shown the commits of a quorum in one ballot decides.",
            (N, B, V, Q),
            (
                Check(
                    "quorum-of-commits",
                    "the members of a quorum have committed it in that ballot",
                    honest_members(Q, M, COMMITTED(M, B, V)),
                ),
                Check(
                    "decide-once",
                    "it has decided nothing for this sample",
                    for_all(C, W)(~DECIDED(N, C, W)),
                ),
            ),
            {
                DECIDED: Addition(
                    (_NODE, _BALLOT, _VALUE), _row((_NODE, N), (_BALLOT, B), (_VALUE, V))
                )
            },
        ),
    ),
)
"""What honest nodes may do."""
