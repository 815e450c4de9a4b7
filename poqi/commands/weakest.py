"""For each property, the weakest fault that breaks it.

Faults are compared by what they can do: silence, crash, omission, two copies of one node (twins),
small changes of messages (mutation), whatever a node could sign (byzantine), and no fault at all.
Each is explored like a question of poqi check; what follows from another is not explored again.
In an asynchronous network a crash, an omission and a silence add nothing to no fault for safety,
as messages can be late for ever, so crash and omission are not ranked there.
"""

import argparse
import os
from pathlib import Path

from checker.sweep import Limits
from checker.verdict import Verdict
from checker.weakest import rank
from poqi.check_question import question_of
from poqi.errors import CommandError, Exit
from poqi.progress import SweepProgress
from poqi.question_options import (
    add_bounds_options,
    add_losses_options,
    add_network_options,
    add_property_option,
    add_protocol_options,
)
from poqi.weakest_report import as_json, as_text, with_traces
from poqi_core.networks import NETWORKS

_EPILOG = """\
examples:
  poqi weakest -n 4 -f 1 --network rounds --views 2
  poqi weakest -n 5 -f 1 --network rounds --views 1 --property agreement --property termination
  poqi weakest -n 4 -f 1 --views 2 --reading check_final=no --trace-folder traces --json

The order of the faults, and why, is in docs/networks-and-faults.md.

exit status: 0 nothing breaks any property, 1 something does, 2 misuse, 3 undetermined
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    add_protocol_options(parser)
    question = parser.add_argument_group("question")
    add_property_option(question, "which to rank for")
    add_network_options(question, list(NETWORKS))
    add_losses_options(question)
    question.add_argument(
        "--byzantine", metavar="NODES", help="the faulty nodes (every placement of f nodes)"
    )
    question.add_argument(
        "--labels", type=int, default=2, help="labels of honest nodes in swept patterns (2)"
    )
    add_bounds_options(question)
    budget = parser.add_argument_group("budgets")
    budget.add_argument("--max-seconds", type=float, metavar="S", help="stop after that time")
    budget.add_argument(
        "--max-states", type=int, metavar="K", help="stop a fault after that many states"
    )
    budget.add_argument("--workers", type=int, help="processes (as many as there are cores)")
    output = parser.add_argument_group("output")
    output.add_argument(
        "--trace-folder",
        type=Path,
        metavar="DIR",
        help="write the counterexamples there, as PROPERTY.FAULT.itf.json",
    )
    output.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(
        engine="reduced",
        predictions=None,
        coverage=False,
        drawn=False,
        endless=False,
        fault="byzantine",
        adversary_labels=None,
        adversary_evidence=None,
    )


def run(arguments: argparse.Namespace) -> int:
    """Rank the faults and say what was found."""
    folder: Path | None = arguments.trace_folder
    if folder is not None and not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise CommandError(f"there is no folder {folder} to write to; make it, or name another")
    question = question_of(arguments)
    if question.placements == ((),):
        raise CommandError("no node is faulty, so there is no fault to rank; give f of 1 or more")
    for name in ("max_seconds", "max_states", "workers"):
        value: float | None = getattr(arguments, name)
        if value is not None and not value > 0:
            raise CommandError(f"--{name.replace('_', '-')} must be more than 0, not {value}")
    workers: int | None = arguments.workers
    limits = Limits(
        seconds=arguments.max_seconds,
        states=arguments.max_states,
        workers=len(os.sched_getaffinity(0)) if workers is None else workers,
    )
    with SweepProgress() as progress:
        ranking = rank(question, limits, progress.report)
    reported = with_traces(arguments, ranking)
    print(as_json(reported) if arguments.json else as_text(reported))
    return {
        Verdict.HOLDS: Exit.OK,
        Verdict.VIOLATED: Exit.VIOLATED,
        Verdict.UNDETERMINED: Exit.UNDETERMINED,
    }[ranking.verdict()]
