"""A whole answer: several workers, budgets that run out, Ctrl-C, and what is always the same."""

import multiprocessing
from collections.abc import Mapping
from dataclasses import replace

import pytest

from checker.board import Board, Line, note
from checker.checkpoint.log import Log
from checker.composition import Composition
from checker.exploration import Budget, Resource
from checker.passes import SettingResult, answer_setting
from checker.question import Question, parse_patterns
from checker.setting import Setting
from checker.sweep import CheckerError, Limits, Progress, answer
from checker.verdict import Answer, Verdict
from poqi_core.properties import property_named
from poqi_core.readings import PAPER
from poqi_core.run import execute

FORGED = Question(
    4,
    1,
    replace(PAPER, check_final="no"),
    predictions=parse_patterns("?AAB"),
    views=1,
    properties=(property_named("decided-validity"),),
)
"""A faulty primary gets a final decision committed that nobody predicted."""

SWEPT = Question(3, 1, replace(PAPER, check_final="no"), views=1)
"""Three placements of the faulty node, and two patterns of the two others."""


def timeless(found: Answer) -> Answer:
    return replace(found, seconds=0)


def test_one_worker_and_two_give_the_same_answer() -> None:
    one, two = (answer(SWEPT, Limits(workers=workers)) for workers in (1, 2))
    assert timeless(one) == timeless(two)
    assert one.finished == one.settings == 6
    assert {result.verdict for result in one.results} == {Verdict.HOLDS, Verdict.VIOLATED}


def test_the_same_question_gets_the_same_answer_and_run() -> None:
    first, second = answer(FORGED), answer(FORGED)
    assert timeless(first) == timeless(second)
    assert first.results[0].run is not None


def test_a_counterexample_runs_on_the_core_to_its_violation() -> None:
    (result,) = answer(FORGED).results
    assert result.run is not None
    assert result.verdict is Verdict.VIOLATED
    assert result.predictions == ("?AAB",)
    assert result.byzantine == (0,)
    records = {moment.act.node: moment.record for moment in execute(result.run)}
    assert any(
        entry.label not in result.run.predicted[0].values()
        for record in records.values()
        for entry in record.history
    )


def test_the_counterexample_of_a_sweep_is_the_shortest_of_its_settings() -> None:
    swept = answer(SWEPT)
    alone = [answer(replace(SWEPT, predictions=setting.predicted)) for setting in SWEPT.settings()]
    for place, result in enumerate(swept.results):
        steps = [found.results[place].steps for found in alone]
        known = [number for number in steps if number is not None]
        assert result.steps == (min(known) if known else None)


def test_a_budget_of_states_that_runs_out_leaves_a_property_undetermined() -> None:
    question = Question(4, 1, predictions=parse_patterns("A?AB"))
    for engine in "reduced", "full":
        found = answer(replace(question, engine=engine), Limits(states=3))
        assert found.exhausted is Resource.STATES
        assert found.finished < found.settings
        undetermined = [r.name for r in found.results if r.verdict is Verdict.UNDETERMINED]
        assert "agreement" in undetermined
        assert all(r.vacuous or r.verdict is not Verdict.HOLDS for r in found.results)


def test_a_budget_of_time_that_runs_out_leaves_a_property_undetermined() -> None:
    question = Question(4, 1, properties=(property_named("agreement"),))
    for workers in 1, 2:
        found = answer(question, Limits(seconds=1e-6, workers=workers))
        assert found.verdict is Verdict.UNDETERMINED
        assert found.exhausted is Resource.SECONDS


def test_a_budget_of_memory_that_runs_out_leaves_a_property_undetermined() -> None:
    question = Question(4, 1, properties=(property_named("agreement"),))
    found = answer(question, Limits(mebibytes=1))
    assert found.verdict is Verdict.UNDETERMINED
    assert found.exhausted is Resource.MEMORY


def test_a_budget_that_suffices_changes_nothing() -> None:
    unbounded = answer(SWEPT)
    bounded = answer(SWEPT, Limits(seconds=3_600, states=10_000_000, mebibytes=1_000_000))
    assert timeless(unbounded) == timeless(bounded)


def test_ctrl_c_ends_the_exploration_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    settled = 0

    def interrupted(progress: Progress) -> None:
        nonlocal settled
        settled = max(settled, progress.done)
        if progress.done == 2:
            raise KeyboardInterrupt

    found = answer(SWEPT, Limits(), interrupted)
    assert settled == 2
    assert found.exhausted is Resource.PATIENCE
    assert found.finished == 2
    assert found.verdict in (Verdict.VIOLATED, Verdict.UNDETERMINED)
    assert all(result.verdict is not Verdict.HOLDS for result in found.results)


def test_progress_counts_up_to_all_settings() -> None:
    reports: list[Progress] = []
    found = answer(SWEPT, Limits(), reports.append)
    assert [report.done for report in reports] == sorted(report.done for report in reports)
    assert reports[-1].done == reports[-1].settings == found.settings


@pytest.mark.parametrize("engine", ["full", "reduced"])
def test_progress_tells_where_the_search_is(engine: str) -> None:
    question = replace(SWEPT, engine=engine)
    reports: list[Progress] = []
    found = answer(question, Limits(workers=1), reports.append)
    assert max(report.states for report in reports) == reports[-1].states == found.states
    assert any(report.depth > 3 and report.frontier > 1 for report in reports)
    assert all(report.frontier <= report.states for report in reports)
    assert all(report.kibibytes > 1_000 for report in reports)


def test_workers_note_where_they_are_on_a_board_that_all_can_read() -> None:
    board = Board(3)
    context = multiprocessing.get_context("fork")
    written = [Line(10, 3, 7, 100), Line(5, 9, 2, 50)]

    def work(line: Line) -> None:
        board.take_line()
        note(line)

    workers = [context.Process(target=work, args=(line,)) for line in written]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert board.read() == Line(15, 9, 9, 150)
    note(Line(1, 1, 1, 1))
    assert board.read() == Line(15, 9, 9, 150), "a process without a line writes nothing"


def test_a_property_whose_premise_never_occurs_holds_vacuously() -> None:
    unanimity = (property_named("unanimity"),)
    split = Question(3, 0, predictions=parse_patterns("AAB"), properties=unanimity)
    united = replace(split, predictions=parse_patterns("AAA"))
    assert [(r.verdict, r.vacuous) for r in answer(split).results] == [(Verdict.HOLDS, True)]
    assert [(r.verdict, r.vacuous) for r in answer(united).results] == [(Verdict.HOLDS, False)]


def test_a_counterexample_that_does_not_replay_is_a_bug_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def beheaded(
        question: Question,
        setting: Setting,
        budget: Budget,
        limits: Mapping[str, int],
        composition: Composition,
        log: Log | None,
    ) -> SettingResult:
        result = answer_setting(question, setting, budget, limits, composition, log)
        runs = {name: replace(run, acts=run.acts[1:]) for name, run in result.runs.items()}
        return replace(result, runs=runs)

    monkeypatch.setattr("checker.sweep.answer_setting", beheaded)
    with pytest.raises(CheckerError, match="decided-validity"):
        answer(FORGED)


def test_a_budget_of_time_ends_even_the_longest_round() -> None:
    """Without domination a round of this setting is a product of tens of thousands."""
    question = Question(
        4, 1, network="rounds", engine="full", predictions=parse_patterns("?AAB"), views=2
    )
    found = answer(question, Limits(seconds=1.0))
    assert found.exhausted is Resource.SECONDS
    assert found.finished == 0
    assert found.seconds < 10
