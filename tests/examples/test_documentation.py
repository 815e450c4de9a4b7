"""The page on adding a protocol does what it says: its code is run, its output compared."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "adding-a-protocol.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def code() -> str:
    """The blocks of code, one after the other; those of a class continue it."""
    text = ""
    for kind, block in BLOCKS:
        if kind == "python":
            text += block if block.startswith(" ") else f"\n\n{block}"
            text += "\n"
    return text


def test_the_code_of_the_page_prints_what_the_page_says(tmp_path: Path) -> None:
    program = tmp_path / "election.py"
    program.write_text(code(), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.stderr == ""
    assert ran.stdout == "".join(block for kind, block in BLOCKS if kind == "text")


@pytest.mark.long
def test_the_code_of_the_page_keeps_to_the_types(tmp_path: Path) -> None:
    program = tmp_path / "election.py"
    program.write_text(code(), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


def test_the_files_that_the_page_names_are_there() -> None:
    named = re.findall(r"`((?:checker|poqi_core|tests)/[\w/.]+)`", PAGE)
    assert len(named) > 5
    assert all((ROOT / name).exists() for name in named)
