"""Everything is proved, and what is false, vacuous or too hard is not."""

from dataclasses import replace

import pytest
import z3

from checker.proofs.evidence import INDUCTION, without_check
from checker.proofs.explorer import correspond, explore
from checker.proofs.facts import FAULTS, NODES
from checker.proofs.queries import Kind, Outcome, Proof, Query, Theorem, worst
from checker.proofs.solver import ask
from checker.proofs.theorems import prove, theorems
from checker.question import pattern_text
from checker.verdict import Verdict

SECONDS = 60.0
EVERY = theorems()
THEOREMS = {theorem.name: theorem for theorem in EVERY}
WITH_QUERIES = [name for name, theorem in THEOREMS.items() if theorem.queries]


@pytest.mark.parametrize("name", WITH_QUERIES)
def test_a_theorem_is_proved(name: str) -> None:
    proof = prove(replace(THEOREMS[name], explorations=()), SECONDS, SECONDS)
    assert [answer for answer in proof.answers if answer.outcome is not Outcome.PROVED] == []
    assert len(proof.answers) == len(THEOREMS[name].queries)


def test_names_are_unique_and_every_question_of_a_theorem_has_its_own() -> None:
    assert len(THEOREMS) == len(EVERY)
    for theorem in EVERY:
        names = [
            *(query.name for query in theorem.queries),
            *(exploration.name for exploration in theorem.explorations),
            *(correspondence.name for correspondence in theorem.correspondences),
        ]
        assert names
        assert len(set(names)) == len(names), theorem.name


def test_what_has_been_answered_is_reported_one_by_one() -> None:
    told: list[int] = []
    theorem = THEOREMS["quorums-meet"]
    prove(theorem, SECONDS, SECONDS, lambda: told.append(1))
    assert len(told) == len(theorem.queries)


def test_every_step_and_conjunct_has_its_query() -> None:
    actions, conjuncts = INDUCTION.transitions.actions, INDUCTION.invariant
    asked = [query.name for query in THEOREMS["inductive-invariant"].queries]
    assert asked == [
        *(f"initiation/{conjunct.name}" for conjunct in conjuncts),
        *(
            f"consecution/{action.name}/{conjunct.name}"
            for action in actions
            for conjunct in conjuncts
        ),
    ]


def query(
    premises: tuple[z3.BoolRef, ...], conclusion: z3.BoolRef, kind: Kind = Kind.VALIDITY
) -> Query:
    return Query("a query", kind, "in words", premises, conclusion)


X, Y, Z = z3.Ints("x y z")
HARD = query((X > 1, Y > 1, Z > 1), X * X * X + Y * Y * Y != Z * Z * Z)


def test_a_false_statement_is_refuted_with_a_counter_model() -> None:
    shown = replace(query((X > 1,), X > 2), describe=lambda model: f"x = {model[X]}")
    answer = ask(shown, SECONDS)
    assert (answer.outcome, answer.shown) == (Outcome.REFUTED, "x = 2")
    assert answer.reason == "there is a counter-model"


def test_a_vacuous_statement_is_refuted() -> None:
    for vacuous in (
        query((X > 1, X < 1), X == 7),
        replace(query((X > 1,), X > 0), witness=(X < 0,)),
    ):
        answer = ask(vacuous, SECONDS)
        assert answer.outcome is Outcome.REFUTED
        assert answer.reason == "it is vacuous: its premises never occur"


def test_a_counter_model_that_does_not_exist_is_refuted() -> None:
    answer = ask(query((X > 1,), X > 0, Kind.COUNTER_MODEL), SECONDS)
    assert answer.outcome is Outcome.REFUTED
    assert answer.reason == "there is no counter-model"


@pytest.mark.parametrize("kind", [Kind.VALIDITY, Kind.COUNTER_MODEL])
def test_what_z3_does_not_decide_in_time_is_undetermined_and_never_proved(kind: Kind) -> None:
    answer = ask(replace(HARD, kind=kind), 0.2)
    assert answer.outcome is Outcome.UNDETERMINED
    assert answer.reason is not None
    assert answer.reason.startswith("z3 does not know: ")


def test_a_statement_of_which_z3_cannot_tell_whether_it_is_vacuous_is_undetermined() -> None:
    hard_to_find = X * X * X + Y * Y * Y + Z * Z * Z == 114
    answer = ask(replace(query((), z3.BoolVal(True)), witness=(hard_to_find,)), 0.2)
    assert answer.outcome is Outcome.UNDETERMINED


def test_the_worst_outcome_of_a_theorem_counts() -> None:
    proved, refuted, open_ = Outcome.PROVED, Outcome.REFUTED, Outcome.UNDETERMINED
    assert worst([proved, open_, refuted]) is refuted
    assert worst([proved, open_]) is open_
    assert worst([proved, proved]) is proved
    answers = tuple(ask(each, 0.2) for each in (query((), X == X), HARD))
    theorem = Theorem("a theorem", "a section", "in words", "a bound", (HARD,))
    assert Proof(theorem, answers).outcome is open_


def test_without_its_check_a_step_is_not_proved_to_keep_the_invariant() -> None:
    missing = without_check("commit", "same-ballot")
    assert ask(missing, SECONDS).outcome is Outcome.PROVED
    assert ask(replace(missing, kind=Kind.VALIDITY), SECONDS).outcome is Outcome.REFUTED


def test_counter_models_have_the_least_numbers() -> None:
    shown = {
        theorem.name: answer.shown
        for theorem in (THEOREMS["quorums-meet"], THEOREMS["honest-quorum"])
        for answer in prove(theorem, SECONDS, SECONDS).answers
        if answer.kind is Kind.COUNTER_MODEL
    }
    assert shown == {
        "quorums-meet": "N=5, f=1: quorums {0, 1, 2} and {0, 3, 4}, faulty {0}",
        "honest-quorum": "N=3, f=1, quorum=3",
    }
    least = replace(
        query((NODES * 3 > 10, FAULTS > NODES), z3.BoolVal(False), Kind.COUNTER_MODEL),
        least=(NODES, FAULTS),
        describe=lambda model: f"{model[NODES]} {model[FAULTS]}",
    )
    assert ask(least, SECONDS).shown == "4 5"


def test_the_published_quorum_fails_as_a_run_where_it_fails_as_a_proof() -> None:
    """The run's pattern is that of the counter-model: each quorum has a label of its own."""
    parts = THEOREMS["paper-quorum-parts"]
    proof = prove(parts, SECONDS, SECONDS)
    assert proof.outcome is Outcome.PROVED
    shown = {answer.name: answer.shown for answer in proof.answers}
    assert shown["least"] == "N=5, f=1: quorums {0, 1, 2} and {0, 3, 4}, faulty {0}"
    run = next(each for each in parts.explorations if each.name == "run")
    assert run.question.predictions is not None
    assert pattern_text(run.question.predictions[0]) == "?AABB"
    assert shown["run"] == "agreement violated in 20 steps with predictions ?AABB"
    assert shown["run-without-fault"] == "agreement violated in 3 steps with predictions AB"
    assert shown["repaired"] == "agreement holds with predictions ?AABB"


def test_an_exploration_that_finds_otherwise_refutes_and_one_that_is_cut_short_does_not() -> None:
    larger, run, _ = THEOREMS["paper-quorum-parts"].explorations
    otherwise = explore(replace(run, expected=Verdict.HOLDS), SECONDS)
    assert otherwise.outcome is Outcome.REFUTED
    assert otherwise.reason == "expected was that it holds"
    assert explore(larger, 0.001).outcome is Outcome.UNDETERMINED


def test_a_correspondence_that_is_cut_short_is_undetermined() -> None:
    two_nodes = THEOREMS["core-keeps-to-relation"].correspondences[0]
    assert correspond(two_nodes, 0.001).outcome is Outcome.UNDETERMINED


def test_a_correspondence_with_a_protocol_that_does_not_keep_to_the_relation_is_refuted() -> None:
    two_nodes = THEOREMS["core-keeps-to-relation"].correspondences[0]
    readings = replace(two_nodes.question.readings, lock="none")
    question = replace(two_nodes.question, readings=readings)
    answer = correspond(replace(two_nodes, question=question), SECONDS)
    assert answer.outcome is Outcome.REFUTED
    assert answer.reason is not None
    assert answer.reason.startswith("a step is not admitted: prepared")
