"""Ordered rounds: nobody can tell two nodes different things, or in another order."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count, islice
from random import Random

import pytest
from plain_ordered import PlainOrdered
from random_questions import random_pattern, random_readings

from checker.patterns import parse_patterns
from checker.question import Question, QuestionError
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.config import ConfigError
from poqi_core.faults import BYZANTINE, CRASH, NONE, SILENCE
from poqi_core.messages import PrePrepare, Received
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, PAPER
from poqi_core.run import Act, DepartureError, Execution


def random_questions(first_seed: int) -> Iterator[Question]:
    """Questions about two or three nodes, at most one of them faulty, in ordered rounds."""
    for seed in count(first_seed):
        random = Random(seed)
        fault = random.choice((NONE, SILENCE, BYZANTINE))
        nodes = random.choice((2, 3)) if fault != BYZANTINE else random.choice((2, 2, 3))
        readings = random_readings(random, most_changes=4)
        if readings.agree_on != "label":
            continue
        faulty = None if fault == NONE else random.randrange(nodes)
        try:
            yield Question(
                nodes=nodes,
                faults=random.choice((0, 1)),
                readings=readings,
                network="ordered",
                predictions=(random_pattern(random, nodes, faulty),),
                views=1 if fault == BYZANTINE else random.choice((1, 2)),
                start_view=random.choice((0, 0, 1)),
                fault=fault,
            )
        except ConfigError:
            continue


def violated_in(question: Question) -> dict[str, int | None]:
    """The violated properties, each with the length of a shortest run."""
    return {
        result.name: result.steps
        for result in answer(question).results
        if result.verdict is Verdict.VIOLATED
    }


def compare_with_brute_force(first_seed: int, settings: int, most: int) -> set[tuple[str, str]]:
    """The properties that were violated, each with the fault."""
    violated: set[tuple[str, str]] = set()
    compared = 0
    for question in random_questions(first_seed):
        (setting,) = question.settings()
        plain = PlainOrdered(setting, most)
        if not plain.complete:
            continue
        shortest = violated_in(question)
        asked = {entry.name for entry in question.properties}
        expected = {name: steps for name, steps in plain.shortest.items() if name in asked}
        assert shortest == expected, question
        violated |= {(name, question.fault.name) for name in shortest}
        compared += 1
        if compared == settings:
            break
    return violated


def test_brute_force_over_the_rules_of_the_core_finds_the_same_at_the_same_length() -> None:
    violated = compare_with_brute_force(0, settings=10, most=200)
    assert violated >= {("termination", "none"), ("termination", "byzantine")}


@pytest.mark.long
def test_brute_force_finds_the_same_in_many_settings() -> None:
    compare_with_brute_force(10_000, settings=200, most=10_000)


def test_what_breaks_in_ordered_rounds_breaks_in_rounds_and_no_later() -> None:
    for question in islice(random_questions(500), 8):
        ordered, rounds = violated_in(question), violated_in(replace(question, network="rounds"))
        for name, steps in ordered.items():
            other = rounds[name]
            assert steps is not None
            assert other is not None
            assert other <= steps, (name, question)


def test_two_words_of_a_primary_break_agreement_only_where_it_can_say_them_apart() -> None:
    question = Question(
        3,
        1,
        replace(PAPER, quorum="majority"),
        network="rounds",
        predictions=parse_patterns("?AB"),
        views=1,
        properties=(property_named("agreement"),),
    )
    assert "agreement" in violated_in(question)
    (result,) = answer(replace(question, network="ordered"), Limits(states=200_000)).results
    assert result.verdict is Verdict.HOLDS


def test_a_run_in_which_somebody_is_passed_over_is_none_of_this_network() -> None:
    question = Question(3, 1, PAPER, network="ordered", predictions=parse_patterns("?AA"), views=1)
    (setting,) = question.settings()
    execution = Execution(setting.run("ordered", ()))
    for act in list(execution.owed()):
        execution.perform(act)
    one, other = (Received(0, PrePrepare(0, label, 0, Fraction(0))) for label in (0, 1))
    with pytest.raises(DepartureError, match="first, as everyone receives the same"):
        execution.fork().perform(Act(2, one))
    execution.perform(Act(1, one))
    with pytest.raises(DepartureError, match="before anything else happens"):
        execution.fork().perform(Act(2, other))
    execution.perform(Act(2, one))


def test_other_faults_and_evidence_are_not_asked_of_it() -> None:
    with pytest.raises(QuestionError, match="ask with --network rounds"):
        Question(3, 1, PAPER, network="ordered", fault=CRASH)
    with pytest.raises(QuestionError, match="agree on labels"):
        Question(3, 1, HARDENED, network="ordered")
