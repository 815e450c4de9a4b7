"""What a faulty node can send in the repaired flow, and what it gains by it: nothing.

A message too early, too late, for another node, of another author, twice, or of what does not
exist has no effect, and says why.
"""

import pytest
from core_evidence import evidence, in_ballot, locked, proposed
from core_reading import world
from core_world import World

from poqi_core import HARDENED, Config
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    DecisionProof,
    EvidenceCommit,
    EvidencePrepare,
    NextSample,
    PreparedCertificate,
    Proposal,
    Sample,
    SignedPrediction,
)
from poqi_core.outputs import Reason, Undecided
from poqi_core.state import BallotLog
from poqi_core.step import may_heed

A, B = range(2)
SAID = evidence("AAA-")


def test_attack_forged_author() -> None:
    """The channel of node 1 delivers what names node 2."""
    asked = in_ballot(0)
    for message in (
        SignedPrediction(2, 0, A),
        EvidencePrepare(2, 0, 0, SAID),
        EvidenceCommit(2, 0, 0, SAID),
        BallotChange(2, 0, 1, None),
        DecisionProof(2, 0, 0, SAID, 0b111),
        Proposal(0, 0, 0, SAID, None),
    ):
        assert asked.receive(1, 3, message).ignored is Reason.NOT_THE_SENDER


def test_attack_what_does_not_exist() -> None:
    asked = in_ballot(0)
    assert asked.receive(1, 3, SignedPrediction(1, 0, -1)).ignored is Reason.MALFORMED
    assert asked.receive(1, 3, EvidencePrepare(1, 0, -1, SAID)).ignored is Reason.MALFORMED
    assert asked.receive(4, 3, SignedPrediction(4, 0, A)).ignored is Reason.MALFORMED


@pytest.mark.parametrize("sample", [0, 2])
def test_attack_messages_of_another_sample(sample: int) -> None:
    reason = Reason.STALE if sample == 0 else Reason.EARLY
    asked = World(Config(4, 1, HARDENED, samples=3), faulty=[0, 1, 2])
    assert asked.happen(3, NextSample(1, 4)).facts == [Undecided(0)]
    assert asked.happen(3, Sample(sample, A)).ignored is reason
    assert asked.happen(3, BallotTimeOut(sample, 0)).ignored is reason
    assert asked.happen(3, BallotCollectionClosed(sample, 0)).ignored is reason
    prepare = EvidencePrepare(1, sample, 0, SAID)
    assert asked.receive(1, 3, prepare).ignored is reason
    assert may_heed(asked.config, asked.states[3], prepare) is (sample == 2)
    asked.happen(3, NextSample(3, 9))
    assert asked.receive(1, 3, prepare).ignored is Reason.FINISHED
    assert not may_heed(asked.config, asked.states[3], prepare)
    assert asked.states[3].ballots == BallotLog()


def test_attack_before_the_nodes_own_network_has_answered() -> None:
    asked = World(Config(4, 1, HARDENED, samples=1), faulty=[0, 1, 2])
    assert asked.receive(0, 3, Proposal(0, 0, 0, SAID, None)).ignored is Reason.EARLY
    assert asked.happen(3, BallotTimeOut(0, 0)).ignored is Reason.EARLY
    asked.sample(0, "???A")
    assert asked.happen(3, Sample(0, B)).ignored is Reason.DUPLICATE


def test_attack_two_predictions_for_one_leader() -> None:
    asked = world(HARDENED, "A???")
    assert asked.receive(1, 0, SignedPrediction(1, 0, A)).ignored is None
    assert asked.receive(1, 0, SignedPrediction(1, 0, B)).ignored is Reason.DUPLICATE
    asked.receive(2, 0, SignedPrediction(2, 0, A))
    asked.happen(0, BallotCollectionClosed(0, 0))
    assert asked.receive(3, 0, SignedPrediction(3, 0, B)).ignored is Reason.PREPARED_ALREADY
    (candidate,) = asked.states[0].ballots.candidates
    assert candidate.evidence == SAID


def test_attack_a_proposal_by_a_node_that_does_not_lead() -> None:
    asked = in_ballot(0)
    assert proposed(asked, "AAA-", leader=1) is Reason.NOT_THE_PRIMARY


@pytest.mark.parametrize(("ballot", "reason"), [(0, Reason.STALE), (2, Reason.EARLY)])
def test_attack_messages_of_another_ballot(ballot: int, reason: Reason) -> None:
    asked = in_ballot(1)
    leader = asked.config.leader(0, ballot)
    assert asked.receive(leader, 3, Proposal(leader, 0, ballot, SAID, None)).ignored is reason
    assert asked.receive(1, 3, EvidencePrepare(1, 0, ballot, SAID)).ignored is reason
    assert asked.receive(1, 3, EvidenceCommit(1, 0, ballot, SAID)).ignored is reason
    assert asked.receive(1, 3, BallotChange(1, 0, ballot, None)).ignored is reason
    assert asked.happen(3, BallotTimeOut(0, ballot)).ignored is reason


def test_attack_two_locks_of_one_node() -> None:
    """Its first word counts; once the node has prepared, no word does."""
    asked = in_ballot(1)
    lock = PreparedCertificate(0, SAID, 0b111)
    assert locked(asked, None, 1) == [None]
    assert locked(asked, lock, 1) == [Reason.DUPLICATE]
    assert locked(asked, None, 2) == [None]
    assert proposed(asked, "AAB-") is None
    assert locked(asked, lock, 0) == [Reason.PREPARED_ALREADY]


def test_attack_a_prepare_before_the_proposal_waits_for_it() -> None:
    asked = in_ballot(0)
    assert asked.receive(1, 3, EvidencePrepare(1, 0, 0, SAID)).ignored is Reason.EARLY
    assert asked.receive(1, 3, EvidenceCommit(1, 0, 0, SAID)).ignored is Reason.EARLY


def test_attack_two_prepares_of_one_node_count_once() -> None:
    asked = in_ballot(0)
    proposed(asked, "AAA-")
    prepare = EvidencePrepare(1, 0, 0, SAID)
    assert asked.receive(1, 3, prepare).ignored is None
    assert asked.receive(1, 3, prepare).ignored is Reason.DUPLICATE
    assert not asked.states[3].ballots.candidates[0].committed


def test_attack_a_leader_is_shown_locks_and_proposes_the_highest() -> None:
    """The nodes 0 and 1 show locks of ballot 0 and ballot 1; the order makes no difference."""
    low, high = (
        PreparedCertificate(0, evidence("AAB-"), 0b111),
        PreparedCertificate(1, evidence("ABB-"), 0b111),
    )
    for first, second in ((low, high), (high, low)):
        leading = in_ballot(3)
        locked(leading, first, 0)
        locked(leading, second, 1)
        done = leading.happen(3, BallotCollectionClosed(0, 3))
        assert done.sent[0] == Proposal(3, 0, 3, evidence("ABB-"), high)


def test_attack_a_lock_on_what_is_no_evidence_is_not_proposed() -> None:
    """With ``lock_proof=no`` a faulty node can make up any; an honest leader waits for others."""
    leading = in_ballot(3, lock_proof="no")
    locked(leading, PreparedCertificate(0, evidence("A"), 0b1), 0)
    locked(leading, None, 1)
    assert leading.happen(3, BallotCollectionClosed(0, 3)).ignored is Reason.UNEXPECTED
