"""The thresholds that are proved are those that the core applies."""

from fractions import Fraction
from itertools import product

import pytest
import z3

from checker.proofs.facts import FAULTS, LEAST_QUORUM, NODES, QUORUM_SIZE
from checker.proofs.thresholds import (
    ACCEPTED,
    PASSES,
    REJECTED,
    S_FAULTY_FOR,
    S_FAULTY_OTHER,
    S_FOR,
    S_OTHER,
)
from poqi_core.config import Config
from poqi_core.judgement import is_evidence, judge
from poqi_core.messages import SignedPrediction
from poqi_core.outputs import Decided, Passed, Rejected
from poqi_core.readings import HARDENED, PAPER


def true(formula: z3.BoolRef, **numbers: int) -> bool:
    values = [(z3.Int(name), z3.IntVal(number)) for name, number in numbers.items()]
    simplified = z3.simplify(z3.substitute(formula, *values))
    assert z3.is_true(simplified) or z3.is_false(simplified)
    return bool(z3.is_true(simplified))


def sizes(most: int) -> list[tuple[int, int]]:
    return [
        (nodes, faults) for nodes in range(1, most + 1) for faults in range((nodes - 1) // 3 + 1)
    ]


@pytest.mark.parametrize(("nodes", "faults"), sizes(13))
def test_the_quorum_of_the_profile_is_the_least_above_half_of_n_and_f(
    nodes: int, faults: int
) -> None:
    quorum = Config(nodes, faults, HARDENED).quorum
    least = z3.And(*LEAST_QUORUM)
    names = {str(NODES): nodes, str(FAULTS): faults}
    assert true(least, **names, **{str(QUORUM_SIZE): quorum})
    assert not true(least, **names, **{str(QUORUM_SIZE): quorum + 1})
    assert Config(nodes, faults, PAPER).quorum == 2 * faults + 1


@pytest.mark.parametrize(("nodes", "faults"), sizes(10))
def test_a_primary_in_the_evidence_is_accepted_rejected_or_passed_as_the_formulas_say(
    nodes: int, faults: int
) -> None:
    config = Config(nodes, faults, HARDENED)
    for for_primary, others in product(range(1, nodes + 1), range(nodes)):
        if for_primary + others > nodes:
            continue
        evidence = tuple(
            SignedPrediction(node, 0, 0 if node < for_primary else 1)
            for node in range(for_primary + others)
        )
        counts = {
            str(NODES): nodes,
            str(FAULTS): faults,
            str(S_FOR): for_primary,
            str(S_OTHER): others,
            str(S_FAULTY_FOR): 0,
            str(S_FAULTY_OTHER): 0,
        }
        enough = for_primary + others >= nodes - faults
        assert is_evidence(config, 0, evidence) == enough
        if not enough:
            continue
        first = judge(config, 0, (Fraction(1),) * nodes, 0, evidence).facts[0]
        kinds = {Decided: ACCEPTED, Rejected: REJECTED, Passed: PASSES}
        assert [kind for kind, formula in kinds.items() if true(formula, **counts)] == [type(first)]
