"""Labels are letters, and every pattern can be written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.labels import letter, parse_pattern, pattern


def test_labels_are_letters_as_in_the_predictions_of_a_check() -> None:
    assert pattern({1: 0, 2: 0, 3: 1}, 4) == "?AAB"
    assert parse_pattern("?AAB") == (None, 0, 0, 1)
    assert [letter(0), letter(25), letter(26)] == ["A", "Z", "(26)"]


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 1000)))
def test_every_pattern_can_be_written_and_read(predicted: dict[int, int]) -> None:
    labels = parse_pattern(pattern(predicted, 10))
    assert {node: label for node, label in enumerate(labels) if label is not None} == predicted


@pytest.mark.parametrize(
    "text", ["?aab", "A B", "(1", "(01)", "A(-1)", "()", "(9999999999999999999)"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a pattern is made of A to Z"):
        parse_pattern(text)
