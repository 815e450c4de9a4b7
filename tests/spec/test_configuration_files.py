"""The configuration files in ``spec``, which a reader gives to TLC as they are."""

import re
from pathlib import Path

import pytest
import tlc

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())

FILES = sorted(tlc.SPEC.glob("*.cfg"))


def promised(file: Path) -> str | None:
    """What the first line of a file says that TLC must find violated."""
    first = file.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"\\\* TLC must find: (\w+)", first)
    assert found is not None
    return None if found[1] == "nothing" else found[1]


@needs_tlc
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_tlc_finds_what_the_file_says(file: Path, tmp_path: Path) -> None:
    checked = tlc.check("MCExamples.tla", file.name, tlc.SPEC, tmp_path)
    assert checked.violated == promised(file)
    assert checked.violated or "No error has been found" in checked.printed


def test_for_each_profile_something_must_hold_and_something_must_break() -> None:
    for profile in ("Paper", "Literal", "Hardened"):
        of_profile = [file for file in FILES if file.stem.startswith(profile)]
        assert {promised(file) is None for file in of_profile} == {True, False}


def test_every_module_is_reached_from_one_that_tlc_is_given() -> None:
    """No module of the specification is left over."""
    modules = {path.stem: path.read_text(encoding="utf-8") for path in tlc.SPEC.glob("*.tla")}
    reached: set[str] = set()
    waiting = ["MCExamples", "MCRounds", "MCOrderedRounds", "Simulation", "Traces"]
    while waiting:
        name = waiting.pop()
        if name in modules and name not in reached:
            reached.add(name)
            used = re.findall(r"^(?:EXTENDS|INSTANCE) (.*)$", modules[name], re.M)
            waiting += [other.strip() for line in used for other in line.split(",")]
    assert reached == set(modules)


def test_what_is_missing_for_tlc_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "there is no java" in tlc.missing()
    monkeypatch.undo()
    monkeypatch.setenv("TLA2TOOLS_JAR", "/nowhere/tla2tools.jar")
    assert tlc.missing().startswith("TLC was not run")
