"""The tables of the register, ``spec/README.md``, row by row."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REGISTER_FILE = Path(__file__).parent.parent.parent / "spec" / "README.md"

_COLUMNS = ("clause", "specification", "core", "shown by", "graphs")


class Rule(NamedTuple):
    """A row of section "Section III, sentence by sentence".

    Attributes:
        sentence: what the paper writes, or the rule of the repair.
        clauses: the names of the clauses.
        specification: what the specification has; it begins with "none:" and says why if nothing.
        definitions: its definitions that are named there, as module and name.
        functions: the functions and classes of the core, as module and name.
        shown_by: stories and tests of the core.
        graphs: the configurations of ``spec/configurations.txt``.
    """

    sentence: str
    clauses: tuple[str, ...]
    specification: str
    definitions: tuple[str, ...]
    functions: tuple[str, ...]
    shown_by: tuple[str, ...]
    graphs: tuple[str, ...]


def rules() -> Iterator[Rule]:
    """Every row."""
    text = REGISTER_FILE.read_text(encoding="utf-8")
    section = text.split("\n## Section III, sentence by sentence\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith(("| --- ", "| the ", "| source ")):
            sentence, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            assert len(cells) == len(_COLUMNS), line
            assert all(cells[1:4]), f"an empty cell, not even words: {line}"
            clauses, definitions, functions, shown_by, graphs = map(_named, cells)
            yield Rule(
                sentence,
                clauses,
                cells[1],
                tuple(name for name in definitions if re.fullmatch(r"[A-Z]\w+\.\w+", name)),
                tuple(name for name in functions if re.fullmatch(r"[a-z_]+(\.\w+)+", name)),
                shown_by,
                tuple(name for name in graphs if re.fullmatch(r"[A-Z]+\d+", name)),
            )


def _named(cell: str) -> tuple[str, ...]:
    """What is written as code in a cell."""
    return tuple(re.findall(r"`([^`]+)`", cell))
