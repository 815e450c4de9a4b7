"""Composed views as an engine of the checker: questions, sweeps, and what they say at N=7."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from random_questions import questions_in_small_rounds

from checker.question import Question, QuestionError, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import Answer, Verdict
from checker.views.conditions import obstacle
from poqi_core.properties import property_named
from poqi_core.readings import PAPER
from poqi_core.run import Execution, Run

INCONSISTENT = {"view-consistency", "reward-consistency"}


def violated(answered: Answer) -> set[str]:
    assert answered.exhausted is None
    return {result.name for result in answered.results if result.verdict is Verdict.VIOLATED}


def assert_violates(run: Run, name: str) -> None:
    """It happens on the core, and violates the property at its last act; or at its end."""
    execution, entry = Execution(run), property_named(name)
    for act in run.acts:
        assert entry.when_stuck or execution.violation(entry) is None
        execution.perform(act)
    assert execution.violation(entry) is not None
    assert not entry.when_stuck or next(execution.honest_steps(), None) is None


def composed(nodes: int, faults: int, pattern: str | None = None) -> Question:
    predictions = None if pattern is None else parse_patterns(pattern)
    return Question(nodes, faults, engine="composed", predictions=predictions)


def test_two_quorums_of_three_among_seven_need_not_meet() -> None:
    assert "agreement" in violated(answer(composed(7, 1, "?AABBCC")))


def test_two_quorums_of_five_among_seven_meet_but_a_rejection_can_pass_a_decision() -> None:
    assert violated(answer(composed(7, 2, "??AAABB"))) == INCONSISTENT | {"termination"}


def test_where_a_quorum_is_everybody_nobody_rejects_what_another_decides() -> None:
    assert violated(answer(composed(7, 3, "?A?AA?A"))) == {"termination"}


def test_ten_and_thirteen_nodes_are_exhausted_up_to_a_conflict() -> None:
    for nodes, faults, pattern in ((10, 3, "???AAAAABB"), (13, 4, "????AAAAABBBB")):
        answered = answer(composed(nodes, faults, pattern))
        assert violated(answered) == INCONSISTENT | {"termination"}


def test_the_verdicts_of_a_sweep_are_those_of_the_reduced_engine() -> None:
    question = replace(composed(4, 1), byzantine=(0,), views=2, properties=())
    reduced = answer(replace(question, engine="reduced", properties=question.properties))
    for mine, theirs in zip(answer(question).results, reduced.results, strict=True):
        assert (mine.name, mine.verdict) == (theirs.name, theirs.verdict)
        if mine.steps is not None and theirs.steps is not None:
            assert mine.steps >= theirs.steps
            assert theirs.shortest
            assert not mine.shortest


def test_a_run_that_was_found_in_composed_form_violates_its_property_on_the_core() -> None:
    for result in answer(composed(7, 1, "?AABBCC")).results:
        if result.run is not None:
            assert_violates(result.run, result.name)


def test_one_worker_and_two_give_the_same_answer() -> None:
    question = composed(5, 1)
    one, two = (answer(question, Limits(workers=workers)) for workers in (1, 2))
    assert one.results == two.results
    assert (one.states, one.transitions) == (two.states, two.transitions)


def test_from_six_nodes_on_the_reduced_engine_composes_what_it_can() -> None:
    names = ("agreement", "termination")
    question = Question(
        7,
        2,
        predictions=parse_patterns("?AAAA?B"),
        properties=tuple(property_named(name) for name in names),
    )
    agreement, termination = answer(question).results
    assert agreement.verdict is Verdict.HOLDS
    assert termination.verdict is Verdict.VIOLATED
    assert not termination.shortest


def test_seven_nodes_that_all_tell_the_truth_decide_where_enough_agree() -> None:
    """Six of seven do; with four of them and no fault nobody can commit, and nobody rejects."""
    termination = (property_named("termination"),)
    for network in ("asynchronous", "rounds"):
        for pattern, verdict in (("AAAAAAB", Verdict.HOLDS), ("AAAABBB", Verdict.VIOLATED)):
            asked = replace(composed(7, 2, pattern), network=network, properties=termination)
            (result,) = answer(asked).results
            assert result.verdict is verdict
            if result.run is not None:
                assert_violates(result.run, "termination")


def test_with_a_second_sample_four_nodes_no_longer_agree() -> None:
    """A conflict sample falls by the labels that each node has heard from the primaries."""
    patterns = parse_patterns("?AAB,?ABB")
    answered = answer(Question(4, 1, engine="composed", samples=2, predictions=patterns))
    assert violated(answered) >= {"agreement", "total-order", "decided-validity"}
    verdicts = {result.name: result.verdict for result in answered.results}
    assert verdicts["integrity"] is Verdict.HOLDS
    for result in answered.results:
        if result.run is not None:
            assert_violates(result.run, result.name)


def test_four_nodes_have_their_second_sample_sifted_by_composed_views() -> None:
    """What holds is answered by them; what breaks is shown by a shortest run of the flat engine."""
    asked = tuple(property_named(name) for name in ("view-consistency", "integrity"))
    question = Question(4, 1, samples=2, predictions=parse_patterns("?AAB,?ABB"), properties=asked)
    consistency, integrity = answer(question).results
    assert consistency.verdict is Verdict.VIOLATED
    assert consistency.shortest
    assert consistency.steps == 18
    assert integrity.verdict is Verdict.HOLDS
    assert not integrity.vacuous


def test_in_rounds_what_asynchronous_messages_cannot_violate_holds() -> None:
    question = replace(composed(7, 3, "?A?AA?B"), network="rounds")
    assert violated(answer(question)) == {"termination"}


def test_in_rounds_a_violation_is_a_run_of_rounds() -> None:
    answered = answer(replace(composed(7, 2, "??AAABB"), network="rounds"))
    assert violated(answered) == INCONSISTENT | {"termination"}
    for result in answered.results:
        if result.run is not None:
            assert result.run.network == "rounds"
            assert_violates(result.run, result.name)


def test_in_rounds_composed_views_never_contradict_the_engine_for_rounds() -> None:
    """They leave open what only asynchronous messages are known to violate."""
    known: Counter[Verdict] = Counter()
    questions = (
        replace(question, samples=1, predictions=(question.predictions or ())[:1])
        for question in questions_in_small_rounds(0)
    )
    closed = (question for question in questions if obstacle(question) is None)
    for question in islice(closed, 12):
        inside = replace(question, network="rounds", engine="composed", properties=())
        flat = answer(replace(inside, engine="reduced", properties=inside.properties))
        for mine, theirs in zip(answer(inside).results, flat.results, strict=True):
            known[mine.verdict] += 1
            if mine.verdict is not Verdict.UNDETERMINED:
                assert mine.verdict is theirs.verdict, (mine.name, question)
    assert known[Verdict.HOLDS] > known[Verdict.UNDETERMINED]


def test_a_budget_of_states_leaves_a_verdict_undetermined() -> None:
    answered = answer(composed(7, 2, "??AAABB"), Limits(states=3))
    verdicts = {result.name: result.verdict for result in answered.results}
    assert verdicts["agreement"] is Verdict.UNDETERMINED


def test_what_composed_views_cannot_answer_is_refused_by_name() -> None:
    termination = (property_named("termination"),)
    with pytest.raises(QuestionError, match="cannot answer termination"):
        Question(4, 1, engine="composed", properties=termination, views=2)
    with pytest.raises(QuestionError, match="cannot answer termination"):
        Question(4, 1, engine="composed", properties=termination, samples=2)
    told = replace(PAPER, expert_label="told")
    with pytest.raises(QuestionError, match="expert_label=told"):
        Question(4, 1, told, engine="composed", samples=2)
    with pytest.raises(QuestionError, match="leave out --views"):
        Question(4, 1, engine="composed", samples=2, views=2)
    readings = replace(PAPER, reward_when="not_rejected")
    consistency = property_named("reward-consistency")
    with pytest.raises(QuestionError, match="cannot answer reward-consistency"):
        Question(4, 1, readings, engine="composed", properties=(consistency,))
