"""Formulas mean the same to z3 and to the evaluation on finite structures."""

from itertools import product
from random import Random

import pytest
import z3

from checker.proofs.logic import (
    And,
    Equal,
    Formula,
    Holds,
    Iff,
    Not,
    Or,
    Quantified,
    Relation,
    Sort,
    Variable,
    after,
    at_most,
    for_all,
    for_some,
)
from checker.proofs.solver import translate
from checker.proofs.structures import Structure, evaluate

PERSON, PLACE = Sort("Person"), Sort("Place")
KNOWS = Relation("knows", (PERSON, PERSON))
LIVES = Relation("lives", (PERSON, PLACE))
BIG = Relation("big", (PLACE,), fixed=True)
RELATIONS = (KNOWS, LIVES, BIG)
CONSTANTS = {PERSON: Variable("somebody", PERSON), PLACE: Variable("somewhere", PLACE)}


def random_formula(random: Random, bound: tuple[Variable, ...], depth: int) -> Formula:
    if depth == 0 or random.random() < 0.2:
        if random.random() < 0.2:
            sort = random.choice((PERSON, PLACE))
            of_sort = [v for v in (*bound, CONSTANTS[sort]) if v.sort == sort]
            return Equal(random.choice(of_sort), random.choice(of_sort))
        relation = random.choice(RELATIONS)
        terms = tuple(
            random.choice([v for v in (*bound, CONSTANTS[sort]) if v.sort == sort])
            for sort in relation.sorts
        )
        return Holds(relation, terms, after=random.random() < 0.5 and not relation.fixed)
    kind = random.randrange(5)
    if kind == 0:
        return Not(random_formula(random, bound, depth - 1))
    if kind == 1:
        variable = Variable(f"x{len(bound)}", random.choice((PERSON, PLACE)))
        body = random_formula(random, (*bound, variable), depth - 1)
        return Quantified(random.random() < 0.5, (variable,), body)
    parts = tuple(random_formula(random, bound, depth - 1) for _ in range(2))
    return And(parts) if kind == 2 else Or(parts) if kind == 3 else Iff(*parts)


def random_structure(random: Random) -> Structure:
    universe = {
        sort: tuple(f"{sort.name}{number}" for number in range(random.randint(1, 3)))
        for sort in (PERSON, PLACE)
    }
    rows = {
        relation: frozenset(
            row
            for row in product(*(universe[sort] for sort in relation.sorts))
            if random.random() < 0.5
        )
        for relation in RELATIONS
    }
    return Structure(universe, rows)


def described(before: Structure, later: Structure) -> list[z3.BoolRef]:
    """The two states as constraints: which things there are, and which rows."""
    constraints = []
    for sort, things in before.universe.items():
        names = [z3.Const(str(thing), z3.DeclareSort(sort.name)) for thing in things]
        anything = z3.Const("anything", z3.DeclareSort(sort.name))
        constraints.append(z3.ForAll([anything], z3.Or([anything == name for name in names])))
        constraints.append(z3.Distinct(*names))
    for state, primed in ((before, False), (later, True)):
        for relation in RELATIONS:
            for row in product(*(state.universe[sort] for sort in relation.sorts)):
                terms = tuple(
                    Variable(str(thing), sort)
                    for thing, sort in zip(row, relation.sorts, strict=True)
                )
                atom = Holds(relation, terms, after=primed and not relation.fixed)
                constraints.append(translate(atom if row in state.of(relation) else Not(atom)))
    return constraints


def test_random_formulas_are_true_of_random_structures_as_z3_says() -> None:
    random = Random(0)
    seen = set()
    for _ in range(150):
        before = random_structure(random)
        rows = {
            relation: frozenset(
                row
                for row in product(*(before.universe[sort] for sort in relation.sorts))
                if random.random() < 0.5
            )
            for relation in (KNOWS, LIVES)
        }
        later = Structure(before.universe, {**rows, BIG: before.of(BIG)})
        formula = random_formula(random, (), 4)
        given = {
            constant: random.choice(before.universe[sort]) for sort, constant in CONSTANTS.items()
        }
        solver = z3.Solver()
        solver.add(*described(before, later), translate(formula))
        for constant, thing in given.items():
            solver.add(translate(Equal(constant, Variable(str(thing), constant.sort))))
        truth = evaluate(formula, before, later, given)
        assert (solver.check() == z3.sat) == truth, formula
        seen.add(truth)
    assert seen == {True, False}


def test_a_formula_can_be_marked_for_the_state_after_and_read() -> None:
    x, y = Variable("x", PERSON), Variable("y", PLACE)
    formula = for_all(x)(for_some(y)(LIVES(x, y) & ~BIG(y)))
    assert str(formula) == "for all x: (for some y: (lives(x, y) and not big(y)))"
    assert str(after(formula)) == "for all x: (for some y: (lives'(x, y) and not big(y)))"


def test_a_relation_takes_things_of_its_sorts_only() -> None:
    with pytest.raises(TypeError, match=r"lives relates \(Person, Place\), not \(Person\)"):
        LIVES(CONSTANTS[PERSON])


def test_a_constant_must_stand_for_something() -> None:
    state = random_structure(Random(1))
    with pytest.raises(KeyError):
        evaluate(BIG(CONSTANTS[PLACE]), state, state, {})


@pytest.mark.parametrize(("people", "holds"), [(1, True), (2, True), (3, False)])
def test_at_most_counts_the_things_of_a_sort(people: int, holds: bool) -> None:
    state = Structure({PERSON: tuple(range(people))}, {})
    assert evaluate(at_most(2, PERSON), state, state, {}) is holds
