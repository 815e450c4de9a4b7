"""Ordered rounds: nobody can tell two nodes different things, or in another order."""

from collections.abc import Iterator
from contextlib import suppress
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
from poqi_core.faults import BYZANTINE, CRASH, FAULTS, MUTATION, NONE, TWINS, Fault
from poqi_core.messages import Crash, PrePrepare, Received
from poqi_core.properties import property_named
from poqi_core.readings import PAPER, SYNCHRONOUS, Readings
from poqi_core.run import Act, DepartureError, Execution

WIDE = (BYZANTINE, TWINS, MUTATION)
"""The faults that leave the most open, so that what is asked of them is smaller."""


def random_questions(first_seed: int) -> Iterator[Question]:
    """Questions about two or three nodes, at most one of them faulty, in ordered rounds."""
    for seed in count(first_seed):
        random = Random(seed)
        fault = random.choice(tuple(FAULTS.values()))
        nodes = random.choice((2, 2, 3)) if fault in WIDE else random.choice((2, 3))
        readings = random_readings(random, most_changes=4)
        if readings.agree_on == "label":
            with suppress(ConfigError):
                yield replace(
                    random_question(random, nodes, readings, fault),
                    views=1 if fault in WIDE else random.choice((1, 2)),
                    start_view=random.choice((0, 0, 1)),
                )


def random_questions_of_evidence(first_seed: int) -> Iterator[Question]:
    """The same where nodes agree on evidence; a Byzantine node has little to choose from."""
    for seed in count(first_seed):
        random = Random(seed)
        fault = random.choice((*FAULTS.values(), BYZANTINE))
        nodes = random.choice((2, 2, 3))
        readings = random_readings(random, most_changes=3)
        if readings.agree_on == "evidence":
            with suppress(ConfigError):
                yield replace(
                    random_question(random, nodes, readings, fault),
                    ballots=random.choice((1, 2)),
                    adversary_labels=1 if fault == BYZANTINE else None,
                    adversary_evidence=random.choice((1, 2)) if fault == BYZANTINE else None,
                )


def random_question(random: Random, nodes: int, readings: Readings, fault: Fault) -> Question:
    """A question about such nodes, one of them faulty if there is a fault.

    Raises:
        ConfigError: the readings do not fit each other.
    """
    faulty = None if fault == NONE else random.randrange(nodes)
    return Question(
        nodes,
        faults=random.choice((0, 1)),
        readings=readings,
        network="ordered",
        predictions=(random_pattern(random, nodes, faulty),),
        fault=fault,
    )


def violated_in(question: Question) -> dict[str, int | None]:
    """The violated properties, each with the length of a shortest run."""
    return {
        result.name: result.steps
        for result in answer(question).results
        if result.verdict is Verdict.VIOLATED
    }


def compare_with_brute_force(
    questions: Iterator[Question], settings: int, most: int
) -> set[tuple[str, str]]:
    """The properties that were violated, each with the fault."""
    violated: set[tuple[str, str]] = set()
    compared = 0
    for question in questions:
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
    violated = compare_with_brute_force(random_questions(0), settings=10, most=150)
    assert len({fault for _, fault in violated}) >= 4


@pytest.mark.long
def test_brute_force_finds_the_same_in_many_settings() -> None:
    violated = compare_with_brute_force(random_questions(10_000), settings=200, most=5_000)
    assert {fault for _, fault in violated} == FAULTS.keys()


def test_brute_force_finds_the_same_about_evidence() -> None:
    questions = random_questions_of_evidence(0)
    violated = compare_with_brute_force(questions, settings=10, most=150)
    assert {name for name, _ in violated} >= {"acceptance", "termination", "unanimity"}
    assert len({fault for _, fault in violated}) >= 4


@pytest.mark.long
def test_brute_force_finds_the_same_about_evidence_in_many_settings() -> None:
    questions = random_questions_of_evidence(10_000)
    violated = compare_with_brute_force(questions, settings=150, most=5_000)
    assert {fault for _, fault in violated} == FAULTS.keys()


@pytest.mark.parametrize("timeout", ["none", "vote"])
@pytest.mark.parametrize("fault", ["none", "silence", "crash", "omission", "twins", "mutation"])
def test_every_fault_is_answered_at_four_nodes(fault: str, timeout: str) -> None:
    """All of them leave the states so few, and without a Byzantine node agreement holds."""
    question = Question(
        4,
        1,
        replace(PAPER, timeout=timeout),
        network="ordered",
        predictions=parse_patterns("AAAB" if fault == "none" else "?AAB"),
        views=1,
        properties=(property_named("agreement"), property_named("termination")),
        fault=FAULTS[fault],
    )
    agreement, termination = answer(question).results
    assert agreement.verdict is Verdict.HOLDS
    broken = timeout == "none" and fault not in ("none", "twins")
    assert (termination.verdict is Verdict.VIOLATED) is broken
    if termination.run is not None:
        execution = Execution(termination.run)
        for act in termination.run.acts:
            execution.perform(act)
        assert next(execution.honest_steps(), None) is None


def test_a_crash_in_the_midst_of_sending_reaches_everybody_or_nobody() -> None:
    """In rounds one of the others can be left out, and hears of the proposal from nobody."""
    question = Question(
        3,
        1,
        PAPER,
        network="ordered",
        predictions=parse_patterns("?AA"),
        views=1,
        fault=CRASH,
    )
    (setting,) = question.settings()
    execution = Execution(setting.run("ordered", ()))
    for act in list(execution.owed()):
        execution.perform(act)
    execution.perform(Act(0, Crash(), 0))
    execution.reach(1)
    assert execution.rounds is not None
    arriving = {received for _, received in execution.rounds.arriving()}
    (proposal,) = (one for one in arriving if isinstance(one.message, PrePrepare))
    execution.fork().reach(2)
    execution.perform(Act(1, proposal, 1))
    with pytest.raises(DepartureError, match="but node 2 lacks"):
        execution.fork().reach(2)
    execution.perform(Act(2, proposal, 1))
    execution.reach(2)


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


def test_a_broadcast_is_not_asked_of_it() -> None:
    with pytest.raises(QuestionError, match="agree_on=broadcast"):
        Question(3, 1, SYNCHRONOUS, network="ordered")
