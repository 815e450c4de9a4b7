"""Lock-step rounds: dropping what Byzantine messages can still bring about loses nothing."""

from dataclasses import replace
from itertools import islice

import pytest
from plain_rounds import OF_SIGNED, PlainRounds
from random_questions import questions_in_small_rounds

from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.properties import PROPERTIES, VALIDITY, property_named
from poqi_core.readings import PAPER
from poqi_core.run import Execution


def violated_with_domination_and_without(
    question: Question, limits: Limits | None = None
) -> set[str] | None:
    """The properties that are violated, compared; None: one of the answers exceeds the limits."""
    dominated = answer(question, limits)
    everything = answer(replace(question, engine="full"), limits)
    if dominated.exhausted or everything.exhausted:
        return None
    for one, other in zip(dominated.results, everything.results, strict=True):
        assert (one.name, one.verdict, one.steps, one.vacuous) == (
            other.name,
            other.verdict,
            other.steps,
            other.vacuous,
        ), f"{one.name} of {question}"
        for run in filter(None, (one.run, other.run)):
            execution = Execution(run)
            for act in run.acts:
                execution.perform(act)
            entry = property_named(one.name)
            assert entry.violation(execution.records, run.predicted) is not None
    return {result.name for result in dominated.results if result.verdict is Verdict.VIOLATED}


def test_domination_changes_no_verdict_and_no_length_on_some_settings() -> None:
    violated: set[str] = set()
    for question in islice(questions_in_small_rounds(0), 22):
        found = violated_with_domination_and_without(question)
        assert found is not None
        violated |= found
    assert violated >= {entry.name for entry in PROPERTIES} - {"integrity"}


def compare_with_a_plain_search(first_seed: int, settings: int, most: int) -> set[str]:
    violated: set[str] = set()
    compared = 0
    for question in questions_in_small_rounds(first_seed):
        (setting,) = question.settings()
        plain = PlainRounds(setting, most)
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
        violated |= set(shortest)
        compared += 1
        if compared == settings:
            break
    return violated


def test_a_search_event_by_event_finds_the_same_violations_at_the_same_length() -> None:
    violated = compare_with_a_plain_search(0, settings=18, most=1_000)
    assert violated >= {"agreement", "decided-validity", "view-consistency", "termination"}


def compare_what_is_signed(first_seed: int, settings: int, most: int) -> set[str]:
    """The same for properties of what is signed, in settings of as few views as they need."""
    violated: set[str] = set()
    compared = 0
    for question in questions_in_small_rounds(first_seed):
        asked = replace(question, properties=OF_SIGNED)
        (setting,) = asked.settings()
        plain = PlainRounds(setting, most, remembers_sends=True)
        if not plain.complete:
            continue
        for result in answer(asked).results:
            assert result.steps == plain.shortest.get(result.name), (result.name, asked)
            if result.run is not None:
                violated.add(result.name)
                execution = Execution(result.run)
                for act in result.run.acts:
                    execution.perform(act)
                assert execution.violation(property_named(result.name)) is not None
        compared += 1
        if compared == settings:
            break
    return violated


def test_so_does_one_for_what_is_signed() -> None:
    assert "validity" in compare_what_is_signed(0, settings=8, most=4_000)


@pytest.mark.long
def test_so_does_one_for_what_is_signed_in_many_settings() -> None:
    compare_what_is_signed(30_000, settings=300, most=10_000)


def test_in_rounds_a_proposal_is_heard_before_honest_votes_can_overtake_it() -> None:
    """Without a fault validity breaks in the asynchronous network (tests/core/test_validity.py)."""
    for pattern, steps in (("AABB", None), ("ABA?", 14)):
        question = Question(
            4,
            1,
            network="rounds",
            views=2,
            predictions=parse_patterns(pattern),
            properties=(VALIDITY,),
        )
        assert answer(question).results[0].steps == steps


@pytest.mark.long
def test_a_search_event_by_event_finds_the_same_violations_in_many_settings() -> None:
    compare_with_a_plain_search(20_000, settings=500, most=20_000)


@pytest.mark.long
def test_domination_changes_no_verdict_and_no_length_on_many_settings() -> None:
    """What takes over ten seconds is passed over: a single world can have very many rounds."""
    compared = sum(
        violated_with_domination_and_without(question, Limits(seconds=10)) is not None
        for question in islice(questions_in_small_rounds(10_000), 600)
    )
    assert compared > 500


@pytest.mark.parametrize(("pattern", "decided"), [("AAAA", True), ("AAAB", True), ("AABB", False)])
def test_without_faults_a_pattern_has_one_outcome(pattern: str, decided: bool) -> None:
    """Three of four are a quorum; two of four reject every primary, until the views are over."""
    question = Question(4, 1, network="rounds", predictions=parse_patterns(pattern))
    verdicts = {result.name: result.verdict for result in answer(question).results}
    assert (verdicts.pop("termination") is Verdict.HOLDS) == decided
    assert set(verdicts.values()) == {Verdict.HOLDS}


def test_synchrony_does_not_save_five_nodes_from_a_faulty_primary() -> None:
    """Two quorums of three among five need share nobody but the faulty node, in rounds as well."""
    question = Question(
        5,
        1,
        PAPER,
        network="rounds",
        predictions=parse_patterns("?AABB"),
        properties=(property_named("agreement"),),
        engine="composed",
    )
    (result,) = answer(question).results
    assert result.verdict is Verdict.VIOLATED
    assert result.run is not None
    assert result.run.network == "rounds"
