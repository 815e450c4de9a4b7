"""Comparing the cells of a sweep with what is expected of them.

The expectation is a table as a sweep writes it, of which some columns count: the command and the
property name the cell, and its verdict, and the length of its counterexample, must be the
same.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from poqi.errors import CommandError
from poqi.sweep.table import Row, as_csv

COLUMNS = ("command", "property", "verdict", "vacuous", "steps")


class Change(NamedTuple):
    """A cell that is not as expected; an absent one has no finding."""

    command: str
    property: str
    expected: str | None
    found: str | None


def as_expected(rows: Sequence[Row]) -> str:
    """The table of ``rows``, less what varies from run to run."""
    return as_csv([{name: row[name] for name in COLUMNS} for row in rows])


def read_expected(path: Path) -> dict[tuple[str, str], str]:
    """What is expected of each cell.

    Raises:
        CommandError: the file cannot be read, or is no such table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {path}: {error}") from None
    for row in rows:
        missing = [name for name in COLUMNS if row.get(name) is None]
        if missing:
            raise CommandError(
                f"{path} is no table of a sweep: a row has no {missing[0]}; write one with "
                "poqi sweep"
            )
    return {(row["command"], row["property"]): _finding(row) for row in rows}


def changes(expected: Mapping[tuple[str, str], str], rows: Sequence[Row]) -> list[Change]:
    """The cells that differ, in the order of ``rows``, and then those that are not there."""
    found = {
        (str(row["command"]), str(row["property"])): _finding(
            {name: "" if row[name] is None else str(row[name]) for name in COLUMNS}
        )
        for row in rows
    }
    differing = [
        Change(*key, expected.get(key), finding)
        for key, finding in found.items()
        if expected.get(key) != finding
    ]
    return differing + [
        Change(*key, finding, None) for key, finding in expected.items() if key not in found
    ]


def _finding(row: dict[str, str]) -> str:
    """``holds``, ``holds vacuously``, ``violated in 10 steps``, ``undetermined``."""
    if row["vacuous"] == "True":
        return f"{row['verdict']} vacuously"
    return f"{row['verdict']} in {row['steps']} steps" if row["steps"] else row["verdict"]
