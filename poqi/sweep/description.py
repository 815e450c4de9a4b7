"""From a text file, or from options, to the jobs of a sweep.

A description is TOML.  A key is an option of ``poqi check`` without ``--``, its value what the
option takes; a list of values is an axis, and every combination of the axes is a job.  Keys
at the top are for all; a table ``[[block]]`` has a matrix of its own, for which they are what
it does not say itself.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TypeAlias

from poqi.errors import CommandError
from poqi.sweep.job import Budget, Job

Texts: TypeAlias = tuple[str, ...]
Axes: TypeAlias = Mapping[str, Texts]
"""For each key the values that it takes, as texts."""

_SHORT = {"n": "nodes", "f": "faulty"}
_BUDGET = ("max-seconds", "max-states", "max-memory")
_REFUSED = (
    *("trace", "json", "workers", "coverage", "help"),
    *("checkpoint", "checkpoint-every", "resume", "cluster", "partitions"),
)
MOST_JOBS = 100_000


@dataclass(frozen=True)
class Sweep:
    """What is to be worked off.

    Attributes:
        title: what it is called.
        jobs: each command once, in the order of the description.
    """

    title: str
    jobs: tuple[Job, ...]

    @property
    def names(self) -> Texts:
        """The options that any job has, and ``property``, in the order of the description."""
        return (*dict.fromkeys(name for job in self.jobs for name, _ in job.options), "property")

    @property
    def varying(self) -> Texts:
        """The options that differ between jobs, in the order in which they first occur."""
        values: dict[str, set[str]] = {}
        for job in self.jobs:
            for name, value in job.options:
                values.setdefault(name, set()).add(value)
        absent = {name for name in values for job in self.jobs if name not in dict(job.options)}
        return tuple(name for name in values if len(values[name]) > 1 or name in absent)


def read_description(path: Path, changes: Axes) -> Sweep:
    """The sweep that a file describes, with ``changes`` to every block.

    Raises:
        CommandError: the file cannot be read, or describes none.
    """
    try:
        with path.open("rb") as stream:
            table = tomllib.load(stream)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is no TOML: {error}") from None
    title = table.pop("title", path.stem)
    if not isinstance(title, str):
        raise CommandError(f"{path}: the title must be a text")
    blocks = table.pop("block", [{}])
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise CommandError(f"{path}: write a block as a table [[block]]")
    jobs: list[Job] = []
    shared = _axes(table, str(path))
    for number, block in enumerate(blocks, 1):
        where = f"{path}, block {number}" if len(blocks) > 1 else str(path)
        jobs += _jobs({**shared, **_axes(block, where), **changes}, where)
    return _sweep(title, jobs, str(path))


def sweep_of_options(changes: Axes) -> Sweep:
    """The sweep that options describe alone.

    Raises:
        CommandError: they describe none.
    """
    return _sweep("sweep", _jobs(changes, "the options"), "the options")


def axes_of_options(texts: Sequence[str]) -> Axes:
    """The axes that ``--vary NAME=VALUE,VALUE`` names.

    Values that contain commas themselves, those of predictions and byzantine, come one at a time.

    Raises:
        CommandError: one is not of that form.
    """
    axes: dict[str, Texts] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise CommandError(f"--vary {text!r} is not of the form NAME=VALUE,VALUE")
        key = _key(name, "--vary")
        single = key in ("predictions", "byzantine")
        axes[key] = (*axes.get(key, ()), *([value] if single else value.split(",")))
    return axes


def _key(name: str, where: str) -> str:
    key = name.replace("_", "-")
    key = _SHORT.get(key, key)
    if key in _REFUSED:
        raise CommandError(f"{where}: {key} is no part of a question, so a sweep does not take it")
    return key


def _axes(table: Mapping[str, object], where: str) -> Axes:
    axes: dict[str, Texts] = {}
    for name, value in table.items():
        key = _key(name, where)
        values = value if isinstance(value, list) else [value]
        if not values:
            raise CommandError(f"{where}: {name} has no value; leave it out, or give it some")
        for item in values:
            if isinstance(item, bool) or not isinstance(item, str | int | float):
                raise CommandError(
                    f"{where}: {name} is {item!r}, but must be a text, a number, or a list of them"
                )
        axes[key] = tuple(str(item) for item in values)
    return axes


def _jobs(axes: Axes, where: str) -> list[Job]:
    budget = _budget(axes, where)
    properties = tuple(dict.fromkeys(axes.get("property", ())))
    varied = {name: values for name, values in axes.items() if name not in (*_BUDGET, "property")}
    jobs = [
        Job(
            tuple((name, value) for name, value in zip(varied, chosen, strict=True) if value),
            properties,
            budget,
        )
        for chosen in product(*varied.values())
    ]
    if len(jobs) > MOST_JOBS:
        raise CommandError(f"{where}: {len(jobs):,} jobs are more than {MOST_JOBS:,}")
    return jobs


def _budget(axes: Axes, where: str) -> Budget:
    def number(name: str) -> float | None:
        values = axes.get(name)
        if values is None:
            return None
        try:
            (value,) = (float(text) for text in values)
        except ValueError:
            raise CommandError(f"{where}: {name} must be one number") from None
        if not value > 0:
            raise CommandError(f"{where}: {name} must be more than 0, not {value:g}")
        return value

    states, memory = number("max-states"), number("max-memory")
    return Budget(
        number("max-seconds"),
        None if states is None else int(states),
        None if memory is None else int(memory),
    )


def _sweep(title: str, jobs: list[Job], where: str) -> Sweep:
    """The sweep of ``jobs``, of which those that ask the same are one."""
    once: dict[str, Job] = {}
    for job in jobs:
        job.asked()
        once.setdefault(job.command, job)
    if not once:
        raise CommandError(f"{where}: there is nothing to check")
    return Sweep(title, tuple(once.values()))
