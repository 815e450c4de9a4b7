"""A folder with the results of runs, a file each, so that a killed experiment goes on."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Protocol

from runner.arrays import DataError
from runner.json_values import Json
from runner.whole_file import remove_leftovers, write_bytes_whole

Result = dict[str, Json]
"""The JSON object of a run."""


class Task(Protocol):
    """What a result is kept of.  It can be sent to another process."""

    @property
    def name(self) -> str:
        """The name of its file."""

    def described(self) -> Result:
        """All that the result depends on, beside the programs."""

    def perform(self) -> Result:
        """The result."""


class RunStore:
    """Results by run.  A file appears whole or not at all; a damaged one counts as missing."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made if it does not exist.

        Raises:
            DataError: it cannot be made.
        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"cannot make the folder {folder}: {error.strerror}") from None

    def path(self, run: Task) -> Path:
        """The file of ``run``."""
        return self._folder / f"{run.name}.json"

    def get(self, run: Task) -> Result | None:
        """The result of ``run``, if it is there whole."""
        try:
            result = json.loads(self.path(run).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(result, dict) or result.get("task") != run.described():
            return None
        found: Result = result
        return found

    def put(self, run: Task, result: Result) -> None:
        """Keep ``result``.

        Raises:
            DataError: the file cannot be written.
        """
        path = self.path(run)
        remove_leftovers(path)
        write_bytes_whole(path, [json.dumps({"task": run.described(), **result}).encode()])


def complete(
    store: RunStore, runs: Sequence[Task], jobs: int, progress: Callable[[int], None]
) -> dict[Task, Result]:
    """The results of all ``runs``, of which those that are missing are done now.

    Args:
        store: where results are and go.
        runs: what is wanted.
        jobs: how many processes work at a time.
        progress: told how many are there.

    Raises:
        DataError: a file cannot be read or written, or a process was killed.
    """
    results = {run: store.get(run) for run in runs}
    missing = [run for run, result in results.items() if result is None]
    progress(len(runs) - len(missing))
    for done, (run, result) in enumerate(_performed(missing, jobs), 1):
        store.put(run, result)
        results[run] = store.get(run)
        progress(len(runs) - len(missing) + done)
    return {run: result for run, result in results.items() if result is not None}


def _performed(runs: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Result]]:
    """The results of ``runs`` as they come."""
    if jobs == 1 or len(runs) < 2:
        for run in runs:
            yield run, run.perform()
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_end_with_parent) as pool:
        working = {pool.submit(_perform, run): run for run in runs}
        try:
            for future in as_completed(working):
                yield working[future], future.result()
        except BrokenProcessPool:
            raise DataError(
                "a process that worked on a run was killed, perhaps for want of memory; "
                "what is done is kept, so run the same command again, with fewer --jobs"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _perform(run: Task) -> Result:
    return run.perform()


def _end_with_parent() -> None:
    """See to it that this process ends when the one that started it does, even by kill -9."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
