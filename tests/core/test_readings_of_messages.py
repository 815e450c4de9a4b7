"""Each reading about messages, changed alone, makes the difference that its entry names."""

import pytest
from core_reading import ONE, PREPARE, A, B, recipients, world

from poqi_core import LITERAL, PAPER, Clause
from poqi_core.messages import (
    Commit,
    Decision,
    Prepare,
    PrePrepare,
    ViewChange,
)
from poqi_core.outputs import Reason


@pytest.mark.parametrize(("value", "needed"), [("2f+1", 3), ("majority", 4), ("intersecting", 5)])
def test_reading_quorum(value: str, needed: int) -> None:
    """Seven nodes and f = 1: 2f+1 = 3, more than 7/2 is 4, more than (7+1)/2 is 5."""
    asked = world(PAPER, "A??????", {"quorum": value})
    assert asked.config.quorum == needed
    for supporter in range(1, needed):
        assert not asked.states[0].log.committed
        asked.receive(supporter, 0, PREPARE)
    assert asked.states[0].log.committed == (A,)


@pytest.mark.parametrize(
    ("value", "by_commits", "by_word"),
    [("commits", True, False), ("obey", False, True), ("primary", False, False)],
)
def test_reading_decide(value: str, by_commits: bool, by_word: bool) -> None:
    counting = world(PAPER, "???A", {"decide": value})
    for node in range(3):
        counting.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert counting.decided(3) == ({0: A} if by_commits else {})
    obeying = world(PAPER, "???A", {"decide": value})
    obeying.receive(0, 3, Decision(0, A, 0))
    assert obeying.decided(3) == ({0: A} if by_word else {})
    deciding = world(PAPER, "AAAA", {"decide": value})
    deciding.deliver()
    assert deciding.decided(0) == {0: A}
    assert bool(recipients(deciding, Decision)) is (value != "primary")


@pytest.mark.parametrize(("value", "to"), [("all", (0, 2, 3)), ("primary", (0,))])
def test_reading_commit_to(value: str, to: tuple[int, ...]) -> None:
    asked = world(PAPER, "AA??", {"commit_to": value})
    asked.deliver()
    asked.receive(2, 1, PREPARE)
    assert to in recipients(asked, Commit)


@pytest.mark.parametrize(("value", "reason"), [("yes", Reason.OTHER_FINAL), ("no", None)])
def test_reading_check_final(value: str, reason: Reason | None) -> None:
    asked = world(PAPER, "?A??", {"check_final": value})
    asked.receive(0, 1, PrePrepare(0, A, 0, ONE))
    assert asked.receive(0, 1, Prepare(0, A, B, 0, ONE)).ignored is reason


@pytest.mark.parametrize(("value", "relays"), [("yes", 1), ("no", 2)])
def test_reading_prepare_once(value: str, relays: int) -> None:
    """The primary sends two valid prepares, with different final decisions."""
    asked = world(LITERAL, "?A??", {"prepare_once": value})
    for final in (A, B):
        asked.receive(0, 1, Prepare(0, A, final, 0, ONE))
    assert [Clause.RELAY in done.clauses for done in asked.steps].count(True) == relays
    for final in (A, B):
        asked.receive(2, 1, Prepare(0, A, final, 0, ONE))
        asked.receive(3, 1, Prepare(0, A, final, 0, ONE))
    assert [Clause.COMMIT in done.clauses for done in asked.steps].count(True) == relays


@pytest.mark.parametrize(
    ("value", "reason", "objectors"), [("yes", Reason.DUPLICATE, 0), ("no", None, 1 << 1)]
)
def test_reading_first_preprepare_only(value: str, reason: Reason | None, objectors: int) -> None:
    asked = world(PAPER, "?A??", {"first_preprepare_only": value})
    asked.receive(0, 1, PrePrepare(0, A, 0, ONE))
    assert asked.receive(0, 1, PrePrepare(0, B, 0, ONE)).ignored is reason
    assert asked.states[1].log.objectors == objectors
    for label in (A, B):
        assert asked.receive(0, 1, PrePrepare(0, label, 0, ONE)).ignored is Reason.DUPLICATE


@pytest.mark.parametrize(("value", "reason"), [("yes", Reason.EARLY), ("no", None)])
def test_reading_prepare_needs_preprepare(value: str, reason: Reason | None) -> None:
    asked = world(PAPER, "?A??", {"prepare_needs_preprepare": value})
    done = asked.receive(0, 1, PREPARE)
    assert done.ignored is reason
    assert (Clause.RELAY in done.clauses) is (value == "no")


@pytest.mark.parametrize(("value", "relays"), [("yes", False), ("no", True)])
def test_reading_latch(value: str, relays: bool) -> None:
    """Node 1 objects to B; then the primary asks it to prepare A after all."""
    asked = world(LITERAL, "?A??", {"latch": value})
    asked.receive(0, 1, PrePrepare(0, B, 0, ONE))
    done = asked.receive(0, 1, PREPARE)
    assert (Clause.RELAY in done.clauses) is relays


def test_reading_latch_no_does_not_make_up_for_a_pre_prepare_that_never_comes() -> None:
    asked = world(PAPER, "?A??", {"latch": "no"})
    asked.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert asked.receive(0, 1, PREPARE).ignored is Reason.VOTED_AGAINST


@pytest.mark.parametrize(("value", "committed"), [("yes", ()), ("no", (A,))])
def test_reading_commit_needs_prepare(value: str, committed: tuple[int, ...]) -> None:
    """Node 3 calls the sample a B; three others prepare A."""
    asked = world(PAPER, "???B", {"commit_needs_prepare": value})
    for node in range(3):
        done = asked.receive(node, 3, PREPARE)
        assert done.ignored is (Reason.OTHER_LABEL if value == "yes" else None)
    assert asked.states[3].log.committed == committed
    sent = [Commit(3, B, A, 0, ONE)] if value == "no" else []
    assert [message for done in asked.steps for message in done.sent] == sent


def test_reading_commit_needs_prepare_no_who_has_committed_still_passes_the_prepare_on() -> None:
    asked = world(PAPER, "?A???", {"commit_needs_prepare": "no"})
    asked.receive(0, 1, PrePrepare(0, A, 0, ONE))
    for node in (2, 3, 4):
        asked.receive(node, 1, PREPARE)
    assert asked.states[1].log.committed == (A,)
    assert asked.receive(0, 1, PREPARE).clauses == [Clause.RELAY]
    assert asked.receive(0, 1, PREPARE).ignored is Reason.DUPLICATE


def test_reading_prepare_once_no_each_content_is_committed_once() -> None:
    asked = world(LITERAL, "?A???")
    for node in (2, 3, 4):
        asked.receive(node, 1, PREPARE)
    assert asked.states[1].log.committed == (A,)
    assert asked.receive(0, 1, PREPARE).clauses == [Clause.RELAY, Clause.REWARD]


def test_reading_commit_needs_prepare_prepares_of_other_contents_are_dead() -> None:
    """Once a node has prepared, only that can become a quorum for it (check_final=no)."""
    asked = world(PAPER, "?A???", {"check_final": "no"})
    asked.receive(0, 1, PrePrepare(0, A, 0, ONE))
    asked.receive(2, 1, Prepare(0, A, B, 0, ONE))
    asked.receive(0, 1, PREPARE)
    assert [tally.final_label for tally in asked.states[1].log.prepares] == [A]
    other = Prepare(0, A, B, 0, ONE)
    assert asked.receive(3, 1, other).ignored is Reason.PREPARED_ALREADY
    assert asked.receive(0, 1, other).ignored is Reason.PREPARED_ALREADY


@pytest.mark.parametrize("value", ["yes", "no"])
def test_reading_primary_commit_counts(value: str) -> None:
    asked = world(PAPER, "AA??", {"primary_commit_counts": value})
    counts = value == "yes"
    asked.deliver()
    assert ((0, 2, 3) in recipients(asked, Prepare)) is counts
    assert ((2, 3) in recipients(asked, Prepare)) is not counts
    done = asked.receive(2, 0, PREPARE)
    assert done.ignored is (None if counts else Reason.NOT_FOR_THIS_NODE)
    assert (Clause.COMMIT in done.clauses) is counts
    commit = asked.receive(0, 1, Commit(0, A, A, 0, ONE))
    assert commit.ignored is (None if counts else Reason.NOT_A_VALIDATOR)


@pytest.mark.parametrize("value", ["yes", "no"])
def test_reading_primary_hears_view_change(value: str) -> None:
    asked = world(PAPER, "AB??", {"primary_hears_view_change": value})
    asked.deliver()
    hears = value == "yes"
    assert recipients(asked, ViewChange) == {(0, 2, 3) if hears else (2, 3)}
    done = asked.receive(2, 0, ViewChange(2, 1, True, ONE))
    assert done.ignored is (None if hears else Reason.NOT_FOR_THIS_NODE)
