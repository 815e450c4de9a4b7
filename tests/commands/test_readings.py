"""``poqi readings`` from outside."""

import json

import pytest

from poqi.main import main
from poqi_core.readings import PROFILES
from poqi_core.register import REGISTER, describe_values


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["readings", *options]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_every_reading_is_listed_with_its_question_and_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(shown(capsys).split())
    for entry in REGISTER:
        assert f"{entry.name} (section {entry.clause}) {entry.question}" in text
        for meaning in entry.words.values():
            assert meaning in text


@pytest.mark.parametrize("options", [(), ("--profile", "paper"), ("--profile", "literal")])
def test_the_listing_fits_a_hundred_columns(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    assert max(map(len, shown(capsys, *options).splitlines())) <= 100


def test_what_each_profile_takes_stands_beside_the_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [line.strip() for line in shown(capsys).splitlines()]
    assert "2f+1 [paper, literal]: as section III.2 writes" in lines
    assert "commits [paper, hardened, synchronous]: whoever sees a quorum of commits" in lines
    assert "majority: more than N/2" in lines
    assert "0 [literal]" in lines
    assert "a number from 0, such as 1 or 1/2" in lines


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_profile_is_a_reading_a_line(capsys: pytest.CaptureFixture[str], profile: str) -> None:
    lines = shown(capsys, "--profile", profile).splitlines()
    rows = [line.split() for line in lines if not line.startswith(" ")]
    taken = {words[0]: words[1] for words in rows}
    for name, value in PROFILES[profile].items():
        assert taken[name] == str(value)


def test_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, "--json"))
    assert document["schema"] == 1
    assert document["profiles"] == list(PROFILES)
    assert [entry["name"] for entry in document["readings"]] == [entry.name for entry in REGISTER]
    for listed, entry in zip(document["readings"], REGISTER, strict=True):
        assert {row["value"]: row["meaning"] for row in listed["values"]} == entry.words
        assert listed["clause"] == entry.clause
        assert listed["question"] == entry.question
        for name, value in listed["taken"].items():
            assert value == str(PROFILES[name].value(entry.name))
            assert value in entry.words or listed["numbers"] is not None, describe_values(entry)


def test_one_json_object_of_one_profile(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, "--json", "--profile", "literal"))
    assert document["profiles"] == ["literal"]
    assert document["readings"][1]["taken"] == {"literal": "obey"}


def test_an_unknown_profile_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["readings", "--profile", "papre"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"poqi readings: there is no profile 'papre'; the profiles are {', '.join(PROFILES)}\n"
    )
