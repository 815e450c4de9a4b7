"""Which clauses, messages and readings an exploration exercised, and what held vacuously."""

from dataclasses import replace

import pytest

from checker.coverage import kinds_of
from checker.question import Question, parse_patterns
from checker.sweep import answer
from poqi_core.alternatives import readings_of
from poqi_core.clauses import Clause
from poqi_core.properties import property_named

ASKED = Question(
    3,
    1,
    predictions=parse_patterns("A?B"),
    views=2,
    properties=(property_named("agreement"), property_named("termination")),
    coverage=True,
)


def test_reductions_hide_no_clause_and_invent_none() -> None:
    reduced = answer(ASKED).coverage.clauses
    assert reduced == answer(replace(ASKED, engine="full")).coverage.clauses
    assert {Clause.ELECTION, Clause.OBJECT, Clause.REJECTION, Clause.PENALTY} <= reduced
    assert Clause.TIME_OUT not in reduced


def test_rounds_name_their_clauses_as_well() -> None:
    assert Clause.ELECTION in answer(replace(ASKED, network="rounds")).coverage.clauses


def test_a_question_that_does_not_ask_names_none() -> None:
    assert not answer(replace(ASKED, coverage=False)).coverage.clauses


def test_messages_that_nobody_sends_or_heeds_are_named() -> None:
    coverage = answer(ASKED).coverage
    assert {"PrePrepare", "ViewChange"} <= coverage.sent
    assert "Decision" not in coverage.sent
    assert coverage.heard <= set(kinds_of(ASKED.config))
    assert "ConflictDecision" not in coverage.heard


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_a_reading_without_effect_changes_nothing_whatever_its_value(network: str) -> None:
    """Each other value of each such reading gives the same exploration, count for count."""
    question = Question(
        4,
        1,
        network=network,
        predictions=parse_patterns("AABB"),
        views=1,
        properties=(property_named("agreement"), property_named("view-consistency")),
        coverage=True,
        alternatives=True,
    )
    found = answer(question)
    assert found.coverage.compared
    assert {"tie", "expert_label", "lock"} <= found.coverage.idle
    assert not {"timeout", "collect", "reward_start"} & found.coverage.idle
    for name, others in readings_of(question.config):
        if name in found.coverage.idle:
            for other in others:
                again = answer(replace(question, readings=other.readings, alternatives=False))
                assert (again.states, again.transitions) == (found.states, found.transitions), name
                assert [result.verdict for result in again.results] == [
                    result.verdict for result in found.results
                ]


def test_what_holds_as_nothing_happens_is_vacuous() -> None:
    """Two against two: nobody decides, so agreement says nothing; views are left by rejection."""
    for engine in ("reduced", "full"):
        question = Question(4, 1, engine=engine, predictions=parse_patterns("AABB"), views=1)
        vacuous = {result.name: result.vacuous for result in answer(question).results}
        assert vacuous["agreement"]
        assert vacuous["integrity"]
        assert not vacuous["view-consistency"]
    decided = answer(Question(4, 1, predictions=parse_patterns("AAAA"), views=1))
    assert not any(result.vacuous for result in decided.results)
