"""Which clauses of section III an exploration exercised."""

from dataclasses import replace

from checker.question import Question, parse_patterns
from checker.sweep import answer
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
    reduced = answer(ASKED).clauses
    assert reduced == answer(replace(ASKED, engine="full")).clauses
    assert {Clause.ELECTION, Clause.OBJECT, Clause.REJECTION, Clause.PENALTY} <= reduced
    assert Clause.TIME_OUT not in reduced


def test_rounds_name_their_clauses_as_well() -> None:
    assert Clause.ELECTION in answer(replace(ASKED, network="rounds")).clauses


def test_a_question_that_does_not_ask_names_none() -> None:
    assert not answer(replace(ASKED, coverage=False)).clauses
