"""From sample to sample the running protocol does what the relation about ledgers says.

A ledger is the view and the rewards with which a node begins a sample.  The formulas that z3
was given are evaluated on what honest nodes of deep runs did.
"""

from fractions import Fraction
from random import Random
from typing import NamedTuple, TypeVar

from deep_runs import DeepRuns, setting, signed_by

from checker.proofs.agreement import NODE, VALUE
from checker.proofs.ledger import (
    AGREED,
    BACKGROUND,
    BEGUN,
    COMPUTES,
    CONSISTENCY,
    EARLIER,
    FIRST,
    INITIAL,
    INVARIANT,
    LEDGER,
    NEXT,
    OUTCOME,
    PASSED,
    RECORDED,
    SAMPLE,
    TRANSITIONS,
    TRUE,
)
from checker.proofs.logic import Relation, for_some
from checker.proofs.structures import Compiled, Row, Structure, evaluate
from checker.setting import Setting
from poqi_core.judgement import judge
from poqi_core.messages import DecisionProof, Evidence
from poqi_core.outputs import Decided, Undecided
from poqi_core.prediction import Label

ADVANCE = Compiled(
    for_some(*TRANSITIONS.action("advance").parameters)(
        TRANSITIONS.step(TRANSITIONS.action("advance"))
    )
)


class Ledger(NamedTuple):
    view: int
    rewards: tuple[Fraction, ...]


class Books:
    """What the honest nodes of a run have begun and recorded."""

    def __init__(self, where: Setting) -> None:
        self.where = where
        self.samples = tuple(range(len(where.predicted) + 1))
        first = Ledger(0, (Fraction(1),) * where.config.nodes)
        self.ledgers: list[Ledger] = [first]
        self.outcomes: list[Label | None] = []
        self.evidence: list[Evidence] = []
        self.agreed: set[tuple[int, int]] = set()
        self.rows: dict[Relation, set[Row]] = {
            BEGUN: {(node, 0, 0) for node in where.honest},
            RECORDED: set(),
            PASSED: set(),
        }

    def structure(self) -> Structure:
        computes, true = set(), {(0, 0)}
        for sample, value in sorted(self.agreed):
            for number, ledger in enumerate(list(self.ledgers)):
                found = judge(
                    self.where.config, ledger.view, ledger.rewards, sample, self.evidence[value]
                )
                following = Ledger(found.view, found.rewards)
                last = found.facts[-1]
                outcome = last.label if isinstance(last, Decided) else None
                if following in self.ledgers and outcome in self.outcomes:
                    after = self.ledgers.index(following)
                    computes.add((number, value, after, self.outcomes.index(outcome)))
                    if (sample, number) in true:
                        true.add((sample + 1, after))
        pairs = [(one, other) for one in self.samples for other in self.samples if one < other]
        return Structure(
            {
                NODE: self.where.honest,
                VALUE: tuple(range(len(self.evidence))),
                SAMPLE: self.samples,
                LEDGER: tuple(range(len(self.ledgers))),
                OUTCOME: tuple(range(len(self.outcomes))),
            },
            {
                FIRST: frozenset({(0,)}),
                EARLIER: frozenset(pairs),
                NEXT: frozenset((one, other) for one, other in pairs if other == one + 1),
                INITIAL: frozenset({(0,)}),
                AGREED: frozenset(self.agreed),
                COMPUTES: frozenset(computes),
                TRUE: frozenset(true),
                **{relation: frozenset(rows) for relation, rows in self.rows.items()},
            },
        )


Thing = TypeVar("Thing")


def number(things: list[Thing], thing: Thing) -> int:
    """The place of ``thing`` among ``things``, to which it is added if it is new."""
    if thing not in things:
        things.append(thing)
    return things.index(thing)


def test_every_sample_that_a_node_finishes_is_a_step_of_the_relation_about_ledgers() -> None:
    advances = furthest = 0
    for patterns in ("?AAB,?ABA,?BBB", "A?AB,B?BA,A?BC"):
        where = setting(patterns, 1, 3)
        runs = DeepRuns(where)
        for seed in range(25):
            books = Books(where)
            for moment in runs.run(Random(seed), 400):
                sample, node = moment.before.sample, moment.act.node
                if moment.after.sample == sample:
                    continue
                (proof,) = (
                    message for message in signed_by(moment) if isinstance(message, DecisionProof)
                )
                (settled,) = (
                    output for output in moment.outputs if isinstance(output, Decided | Undecided)
                )
                label = settled.label if isinstance(settled, Decided) else None
                books.agreed.add((sample, number(books.evidence, proof.evidence)))
                outcome = number(books.outcomes, label)
                ledger = number(books.ledgers, Ledger(moment.after.view, moment.after.rewards))
                before = books.structure()
                books.rows[BEGUN].add((node, sample + 1, ledger))
                books.rows[RECORDED].add((node, sample, outcome))
                books.rows[PASSED].add((node, sample))
                after = books.structure()
                assert ADVANCE.holds(before, after, {})
                for statement in (*INVARIANT, *CONSISTENCY):
                    assert evaluate(statement.formula, after, after, {}), statement.name
                assert evaluate(BACKGROUND, after, after, {})
                advances, furthest = advances + 1, max(furthest, sample)
    assert advances > 100
    assert furthest == 2
