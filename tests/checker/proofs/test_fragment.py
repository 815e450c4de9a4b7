"""Every query about the invariant is in a fragment that can be decided.

Skolemised, an existential quantifier is a function from the sorts of the universal ones around
it.  If no sort leads back to itself by such functions, there are finitely many terms, so
that finitely many instances decide the query.
"""

import pytest

from checker.proofs import ledger
from checker.proofs.evidence import INDUCTION
from checker.proofs.induction import Induction
from checker.proofs.invariant import SUFFICIENCY, Statement
from checker.proofs.logic import (
    And,
    Formula,
    Iff,
    Not,
    Or,
    Quantified,
    Relation,
    Sort,
    Variable,
    after,
    all_of,
    for_all,
    for_some,
)

Edges = set[tuple[Sort, Sort]]


def functions(formula: Formula, around: frozenset[Sort] = frozenset(), holds: bool = True) -> Edges:
    """From which sorts to which the Skolem functions of ``formula`` lead."""
    match formula:
        case Not(part):
            return functions(part, around, not holds)
        case And(parts) | Or(parts):
            return {edge for part in parts for edge in functions(part, around, holds)}
        case Iff(left, right):
            return {
                edge
                for side in (left, right)
                for way in (True, False)
                for edge in functions(side, around, way)
            }
        case Quantified(universal, variables, body):
            sorts = frozenset(variable.sort for variable in variables)
            if universal == holds:
                return functions(body, around | sorts, holds)
            return {(one, other) for one in around for other in sorts} | functions(
                body, around, holds
            )
        case _:
            return set()


def is_acyclic(edges: Edges) -> bool:
    while edges:
        sources = {source for source, _ in edges}
        left = {(source, target) for source, target in edges if target in sources}
        if left == edges:
            return False
        edges = left
    return True


def test_the_graph_of_functions_is_found() -> None:
    a, b = Sort("A"), Sort("B")
    x, y = Variable("x", a), Variable("y", b)
    related = Relation("related", (a, b))(x, y)
    assert functions(for_all(x)(for_some(y)(related))) == {(a, b)}
    assert functions(~for_some(x)(for_all(y)(related))) == {(a, b)}
    assert functions(for_some(y)(for_all(x)(related))) == set()
    assert is_acyclic({(a, b)})
    assert not is_acyclic({(a, b), (b, a)})
    assert not is_acyclic({(a, a)})


@pytest.mark.parametrize(
    ("induction", "wanted"),
    [
        (INDUCTION, SUFFICIENCY),
        (
            Induction(ledger.TRANSITIONS, ledger.BACKGROUND, ledger.INVARIANT),
            ledger.CONSISTENCY,
        ),
    ],
    ids=["evidence", "ledger"],
)
def test_no_sort_leads_back_to_itself(induction: Induction, wanted: tuple[Statement, ...]) -> None:
    before = induction.background & all_of(conjunct.formula for conjunct in induction.invariant)
    for action in induction.transitions.actions:
        for conjunct in induction.invariant:
            step = before & induction.transitions.step(action) & ~after(conjunct.formula)
            assert is_acyclic(functions(step)), (action.name, conjunct.name)
    for statement in wanted:
        assert is_acyclic(functions(before & ~statement.formula)), statement.name
