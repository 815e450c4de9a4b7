"""Each property: a set of records that breaks it, in words, and the nearest one that does not."""

from fractions import Fraction

import pytest

from poqi_core import HARDENED, PAPER, Config
from poqi_core.history import Basis, Entry, Facet, Outcome, Record, Rewards
from poqi_core.messages import SignedPrediction
from poqi_core.properties import PROPERTIES, properties_for, property_named

A, B, C = range(3)


def broken(name: str, records: dict[int, Record], predicted: list[dict[int, int]]) -> str | None:
    violation = property_named(name).violation(records, predicted)
    return None if violation is None else violation.conjunct


def histories(*entries: list[tuple[int, int]]) -> dict[int, Record]:
    return {
        node: Record(history=tuple(Entry(*pair) for pair in pairs))
        for node, pairs in enumerate(entries)
    }


ALL_A = [{0: A, 1: A}, {0: A, 1: A}]
SPLIT = [{0: A, 1: B}, {0: A, 1: B}]


def test_the_names_are_those_of_the_command_line() -> None:
    assert [entry.name for entry in PROPERTIES] == [
        "agreement",
        "integrity",
        "total-order",
        "total-order-strict",
        "decided-validity",
        "unanimity",
        "acceptance",
        "view-consistency",
        "reward-consistency",
        "evidence-agreement",
        "termination",
    ]
    assert [entry.name for entry in PROPERTIES if entry.when_stuck] == ["termination"]
    with pytest.raises(KeyError):
        property_named("blame")


@pytest.mark.parametrize("name", [entry.name for entry in PROPERTIES])
def test_nothing_is_broken_at_the_start_but_termination(name: str) -> None:
    conjunct = broken(name, histories([], []), SPLIT)
    assert (conjunct is None) is (name != "termination")


def test_agreement() -> None:
    assert broken("agreement", histories([(0, A)], [(1, B)]), SPLIT) is None
    assert broken("agreement", histories([(0, A)], [(0, A)]), SPLIT) is None
    assert broken("agreement", histories([(1, A), (0, A)], [(0, B)]), SPLIT) == (
        "node 0 decided label 0 for sample 0 and node 1 decided label 1"
    )


@pytest.mark.parametrize("decider", [0, 1])
def test_agreement_a_sample_that_one_leaves_undecided_by_agreement_and_another_does_not(
    decider: int,
) -> None:
    records = {decider: Record(history=(Entry(0, A),)), 1 - decider: Record(undecided=(0,))}
    assert broken("agreement", records, SPLIT) == (
        f"node {decider} decided label 0 for sample 0 and node {1 - decider} holds that it is "
        "left undecided"
    )
    records[decider] = Record(history=(Entry(1, A),), undecided=(0,))
    assert broken("agreement", records, SPLIT) is None


def test_integrity() -> None:
    assert broken("integrity", histories([(0, A), (1, A)], [(0, B)]), SPLIT) is None
    assert broken("integrity", histories([], [(0, A), (1, B), (0, B)]), SPLIT) == (
        "sample 0 occurs 2 times in the history of node 1, with labels 0 and 1"
    )


def test_total_order_strict() -> None:
    assert broken("total-order-strict", histories([(0, A), (1, B)], [(0, A)]), SPLIT) is None
    assert broken("total-order-strict", histories([(0, A), (1, B)], [(1, B), (0, A)]), SPLIT) == (
        "at place 0 of their histories node 0 has label 0 for sample 0 and node 1 has label 1 "
        "for sample 1"
    )


def test_total_order_leaves_out_what_any_honest_node_took_for_a_conflict() -> None:
    records = histories([(0, A), (1, B)], [(1, B), (0, A)])
    assert broken("total-order", records, SPLIT) is not None
    records[1] = records[1]._replace(conflicts=(0,))
    assert broken("total-order", records, SPLIT) is None
    assert broken("total-order-strict", records, SPLIT) is not None


def test_decided_validity() -> None:
    assert broken("decided-validity", histories([(0, B)], [(1, A)]), SPLIT) is None
    assert broken("decided-validity", histories([], [(1, C)]), SPLIT) == (
        "node 1 decided label 2 for sample 1, which no honest node predicted"
    )


def test_unanimity() -> None:
    assert broken("unanimity", histories([(0, C)], []), SPLIT) is None
    assert broken("unanimity", histories([(0, A)], [(1, A)]), ALL_A) is None
    assert broken("unanimity", histories([(0, A)], [(1, B)]), ALL_A) == (
        "node 1 decided label 1 for sample 1, though every honest node predicted 0"
    )
    left_open = {0: Record(history=(Entry(0, A),)), 1: Record(undecided=(0,))}
    assert broken("unanimity", left_open, SPLIT) is None
    assert broken("unanimity", left_open, ALL_A) == (
        "node 1 left sample 0 undecided, though every honest node predicted 0"
    )
    unanimity = property_named("unanimity")
    assert unanimity.premise(ALL_A)
    assert not unanimity.premise(SPLIT)


def test_acceptance() -> None:
    assert broken("acceptance", {0: Record(conflicts=(0,))}, SPLIT) is None
    assert broken("acceptance", histories([(0, A)], []), ALL_A) is None
    assert broken("acceptance", {0: Record(), 1: Record(conflicts=(1,))}, ALL_A) == (
        "node 1 takes sample 1 for a conflict sample, though every honest node predicted 0"
    )


def test_the_other_properties_say_something_whatever_is_predicted() -> None:
    conditional = [entry.name for entry in PROPERTIES if not entry.premise(SPLIT)]
    assert conditional == ["unanimity", "acceptance"]


def test_view_consistency() -> None:
    def left(*outcomes: tuple[int, int | None]) -> Record:
        return Record(outcomes=tuple(Outcome(*pair) for pair in outcomes))

    same = {0: left((0, None), (1, A)), 1: left((0, None)), 2: left((1, A))}
    assert broken("view-consistency", same, SPLIT) is None
    assert broken("view-consistency", {0: left((0, A)), 1: left((0, None))}, SPLIT) == (
        "node 0 left view 0 deciding label 0 and node 1 left it rejecting the primary"
    )
    assert broken("view-consistency", {0: left((2, A)), 1: left((2, B))}, SPLIT) is not None
    passed = Record(outcomes=(Outcome(0, None, passed=True),))
    assert broken("view-consistency", {0: left((0, None)), 1: passed}, SPLIT) == (
        "node 0 left view 0 rejecting the primary and node 1 left it passing its primary over"
    )


def test_reward_consistency() -> None:
    def held(view: int, *amounts: int) -> Record:
        return Record(rewards=(Rewards(view, tuple(map(Fraction, amounts))),))

    assert broken("reward-consistency", {0: held(0, 2, 1), 1: held(0, 2, 1)}, SPLIT) is None
    assert broken("reward-consistency", {0: held(0, 2, 1), 1: held(1, 1, 1)}, SPLIT) is None
    assert broken("reward-consistency", {0: held(0, 2, 1), 1: held(0, 1, 1)}, SPLIT) == (
        "after view 0 node 0 holds the rewards (2, 1) and node 1 holds (1, 1)"
    )


def test_evidence_agreement_is_about_runs_that_agree_on_evidence() -> None:
    one, other = (SignedPrediction(0, 0, A),), (SignedPrediction(0, 0, B),)
    records = {0: Record(evidence=(Basis(0, one), Basis(1, one)))}
    records[1] = Record(evidence=(Basis(0, one),))
    assert broken("evidence-agreement", records, SPLIT) is None
    records[1] = Record(evidence=(Basis(1, other),))
    assert broken("evidence-agreement", records, SPLIT) == (
        "node 0 computes the outcome of sample 1 from the predictions (0: 0) and node 1 from (0: 1)"
    )
    for readings in (PAPER, HARDENED):
        names = [entry.name for entry in properties_for(Config(4, 1, readings))]
        assert ("evidence-agreement" in names) is (readings is HARDENED)


def test_termination() -> None:
    undecided = {0: Record(history=(Entry(0, A),)), 1: Record(undecided=(0,))}
    assert broken("termination", undecided, SPLIT[:1]) is None
    assert broken("termination", histories([(0, A)], [(0, A)]), SPLIT[:1]) is None
    assert broken("termination", histories([(0, A)], []), SPLIT[:1]) == (
        "no honest step is left and sample 0 is undecided at node 1"
    )
    assert broken("termination", histories([(0, A)], [(0, A)]), SPLIT) == (
        "no honest step is left and sample 1 is undecided at nodes 0, 1"
    )
    conflicting = {0: Record(conflicts=(0,)), 1: Record(conflicts=(0,))}
    assert broken("termination", conflicting, SPLIT[:1]) == (
        "no honest step is left and sample 0 is undecided at nodes 0, 1; it is a conflict "
        "sample and none follows that decides it"
    )


def test_each_property_needs_only_the_facets_that_it_names() -> None:
    facets = {entry.name: entry.facets for entry in PROPERTIES}
    assert facets["agreement"] == Facet.HISTORY
    assert facets["total-order"] == Facet.HISTORY | Facet.CONFLICTS
    assert facets["view-consistency"] == Facet.OUTCOMES
    assert facets["reward-consistency"] == Facet.REWARDS
