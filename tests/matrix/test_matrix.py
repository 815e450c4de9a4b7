"""The verdicts that the project expects: a cell that changes fails the tests.

``poqi sweep matrix.toml -o out --expect expected.csv`` in this folder says the same, with a
picture.  ``POQI_REWRITE_MATRIX=1`` writes what is found; a reviewer reads the difference.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from poqi.sweep.description import read_description
from poqi.sweep.expected import as_expected, changes, read_expected
from poqi.sweep.job import do_job
from poqi.sweep.table import Finished, rows_of
from poqi_core.readings import PROFILES

FOLDER = Path(__file__).parent


def check(description: str, expected: str) -> None:
    sweep = read_description(FOLDER / description, {})
    rows = rows_of(sweep, [Finished(job, do_job(job)) for job in sweep.jobs])
    if os.environ.get("POQI_REWRITE_MATRIX"):
        (FOLDER / expected).write_text(as_expected(rows), encoding="utf-8")
    assert changes(read_expected(FOLDER / expected), rows) == []


def test_no_cell_of_the_matrix_has_changed() -> None:
    check("matrix.toml", "expected.csv")


@pytest.mark.long
def test_no_cell_of_the_larger_matrix_has_changed() -> None:
    check("long.toml", "expected_long.csv")


def test_the_matrix_has_cells_that_break_and_cells_that_hold_in_every_profile_and_network() -> None:
    """So a checker that always says the same, whatever it says, fails the test above."""
    verdicts: Counter[tuple[str, str, str]] = Counter()
    expected = read_expected(FOLDER / "expected.csv")
    for (command, _), finding in expected.items():
        words = command.split()
        profile = words[words.index("--profile") + 1] if "--profile" in words else "paper"
        network = words[words.index("--network") + 1] if "--network" in words else "asynchronous"
        verdicts[profile, network, finding.split()[0]] += 1
    for profile in PROFILES:
        networks = ("rounds",) if profile == "synchronous" else ("asynchronous", "rounds")
        for network in networks:
            assert verdicts[profile, network, "holds"], (profile, network)
            if (profile, network) != ("hardened", "rounds"):
                assert verdicts[profile, network, "violated"], (profile, network)
    bounded = {
        command
        for (command, _), finding in expected.items()
        if finding.split()[0] == "undetermined"
    }
    # Some run rejects both primaries that are asked about, and what it does then is unknown.
    assert len(bounded) == 2
    assert all("--views 2" in command and "termination" in command for command in bounded)


def test_a_cell_that_changes_is_noticed(tmp_path: Path) -> None:
    """One verdict, one length and one cell fewer in the expectation are three changes."""
    lines = (FOLDER / "expected.csv").read_text(encoding="utf-8").splitlines()
    holding = next(place for place, line in enumerate(lines) if ",holds,False," in line)
    broken = next(place for place, line in enumerate(lines) if ",violated,False,10" in line)
    changed = list(lines)
    changed[holding] = lines[holding].replace(",holds,False,", ",violated,False,7")
    changed[broken] = lines[broken].replace(",violated,False,10", ",violated,False,9")
    del changed[-1]
    file = tmp_path / "expected.csv"
    file.write_text("\n".join(changed) + "\n", encoding="utf-8")
    rows = [dict(zip(lines[0].split(","), line.rsplit(",", 4), strict=True)) for line in lines[1:]]
    for row in rows:
        row["command"] = row["command"].strip('"')
    found = changes(read_expected(file), [dict(row) for row in rows])
    assert [(change.expected, change.found) for change in found] == [
        ("violated in 7 steps", "holds"),
        ("violated in 9 steps", "violated in 10 steps"),
        (None, found[2].found),
    ]
