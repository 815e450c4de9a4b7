"""Check a matrix of questions on many cores, and draw the verdicts.

A description is a TOML file: a key is an option of poqi check without --, and a list of values
is an axis.  Every combination is one poqi check command on one core; what it finds about one
property is a cell of the table.  A sweep that was killed goes on where it was.
"""

import argparse
import os
from pathlib import Path

from poqi.errors import CommandError, Exit
from poqi.step_progress import StepProgress
from poqi.sweep.description import axes_of_options, read_description, sweep_of_options
from poqi.sweep.expected import read_expected
from poqi.sweep.report import Outcomes, as_json, as_text, conclude
from poqi.sweep.store import Store
from poqi.sweep.work import Workers, work_off

_EPILOG = """\
examples:
  poqi sweep matrix.toml -o out
  poqi sweep matrix.toml -o out --expect expected.csv     (exit status 1 if a cell has changed)
  poqi sweep --vary n=4,5 --vary f=1 --vary profile=paper,literal --vary views=2 -o out
  poqi sweep --vary n=4 --vary f=1 --vary 'reading=,check_final=no,latch=no' -o out
  poqi sweep matrix.toml -o out --max-seconds 60 --ray auto

a description:
  title = "What a validator must check"
  nodes = [4, 5]
  faulty = 1
  views = 2
  property = ["agreement", "decided-validity"]
  max-seconds = 60                          # budget of a job

  [[block]]                                 # the keys above, and its own
  reading = ["", "check_final=no", "latch=no commit_needs_prepare=no"]
  network = ["asynchronous", "rounds"]

  [[block]]
  profile = ["hardened"]
  ballots = 1

OUT gets table.csv, table.json, heat_map.svg; table.parquet if pyarrow is installed (pip install
'poqi[tables]') and heat_map.png if matplotlib is (pip install 'poqi[pictures]'); expected.csv, the
columns that --expect compares; and jobs/, from which a sweep that was killed goes on.

exit status: 0 every cell holds or is violated, 1 a cell is not as expected, 2 misuse,
3 a cell is undetermined or was not done
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the description")
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=V,V",
        help="an axis, for every block; predictions and byzantine take one value a time; can be "
        "repeated",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="the folder of the sweep"
    )
    parser.add_argument(
        "--columns",
        default="property",
        metavar="NAMES",
        help="the options that make the columns of the picture (property)",
    )
    parser.add_argument("--expect", type=Path, metavar="TABLE", help="compare with that table")
    work = parser.add_argument_group("work")
    work.add_argument("--max-seconds", type=float, metavar="S", help="stop a job after that time")
    work.add_argument("--max-states", type=int, metavar="K", help="and after that many states")
    work.add_argument(
        "--max-memory", type=int, metavar="MIB", help="memory of all workers (3/4 of all)"
    )
    work.add_argument("--workers", type=int, help="processes (as many as there are cores)")
    work.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="work on a Ray cluster: its address, auto for the one that this machine is part of, "
        "or local to start one here (pip install 'poqi[cluster]')",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Work off the matrix and say what was found."""
    file: Path | None = arguments.file
    folder: Path = arguments.output
    axes = dict(axes_of_options(arguments.vary))
    for name in ("max-seconds", "max-states", "max-memory"):
        value: float | None = getattr(arguments, name.replace("-", "_"))
        if value is not None and name != "max-memory":
            axes[name] = (str(value),)
    if file is None and not axes:
        raise CommandError("name a description, or an axis with --vary; see poqi sweep --help")
    sweep = sweep_of_options(axes) if file is None else read_description(file, axes)
    columns = tuple(arguments.columns.split(","))
    for name in columns:
        if name not in sweep.names:
            known = ", ".join(sweep.names)
            raise CommandError(f"--columns: the sweep has no option {name!r}; it has {known}")
    expect: Path | None = arguments.expect
    expected = None if expect is None else read_expected(expect)
    workers = _workers(arguments)
    store = Store(folder)
    progress = StepProgress(len(sweep.jobs), "jobs")
    with store.locked():
        try:
            outcomes: Outcomes = work_off(sweep, store, workers, progress)
        finally:
            progress.clear()
        concluded = conclude(sweep, outcomes, folder, columns, expected)
    print(as_json(concluded) if arguments.json else as_text(concluded))
    if concluded.changes:
        return Exit.VIOLATED
    return Exit.OK if concluded.whole else Exit.UNDETERMINED


def _workers(arguments: argparse.Namespace) -> Workers:
    for name in ("workers", "max_memory"):
        value: int | None = getattr(arguments, name)
        if value is not None and value < 1:
            raise CommandError(f"--{name.replace('_', '-')} must be at least 1, not {value}")
    workers: int | None = arguments.workers
    memory: int | None = arguments.max_memory
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Workers(
        len(os.sched_getaffinity(0)) if workers is None else workers,
        physical * 3 // 4 if memory is None else memory,
        arguments.ray,
    )
