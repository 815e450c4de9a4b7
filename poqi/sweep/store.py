"""The finished jobs of a sweep on disk: each a file that is there whole or not at all.

A sweep that was killed finds there what it has done already.  A result counts only if the
program that found it is the one that runs now, to the letter.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import checker
import poqi_core
from checker.verdict import Verdict
from poqi.errors import CommandError
from poqi.files import write_whole
from poqi.sweep.job import Budget, Cell, Job, JobResult

SCHEMA = 1


def program_digest() -> str:
    """A hash of the sources of the core and of the checker."""
    digest = hashlib.sha256()
    for room in (poqi_core, checker):
        for folder in room.__path__:
            for source in sorted(Path(folder).rglob("*.py")):
                digest.update(source.name.encode())
                digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


class Store:
    """The folder of a sweep."""

    def __init__(self, folder: Path) -> None:
        """The store in ``folder``, which is made if it does not exist.

        Raises:
            CommandError: it cannot be made.
        """
        self._jobs = folder / "jobs"
        self._lock = folder / ".lock"
        self._program = program_digest()
        try:
            self._jobs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot make {self._jobs}: {error.strerror}") from None
        for left in self._jobs.glob(".*.json.*"):
            left.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No other process works off a sweep there meanwhile.

        Raises:
            CommandError: one does.
        """
        with self._lock.open("w") as stream:
            try:
                # A record lock ends with this process.  flock(2)'s would be handed on to workers,
                # and the last of them, still busy, would keep the folder when this one is killed.
                fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(
                    f"another sweep is at work in {self._lock.parent}; wait for its end"
                ) from None
            yield

    def _path(self, job: Job) -> Path:
        return self._jobs / f"{hashlib.sha256(job.command.encode()).hexdigest()[:16]}.json"

    def load(self, job: Job) -> JobResult | None:
        """What was found for ``job`` by this program, if it was finished.

        A result that ran out of another budget is none.
        """
        try:
            document = json.loads(self._path(job).read_text(encoding="utf-8"))
            if document["schema"] != SCHEMA or document["program"] != self._program:
                return None
            result = _from_json(document["result"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        other_budget = result.exhausted is not None and result.budget != job.budget
        return None if result.command != job.command or other_budget else result

    def save(self, job: Job, result: JobResult) -> None:
        """Keep what was found.

        Raises:
            CommandError: it cannot be written.
        """
        document = {"schema": SCHEMA, "program": self._program, "result": _to_json(result)}
        write_whole(self._path(job), json.dumps(document, indent=1) + "\n")


def _to_json(result: JobResult) -> dict[str, object]:
    cells = [
        {**cell._asdict(), "verdict": cell.verdict.value, "byzantine": _list(cell.byzantine)}
        for cell in result.cells
    ]
    return {**result._asdict(), "budget": result.budget._asdict(), "cells": cells}


def _list(nodes: tuple[int, ...] | None) -> list[int] | None:
    return None if nodes is None else list(nodes)


def _from_json(document: dict[str, object]) -> JobResult:
    budget, cells = document["budget"], document["cells"]
    if not isinstance(budget, dict) or not isinstance(cells, list):
        raise TypeError("no result")
    parts = {**document, "budget": Budget(**budget), "cells": tuple(map(_cell, cells))}
    return JobResult._make(parts[name] for name in JobResult._fields)


def _cell(document: dict[str, object]) -> Cell:
    byzantine = document["byzantine"]
    nodes = None if byzantine is None else tuple(byzantine) if isinstance(byzantine, list) else ()
    parts = {**document, "verdict": Verdict(document["verdict"]), "byzantine": nodes}
    return Cell._make(parts[name] for name in Cell._fields)
