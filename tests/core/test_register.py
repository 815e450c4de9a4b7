"""The register of readings and the configuration that they are part of."""

from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import pytest
from core_strategies import values_of

from poqi_core import LITERAL, PAPER, PROFILES, Config, ConfigError, Readings
from poqi_core.register import (
    REGISTER,
    Reading,
    ReadingError,
    describe_values,
    parse_value,
    reading,
    with_changes,
)

by_name = pytest.mark.parametrize("entry", REGISTER, ids=lambda entry: entry.name)


def test_the_register_and_the_fields_agree() -> None:
    assert [entry.name for entry in REGISTER] == [field.name for field in fields(Readings)]


@by_name
def test_each_entry_says_where_and_what_and_how(entry: Reading) -> None:
    assert entry.clause
    assert entry.question.endswith("?")
    assert entry.numbers in ("", "count", "amount")
    assert entry.words or entry.numbers
    assert all(entry.words.values())
    assert len(entry.words) != 1 or entry.numbers, "a reading with one value is none"


@by_name
def test_each_reading_has_a_test_that_changes_it_alone(entry: Reading) -> None:
    files = Path(__file__).parent.glob("test_readings_of_*.py")
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert any(f"def test_reading_{entry.name}(" in text for text in texts)


@by_name
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_each_profile_takes_legal_values(entry: Reading, profile: str) -> None:
    value = PROFILES[profile].value(entry.name)
    assert parse_value(entry.name, str(value)) == value


def test_the_defaults_are_the_profile_paper() -> None:
    assert Readings() == PAPER == PROFILES["paper"]
    assert PROFILES["literal"] == LITERAL != PAPER


def test_the_answers_are_listed_in_the_order_of_the_register() -> None:
    assert [name for name, _ in LITERAL.items()] == [entry.name for entry in REGISTER]
    assert dict(LITERAL.items())["decide"] == "obey"


@by_name
def test_each_value_is_read_and_changes_that_reading_alone(entry: Reading) -> None:
    for text in values_of(entry):
        changed = with_changes(LITERAL, {entry.name: text})
        others = {name: value for name, value in changed.items() if name != entry.name}
        assert others == {name: value for name, value in LITERAL.items() if name != entry.name}
        assert str(changed.value(entry.name)) == text


@by_name
def test_a_value_that_a_reading_cannot_take_is_refused_with_those_that_it_can(
    entry: Reading,
) -> None:
    for text in ("", "maybe", "-1", "1/0", "0x1", "nan", "1e999999999", "9" * 5000, "\u0661"):
        with pytest.raises(ReadingError) as refusal:
            parse_value(entry.name, text)
        assert entry.name in str(refusal.value)
        assert describe_values(entry) in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("q", "0", Fraction(0)),
        ("q", "1/2", Fraction(1, 2)),
        ("q", "0.25", Fraction(1, 4)),
        ("reward_start", "10", Fraction(10)),
        ("collect", "3", 3),
        ("conflict_after", "N", "N"),
    ],
)
def test_numbers_are_read_exactly(name: str, text: str, value: object) -> None:
    assert parse_value(name, text) == value


@pytest.mark.parametrize(("name", "text"), [("collect", "0"), ("conflict_after", "1/2")])
def test_a_count_begins_at_1(name: str, text: str) -> None:
    with pytest.raises(ReadingError, match="a whole number from 1"):
        parse_value(name, text)


def test_an_unknown_reading_is_refused_with_those_that_exist() -> None:
    for refused in (lambda: reading("latsch"), lambda: with_changes(PAPER, {"latsch": "yes"})):
        with pytest.raises(ReadingError, match=r"no reading 'latsch'.* latch,"):
            refused()


@pytest.mark.parametrize(
    ("nodes", "faults", "samples", "complaint"),
    [
        (0, 0, 1, "at least one node"),
        (4, 4, 1, "f must be from 0 to 3"),
        (4, -1, 1, "f must be from 0 to 3"),
        (4, 1, 0, "at least one sample"),
    ],
)
def test_numbers_that_do_not_fit_each_other_are_no_configuration(
    nodes: int, faults: int, samples: int, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Config(nodes, faults, samples=samples)


@pytest.mark.parametrize("samples", [None, 2])
def test_a_run_of_many_samples_needs_everybody_to_learn_the_decision(samples: int | None) -> None:
    with pytest.raises(ConfigError, match="one sample"):
        Config(4, 1, replace(PAPER, decide="primary"), samples=samples)


@pytest.mark.parametrize(
    ("nodes", "faults", "two_f_plus_one", "majority", "intersecting"),
    [
        (1, 0, 1, 1, 1),
        (4, 0, 1, 3, 3),
        (4, 1, 3, 3, 3),
        (5, 1, 3, 3, 4),
        (7, 2, 5, 4, 5),
        (7, 3, 7, 4, 6),
        (10, 3, 7, 6, 7),
    ],
)
def test_quorums(
    nodes: int, faults: int, two_f_plus_one: int, majority: int, intersecting: int
) -> None:
    sizes = {
        value: Config(nodes, faults, replace(PAPER, quorum=value)).quorum
        for value in ("2f+1", "majority", "intersecting")
    }
    assert sizes == {"2f+1": two_f_plus_one, "majority": majority, "intersecting": intersecting}


@pytest.mark.parametrize("nodes", range(1, 20))
def test_two_intersecting_quorums_share_an_honest_node_and_smaller_ones_need_not(
    nodes: int,
) -> None:
    for faults in range((nodes + 2) // 3):
        quorum = Config(nodes, faults, replace(PAPER, quorum="intersecting")).quorum
        assert 2 * quorum - nodes > faults
        assert 2 * (quorum - 1) - nodes <= faults
