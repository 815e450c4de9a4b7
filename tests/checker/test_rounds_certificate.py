"""Certificates in rounds: the bounds enclose each other, and what the engine for rounds finds."""

from dataclasses import replace

import pytest
from random_questions import questions_in_small_rounds

from checker.question import Question, QuestionError
from checker.sweep import answer
from checker.verdict import Verdict
from checker.views.conditions import obstacle
from checker.views.rounds_certificate import Bounds, RoundsCertifier
from poqi_core.properties import property_named
from poqi_core.readings import PAPER


def assert_enclosed(bounds: Bounds) -> None:
    most, least = bounds.at_most, bounds.at_least
    assert least.decidable <= most.decidable
    assert least.invented <= most.invented
    assert least.can_differ <= most.can_differ
    assert least.blockable <= most.blockable
    assert least.conflict_reachable <= most.conflict_reachable


@pytest.mark.parametrize(
    ("faults", "pattern"),
    [
        (1, (None, 0, 0, 0, 1, 1, 1)),
        (2, (None, 0, 0, 0, None, 1, 1)),
        (3, (0, None, None, None, 1, 1, 1)),
    ],
)
def test_with_a_faulty_primary_or_a_minority_the_bounds_meet(
    faults: int, pattern: tuple[int | None, ...]
) -> None:
    bounds = RoundsCertifier(7, faults).bounds(pattern)
    assert_enclosed(bounds)
    assert bounds.exact


def test_seven_nodes_with_quorums_of_three_can_be_split_in_rounds() -> None:
    bounds = RoundsCertifier(7, 1).bounds((None, 4, 4, 4, 9, 9, 9), start_view=0)
    assert bounds.at_least.can_differ
    assert bounds.at_least.decidable == {4, 9}
    turned = RoundsCertifier(7, 1).bounds((9, None, 4, 4, 4, 9, 9), start_view=1)
    assert turned.at_least.decidable == {4, 9}
    assert turned.at_least.blockable == {0, 2, 3, 4, 5, 6}


def test_the_bounds_enclose_what_the_engine_for_rounds_finds() -> None:
    agreement = property_named("agreement")
    compared = 0
    for drawn in questions_in_small_rounds(0):
        assert drawn.predictions is not None
        question = replace(
            drawn, samples=1, predictions=drawn.predictions[:1], properties=(agreement,)
        )
        up_to_a_conflict = question.views_a_sample == question.config.conflict_after
        plain = question.readings.reward_when == "decided"
        if obstacle(question) is not None or not (up_to_a_conflict and plain):
            continue
        certifier = RoundsCertifier(question.nodes, question.faults, question.readings)
        assert question.predictions is not None
        bounds = certifier.bounds(question.predictions[0], question.start_view)
        assert_enclosed(bounds)
        violated = answer(question).verdict is Verdict.VIOLATED
        assert bounds.at_least.can_differ <= violated <= bounds.at_most.can_differ
        compared += 1
        if compared == 6:
            break


def test_timers_are_refused_by_name() -> None:
    with pytest.raises(QuestionError, match="timers"):
        RoundsCertifier(7, 2, replace(PAPER, timeout="vote"))
    assert obstacle(Question(7, 2, network="rounds")) is None
