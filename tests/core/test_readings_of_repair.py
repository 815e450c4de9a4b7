"""Each reading of the repair, changed alone on top of the profile hardened."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from core_evidence import evidence, in_ballot, locked, proposed
from core_reading import world
from core_world import Step

from poqi_core import HARDENED, PAPER, Clause, Config, ConfigError, Label
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    SignedPrediction,
)
from poqi_core.outputs import Decided, Passed, Reason, Rejected, Rule, Undecided

A, B, C = range(3)
EVERYBODY = 0b1111


def outcome(steps: Iterable[Step]) -> list[object]:
    """How each view was left, and what became of the sample."""
    kinds = Decided | Rejected | Passed | Undecided
    return [fact for done in steps for fact in done.facts if isinstance(fact, kinds)]


def decided(predictions: str, **readings: str) -> list[object]:
    """The outcome at node 0 where the evidence is everybody's prediction but that of a ``?``."""
    asked = world(HARDENED, predictions, readings)
    asked.deliver()
    asked.happen(0, BallotCollectionClosed(0, 0))
    asked.deliver()
    return outcome(done for done in asked.steps if done.node == 0)


def test_reading_agree_on() -> None:
    """On evidence, what is said of views has no effect; on labels, what is said of evidence."""
    on_evidence = world(HARDENED, "?A??")
    assert on_evidence.receive(0, 1, PrePrepare(0, A, 0, HARDENED.q)).ignored is Reason.NOT_BINDING
    signed = SignedPrediction(2, 0, A)
    assert on_evidence.receive(2, 1, signed).ignored is Reason.EARLY
    on_label = world(HARDENED, "?A??", {"agree_on": "label", "timeout": "none"})
    assert on_label.receive(0, 1, PrePrepare(0, A, 0, HARDENED.q)).clauses == [Clause.AGREE]
    assert on_label.receive(2, 1, signed).ignored is Reason.NOT_BINDING
    assert on_label.happen(1, BallotTimeOut(0, 0)).ignored is Reason.NOT_BINDING


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"agree_on": "label"}, "timeout=ballot needs agree_on=evidence"),
        ({"authentication": "channel"}, "agree_on=evidence needs authentication=signatures"),
        ({"timeout": "vote"}, "its time-out is timeout=ballot"),
    ],
)
def test_reading_agree_on_needs_others_that_fit_it(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Config(4, 1, replace(HARDENED, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "changes"), [("ballot", True), ("none", False)])
def test_reading_timeout_ballot(value: str, changes: bool) -> None:
    asked = world(HARDENED, "?A??", {"timeout": value})
    done = asked.happen(1, BallotTimeOut(0, 0))
    assert done.ignored is (None if changes else Reason.NOT_BINDING)
    assert asked.states[1].ballots.ballot == int(changes)
    assert asked.config.has_timers, "a leader's round is over some time"
    assert not Config(4, 1, PAPER).has_timers


@pytest.mark.parametrize(("value", "needed"), [("N-f", 3), ("2", 2)])
def test_reading_evidence_size(value: str, needed: int) -> None:
    for size in range(5):
        answer = proposed(in_ballot(0, evidence_size=value), "AAAA"[:size])
        assert answer is (None if size >= needed else Reason.INVALID_EVIDENCE)
    assert (Clause.PROPOSE_EVIDENCE in closed(value)) is (needed == 2)


def test_reading_evidence_size_with_fewer_unanimous_nodes_can_be_left_undecided() -> None:
    """The faulty node 0 leads and proposes its own B beside the A of one of three."""
    assert computed("BA--", evidence_size="2")[-1] == Undecided(0, agreed=True)


def closed(evidence_size: str) -> list[Clause]:
    """What the leader does with two predictions when the round is over."""
    asked = world(HARDENED, "A???", {"evidence_size": evidence_size})
    asked.receive(1, 0, SignedPrediction(1, 0, A))
    return asked.happen(0, BallotCollectionClosed(0, 0)).clauses


@pytest.mark.parametrize("value", ["yes", "no"])
def test_reading_evidence_distinct(value: str) -> None:
    """Node 0 signs twice.  Evidence in another order, or of nobody's, is none either way."""
    once, other, more = evidence("AB--")[0], SignedPrediction(0, 0, B), evidence("---A")[0]

    def answer(*signed: SignedPrediction) -> Reason | None:
        asked = in_ballot(0, evidence_distinct=value)
        return asked.receive(0, 3, Proposal(0, 0, 0, signed, None)).ignored

    assert answer(once, other, more) is (None if value == "no" else Reason.INVALID_EVIDENCE)
    assert answer(more, once, other) is Reason.INVALID_EVIDENCE
    assert answer(once, more, SignedPrediction(4, 0, A)) is Reason.INVALID_EVIDENCE
    assert answer(once, evidence("-B--")[0], SignedPrediction(3, 1, A)) is Reason.INVALID_EVIDENCE
    assert answer(once, evidence("-B--")[0], SignedPrediction(3, 0, -1)) is Reason.INVALID_EVIDENCE


def test_reading_evidence_distinct_no_one_node_can_support_its_label_twice() -> None:
    twice = (*evidence("B"), *evidence("BA--"))
    facts = computed_from(twice, evidence_distinct="no")
    assert facts[-1] == Decided(0, B, 0, Rule.CONSENSUS)


@pytest.mark.parametrize(
    ("value", "first"),
    [("silent", Decided(0, A, 0, Rule.CONSENSUS)), ("objectors", Rejected(0, 0))],
)
def test_reading_absent(value: str, first: object) -> None:
    """Two of three say A.  The fourth, were it counted, would make the objectors half."""
    assert decided("AAB?", absent=value)[0] == first


def test_reading_absent_objectors_reject_the_label_of_all_honest_nodes() -> None:
    """One of four is faulty and leads: it leaves out one honest node, and says B itself."""
    facts = {value: computed("BAA-", absent=value) for value in ("silent", "objectors")}
    assert Decided(0, A, 1, Rule.CONSENSUS) in facts["silent"]
    assert [fact for fact in facts["objectors"] if isinstance(fact, Rejected)] == [
        Rejected(0, 0),
        Rejected(0, 1),
        Rejected(0, 2),
    ]


def computed(labels: str, **readings: str) -> list[object]:
    """The outcome at node 3 on a proof that the evidence is decided."""
    return computed_from(evidence(labels), **readings)


def computed_from(signed: Evidence, **readings: str) -> list[object]:
    """The same, on predictions that letters cannot name."""
    asked = in_ballot(0, **readings)
    return outcome([asked.receive(0, 3, DecisionProof(0, 0, 0, signed, 0b0111))])


@pytest.mark.parametrize(
    ("value", "last"),
    [("f+1", Undecided(0, agreed=True)), ("1", Decided(0, A, 3, Rule.MOST_HONEST))],
)
def test_reading_support(value: str, last: object) -> None:
    """Four labels of four nodes: with support=1 a label that one node alone predicts will do."""
    assert decided("ABCD", support=value)[-1] == last


def test_reading_support_a_primary_without_it_is_passed_over() -> None:
    """Two of five object to node 0, less than half; its label has three supporters."""
    assert decided("AAABB", support="3")[0] == Decided(0, A, 0, Rule.CONSENSUS)
    assert decided("AAABB", support="4")[0] == Passed(0, 0)


@pytest.mark.parametrize(("value", "leader"), [("rotates", 1), ("fixed", 0)])
def test_reading_ballot_leader(value: str, leader: int) -> None:
    asked = in_ballot(1, ballot_leader=value)
    locked(asked, None, 0, 1, 2)
    assert proposed(asked, "AAAA", leader=1 - leader) is Reason.NOT_THE_PRIMARY
    assert proposed(asked, "AAAA", leader=leader) is None


@pytest.mark.parametrize(
    ("value", "without", "older", "highest"),
    [
        ("highest", Reason.LOCKED, Reason.LOCKED, None),
        ("any", Reason.LOCKED, None, None),
        ("none", None, None, None),
    ],
)
def test_reading_lock(
    value: str, without: Reason | None, older: Reason | None, highest: Reason | None
) -> None:
    """Two of the three others are locked in ballot 1; what ballot 2 may prepare all the same."""
    low = PreparedCertificate(0, evidence("AAB-"), EVERYBODY)
    high = PreparedCertificate(1, evidence("ABB-"), EVERYBODY)

    def answer(labels: str, lock: PreparedCertificate | None) -> Reason | None:
        asked = in_ballot(2, lock=value)
        locked(asked, high, 0, 1)
        locked(asked, low, 2)
        return proposed(asked, labels, lock)

    assert answer("BBB-", None) is without
    assert answer("AAB-", low) is older
    assert answer("ABB-", high) is highest


@pytest.mark.parametrize("value", ["highest", "none"])
def test_reading_lock_none_changes_are_of_use_to_the_leader_alone(value: str) -> None:
    asked = in_ballot(1, lock=value)
    (answer,) = locked(asked, None, 2)
    assert answer is (None if value == "highest" else Reason.NOT_BINDING)
    leading = in_ballot(3, lock=value)
    assert locked(leading, None, 2) == [None]
    leading.receive(1, 3, SignedPrediction(1, 0, A))
    leading.receive(2, 3, SignedPrediction(2, 0, A))
    done = leading.happen(3, BallotCollectionClosed(0, 3))
    assert done.ignored is (Reason.UNEXPECTED if value == "highest" else None)


@pytest.mark.parametrize(("value", "reason"), [("yes", Reason.INVALID_LOCK), ("no", None)])
def test_reading_lock_proof(value: str, reason: Reason | None) -> None:
    """A lock with the signature of its owner alone, in a ballot change and in a proposal."""
    asked = in_ballot(1, lock_proof=value)
    alone = PreparedCertificate(0, evidence("CCC-"), 0b0010)
    assert locked(asked, alone, 1) == [reason]
    locked(asked, None, 0, 2)
    assert proposed(asked, "CCC-", alone) is reason


@pytest.mark.parametrize(("value", "needed"), [("quorum", 3), ("1", 1)])
def test_reading_ballot_changes(value: str, needed: int) -> None:
    for others in range(3):
        asked = in_ballot(1, ballot_changes=value)
        locked(asked, None, *range(others))
        assert proposed(asked, "AAA-") is (None if 1 + others >= needed else Reason.LOCKED)


@pytest.mark.parametrize(("value", "commits"), [("no", False), ("yes", True)])
def test_reading_commit_late(value: str, commits: bool) -> None:
    """The third prepare of ballot 0 comes when node 3 has left it and said that it has no lock."""
    asked = in_ballot(0, commit_late=value)
    assert proposed(asked, "AAA-") is None
    asked.receive(0, 3, EvidencePrepare(0, 0, 0, evidence("AAA-")))
    change = asked.happen(3, BallotTimeOut(0, 0)).sent[0]
    assert change == BallotChange(3, 0, 1, None)
    done = asked.receive(1, 3, EvidencePrepare(1, 0, 0, evidence("AAA-")))
    assert done.ignored is (None if commits else Reason.STALE)
    assert (asked.states[3].ballots.lock is not None) is commits


def test_reading_commit_late_a_lock_of_an_earlier_ballot_replaces_none_of_a_later() -> None:
    asked = in_ballot(0, commit_late="yes")
    proposed(asked, "AAA-")
    asked.happen(3, BallotTimeOut(0, 0))
    locked(asked, None, 0, 1)
    proposed(asked, "ABB-")
    for node in (0, 1):
        asked.receive(node, 3, EvidencePrepare(node, 0, 1, evidence("ABB-")))
    lock = asked.states[3].ballots.lock
    assert lock == PreparedCertificate(1, evidence("ABB-"), 0b1011)
    for node in (0, 1):
        late = asked.receive(node, 3, EvidencePrepare(node, 0, 0, evidence("AAA-")))
    assert late.clauses == [Clause.PREPARE_LOG, Clause.COMMIT_EVIDENCE]
    assert asked.states[3].ballots.lock == lock


@pytest.mark.parametrize(("value", "reason"), [("yes", None), ("no", Reason.NOT_BINDING)])
def test_reading_decision_proof(value: str, reason: Reason | None) -> None:
    asked = in_ballot(0, decision_proof=value)
    proof = DecisionProof(0, 0, 5, evidence("AAA-"), 0b0111)
    assert asked.receive(0, 3, proof).ignored is reason
    counting = in_ballot(0, decision_proof=value)
    proposed(counting, "AAA-")
    for node in range(3):
        done = counting.receive(node, 3, EvidenceCommit(node, 0, 0, evidence("AAA-")))
    assert counting.decided(3) == {0: A}
    assert any(isinstance(message, DecisionProof) for message in done.sent) is (value == "yes")


def test_a_commit_counts_once_for_its_sender() -> None:
    asked = in_ballot(0)
    proposed(asked, "AAA-")
    commit = EvidenceCommit(0, 0, 0, evidence("AAA-"))
    assert asked.receive(0, 3, commit).clauses == [Clause.COMMIT_LOG]
    assert asked.receive(0, 3, commit).ignored is Reason.DUPLICATE


@pytest.mark.parametrize(("value", "second"), [("yes", Reason.PREPARED_ALREADY), ("no", None)])
def test_reading_prepare_once_in_a_ballot(value: str, second: Reason | None) -> None:
    """A second proposal of the leader in one ballot; what is prepared can commit, both of them."""
    asked = in_ballot(0, prepare_once=value)
    assert proposed(asked, "AAA-") is None
    assert proposed(asked, "BBB-") is second
    assert proposed(asked, "AAA-") is Reason.DUPLICATE
    prepare = asked.receive(1, 3, EvidencePrepare(1, 0, 0, evidence("CCC-")))
    assert prepare.ignored is (Reason.PREPARED_ALREADY if value == "yes" else Reason.EARLY)


def test_reading_prepare_once_no_an_honest_leader_still_proposes_once() -> None:
    """It has proposed when its round was over; then the last ballot change arrives."""
    leading = in_ballot(3, prepare_once="no")
    locked(leading, None, 0, 1)
    for node in range(3):
        leading.receive(node, 3, SignedPrediction(node, 0, A))
    leading.happen(3, BallotCollectionClosed(0, 3))
    late = leading.receive(2, 3, BallotChange(2, 0, 3, None))
    assert late.clauses == [Clause.VOTE_LOG]
    assert len(leading.states[3].ballots.candidates) == 1


@pytest.mark.parametrize(("value", "amount"), [("accumulate", 2), ("assign", 1)])
def test_reading_reward_on_evidence(value: str, amount: int) -> None:
    asked = world(HARDENED, "AAAA", {"reward": value})
    asked.deliver()
    assert asked.states[1].rewards[0] == amount


@pytest.mark.parametrize(("value", "label"), [("N", A), ("1", B)])
def test_reading_conflict_after_on_evidence(value: str, label: Label) -> None:
    """B of node 0 is rejected; with one view alone the most honest of the others decides."""
    facts = decided("BAAA" if value == "N" else "ABBB", conflict_after=value)
    assert [fact.label for fact in facts if isinstance(fact, Decided)] == [label]
