"""What a question sweeps over, and the questions whose parts do not fit each other."""

from itertools import combinations, product
from math import comb
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.question import (
    MOST_LABELS,
    Pattern,
    Question,
    QuestionError,
    canonical_patterns,
    parse_patterns,
    pattern_text,
    patterns_up_to_renaming,
)
from poqi_core.config import ConfigError
from poqi_core.readings import PAPER, PROFILES
from poqi_core.register import with_changes

SMALL = st.integers(1, 4)


def renamed(pattern: Pattern) -> frozenset[frozenset[int]]:
    """What renaming of labels leaves of a pattern: which nodes share one."""
    labels = {label for label in pattern if label is not None}
    return frozenset(
        frozenset(node for node, label in enumerate(pattern) if label == shared)
        for shared in labels
    )


@settings(max_examples=60, deadline=None)
@given(nodes=st.integers(1, 6), labels=SMALL, data=st.data())
def test_each_pattern_up_to_renaming_comes_once(
    nodes: int, labels: int, data: st.DataObject
) -> None:
    placement = tuple(
        sorted(data.draw(st.sets(st.integers(0, nodes - 1), max_size=nodes - 1), "faulty"))
    )
    found = list(canonical_patterns(nodes, placement, labels))
    every = product(*([None] if node in placement else range(labels) for node in range(nodes)))
    assert {renamed(pattern) for pattern in every} == {renamed(pattern) for pattern in found}
    assert len({renamed(pattern) for pattern in found}) == len(found)
    assert len(found) == patterns_up_to_renaming(nodes - len(placement), labels)
    assert found == sorted(found, key=lambda pattern: [label or 0 for label in pattern])
    for pattern in found:
        assert tuple(node for node, label in enumerate(pattern) if label is None) == placement


def test_patterns_up_to_renaming_are_counted_by_stirling_numbers() -> None:
    """S(4,1) + S(4,2) = 1 + 7; all partitions of five nodes: the Bell number 52."""
    assert patterns_up_to_renaming(4, 1) == 1
    assert patterns_up_to_renaming(4, 2) == 8
    assert patterns_up_to_renaming(5, 5) == patterns_up_to_renaming(5, 9) == 52


@settings(max_examples=60, deadline=None)
@given(nodes=SMALL, faults=st.integers(0, 3), labels=SMALL, samples=st.integers(1, 2))
def test_the_settings_are_as_many_as_the_formula_says(
    nodes: int, faults: int, labels: int, samples: int
) -> None:
    if faults >= nodes:
        return
    question = Question(nodes, faults, labels=labels, samples=samples)
    swept = list(question.settings())
    assert len(set(swept)) == len(swept) == question.settings_count
    assert {setting.byzantine for setting in swept} == set(combinations(range(nodes), faults))
    none = Question(nodes, faults, labels=labels, samples=samples, byzantine=())
    assert len(list(none.settings())) == none.settings_count


def test_labels_are_renamed_in_all_samples_together_where_messages_name_no_sample() -> None:
    """A node on one sample hears labels of another: AAB then AAA is not AAB then BBB."""
    published = Question(3, 0, samples=2, byzantine=())
    swept = {setting.predicted for setting in published.settings()}
    assert {((0, 0, 1), (0, 0, 0)), ((0, 0, 1), (1, 1, 1))} <= swept
    assert len(swept) == published.settings_count == patterns_up_to_renaming(6, 2)
    repaired = Question(3, 0, PROFILES["hardened"], samples=2, byzantine=())
    assert ((0, 0, 1), (1, 1, 1)) not in {setting.predicted for setting in repaired.settings()}
    assert repaired.settings_count == patterns_up_to_renaming(3, 2) ** 2


def test_four_nodes_one_faulty_two_labels_make_sixteen_settings() -> None:
    """Four placements, and for three honest nodes AAA, AAB, ABA, ABB; the split ones first."""
    question = Question(4, 1)
    texts = [pattern_text(setting.predicted[0]) for setting in question.settings()]
    assert texts[:4] == ["?AAB", "?ABA", "?ABB", "?AAA"]
    assert len(texts) == len(set(texts)) == comb(4, 1) * 4


def test_the_primary_of_the_first_view_is_the_first_to_be_faulty() -> None:
    assert Question(4, 1, start_view=6).placements == ((2,), (3,), (0,), (1,))


def test_the_adversary_has_a_label_more_than_the_honest_nodes_use() -> None:
    for text, labels in ("?AAA", 2), ("?AAB", 3), ("?ABD", 5):
        (setting,) = Question(4, 1, predictions=parse_patterns(text)).settings()
        assert setting.labels == labels


def test_a_sample_has_no_more_views_than_lead_to_a_conflict() -> None:
    assert Question(4, 1).views_a_sample == 4
    assert Question(4, 1, views=2).views_a_sample == 2
    assert Question(4, 1, views=9).views_a_sample == 4


@given(st.lists(st.lists(st.sampled_from([None, *range(MOST_LABELS)]), min_size=1), min_size=1))
def test_a_pattern_reads_as_it_is_written(rows: list[list[int | None]]) -> None:
    patterns = tuple(tuple(row) for row in rows)
    assert parse_patterns(",".join(map(pattern_text, patterns))) == patterns


@pytest.mark.parametrize(
    ("text", "place"), [("?AxB", 3), ("?aAB", 2), ("AAU", 3), ("A B", 2), ("AA,A1", 2)]
)
def test_what_is_no_label_is_named_with_its_place(text: str, place: int) -> None:
    with pytest.raises(QuestionError, match=f"at place {place} of pattern .* is no label"):
        parse_patterns(text)


class Parts(TypedDict, total=False):
    predictions: tuple[Pattern, ...]
    byzantine: tuple[int, ...]
    labels: int
    samples: int
    views: int
    start_view: int


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (Parts(labels=0), "the number of the labels must be at least 1: 0"),
        (Parts(labels=21), "there can be 20 labels at most, not 21"),
        (Parts(samples=0), "the number of the samples must be at least 1: 0"),
        (Parts(views=0), "the number of the views must be at least 1: 0"),
        (Parts(start_view=-1), "the number of the start view must be at least 0: -1"),
        (Parts(byzantine=(4,)), "Byzantine node 4 does not exist; the nodes are 0 to 3"),
        (Parts(byzantine=(-1,)), "Byzantine node -1 does not exist; the nodes are 0 to 3"),
        (Parts(byzantine=(1, 1)), "a Byzantine node is named twice"),
        (Parts(byzantine=(0, 1, 2, 3)), "every node is Byzantine, so there is nothing to check"),
        (Parts(predictions=parse_patterns("?AA")), "pattern ?AA has 3 letters for 4 nodes"),
        (Parts(predictions=parse_patterns("????")), "pattern ???? has no honest node"),
        (
            Parts(predictions=parse_patterns("?AAB,?AAB")),
            "there are 2 patterns for 1 samples",
        ),
        (
            Parts(predictions=parse_patterns("?AAB,A?AB"), samples=2),
            "pattern A?AB has its ? elsewhere than ?AAB",
        ),
        (
            Parts(predictions=parse_patterns("?AAB"), byzantine=(1,)),
            "pattern ?AAB marks [0] as faulty, but the Byzantine nodes are said to be [1]",
        ),
        (Parts(labels=3, samples=20), "settings, more than 100000; fix the predictions"),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_what_to_do(parts: Parts, message: str) -> None:
    with pytest.raises(QuestionError) as refused:
        Question(4, 1, **parts)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("nodes", "faults"), [(0, 0), (4, 4), (4, -1)])
def test_nodes_and_faults_must_make_a_configuration(nodes: int, faults: int) -> None:
    with pytest.raises(ConfigError):
        Question(nodes, faults)


def test_a_question_that_spans_too_many_views_is_refused_before_it_fills_the_memory() -> None:
    many = with_changes(PAPER, {"conflict_after": "1000000"})
    with pytest.raises(QuestionError, match="spans 1000000 views, more than 1000; ask for fewer"):
        Question(4, 1, readings=many)
    assert Question(4, 1, readings=many, views=3).views_a_sample == 3
