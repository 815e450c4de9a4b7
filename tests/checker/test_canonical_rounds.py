"""The canonical counterexample in lock-step rounds: what is dropped on the way does not matter."""

from dataclasses import replace
from itertools import groupby, islice

import pytest
from random_questions import questions_in_small_rounds

from checker.canonical_rounds import CanonicalRounds
from checker.exploration import Budget
from checker.poqi_observer import RecordObserver
from checker.question import Question, parse_patterns
from checker.rounds import RoundsEngine
from checker.sweep import Limits, answer
from poqi_core.properties import property_named
from poqi_core.run import Execution


def compared(first_seed: int, questions: int) -> int:
    """How many counterexamples to so many questions were the same with domination and without.

    What takes long without is passed over, and where there are timers nothing is dominated.
    """
    same = 0
    dominated = (
        question
        for question in questions_in_small_rounds(first_seed)
        if not question.config.has_timers
    )
    for question in islice(dominated, questions):
        setting = next(question.settings())
        asked = [e for e in question.properties if e.premise(setting.predicted_by_honest)]
        found = RoundsEngine(setting, RecordObserver(setting, asked), dominate=True).explore(
            Budget(states=2_000), {}
        )
        for name, run in found.runs.items():
            entry, length = property_named(name), len(run.acts)
            runs = [
                CanonicalRounds(
                    setting, RecordObserver(setting, [entry]), entry, dominate=dominate
                ).find(length, Budget(seconds=3))
                for dominate in (True, False)
            ]
            if None not in runs:
                assert runs[0] == runs[1], f"{name} of {question}"
                same += 1
    return same


def test_domination_drops_no_part_of_the_canonical_run() -> None:
    assert compared(0, questions=15) > 10


@pytest.mark.long
def test_domination_drops_no_part_of_the_canonical_run_of_many_questions() -> None:
    assert compared(100, questions=60) > 50


@pytest.fixture(scope="module")
def two_outcomes() -> Question:
    """Node 1 makes node 0 decide in view 0 and node 3 reject the primary of that view."""
    return Question(
        4,
        1,
        predictions=parse_patterns("A?AB"),
        network="rounds",
        views=1,
        properties=(property_named("view-consistency"),),
    )


def test_the_acts_of_a_node_in_a_round_stand_together(two_outcomes: Question) -> None:
    run = answer(two_outcomes, Limits(workers=1)).results[0].run
    assert run is not None
    assert len(run.acts) == 12
    for _, acts in groupby(run.acts, lambda act: act.round):
        blocks = [node for node, _ in groupby(acts, lambda act: act.node)]
        assert len(blocks) == len(set(blocks))
    execution = Execution(replace(run, acts=()))
    for act in run.acts:
        execution.perform(act)


def test_without_time_the_run_of_the_engine_is_kept(two_outcomes: Question) -> None:
    setting = next(two_outcomes.settings())
    entry = two_outcomes.properties[0]
    search = CanonicalRounds(setting, RecordObserver(setting, [entry]), entry)
    assert search.find(12, Budget(seconds=-1.0)) is None
