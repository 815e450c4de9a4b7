"""Validity: a primary's prediction is acted on by everybody, in its view."""

import pytest

from checker.question import Question, parse_patterns
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.config import Config
from poqi_core.messages import Commit, Message, NodePrediction, PrePrepare, ViewChange
from poqi_core.properties import VALIDITY
from poqi_core.readings import PAPER

ONE = PAPER.q
PROPOSAL = PrePrepare(0, 0, 0, ONE)


@pytest.mark.parametrize(
    ("own", "heedless"),
    [
        ([], False),
        ([NodePrediction(1, 0, 0)], False),
        ([NodePrediction(1, 0, 0), NodePrediction(1, 0, 1)], False),
        ([ViewChange(1, 1, True, ONE), NodePrediction(1, 0, 1)], False),
        ([ViewChange(1, 1, False, ONE), NodePrediction(1, 0, 1)], True),
        ([NodePrediction(1, 0, 1)], True),
        ([Commit(1, 0, 0, 0, ONE)], False),
        ([Commit(1, 0, 0, 1, ONE)], True),
    ],
)
def test_who_goes_on_must_have_acted(own: list[Message], heedless: bool) -> None:
    assert VALIDITY.of_signed is not None
    found = VALIDITY.of_signed(Config(4, 1), {0: [PROPOSAL], 1: own})
    assert (found is not None) == heedless
    assert found is None or found.nodes == (1,)


def test_votes_that_overtake_the_proposal_break_it() -> None:
    """Two votes reject the primary at a node that has not heard it yet; no fault is needed."""
    asked = Question(4, 1, predictions=parse_patterns("AABB"), properties=(VALIDITY,))
    (result,) = answer(asked).results
    assert (result.verdict, result.steps) == (Verdict.VIOLATED, 8)


def test_where_all_agree_it_holds() -> None:
    asked = Question(4, 1, predictions=parse_patterns("AAAA"), properties=(VALIDITY,))
    assert answer(asked).results[0].verdict is Verdict.HOLDS
