"""An experiment as a page of Markdown and as a JSON object."""

import re
from collections.abc import Iterator
from pathlib import Path

from runner.arrays import DataError
from runner.experiment_results import Experiment
from runner.json_values import Json
from runner.provenance import machine, versions
from runner.tables import as_markdown, rule_notes, tables

SCHEMA = 1
"""The version of the JSON object."""

WEIGHTS = (
    "Weights of the weighted average: each network's own accuracy on the very samples that are "
    "run, by the outputs in its file, also where it is faulty.  The paper says no more than "
    "'its individual inference performance'."
)

_BETWEEN = re.compile(r"(<!-- tables -->\n).*?(<!-- end -->)", re.DOTALL)


def as_page(experiment: Experiment) -> str:
    """All tables, with the rules that decided."""
    return "\n".join(_page(experiment)).rstrip()


def _page(experiment: Experiment) -> Iterator[str]:
    for source in experiment.sources:
        yield (
            f"- {source.data_set}: {source.samples:,} samples, {source.nodes} networks, "
            f"outputs {source.sha256[:12]}"
        )
    for note in (*rule_notes(experiment), WEIGHTS):
        yield f"- {note}"
    yield (
        "- A figure with ± is the mean over seeds and their standard deviation.  Undecided "
        "samples count as wrong."
    )
    for table in tables(experiment):
        yield ""
        yield as_markdown(table)


def replaced(path: Path, page: str) -> str:
    """The text of ``path`` with ``page`` between its marks.

    Raises:
        DataError: the file cannot be read or has no such marks.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    found, count = _BETWEEN.subn(lambda marks: f"{marks[1]}{page}\n{marks[2]}", text)
    if count != 1:
        raise DataError(f"{path} must have <!-- tables --> and <!-- end --> once, to be updated")
    return found


def as_json(experiment: Experiment) -> dict[str, Json]:
    """The tables, the rules, and which runs they are made of."""
    return {
        "schema": SCHEMA,
        "sources": [{**source.described(), "file": source.path} for source in experiment.sources],
        "rules": [*rule_notes(experiment)],
        "weights": WEIGHTS,
        "tables": [
            {"title": table.title, "head": [*table.head], "rows": [[*row] for row in table.rows]}
            for table in tables(experiment)
        ],
        "runs": [{**task.described(), "file": f"{task.name}.json"} for task in experiment.results],
        "versions": versions(("poqi", "numpy")),
        "machine": machine(),
    }
