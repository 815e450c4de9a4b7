"""The cells of a sweep as a table: CSV, JSON, and Parquet where pyarrow is installed."""

import csv
import io
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

from poqi.files import write_bytes_whole, write_whole
from poqi.sweep.description import Sweep
from poqi.sweep.job import Cell, Job, JobResult

Value: TypeAlias = str | int | float | bool | None
Row: TypeAlias = dict[str, Value]

_FOUND = (
    "property",
    "verdict",
    "vacuous",
    "steps",
    "broken_predictions",
    "broken_byzantine",
    "states",
    "transitions",
    "settings",
    "finished",
    "exhausted",
    "seconds",
    "command",
    "scope",
)
"""The columns after those of the options; the first is the property."""

_COUNTS = ("steps", "states", "transitions", "settings", "finished")


class Finished(NamedTuple):
    """A job with its result."""

    job: Job
    result: JobResult


def rows_of(sweep: Sweep, finished: Sequence[Finished]) -> list[Row]:
    """A row for each cell: the options of its job, and what was found."""
    rows: list[Row] = []
    for job, result in finished:
        options = dict(job.options)
        for cell in result.cells:
            row: Row = {name: options.get(name) for name in sweep.names}
            row.update(zip(_FOUND, _found(job, cell, result), strict=True))
            rows.append(row)
    return rows


def _found(job: Job, cell: Cell, result: JobResult) -> tuple[Value, ...]:
    nodes = None if cell.byzantine is None else ",".join(str(node) for node in cell.byzantine)
    return (
        cell.name,
        cell.verdict.value,
        cell.vacuous,
        cell.steps,
        cell.predictions,
        nodes,
        result.states,
        result.transitions,
        result.settings,
        result.finished,
        result.exhausted,
        result.seconds,
        job.command_of(cell.name),
        result.scope,
    )


def write_tables(folder: Path, title: str, rows: Sequence[Row]) -> list[Path]:
    """Write ``rows`` to ``folder`` in every format that can be written here.

    Raises:
        CommandError: the folder cannot be written.
    """
    written = [folder / "table.csv", folder / "table.json"]
    write_whole(written[0], as_csv(rows))
    document = {"schema": 1, "title": title, "cells": list(rows)}
    write_whole(written[1], json.dumps(document, indent=1) + "\n")
    if find_spec("pyarrow") is not None:
        written.append(folder / "table.parquet")
        write_bytes_whole(written[2], _as_parquet(rows))
    return written


def as_csv(rows: Sequence[Row]) -> str:
    """``rows`` as CSV with a header; what is absent is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else _FOUND, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_parquet(rows: Sequence[Row]) -> bytes:
    # Takes a second to import, and is an extra.
    import pyarrow
    from pyarrow import parquet

    kinds = {
        "vacuous": pyarrow.bool_(),
        "seconds": pyarrow.float64(),
        **dict.fromkeys(
            ("steps", "states", "transitions", "settings", "finished"), pyarrow.int64()
        ),
    }
    names = list(rows[0]) if rows else list(_FOUND)
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in names])
    data = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), data)
    return data.getvalue()
