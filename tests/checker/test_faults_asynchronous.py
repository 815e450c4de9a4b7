"""Silent, twinned and mutating nodes where messages can be late for ever."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random

import pytest
from random_questions import random_pattern, random_readings

from checker.patterns import parse_patterns
from checker.question import Question, QuestionError
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.config import ConfigError
from poqi_core.faults import BYZANTINE, CRASH, MUTATION, NONE, OMISSION, SILENCE, TWINS, Fault
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, PAPER


def random_questions(first_seed: int) -> Iterator[Question]:
    """Questions about two or three nodes, one of them faulty."""
    for seed in count(first_seed):
        random = Random(seed)
        nodes = random.choice((2, 2, 3))
        readings = random_readings(random, most_changes=4)
        if readings.agree_on != "label":
            continue
        try:
            yield Question(
                nodes=nodes,
                faults=random.choice((0, 1)),
                readings=readings,
                predictions=(random_pattern(random, nodes, random.randrange(nodes)),),
                views=1 if nodes == 3 else random.choice((1, 2)),
                start_view=random.choice((0, 1)),
                fault=random.choice((SILENCE, TWINS, MUTATION)),
            )
        except ConfigError:
            continue


def compare_engines(first_seed: int, settings: int, most: int) -> set[tuple[str, str]]:
    """The properties that were violated, each with the fault."""
    violated: set[tuple[str, str]] = set()
    compared = 0
    for question in random_questions(first_seed):
        full = answer(replace(question, engine="full"), Limits(states=most))
        if full.exhausted is not None:
            continue
        reduced = answer(question)
        for one, other in zip(reduced.results, full.results, strict=True):
            assert (one.name, one.verdict, one.steps) == (other.name, other.verdict, other.steps), (
                question
            )
            assert one.run == other.run, f"{one.name}: the counterexample is not canonical"
            if one.verdict is Verdict.VIOLATED:
                violated.add((one.name, question.fault.name))
        compared += 1
        if compared == settings:
            break
    return violated


def test_the_reduced_engine_finds_what_the_full_one_finds() -> None:
    violated = compare_engines(0, settings=25, most=3_000)
    assert violated >= {("termination", "silence"), ("termination", "twins")}
    assert len({name for name, _ in violated}) > 3


@pytest.mark.long
def test_the_reduced_engine_finds_what_the_full_one_finds_in_many_settings() -> None:
    compare_engines(10_000, settings=300, most=50_000)


def test_twins_of_five_nodes_break_agreement_without_lying() -> None:
    """Two quorums of three share the one node that runs twice: each copy is honest by itself."""
    question = Question(
        5,
        1,
        PAPER,
        predictions=parse_patterns("?AABB"),
        views=1,
        properties=(property_named("agreement"),),
        fault=TWINS,
    )
    (result,) = answer(question).results
    assert result.verdict is Verdict.VIOLATED
    (worse,) = answer(replace(question, fault=BYZANTINE)).results
    assert result.steps is not None
    assert worse.steps is not None
    assert worse.steps < result.steps, "a copy has to take steps of its own"


@pytest.mark.parametrize("fault", [CRASH, OMISSION])
def test_a_crash_and_an_omission_are_not_asked_where_a_message_can_be_late(fault: Fault) -> None:
    with pytest.raises(QuestionError, match="adds nothing to none for safety"):
        Question(4, 1, PAPER, fault=fault)


def test_a_silent_node_adds_nothing_to_safety_either() -> None:
    """Whatever is violated with it is violated if its messages are late for ever."""
    for question in islice(random_questions(500), 12):
        assert question.predictions is not None
        (pattern,) = question.predictions
        silent = {
            result.name
            for result in answer(replace(question, fault=SILENCE)).results
            if result.verdict is Verdict.VIOLATED
        }
        without: set[str] = set()
        for label in range(3):
            whole = tuple(label if own is None else own for own in pattern)
            asked = replace(question, fault=NONE, predictions=(whole,))
            without |= {
                result.name
                for result in answer(asked).results
                if result.verdict is Verdict.VIOLATED
            }
        assert silent - {"termination"} <= without


def test_evidence_is_asked_about_other_faults_in_rounds_alone() -> None:
    with pytest.raises(QuestionError, match="in lock-step rounds alone"):
        Question(4, 1, HARDENED, fault=TWINS)
    Question(4, 1, HARDENED, fault=SILENCE)


def test_a_fault_of_none_has_no_faulty_node() -> None:
    with pytest.raises(QuestionError, match="no node is faulty"):
        Question(4, 1, PAPER, fault=NONE, byzantine=(0,))
    assert Question(4, 1, PAPER, fault=NONE).placements == ((),)


def test_bounds_on_byzantine_nodes_are_for_byzantine_nodes() -> None:
    with pytest.raises(QuestionError, match="leave them out with --fault twins"):
        Question(4, 1, PAPER, fault=TWINS, adversary_labels=2)
