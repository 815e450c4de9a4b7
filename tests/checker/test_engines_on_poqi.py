"""The reduced engine against the unreduced one, on PoQI itself.

Profiles with readings changed at random, placements, patterns, samples and views are drawn;
whatever the unreduced engine can exhaust within a few thousand states is compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import NamedTuple

import pytest
from random_questions import random_question

from checker import composition
from checker.bisimulation import Bisimulation, close
from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, PoqiSystem
from checker.question import Pattern, Question
from checker.reduced import ReducedEngine
from checker.sweep import Limits, answer
from checker.table import Tables
from checker.verdict import Answer, Verdict
from poqi_core.history import Record
from poqi_core.properties import PROPERTIES, property_named
from poqi_core.run import Execution


class Settled(NamedTuple):
    """A question and what the unreduced engine finds."""

    question: Question
    unreduced: Answer


def settled(first_seed: int, states: int, most_with_faults: int = 4) -> Iterator[Settled]:
    """Questions that the unreduced engine answers within so many states.

    With a Byzantine node there are at most so many nodes; among four hundreds of states never do.
    """
    for seed in count(first_seed):
        question = random_question(Random(seed))
        assert question.predictions is not None
        if None in question.predictions[0] and question.nodes > most_with_faults:
            continue
        found = answer(replace(question, engine="full"), Limits(states=states))
        if found.exhausted is None:
            yield Settled(question, found)


def assert_same_answers(question: Question, one: Answer, other: Answer) -> None:
    for mine, theirs in zip(one.results, other.results, strict=True):
        assert mine.name == theirs.name
        assert (mine.verdict, mine.steps) == (theirs.verdict, theirs.steps), (
            f"{mine.name} of {question}"
        )
        if not composition.applies(question):  # The two parts do not say what occurs.
            assert mine.vacuous == theirs.vacuous, f"{mine.name} of {question}"


def assert_replays(answered: Answer) -> None:
    """Every counterexample happens on the core and ends in a violation, not before."""
    for result in answered.results:
        assert (result.run is not None) == (result.verdict is Verdict.VIOLATED)
        if result.run is None:
            continue
        entry = property_named(result.name)
        execution = Execution(result.run)
        for act in result.run.acts:
            if not entry.when_stuck:
                assert entry.violation(execution.records, result.run.predicted) is None
            execution.perform(act)
        assert entry.violation(execution.records, result.run.predicted) is not None
        if entry.when_stuck:
            assert not list(execution.honest_steps())


def test_both_engines_give_the_same_verdicts_and_lengths_on_fifty_settings() -> None:
    violated = set()
    for question, unreduced in islice(settled(72, states=300, most_with_faults=3), 50):
        reduced = answer(question)
        assert reduced.exhausted is None
        assert_same_answers(question, unreduced, reduced)
        assert_replays(unreduced)
        assert_replays(reduced)
        violated |= {result.name for result in reduced.results if result.run is not None}
    assert violated == {entry.name for entry in PROPERTIES}


@pytest.mark.long
def test_both_engines_give_the_same_verdicts_and_lengths_on_many_settings() -> None:
    for question, unreduced in islice(settled(10_000, states=2_000), 2_000):
        assert_same_answers(question, unreduced, answer(question))


def renamed(pattern: Pattern) -> Pattern:
    """The pattern with the two labels that :func:`random_pattern` uses exchanged."""
    return tuple(None if label is None else 1 - label for label in pattern)


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_patterns_that_differ_by_names_have_the_same_verdicts_and_lengths(network: str) -> None:
    """All samples together, or one on its own where messages name their sample.

    A renamed pattern must use the same labels, hence both of them.
    """
    compared = 0
    for seed in count(30_000):
        question = random_question(Random(seed), network, most_nodes=3)
        assert question.predictions is not None
        named = [place for place, row in enumerate(question.predictions) if {0, 1} <= set(row)]
        if not named or (network == "rounds" and None in question.predictions[0]):
            continue
        together = not question.config.on_evidence
        other = tuple(
            renamed(row) if together or place == named[-1] else row
            for place, row in enumerate(question.predictions)
        )
        assert_same_answers(
            question, answer(question), answer(replace(question, predictions=other))
        )
        compared += 1
        if compared == 6:
            break


class Onlooker:
    """Watches everything that properties look at and judges nothing, so nothing is cut short."""

    def __init__(self, watched: RecordObserver) -> None:
        self._watched = watched

    @property
    def properties(self) -> Sequence[str]:
        return ("nothing",)

    def start(self) -> Record:
        return self._watched.start()

    def observe(self, seen: Record, shown: Facts) -> Record:
        return self._watched.observe(seen, shown)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        return ()


def test_both_engines_see_the_same_vectors_of_records() -> None:
    compared = 0
    for seed in range(500, 550):
        (setting,) = random_question(Random(seed)).settings()
        onlooker = Onlooker(RecordObserver(setting, PROPERTIES))
        full = FullEngine(Tables(PoqiSystem(setting)), onlooker)
        if not full.explore(Budget(states=700), {}).complete:
            continue
        expected = {tuple(full.seen(state)) for state in full.visited}
        tables = Tables(PoqiSystem(setting))
        assert close(tables, 20_000, Budget())
        merged = [Bisimulation(tables, table, onlooker) for table in tables.processes]
        for reduced in ReducedEngine(tables, onlooker), ReducedEngine(tables, onlooker, merged):
            assert reduced.explore(Budget(), {}).complete
            assert {tuple(reduced.seen(state)) for state in reduced.costs} == expected
        compared += 1
    assert compared > 20
