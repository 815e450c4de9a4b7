"""Each reading about decisions, rewards and conflicts, changed alone."""

from fractions import Fraction

import pytest
from core_reading import ONE, PREPARE, A, B, C, recipients, world
from core_world import World

from poqi_core import LITERAL, PAPER, Clause, Config, Softmax
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    NextSample,
    NodePrediction,
    Prepare,
    PrePrepare,
    Sample,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Conflicted, Decided, Reason, Rejected, Rule
from poqi_core.register import with_changes


@pytest.mark.parametrize("value", ["yes", "no"])
def test_reading_stop_after_decision(value: str) -> None:
    asked = world(PAPER, "???A", {"stop_after_decision": value}, samples=2)
    for node in range(3):
        asked.receive(node, 3, Commit(node, A, A, 0, ONE))
    stops = value == "yes"
    assert asked.states[3].view == (1 if stops else 0)
    proposal = asked.receive(0, 3, PrePrepare(0, A, 0, ONE))
    assert proposal.ignored is (Reason.STALE if stops else None)
    assert asked.receive(0, 3, Commit(0, A, A, 0, ONE)).ignored is not None
    done = asked.happen(3, Sample(1, B))
    assert (Clause.HISTORY in done.clauses) is not stops
    assert (asked.states[3].sample, asked.states[3].view) == (1, 1)
    assert not asked.states[3].decided


def test_reading_stop_after_decision_no_ones_own_commit_decides_nothing_again() -> None:
    asked = world(PAPER, "?????A", {"stop_after_decision": "no"})
    for node in range(3):
        asked.receive(node, 5, Commit(node, A, A, 0, ONE))
    asked.receive(0, 5, PrePrepare(0, A, 0, ONE))
    for node in (1, 0):
        done = asked.receive(node, 5, PREPARE)
    assert Clause.COMMIT in done.clauses
    assert done.facts == []


def test_reading_stop_after_decision_no_a_late_decision_is_not_made_again() -> None:
    """What view 0 settled late is not decided once more by the commits of view 1."""
    asked = world(PAPER, "?????A", {"stop_after_decision": "no", "late_messages": "yes"})
    for node in (1, 2, 3):
        asked.receive(node, 5, ViewChange(node, 1, True, ONE))
    assert asked.states[5].earlier == ()
    for node in range(3):
        asked.receive(node, 5, Commit(node, A, A, 0, ONE))
    assert asked.decided(5) == {0: A}
    assert asked.receive(1, 5, Commit(1, A, A, 1, ONE)).ignored is Reason.DUPLICATE


def test_reading_stop_after_decision_no_a_sample_is_rewarded_once() -> None:
    """A second decision of the sample, for another label, earns the primary nothing more."""
    asked = world(PAPER, "???????A", {"stop_after_decision": "no", "late_messages": "yes"})
    for label in (A, B):
        for node in range(3):
            asked.receive(node, 7, Commit(node, label, label, 0, ONE))
    assert [entry.label for entry in asked.records[7].history] == [A, B]
    assert asked.states[7].rewards[0] == 2
    for node in range(1, 5):
        asked.receive(node, 7, ViewChange(node, 1, True, ONE))
    assert asked.states[7].view == 1
    late = asked.receive(5, 7, Commit(5, C, C, 0, ONE))
    assert late.ignored is Reason.STALE, "the sample is decided, so nothing of an older view counts"


def test_reading_stop_after_decision_no_the_same_decision_is_made_once() -> None:
    asked = world(PAPER, "?????A", {"stop_after_decision": "no"})
    for node in range(3):
        asked.receive(node, 5, Commit(node, A, A, 0, ONE))
    assert asked.receive(3, 5, Commit(3, A, A, 0, ONE)).ignored is Reason.DUPLICATE
    obeying = world(LITERAL, "???A")
    obeying.receive(0, 3, Decision(0, A, 0))
    assert obeying.receive(0, 3, Decision(0, A, 0)).ignored is Reason.DUPLICATE
    assert obeying.receive(0, 3, Decision(0, B, 0)).facts == [Decided(0, B, 0, Rule.CONSENSUS)]


def test_reading_stop_after_decision_no_the_last_sample_has_no_next() -> None:
    asked = world(PAPER, "???A", {"stop_after_decision": "no"})
    for node in range(3):
        asked.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert asked.happen(3, Sample(1, B)).ignored is Reason.FINISHED


def test_reading_stop_after_decision_no_a_decided_sample_can_still_become_a_conflict() -> None:
    """Further steps for a decided sample: N rejections make it a conflict, but not undecided."""
    asked = world(PAPER, "???A", {"stop_after_decision": "no", "conflict_after": "1"})
    for node in range(3):
        asked.receive(node, 3, Commit(node, A, A, 0, ONE))
    asked.receive(1, 3, ViewChange(1, 1, True, ONE))
    done = asked.receive(2, 3, ViewChange(2, 1, True, ONE))
    assert done.facts == [Rejected(0, 0), Conflicted(0, 0)]
    assert asked.decided(3) == {0: A}


@pytest.mark.parametrize("value", ["yes", "no"])
def test_reading_late_messages(value: str) -> None:
    """Node 3 rejects view 0, and then gets the commits, or the word, that settled view 0."""
    asked = world(PAPER, "???A", {"late_messages": value})
    asked.receive(0, 3, Commit(0, A, A, 0, ONE))
    for node in (1, 2):
        asked.receive(node, 3, ViewChange(node, 1, True, ONE))
    assert asked.states[3].view == 1
    done = [asked.receive(node, 3, Commit(node, A, A, 0, ONE)) for node in (1, 2)]
    late = value == "yes"
    assert done[0].ignored is (None if late else Reason.STALE)
    assert done[1].facts == ([Decided(0, A, 0, Rule.CONSENSUS)] if late else [])
    assert asked.states[3].view == 1
    obeying = world(PAPER, "???A", {"late_messages": value, "decide": "obey"})
    for node in (1, 2):
        obeying.receive(node, 3, ViewChange(node, 1, True, ONE))
    word = obeying.receive(0, 3, Decision(0, A, 0))
    assert word.ignored is (None if late else Reason.STALE)


def test_reading_late_messages_of_several_views_are_counted_apart() -> None:
    asked = world(PAPER, "????A", {"late_messages": "yes"})
    for view in range(2):
        for node in [node for node in range(4) if node != view]:
            asked.receive(node, 4, ViewChange(node, view + 1, True, ONE))
    assert asked.states[4].view == 2
    for view in (1, 0, 1):
        node = view + 2 if len(asked.states[4].earlier) < 2 else 0
        asked.receive(node, 4, Commit(node, A, A, view, ONE))
    assert [earlier.view for earlier in asked.states[4].earlier] == [0, 1]
    assert asked.decided(4) == {}
    assert asked.receive(0, 4, Commit(0, A, A, 3, ONE)).ignored is Reason.EARLY


@pytest.mark.parametrize("value", ["ignore", "vote"])
@pytest.mark.parametrize("label", [A, B])
def test_reading_wrong_view(value: str, label: int) -> None:
    """The vote has vo = 0 whatever the labels are: they can be about different samples."""
    asked = world(PAPER, "?A?A", {"wrong_view": value})
    done = asked.receive(2, 1, PrePrepare(2, label, 2, ONE))
    assert done.ignored is (Reason.EARLY if value == "ignore" else None)
    assert done.sent == ([] if value == "ignore" else [ViewChange(1, 1, False, ONE)])
    assert asked.states[1].log.objectors == 0


def test_reading_wrong_view_the_primary_of_the_view_casts_no_vote() -> None:
    asked = world(PAPER, "A???", {"wrong_view": "vote"})
    assert asked.receive(1, 0, PrePrepare(1, A, 1, ONE)).ignored is Reason.EARLY


@pytest.mark.parametrize(("value", "to"), [("primary", {(0,)}), ("all", {(0, 2, 3)})])
def test_reading_predictions_to(value: str, to: set[tuple[int, ...]]) -> None:
    asked = world(PAPER, "AA??", {"predictions_to": value})
    asked.deliver()
    assert recipients(asked, NodePrediction) == to
    done = asked.receive(2, 1, NodePrediction(2, A, 0))
    assert done.ignored is Reason.NOT_FOR_THIS_NODE


@pytest.mark.parametrize(("value", "waits_for"), [("own", 0), ("2", 1), ("3", 2), ("round", None)])
def test_reading_collect(value: str, waits_for: int | None) -> None:
    asked = world(PAPER, "A????", {"collect": value})
    for node in range(1, 4):
        prepared = bool(asked.states[0].log.prepared)
        assert prepared is (waits_for is not None and node > waits_for)
        asked.receive(node, 0, NodePrediction(node, A, 0))
    closed = asked.happen(0, CollectionClosed(0))
    assert closed.ignored is (None if value == "round" else Reason.NOT_BINDING)
    assert asked.states[0].log.prepared == ((A, A),)


def test_reading_collect_round_belongs_to_its_view_and_its_primary() -> None:
    asked = world(PAPER, "AA??", {"collect": "round"})
    assert asked.happen(0, CollectionClosed(1)).ignored is Reason.EARLY
    assert asked.happen(1, CollectionClosed(0)).ignored is Reason.NOT_FOR_THIS_NODE
    asked.happen(0, CollectionClosed(0))
    assert asked.happen(0, CollectionClosed(0)).ignored is Reason.PREPARED_ALREADY


@pytest.mark.parametrize("value", ["none", "vote"])
def test_reading_timeout(value: str) -> None:
    asked = world(PAPER, "?A??", {"timeout": value})
    done = asked.happen(1, TimeOut(0))
    assert done.ignored is (Reason.NOT_BINDING if value == "none" else None)
    assert done.sent == ([] if value == "none" else [ViewChange(1, 1, True, ONE)])


@pytest.mark.parametrize(("value", "reward"), [("accumulate", 8), ("assign", 5)])
def test_reading_reward(value: str, reward: int) -> None:
    asked = world(PAPER, "AAAA", {"reward": value, "q": "5", "reward_start": "3"})
    asked.deliver()
    assert asked.states[2].rewards == tuple(map(Fraction, (reward, 3, 3, 3)))


@pytest.mark.parametrize(("value", "after_prepare"), [("decided", 1), ("not_rejected", 2)])
def test_reading_reward_when(value: str, after_prepare: int) -> None:
    asked = world(PAPER, "?AAB", {"reward_when": value})
    asked.tell(0, PrePrepare(0, A, 0, ONE))
    asked.tell(0, PREPARE)
    assert [state.rewards[0] for state in asked.states.values()] == [after_prepare] * 2 + [1]
    asked.tell(0, Commit(0, A, A, 0, ONE))
    asked.deliver()
    assert [asked.decided(node) for node in (1, 2, 3)] == [{0: A}] * 3
    assert [state.rewards[0] for state in asked.states.values()] == [2, 2, 2]


@pytest.mark.parametrize(("value", "reward"), [("decided", 1), ("not_rejected", 2)])
def test_reading_reward_when_a_sample_is_given_up(value: str, reward: int) -> None:
    """In the dead zone no vote rejects the primary: eq. (4) grants q at every node, or at none."""
    asked = world(PAPER, "AAAABBB", {"reward_when": value}, faults=2, samples=2)
    asked.deliver()
    for node in asked.honest:
        asked.happen(node, NextSample(1, 1))
    assert {state.rewards[0] for state in asked.states.values()} == {Fraction(reward)}


def test_reading_reward_when_not_rejected_grants_once_a_view() -> None:
    """The word comes first and the prepare after it (reward=accumulate would add twice)."""
    asked = world(LITERAL, "?A??", {"reward": "accumulate"})
    asked.receive(0, 1, Decision(0, A, 0))
    assert Clause.RELAY in asked.receive(0, 1, PREPARE).clauses
    assert asked.states[1].rewards[0] == 1


def test_reading_reward_when_not_rejected_a_late_decision_grants_nothing() -> None:
    """The node has rejected the primary of view 0, and that of view 1 has done nothing yet."""
    readings = {"reward_when": "not_rejected", "late_messages": "yes"}
    asked = world(PAPER, "???A", readings)
    for node in (1, 2):
        asked.receive(node, 3, ViewChange(node, 1, True, ONE))
    for node in range(3):
        asked.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert asked.decided(3) == {0: A}
    assert asked.states[3].rewards == (Fraction(1, 2), ONE, ONE, ONE)


def test_reading_reward_when_not_rejected_a_view_without_a_proposal_earns_nothing() -> None:
    asked = world(PAPER, "?A??", {"reward_when": "not_rejected"}, samples=2)
    asked.happen(1, NextSample(1, 1))
    assert asked.states[1].rewards == (ONE,) * 4


@pytest.mark.parametrize("value", ["0", "1/3", "2.5"])
def test_reading_q(value: str) -> None:
    asked = world(PAPER, "AAAA", {"q": value})
    asked.deliver()
    assert asked.states[1].rewards == (1 + Fraction(value), ONE, ONE, ONE)


@pytest.mark.parametrize("value", ["0", "1/3", "7"])
def test_reading_reward_start(value: str) -> None:
    asked = world(PAPER, "AAAA", {"reward_start": value})
    assert asked.states[1].rewards == (Fraction(value),) * 4


@pytest.mark.parametrize(
    ("value", "final"), [("average", (0.75, 0.25)), ("median", (0.625, 0.375))]
)
def test_reading_combine(value: str, final: tuple[float, float]) -> None:
    readings = with_changes(PAPER, {"combine": value, "collect": "3"})
    asked = World(Config(4, 1, readings, 1), faulty=[1, 2, 3])
    asked.sample(0, [Softmax(A, (0.625, 0.375)), None, None, None])
    asked.receive(1, 0, NodePrediction(1, Softmax(A, (0.625, 0.375)), 0))
    done = asked.receive(2, 0, NodePrediction(2, Softmax(A, (1.0, 0.0)), 0))
    assert done.sent == [Prepare(0, A, Softmax(A, final), 0, ONE)]


def conflict_then_consensus(changes: dict[str, str]) -> World:
    """Sample 0 divides three nodes, sample 1 unites them; nobody earns anything."""
    asked = world(PAPER, "ABC", {"q": "0"} | changes, samples=2)
    asked.deliver()
    asked.sample(1, "AAA")
    asked.deliver()
    return asked


@pytest.mark.parametrize("value", ["lowest", "free"])
def test_reading_tie(value: str) -> None:
    asked = conflict_then_consensus({"tie": value})
    settled = {0: A, 1: A} if value == "lowest" else {1: A}
    assert all(asked.decided(node) == settled for node in range(3))
    done = asked.happen(2, TieBreak(0, 1))
    assert done.ignored is (Reason.UNEXPECTED if value == "lowest" else None)
    assert asked.decided(2)[0] == (A if value == "lowest" else B)


@pytest.mark.parametrize(("value", "views"), [("N", 3), ("1", 1), ("2", 2), ("5", 5)])
def test_reading_conflict_after(value: str, views: int) -> None:
    asked = world(PAPER, "ABC", {"conflict_after": value})
    asked.deliver()
    facts = [fact for done in asked.steps if done.node == 0 for fact in done.facts]
    assert [fact.view for fact in facts if isinstance(fact, Rejected)] == list(range(views))
    assert Conflicted(0, views - 1) in facts


@pytest.mark.parametrize("value", ["heard", "told"])
def test_reading_expert_label(value: str) -> None:
    asked = conflict_then_consensus({"expert_label": value})
    assert all(asked.decided(node) == {0: A, 1: A} for node in range(3))
    told = {(1, 2)} if value == "told" else set()
    assert recipients(asked, ConflictDecision) == told
    done = asked.receive(0, 1, ConflictDecision(0, 0, B))
    assert done.ignored is (Reason.NOT_BINDING if value == "heard" else Reason.STALE)


def test_reading_authentication() -> None:
    """It is about what an auditor can prove with a message; no node acts differently."""
    runs = [
        world(base, predictions, {"authentication": value})
        for value in ("channel", "signatures")
        for base in (PAPER, LITERAL)
        for predictions in ("AABB", "AAAB", "ABCA")
    ]
    for run in runs:
        run.deliver()
    half = len(runs) // 2
    for channel, signatures in zip(runs[:half], runs[half:], strict=True):
        assert channel.steps == signatures.steps
        assert channel.config != signatures.config
