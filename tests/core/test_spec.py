"""The register in ``spec/README.md`` cannot drift from the core and its tests."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from poqi_core import PROFILES, Clause
from poqi_core.register import REGISTER, Reading, parse_value, with_changes

HERE = Path(__file__).parent
TEXT = (HERE.parent.parent / "spec" / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", TEXT)
MODULES = {path.stem for path in (HERE.parent.parent / "poqi_core").glob("*.py")}
FUNCTIONS = [name for name in CODE if re.fullmatch(r"[a-z_]+(\.\w+)+", name)]
NAMED = sorted(name for name in FUNCTIONS if name.partition(".")[0] in MODULES)
STORIES = sorted({name for name in CODE if name.endswith(".txt")})
TESTS = sorted({name for name in CODE if re.fullmatch(r"test_[a-z0-9_]+[a-z0-9]", name)})


def rows(title: str) -> dict[str, list[str]]:
    """The rows of the table of a section, by their first cell."""
    section = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {first.strip("` "): rest for first, *rest in cells}


def test_every_clause_has_its_rule() -> None:
    assert [clause.name for clause in Clause if clause.name not in CODE] == []


def test_no_clause_is_named_that_does_not_exist() -> None:
    capitals = {name for name in CODE if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", name)}
    assert capitals - {clause.name for clause in Clause} <= {"N"}


@pytest.mark.parametrize("entry", REGISTER, ids=lambda entry: entry.name)
def test_every_reading_has_its_row(entry: Reading) -> None:
    values, *answers, why = rows("Readings")[entry.name]
    words = set(re.findall(r"`([^`]+)`", values))
    assert words == set(entry.words)
    assert bool(entry.numbers) is bool(re.search(r"\b(count|amount)$", values))
    for profile, cell in zip(("paper", "literal", "hardened"), answers, strict=True):
        taken = parse_value(entry.name, cell.strip("`"))
        assert taken == PROFILES[profile].value(entry.name)
    assert why


def test_the_profile_synchronous_is_hardened_but_for_what_is_said() -> None:
    sentence = re.search(r"`synchronous` is `hardened` with ([^.]*)\.", TEXT)
    assert sentence is not None
    said = dict(change.split("=") for change in re.findall(r"`([^`]*)`", sentence[1]))
    assert with_changes(PROFILES["hardened"], said) == PROFILES["synchronous"]


def test_no_row_is_about_a_reading_that_does_not_exist() -> None:
    assert list(rows("Readings")) == [entry.name for entry in REGISTER]


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_of_the_core_exists(name: str) -> None:
    module, *attributes = name.split(".")
    found: object = import_module(f"poqi_core.{module}")
    for attribute in attributes:
        found = getattr(found, attribute)


@pytest.mark.parametrize("name", STORIES)
def test_the_stories_that_are_named_exist(name: str) -> None:
    assert (HERE / "scenarios" / name).is_file()


def test_every_story_is_named() -> None:
    told = {path.name for path in (HERE / "scenarios").glob("*.txt")}
    assert told == set(STORIES)


def test_the_tests_that_are_named_exist() -> None:
    defined = set()
    for path in HERE.glob("test_*.py"):
        defined |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M))
    assert [name for name in TESTS if name not in defined] == []


def test_something_is_named_at_all() -> None:
    assert len(NAMED) > 40
    assert len(STORIES) > 20
    assert len(TESTS) > 30
