"""The folder of a checkpoint: what it belongs to, the settings that are finished, and snapshots.

- ``about.json`` says what question, and which version of the sources, it belongs to;
- ``finished`` is a journal of the settings that are finished;
- ``setting-N`` is a snapshot of the answer for setting N between two levels of an engine.

The same command goes on from there.  A record that was cut short at the end of the journal is what
is left of a process that was killed; whatever else is not as it was written is an error.  A place
that takes no more is told once, and the answer goes on without.
"""

import errno
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from logging import getLogger
from pathlib import Path
from typing import NamedTuple

import poqi_core
from checker.checkpoint.kept_file import (
    DamageError,
    read_record,
    read_value,
    record_of,
    write_value,
)
from checker.checkpoint.log import Log, Snapshot
from checker.composition import Composition
from checker.exploration import Budget
from checker.passes import SettingResult
from checker.question import Question

_FORMAT = 1
_ABOUT, _FINISHED, _SETTING = "about.json", "finished", "setting-"
_SHARE_OF_TIME = 0.1
"""Snapshots take no more than this part of the time."""
_SYNC_EVERY = 1.0
"""Seconds of finished settings that a failure of the machine can cost."""
_PATIENCE = 5.0
"""Seconds in which workers of a run that was killed notice that."""
_LOGGER = getLogger("checker.checkpoint")


class CheckpointError(Exception):
    """A checkpoint cannot be used: what is wrong, where, and what to do."""


class Finished(NamedTuple):
    """A setting that is finished, by its number, and what it has in common with later ones."""

    number: int
    result: SettingResult
    composition: Composition


class Desk(NamedTuple):
    """Where snapshots of settings are put down, by any process.

    Attributes:
        folder: the folder of the checkpoint.
        identity: what it belongs to.
        every: the least number of seconds between two snapshots of a setting.
    """

    folder: Path
    identity: bytes
    every: float

    def log(self, number: int, budget: Budget) -> Log:
        """The log of a setting, which goes on from its snapshot if there is one.

        Raises:
            CheckpointError: the snapshot is not what was written.
        """
        path = self.folder / f"{_SETTING}{number}"
        identity = sha256(self.identity + str(number).encode()).digest()
        begun = None
        try:
            begun = read_value(path, identity, Snapshot)
        except FileNotFoundError:
            pass
        except (DamageError, OSError) as error:
            raise _damaged(path, error) from None
        return Log(budget, begun, _Pace(path, identity, self.every).offer)

    def clear(self, number: int) -> None:
        """Remove the snapshot of a setting that is finished."""
        with suppress(OSError):
            (self.folder / f"{_SETTING}{number}").unlink(missing_ok=True)


class _Pace:
    """Takes snapshots, but not too often."""

    def __init__(self, path: Path, identity: bytes, every: float) -> None:
        self._path = path
        self._identity = identity
        self._every = every
        self._next = time.monotonic() + every

    def offer(self, make: Callable[[], Snapshot]) -> None:
        """Take a snapshot if it is time."""
        started = time.monotonic()
        if started < self._next:
            return
        try:
            write_value(self._path, self._identity, make())
        except OSError as error:
            _tell(self._path, error)
            self._next = float("inf")
            return
        ended = time.monotonic()
        self._next = ended + max(self._every, (ended - started) / _SHARE_OF_TIME)


class Archive:
    """A folder in use by one answer.

    Attributes:
        desk: where snapshots go.
        finished: the settings that were finished before, by number.
        begun: how many settings have a snapshot.
    """

    def __init__(self, folder: Path, question: Question, every: float = 60.0) -> None:
        """Open ``folder``, which is made if it does not exist.

        Raises:
            CheckpointError: it cannot be written, is in use, holds something else or the
                checkpoint of another question or version, or was damaged.
        """
        about = _about(question)
        identity = sha256(json.dumps(about, sort_keys=True).encode()).digest()
        self.desk = Desk(folder, identity, every)
        try:
            folder.mkdir(exist_ok=True)
            _describe(folder, about)
            self._journal = (folder / _FINISHED).open("ab", buffering=0)
        except OSError as error:
            raise CheckpointError(
                f"cannot keep a checkpoint in {folder}: {error.strerror}; name another folder"
            ) from None
        _lock(self._journal.fileno(), folder)
        for left in folder.glob(".new-*"):
            left.unlink(missing_ok=True)
        self._whole = 0
        self.finished = self._read()
        finished = {f"{_SETTING}{number}" for number in self.finished}
        self.begun = len({path.name for path in folder.glob(f"{_SETTING}*")} - finished)
        self._synced = 0.0
        self._writing = threading.Lock()
        self._writes = True

    def _read(self) -> dict[int, Finished]:
        """The records of the journal; what was cut short at its end is cut off."""
        path, finished = self.desk.folder / _FINISHED, dict[int, Finished]()
        try:
            with path.open("rb") as stream:
                while (record := read_record(stream, self.desk.identity, Finished)) is not None:
                    finished[record.number] = record
                    self._whole = stream.tell()
            self._journal.truncate(self._whole)
        except (DamageError, OSError) as error:
            raise _damaged(path, error) from None
        return finished

    def finish(self, entry: Finished) -> None:
        """Keep a result, unless budgets have a part in it; from any thread."""
        if not entry.result.final:
            return
        record = record_of(self.desk.identity, entry)
        with self._writing:
            if not self._writes:
                return
            try:
                if self._journal.write(record) < len(record):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                self._whole += len(record)
                if time.monotonic() - self._synced > _SYNC_EVERY:
                    os.fsync(self._journal.fileno())
                    self._synced = time.monotonic()
            except OSError as error:
                _tell(self.desk.folder / _FINISHED, error)
                self._writes = False
                with suppress(OSError):
                    os.ftruncate(self._journal.fileno(), self._whole)
                return
        self.desk.clear(entry.number)

    def close(self) -> None:
        """Give the folder free."""
        with suppress(OSError):
            self._journal.close()


def _describe(folder: Path, about: Mapping[str, object]) -> None:
    """Write what the folder belongs to, or make sure that it belongs to that."""
    path = folder / _ABOUT
    if not path.exists():
        others = sorted(entry.name for entry in folder.iterdir() if entry.name[:5] != ".new-")
        if others:
            raise CheckpointError(
                f"{folder} holds {others[0]} and no checkpoint; name an empty folder or a new one"
            )
        temporary = folder / ".new-about"
        temporary.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
        return
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(path, error) from None
    if found != about:
        raise CheckpointError(
            f"{folder} holds the checkpoint of another question or version "
            f"({_difference(found, about)}); name another folder, or delete it to begin anew"
        )


def _difference(found: object, about: Mapping[str, object]) -> str:
    """The first entry in which what was found is different."""
    if isinstance(found, dict):
        for name, value in about.items():
            if name not in found:
                return f"without {name}"
            if found[name] != value:
                return f"{name} is {found[name]} there, {value} here"
    return "in another form"


def _about(question: Question) -> dict[str, object]:
    """What a checkpoint belongs to: the question, and the sources of the core and the checker."""
    about: dict[str, object] = {"format": _FORMAT}
    for field in fields(question):
        about[field.name] = repr(getattr(question, field.name))
    about["properties"] = ", ".join(entry.name for entry in question.properties)
    about["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    about["sources"] = _digest_of_sources()
    return about


def _digest_of_sources() -> str:
    hashed = sha256()
    checker = Path(__file__).parent.parent
    for room in (Path(poqi_core.__file__).parent, checker):
        for path in sorted(room.rglob("*.py")):
            hashed.update(f"{room.name}/{path.relative_to(room)}\0".encode())
            hashed.update(sha256(path.read_bytes()).digest())
    return hashed.hexdigest()


def _lock(handle: int, folder: Path) -> None:
    """Keep everybody else out; a lock ends with the process that holds it."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                raise CheckpointError(
                    f"{folder} is in use by another run; wait for its end or name another folder"
                ) from None
            time.sleep(0.05)
        else:
            return


def _damaged(path: Path, error: Exception) -> CheckpointError:
    reason = error.strerror if isinstance(error, OSError) else error
    return CheckpointError(
        f"{path} cannot be used: {reason}; delete it to explore again what it held"
    )


def _tell(path: Path, error: OSError) -> None:
    _LOGGER.warning(
        "cannot write %s: %s; the run goes on without, and what was kept before stays",
        path,
        error.strerror,
    )
