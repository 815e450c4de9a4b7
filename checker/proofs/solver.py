"""The one place that runs z3: formulas in, answers out."""

import time
from collections.abc import Iterator

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
)
from checker.proofs.queries import Answer, Kind, Outcome, Query
from checker.proofs.structures import Row, Structure


def _sort(sort: Sort) -> z3.SortRef:
    return z3.DeclareSort(sort.name)


def _constant(variable: Variable) -> z3.ExprRef:
    return z3.Const(variable.name, _sort(variable.sort))


def _function(relation: Relation, after: bool) -> z3.FuncDeclRef:
    name = f"{relation.name}_after" if after else relation.name
    return z3.Function(name, *map(_sort, relation.sorts), z3.BoolSort())


def translate(formula: Formula) -> z3.BoolRef:
    """The formula as z3 takes it; ``R_after`` is ``R`` after the transition."""
    match formula:
        case Holds(relation, terms, after):
            return _function(relation, after)(*map(_constant, terms))
        case Equal(left, right):
            return _constant(left) == _constant(right)
        case Not(part):
            return z3.Not(translate(part))
        case And(parts):
            return z3.And(*map(translate, parts)) if parts else z3.BoolVal(True)
        case Or(parts):
            return z3.Or(*map(translate, parts)) if parts else z3.BoolVal(False)
        case Iff(left, right):
            return translate(left) == translate(right)
        case Quantified(universal, variables, body):
            quantify = z3.ForAll if universal else z3.Exists
            return quantify(list(map(_constant, variables)), translate(body))
    raise TypeError(f"{formula!r} is no formula")


def structure_of(
    model: z3.ModelRef, relations: tuple[Relation, ...], *, after: bool = False
) -> Structure:
    """The state that ``model`` describes, before the transition or after it.

    Things are named by their sort and a number, such as ``node 0``.
    """
    named: dict[z3.ExprRef, str] = {}
    universe: dict[Sort, tuple[str, ...]] = {}
    for sort in dict.fromkeys(sort for relation in relations for sort in relation.sorts):
        elements = model.get_universe(_sort(sort)) or [z3.Const("any", _sort(sort))]
        names = [f"{sort.name.lower()} {number}" for number in range(len(elements))]
        named.update(zip(elements, names, strict=True))
        universe[sort] = tuple(names)
    rows: dict[Relation, frozenset[Row]] = {}
    for relation in relations:
        function = _function(relation, after and not relation.fixed)
        things: list[list[z3.ExprRef]] = [[]]
        for sort in relation.sorts:
            ofsort = [thing for thing, name in named.items() if name in universe[sort]]
            things = [[*row, thing] for row in things for thing in ofsort]
        rows[relation] = frozenset(
            tuple(named[thing] for thing in row)
            for row in things
            if z3.is_true(model.eval(function(*row), model_completion=True))
        )
    return Structure(universe, rows)


class _Asked:
    """A question on its way to an answer."""

    def __init__(self, query: Query, seconds: float) -> None:
        self._query = query
        self._seconds = seconds
        self._started = time.monotonic()

    def answer(self) -> Answer:
        query = self._query
        found, solver = self._check(*query.premises, z3.Not(query.conclusion))
        if found == "unknown":
            return self._unknown(f"z3 does not know: {solver.reason_unknown()}")
        if query.kind is Kind.COUNTER_MODEL:
            if found == "unsat":
                return self._said(Outcome.REFUTED, reason="there is no counter-model")
            model = self._least(solver)
            if model is None:
                return self._unknown("z3 does not know the least counter-model")
            return self._said(Outcome.PROVED, self._describe(model))
        if found == "sat":
            shown = self._describe(solver.model())
            return self._said(Outcome.REFUTED, shown, "there is a counter-model")
        found, solver = self._check(*query.premises, *query.witness)
        if found == "unknown":
            reason = solver.reason_unknown()
            return self._unknown(f"z3 does not know whether it is vacuous: {reason}")
        if found == "unsat":
            return self._said(Outcome.REFUTED, reason="it is vacuous: its premises never occur")
        return self._said(Outcome.PROVED)

    def _check(self, *constraints: z3.BoolRef) -> tuple[str, z3.Solver]:
        solver = z3.Solver()
        solver.set("timeout", max(1, int(1000 * self._seconds)))
        solver.add(*constraints)
        return str(solver.check()), solver

    def _said(
        self, outcome: Outcome, shown: str | None = None, reason: str | None = None
    ) -> Answer:
        query, seconds = self._query, time.monotonic() - self._started
        return Answer(query.name, query.kind, query.english, outcome, seconds, shown, reason)

    def _unknown(self, reason: str) -> Answer:
        return self._said(Outcome.UNDETERMINED, reason=reason)

    def _describe(self, model: z3.ModelRef) -> str | None:
        describe = self._query.describe
        return None if describe is None else describe(model)

    def _least(self, solver: z3.Solver) -> z3.ModelRef | None:
        """A model in which the integers to be least are so; None if z3 does not know."""
        model = solver.model()
        for integer in self._query.least:
            while True:
                least = model.eval(integer, model_completion=True)
                solver.push()
                solver.add(integer < least)
                found = str(solver.check())
                if found == "sat":
                    model = solver.model()
                solver.pop()
                if found == "unknown":
                    return None
                if found == "unsat":
                    solver.add(integer == least)
                    break
        return model


def as_smt_lib(query: Query) -> Iterator[tuple[str, str]]:
    """The checks behind ``query`` in SMT-LIB, for any solver: what each is, and its text.

    Each says in ``(set-info :status ...)`` what the answer has to be.
    """
    negated = z3.Not(query.conclusion)
    if query.kind is Kind.COUNTER_MODEL:
        yield "counter-model", _smt_lib(query, "sat", negated)
    else:
        yield "validity", _smt_lib(query, "unsat", negated)
        yield "not-vacuous", _smt_lib(query, "sat", *query.witness)


def _smt_lib(query: Query, status: str, *constraints: z3.BoolRef) -> str:
    solver = z3.Solver()
    solver.add(*query.premises, *constraints)
    head, _, rest = str(solver.to_smt2()).partition("(set-info :status unknown)")
    assert rest, f"z3 writes {head!r}"
    return f"; {query.english}\n(set-logic ALL)\n(set-info :status {status}){rest}"


def ask(query: Query, seconds: float) -> Answer:
    """Ask z3, for at most ``seconds`` a call: first the query, then whether it is vacuous."""
    return _Asked(query, seconds).answer()
