"""What a message quotes, and that a run refuses a quotation of what nobody has signed."""

from fractions import Fraction

import pytest

from poqi_core import HARDENED, Config
from poqi_core.messages import (
    BallotChange,
    BallotTimeOut,
    Commit,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    Proposal,
    Received,
    Sample,
    SignedPrediction,
)
from poqi_core.run import Act, DepartureError, Execution, Run
from poqi_core.signatures import Statement, quoted, statements

A, B = range(2)
FIRST, SECOND, THIRD = (
    SignedPrediction(0, 0, A),
    SignedPrediction(1, 0, A),
    SignedPrediction(2, 0, B),
)
SAID: Evidence = (FIRST, SECOND, THIRD)
LOCK = PreparedCertificate(0, SAID, 0b101)
LOCKED: tuple[Statement, ...] = (
    *SAID,
    EvidencePrepare(0, 0, 0, SAID),
    EvidencePrepare(2, 0, 0, SAID),
)

QUOTED: list[tuple[Message, tuple[Statement, ...]]] = [
    (FIRST, ()),
    (Proposal(3, 0, 0, SAID, None), SAID),
    (Proposal(3, 0, 1, SAID, LOCK), (*SAID, *LOCKED)),
    (EvidencePrepare(3, 0, 0, SAID), SAID),
    (EvidenceCommit(3, 0, 0, SAID), SAID),
    (BallotChange(3, 0, 1, None), ()),
    (BallotChange(3, 0, 1, LOCK), LOCKED),
    (
        DecisionProof(3, 0, 2, SAID, 0b110),
        (*SAID, EvidenceCommit(1, 0, 2, SAID), EvidenceCommit(2, 0, 2, SAID)),
    ),
    (Commit(3, A, A, 0, Fraction(1)), ()),
]


@pytest.mark.parametrize(("message", "whose"), QUOTED)
def test_what_a_message_quotes(message: Message, whose: tuple[Statement, ...]) -> None:
    assert tuple(quoted(message)) == whose
    own = (message,) if isinstance(message, Statement) else ()
    assert tuple(statements(message)) == (*own, *whose)


def execution(network: str = "asynchronous", ballots: int | None = None) -> Execution:
    """Nodes 1, 2 and 3 are honest."""
    config = Config(4, 1, HARDENED, samples=1)
    predicted = ({1: A, 2: A, 3: B},)
    return Execution(Run(config, network, 0, (1, 2, 3), predicted, (), None, ballots))


def proposal(labels: dict[int, int]) -> Received:
    evidence = tuple(SignedPrediction(node, 0, label) for node, label in labels.items())
    return Received(0, Proposal(0, 0, 0, evidence, None))


def test_a_faulty_node_quotes_only_what_honest_nodes_have_signed() -> None:
    made = execution()
    made.perform(Act(1, Sample(0, A)))
    refused = "the honest node 2 has not signed"
    with pytest.raises(DepartureError, match=refused):
        made.perform(Act(1, proposal({0: B, 1: A, 2: A})))
    made.perform(Act(2, Sample(0, A)))
    with pytest.raises(DepartureError, match=refused):
        made.perform(Act(1, proposal({0: B, 1: A, 2: B})))
    moment = made.perform(Act(1, proposal({0: B, 1: A, 2: A})))
    assert moment.after.ballots.candidates


def test_in_rounds_it_quotes_what_was_signed_before_the_round() -> None:
    made = execution("rounds")
    for node, label in ((1, A), (2, A), (3, B)):
        made.perform(Act(node, Sample(0, label), 0))
    with pytest.raises(DepartureError, match="has not signed"):
        made.perform(Act(1, proposal({0: B, 1: A, 2: A}), 0))
    assert made.perform(Act(1, proposal({0: B, 1: A, 2: A}), 1)).after.ballots.candidates


def test_a_node_that_has_used_up_its_ballots_is_followed_no_further() -> None:
    made = execution(ballots=1)
    made.perform(Act(1, Sample(0, A)))
    assert made.run.follows(made.states[1])
    assert [act for act in made.honest_steps() if act.node == 1]
    made.perform(Act(1, BallotTimeOut(0, 0)))
    assert not made.run.follows(made.states[1])
    assert not [act for act in made.honest_steps() if act.node == 1]
