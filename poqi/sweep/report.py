"""What ``poqi sweep`` writes and prints at its end."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from checker.verdict import Verdict
from poqi.files import write_bytes_whole, write_whole
from poqi.sweep.description import Sweep
from poqi.sweep.expected import Change, as_expected, changes
from poqi.sweep.heat_map import as_svg, heat_map
from poqi.sweep.job import JobResult
from poqi.sweep.local_workers import Failure, Outcome
from poqi.sweep.table import Finished, Row, rows_of, write_tables

SCHEMA = 1


class Outcomes(NamedTuple):
    """What came of the jobs of a sweep.

    Attributes:
        by_command: for each job that was done what came of it.
        taken: how many of those were there already.
        interrupted: whether somebody ended it.
    """

    by_command: Mapping[str, Outcome]
    taken: int
    interrupted: bool


@dataclass(frozen=True)
class Concluded:
    """A sweep at its end.

    Attributes:
        sweep: what was asked.
        outcomes: what came of it.
        rows: a row for each cell.
        files: what was written.
        left_out: what was not, for lack of a package.
        changes: the cells that are not as expected; None: nothing is expected.
    """

    sweep: Sweep
    outcomes: Outcomes
    rows: tuple[Row, ...]
    files: tuple[Path, ...]
    left_out: tuple[str, ...]
    changes: tuple[Change, ...] | None

    @property
    def failures(self) -> dict[str, str]:
        """The jobs that came to no result, and why."""
        return {
            command: outcome.reason
            for command, outcome in self.outcomes.by_command.items()
            if isinstance(outcome, Failure)
        }

    @property
    def verdicts(self) -> Counter[str]:
        """How many cells there are of each verdict."""
        return Counter(str(row["verdict"]) for row in self.rows)

    @property
    def whole(self) -> bool:
        """Whether every job was done and every cell is holds or violated."""
        done = len(self.outcomes.by_command) == len(self.sweep.jobs) and not self.failures
        return done and not self.verdicts[Verdict.UNDETERMINED.value]

    @property
    def scope(self) -> str:
        """The sentence that says what the verdicts are about."""
        return _scope(self.sweep, self.outcomes)


def _scope(sweep: Sweep, outcomes: Outcomes) -> str:
    done = sum(not isinstance(outcome, Failure) for outcome in outcomes.by_command.values())
    return (
        f"Scope: {done} of {len(sweep.jobs)} poqi check commands were answered; each cell is about "
        "what its own command covers, as the columns command and scope of the table say."
    )


def conclude(
    sweep: Sweep,
    outcomes: Outcomes,
    folder: Path,
    columns: tuple[str, ...],
    expected: Mapping[tuple[str, str], str] | None,
) -> Concluded:
    """Write the tables and the pictures, and compare with what is expected.

    Raises:
        CommandError: something cannot be written.
    """
    finished = [
        Finished(job, outcome)
        for job in sweep.jobs
        if isinstance(outcome := outcomes.by_command.get(job.command), JobResult)
    ]
    rows = rows_of(sweep, finished)
    files = write_tables(folder, sweep.title, rows)
    left_out = [] if find_spec("pyarrow") else ["table.parquet (pip install 'poqi[tables]')"]
    picture = heat_map(sweep, rows, columns, _scope(sweep, outcomes))
    write_whole(folder / "heat_map.svg", as_svg(picture))
    files.append(folder / "heat_map.svg")
    if find_spec("matplotlib") is None:
        left_out.append("heat_map.png (pip install 'poqi[pictures]')")
    else:
        # Takes a second to import, and is an extra.
        from poqi.sweep.heat_map_png import as_png

        write_bytes_whole(folder / "heat_map.png", as_png(picture))
        files.append(folder / "heat_map.png")
    write_whole(folder / "expected.csv", as_expected(rows))
    differing = None if expected is None else tuple(changes(expected, rows))
    return Concluded(sweep, outcomes, tuple(rows), tuple(files), tuple(left_out), differing)


def as_text(concluded: Concluded) -> str:
    """What came of it for a person."""
    outcomes, verdicts = concluded.outcomes, concluded.verdicts
    lines = [
        f"{concluded.sweep.title}: {len(concluded.rows):,} cells of {len(concluded.sweep.jobs):,} "
        f"jobs: {verdicts['holds']:,} hold, {verdicts['violated']:,} violated, "
        f"{verdicts['undetermined']:,} undetermined"
    ]
    if outcomes.taken:
        lines.append(f"{outcomes.taken:,} jobs had been done before")
    for command, reason in concluded.failures.items():
        lines.append(f"no result: {command}: {reason.splitlines()[-1]}")
    missing = len(concluded.sweep.jobs) - len(outcomes.by_command)
    if missing:
        lines.append(f"{missing:,} jobs were not done; the same command goes on with them")
    if concluded.changes is not None:
        lines.append(
            f"{len(concluded.changes)} cells are not as expected:"
            if concluded.changes
            else "every cell is as expected"
        )
        for change in concluded.changes:
            expected = "not there" if change.expected is None else change.expected
            found = "not there" if change.found is None else change.found
            lines.append(f"  {change.command}: {change.property}: {expected} -> {found}")
    lines.append("written: " + ", ".join(str(path) for path in concluded.files))
    if concluded.left_out:
        lines.append("not written: " + ", ".join(concluded.left_out))
    lines.append(concluded.scope)
    return "\n".join(lines)


def as_json(concluded: Concluded) -> str:
    """The same as one JSON object."""
    verdicts = concluded.verdicts
    return json.dumps(
        {
            "schema": SCHEMA,
            "title": concluded.sweep.title,
            "jobs": len(concluded.sweep.jobs),
            "done": len(concluded.outcomes.by_command) - len(concluded.failures),
            "done_before": concluded.outcomes.taken,
            "interrupted": concluded.outcomes.interrupted,
            "failures": concluded.failures,
            "cells": len(concluded.rows),
            "verdicts": {verdict.value: verdicts[verdict.value] for verdict in Verdict},
            "changes": None
            if concluded.changes is None
            else [change._asdict() for change in concluded.changes],
            "files": [str(path) for path in concluded.files],
            "scope": concluded.scope,
        },
        indent=1,
    )
