"""Each reading of the broadcast, changed alone on top of the profile synchronous."""

from dataclasses import replace

import pytest
from core_broadcast import chain, end_round, in_round
from core_reading import world
from core_world import World

from poqi_core import HARDENED, SYNCHRONOUS, Clause, Config, ConfigError, Label
from poqi_core.messages import (
    BallotTimeOut,
    PrePrepare,
    RoundEnded,
    SignedPrediction,
    TimeOut,
)
from poqi_core.outputs import Decided, Reason, Settled, Undecided

A, B, C = range(3)


def settled(asked: World, node: int) -> dict[int, Label]:
    """The label of each node in the evidence from which ``node`` has computed the outcome."""
    (basis,) = asked.records[node].evidence
    return {signed.node: signed.label for signed in basis.evidence}


def test_reading_agree_on_broadcast() -> None:
    """In rounds nothing counts that is said of views or ballots; elsewhere no round counts."""
    asked = in_round(1)
    relay = chain(A, "1")
    assert asked.receive(1, 0, PrePrepare(1, A, 0, SYNCHRONOUS.q)).ignored is Reason.NOT_BINDING
    assert asked.receive(1, 0, SignedPrediction(1, 0, A)).ignored is Reason.NOT_BINDING
    for timer in (BallotTimeOut(0, 0), TimeOut(0)):
        assert asked.happen(0, timer).ignored is Reason.NOT_BINDING
    assert asked.receive(1, 0, relay).clauses == [Clause.ACCEPT, Clause.ENDORSE]
    in_ballots = world(HARDENED, "A??")
    assert in_ballots.receive(1, 0, relay).ignored is Reason.NOT_BINDING
    assert in_ballots.happen(0, RoundEnded(0, 0)).ignored is Reason.NOT_BINDING
    assert asked.config.has_timers, "a round is over some time"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"authentication": "channel"}, "agree_on=broadcast needs authentication=signatures"),
        ({"timeout": "vote"}, "take timeout=none"),
        ({"timeout": "ballot"}, "timeout=ballot needs agree_on=evidence"),
    ],
)
def test_reading_agree_on_broadcast_needs_others_that_fit_it(
    changes: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Config(3, 1, replace(SYNCHRONOUS, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "faults", "last"), [("f+1", 1, 2), ("f+1", 2, 3), ("1", 1, 1)])
def test_reading_broadcast_rounds(value: str, faults: int, last: int) -> None:
    """The evidence is settled after the last round, in which nothing is passed on any more."""
    asked = in_round(0, "AA???", faults=faults, broadcast_rounds=value)
    for number in range(last):
        assert not asked.records[0].evidence
        end_round(asked, number)
    for_the_last = chain(B, "243"[: max(last, 1)])
    assert asked.receive(for_the_last.node, 0, for_the_last).clauses == [Clause.ACCEPT]
    end_round(asked, last)
    assert settled(asked, 0) == {0: A, 2: B}


def test_reading_broadcast_rounds_with_too_few_a_prediction_is_shown_to_one_alone() -> None:
    """Node 2 tells node 0 alone; without a round in which that is passed on, they differ."""
    for value, same in (("f+1", True), ("1", False)):
        asked = world(SYNCHRONOUS, "AB?", {"broadcast_rounds": value})
        end_round(asked, 0)
        asked.deliver(one_round=True)
        asked.receive(2, 0, chain(B, "2"))
        end_round(asked, 1)
        asked.deliver(one_round=True)
        end_round(asked, 2)
        assert (settled(asked, 0) == settled(asked, 1)) is same


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("growing", {"31": 2, "341": 3, "3421": 3}),
        ("author", {"31": 3, "341": 3, "3421": 3}),
        ("none", {"31": 3, "341": 3, "3421": 3, "4": 3}),
    ],
)
def test_reading_broadcast_signatures(value: str, accepted: dict[str, int]) -> None:
    """Up to which round a prediction is accepted; ``growing``: by as many signatures.

    Node 1 is the sender.  The last one is a prediction of node 3 that only node 4 has signed.
    """
    for number in (1, 2, 3):
        for signers in ("31", "341", "3421", "4"):
            asked = in_round(number, "A????", faults=2, broadcast_signatures=value)
            relay = replace(chain(B, signers, sender=1), prediction=SignedPrediction(3, 0, B))
            lacks = asked.receive(1, 0, relay).ignored is Reason.TOO_FEW_SIGNATURES
            assert lacks is (number > accepted.get(signers, 0))


@pytest.mark.parametrize(("value", "evidence"), [("yes", {0: A}), ("no", {0: A, 1: A})])
def test_reading_relay_second(value: str, evidence: dict[int, Label]) -> None:
    """Two predictions of one author count for none, or only the first counts."""
    asked = in_round(1, relay_second=value)
    assert asked.receive(1, 0, chain(A, "1")).ignored is None
    again = asked.receive(1, 0, chain(B, "1"))
    third = asked.receive(1, 0, chain(C, "1"))
    if value == "yes":
        assert again.clauses == [Clause.ACCEPT, Clause.EQUIVOCATION, Clause.ENDORSE]
        assert again.sent == [chain(B, "10")]
        assert third.ignored is Reason.EQUIVOCATED
    else:
        assert again.ignored is third.ignored is Reason.NOT_BINDING
    end_round(asked, 1)
    end_round(asked, 2)
    assert settled(asked, 0) == evidence


@pytest.mark.parametrize(("value", "decides"), [("f+1-absent", True), ("f+1", False)])
def test_reading_support_less_the_absent(value: str, decides: bool) -> None:
    """Node 2 is silent, which only a faulty node is; nobody else can be faulty then."""
    asked = in_round(0, "AB?", support=value)
    end_round(asked, 0)
    for node, relay in ((0, chain(B, "1")), (1, chain(A, "0"))):
        asked.receive(relay.node, node, relay)
    end_round(asked, 1)
    end_round(asked, 2)
    for node in (0, 1):
        outcomes = [
            fact
            for done in asked.steps
            if done.node == node
            for fact in done.facts
            if isinstance(fact, Decided | Undecided)
        ]
        assert [isinstance(fact, Decided) for fact in outcomes] == [decides]


def test_a_second_sample_begins_where_the_first_has_ended() -> None:
    asked = world(SYNCHRONOUS, "AAB", samples=2)
    for sample in range(2):
        for number in range(3):
            end_round(asked, number, sample)
            asked.deliver(one_round=True)
        assert [state.broadcast.round for state in asked.states.values()] == [0, 0, 0]
        asked.sample(1, "BBA")
    assert asked.decided(0) == asked.decided(1) == asked.decided(2) == {0: A, 1: B}
    assert {state.view for state in asked.states.values()} == {2}
    assert [type(fact) for fact in asked.steps[-1].facts] in ([], [Settled, Decided])
