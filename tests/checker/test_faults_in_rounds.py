"""Faults and losses in lock-step rounds: the engine finds what a search event by event finds."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random

import pytest
from plain_faults import PlainFaults
from random_questions import random_pattern, random_readings

from checker.question import Question
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.config import ConfigError
from poqi_core.faults import (
    BYZANTINE,
    CRASH,
    FAULTS,
    MUTATION,
    NONE,
    OMISSION,
    SILENCE,
    TWINS,
    Fault,
)
from poqi_core.networks import Partition
from poqi_core.properties import property_named
from poqi_core.readings import PAPER


def random_fault_questions(
    first_seed: int, faults: tuple[Fault, ...], *, lossy: bool = False
) -> Iterator[Question]:
    """Questions about two or three nodes, one of them faulty, in rounds that may be lossy."""
    for seed in count(first_seed):
        random = Random(seed)
        nodes = random.choice((2, 3, 3))
        fault = random.choice(faults)
        faulty = random.randrange(nodes) if fault.name != "none" else None
        readings = random_readings(random, most_changes=4)
        if readings.agree_on != "label":
            continue
        losses, partition = 0, None
        if lossy:
            losses = random.choice((0, 1, 1, 2))
            groups = tuple(
                tuple(node for node in range(nodes) if node % 2 == odd) for odd in (0, 1)
            )
            unit, first = random.choice(((None, 0), ("rounds", 1), ("rounds", 2), ("views", 0)))
            partition = Partition(groups, unit, first, first) if random.random() < 0.5 else None
        try:
            yield Question(
                nodes=nodes,
                faults=random.choice((0, 1)),
                readings=readings,
                network="lossy" if lossy else "rounds",
                predictions=(random_pattern(random, nodes, faulty),),
                views=random.choice((1, 1, 2)),
                start_view=random.choice((0, 0, 1, 2)),
                fault=fault,
                losses=losses,
                partition=partition,
            )
        except ConfigError:
            continue


def compare_with_a_plain_search(
    questions: Iterator[Question], settings: int, most: int
) -> set[tuple[str, str]]:
    """The properties that were violated, each with the fault."""
    violated: set[tuple[str, str]] = set()
    compared = 0
    for question in questions:
        (setting,) = question.settings()
        plain = PlainFaults(setting, most)
        if not plain.complete:
            continue
        shortest = {
            result.name: result.steps
            for result in answer(question).results
            if result.verdict is Verdict.VIOLATED
        }
        asked = {entry.name for entry in question.properties}
        assert shortest == {
            name: steps for name, steps in plain.shortest.items() if name in asked
        }, question
        violated |= {(name, question.fault.name) for name in shortest}
        compared += 1
        if compared == settings:
            break
    return violated


def test_a_search_event_by_event_finds_what_nodes_that_stop_or_withhold_bring_about() -> None:
    questions = random_fault_questions(0, (CRASH, OMISSION))
    violated = compare_with_a_plain_search(questions, settings=20, most=500)
    assert violated >= {("termination", "crash"), ("termination", "omission")}
    assert {name for name, _ in violated} >= {"decided-validity", "unanimity"}


def test_a_search_event_by_event_finds_what_copies_and_changes_bring_about() -> None:
    questions = random_fault_questions(0, (TWINS, MUTATION))
    violated = compare_with_a_plain_search(questions, settings=10, most=600)
    assert violated >= {("termination", "twins"), ("termination", "mutation")}


def test_a_search_event_by_event_finds_what_losses_bring_about() -> None:
    questions = random_fault_questions(0, (NONE, SILENCE, CRASH, OMISSION, BYZANTINE), lossy=True)
    violated = compare_with_a_plain_search(questions, settings=25, most=800)
    assert violated >= {("termination", "none"), ("termination", "byzantine")}


def test_a_search_event_by_event_finds_what_losses_add_to_copies_and_changes() -> None:
    """A message that a faulty node may change can be lost as well: the third step was missed."""
    for fault in (TWINS, MUTATION):
        questions = random_fault_questions(10_000, (fault,), lossy=True)
        violated = compare_with_a_plain_search(questions, settings=8, most=1_500)
        assert ("termination", fault.name) in violated


def test_what_one_copy_has_missed_is_kept_for_the_other_until_it_matters() -> None:
    """A copy that was left behind takes it as it gets there, so that it reaches one of the two."""
    question = Question(
        2,
        1,
        replace(PAPER, timeout="vote"),
        network="rounds",
        predictions=((None, 1),),
        views=2,
        start_view=1,
        fault=TWINS,
        properties=(property_named("termination"),),
    )
    (setting,) = question.settings()
    assert PlainFaults(setting, 20_000).shortest["termination"] == 8
    assert answer(question).results[0].steps == 8


@pytest.mark.long
@pytest.mark.parametrize("lossy", [False, True])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_search_event_by_event_finds_the_same_in_many_settings(fault: Fault, lossy: bool) -> None:
    questions = random_fault_questions(10_000, (fault,), lossy=lossy)
    compare_with_a_plain_search(questions, settings=60, most=10_000)
