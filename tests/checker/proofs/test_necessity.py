"""Nothing in the proof of agreement can be left out, and z3's reasons for it are sound.

Each counter-model is read back from z3 and evaluated without z3: it has to be a state of the
invariant from which a step breaks it, or in which the conclusion fails.
"""

import pytest
import z3

from checker.proofs.agreement import BELOW, HONEST, MEMBER, TRANSITIONS, VALID
from checker.proofs.evidence import (
    BACKGROUND,
    NECESSARY_CHECKS,
    NECESSARY_CONJUNCTS,
    without_check,
    without_conjunct,
)
from checker.proofs.invariant import INVARIANT, SUFFICIENCY
from checker.proofs.logic import Formula, after, all_of, for_some
from checker.proofs.queries import Query
from checker.proofs.solver import structure_of
from checker.proofs.structures import Structure, evaluate

RELATIONS = (HONEST, MEMBER, BELOW, VALID, *TRANSITIONS.relations)
STATEMENTS = {statement.name: statement for statement in (*INVARIANT, *SUFFICIENCY)}


def counter_model(query: Query) -> tuple[Structure, Structure]:
    solver = z3.Solver()
    solver.add(*query.premises, z3.Not(query.conclusion))
    assert solver.check() == z3.sat
    model = solver.model()
    return structure_of(model, RELATIONS), structure_of(model, RELATIONS, after=True)


def test_every_check_and_every_conjunct_is_covered() -> None:
    assert set(NECESSARY_CHECKS) == {
        (action.name, check.name) for action in TRANSITIONS.actions for check in action.checks
    }
    assert list(NECESSARY_CONJUNCTS) == [conjunct.name for conjunct in INVARIANT]


def true(formula: Formula, before: Structure, later: Structure) -> bool:
    return evaluate(formula, before, later, {})


@pytest.mark.parametrize(("action", "check"), NECESSARY_CHECKS)
def test_without_a_check_a_step_breaks_the_invariant(action: str, check: str) -> None:
    before, later = counter_model(without_check(action, check))
    weaker = TRANSITIONS.action(action).without(check)
    step = for_some(*weaker.parameters)(TRANSITIONS.step(weaker))
    strict = TRANSITIONS.action(action)
    assert true(BACKGROUND, before, later)
    assert true(all_of(conjunct.formula for conjunct in INVARIANT), before, later)
    assert true(step, before, later)
    assert not true(for_some(*strict.parameters)(TRANSITIONS.step(strict)), before, later)
    broken = STATEMENTS[NECESSARY_CHECKS[action, check]]
    assert not true(after(broken.formula), before, later)


@pytest.mark.parametrize("dropped", NECESSARY_CONJUNCTS)
def test_without_a_conjunct_the_rest_is_not_enough(dropped: str) -> None:
    before, later = counter_model(without_conjunct(dropped))
    assert true(BACKGROUND, before, later)
    for conjunct in INVARIANT:
        if conjunct.name != dropped:
            assert true(conjunct.formula, before, later)
    action, slash, failing = NECESSARY_CONJUNCTS[dropped].partition("/")
    # With the conjunct the counter-model would be none, so it is broken before the step.
    assert not true(STATEMENTS[dropped].formula, before, later)
    if slash:
        taken = TRANSITIONS.action(action)
        assert true(for_some(*taken.parameters)(TRANSITIONS.step(taken)), before, later)
        assert not true(after(STATEMENTS[failing].formula), before, later)
    else:
        assert not true(STATEMENTS[action].formula, before, later)


def test_an_action_can_only_be_spared_a_check_that_it_makes() -> None:
    with pytest.raises(KeyError):
        TRANSITIONS.action("commit").without("prepare-once")
