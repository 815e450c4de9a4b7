"""The checker's verdicts on termination are those that the configurations for TLC state.

``tests/spec/test_configuration_files.py`` runs TLC on the same files and holds them to the first
line of each; here the checker is asked the same question.
"""

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
import tlc

from checker.question import Question, parse_patterns
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, LITERAL, PAPER, Readings


class Asked(NamedTuple):
    """The question of a file in ``spec``."""

    file: str
    readings: Readings
    pattern: str


ASKED = [
    Asked("PaperDoesNotEnd", PAPER, "?A"),
    Asked("PaperEnds", PAPER, "AAA"),
    Asked("PaperStalls", PAPER, "?AA"),
    Asked("LiteralEnds", LITERAL, "AA"),
    Asked("HardenedEnds", replace(HARDENED, timeout="none"), "AB"),
]


def text_of(asked: Asked) -> str:
    return (tlc.SPEC / f"{asked.file}.cfg").read_text(encoding="utf-8")


def number(text: str, name: str) -> int:
    found = re.search(rf"^  {name} = (\d+)$", text, re.M)
    assert found is not None, name
    return int(found[1])


def test_every_file_about_what_must_happen_is_asked() -> None:
    about = {
        path.stem
        for path in tlc.SPEC.glob("*.cfg")
        if re.search(r"^(PROPERTY Termination|INVARIANT NoDeadEnd)$", path.read_text(), re.M)
    }
    assert about == {asked.file for asked in ASKED} | {"HardenedHolds"}


def test_where_tlc_finds_no_dead_end_but_ballots_go_on_only_a_loop_is_found() -> None:
    asked = (property_named("termination"),)
    question = Question(3, 1, HARDENED, predictions=parse_patterns("AB?"), properties=asked)
    (result,) = answer(question).results
    assert result.run is not None
    assert result.run.loop is not None


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.file)
def test_the_checker_says_what_tlc_finds(asked: Asked) -> None:
    text = text_of(asked)
    faulty = re.search(r"^  Byzantine (?:= \{(.*)\}|<- None)$", text, re.M)
    assert faulty is not None
    marked = ",".join(str(node) for node, letter in enumerate(asked.pattern) if letter == "?")
    assert (faulty[1] or "") == marked
    assert number(text, "N") == len(asked.pattern)
    for name, value in asked.readings.items():
        said = re.search(rf'^  {name} = "(.*)"$', text, re.M)
        assert said is None or said[1] == str(value), name
    question = Question(
        len(asked.pattern),
        number(text, "F"),
        asked.readings,
        predictions=parse_patterns(asked.pattern),
        views=number(text, "Views"),
        ballots=number(text, "Ballots"),
        properties=(property_named("termination"),),
    )
    holds = text.startswith("\\* TLC must find: nothing")
    assert (answer(question).results[0].verdict is Verdict.HOLDS) == holds
    assert (answer(question).results[0].verdict is Verdict.VIOLATED) != holds
