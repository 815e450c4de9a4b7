"""Explore every run within bounds and report, for each property, whether it holds.

The checker runs the protocol's own transition function under every schedule and every
Byzantine behaviour that the question covers.  Views, samples and labels are part of the
question: exhausted within them means that a property holds.  Time, memory and states are
budgets: if one runs out, the verdict is undetermined.
"""

import argparse
import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from checker.interruption import heeded
from checker.question import ENGINES
from checker.sweep import Limits, answer
from poqi.check_question import question_of
from poqi.check_report import as_json, as_text, with_traces
from poqi.checkpoint_options import add_checkpoint_options, archive_of
from poqi.cluster_options import add_cluster_options, recruit_of
from poqi.errors import CommandError, Exit
from poqi.files import check_writable
from poqi.memory import three_quarters_of_memory
from poqi.progress import SweepProgress
from poqi.question_options import (
    add_fault_option,
    add_losses_options,
    add_property_option,
    add_protocol_options,
    add_setting_options,
)
from poqi_core.networks import NETWORKS

_EPILOG = """\
examples:
  poqi check --profile paper --nodes 5 --faulty 1 --property agreement
  poqi check -n 4 -f 1 --predictions '?AAB' --views 2 --reading check_final=no --json
  poqi check -n 4 -f 1 --byzantine none --network rounds --property termination
  poqi check -n 7 -f 2 --labels 3
  poqi check -n 4 -f 1 --predictions AABB --network rounds --endless
  poqi check -n 4 -f 1 --network rounds --fault crash --reading timeout=vote --views 2
  poqi check -n 4 -f 1 --network lossy --losses 1 --byzantine none --property agreement
  poqi check -n 4 -f 1 --samples 2 --predictions '?AAB,?ABB' --trace out.itf.json
  poqi check -n 4 -f 1 --samples 2 --labels 3 --engine composed
  poqi check -n 5 -f 1 --views 2 --engine full --checkpoint night
  poqi check -n 4 -f 1 --views 2 --engine full --cluster auto --partitions 8 --property agreement

patterns: a letter a node for its label, ? for a faulty node; one pattern a sample, separated by
commas.  Without --predictions every pattern up to renaming of labels is checked, and without
--byzantine every placement of f faulty nodes.

traces: FILE takes the counterexample to the first violated property; those to further ones go
beside it, with the property's name in theirs (out.itf.json, out.termination.itf.json).

exit status: 0 holds, 1 violated, 2 misuse, 3 undetermined
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.set_defaults(drawn=False)
    add_protocol_options(parser)
    question = parser.add_argument_group("question")
    add_property_option(question, "what to check")
    add_setting_options(question, list(NETWORKS))
    add_losses_options(question)
    add_fault_option(question)
    question.add_argument(
        "--labels", type=int, default=2, help="labels of honest nodes in swept patterns (2)"
    )
    question.add_argument(
        "--endless",
        action="store_true",
        help="the samples come again and again for ever: is every one decided by every node?",
    )
    budget = parser.add_argument_group("budgets and engine")
    budget.add_argument("--max-seconds", type=float, metavar="S", help="stop after that time")
    budget.add_argument("--max-states", type=int, metavar="K", help="stop after that many states")
    budget.add_argument(
        "--max-memory", type=int, metavar="MIB", help="stop at that much memory (3/4 of all)"
    )
    budget.add_argument(
        "--engine",
        choices=ENGINES,
        default="reduced",
        help="reduced (default; from six nodes on it composes views where it can); full: no "
        "reduction, the oracle of the other; fast: full, compiled by numba, for the asynchronous "
        "network; or composed: views one after the other, for safety",
    )
    budget.add_argument("--workers", type=int, help="processes (as many as there are cores)")
    add_checkpoint_options(parser)
    add_cluster_options(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--trace", type=Path, metavar="FILE", help="write the counterexample")
    output.add_argument(
        "--coverage",
        action="store_true",
        help="name the clauses, messages and readings that were exercised, and the others",
    )
    output.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Answer the question and say what was found."""
    question = question_of(arguments)
    limits = _limits(arguments)
    trace: Path | None = arguments.trace
    if trace is not None:
        check_writable(trace)
    with ExitStack() as stack:
        archive = stack.enter_context(archive_of(arguments, question))
        recruit = stack.enter_context(recruit_of(arguments, question))
        if recruit is not None:
            limits = replace(limits, recruit=recruit, workers=1)
        stack.enter_context(heeded())
        progress = stack.enter_context(SweepProgress())
        found = answer(question, limits, progress.report, archive)
    reported = with_traces(arguments, question, found)
    print(as_json(reported) if arguments.json else as_text(reported))
    return {
        "holds": Exit.OK,
        "violated": Exit.VIOLATED,
        "undetermined": Exit.UNDETERMINED,
    }[found.verdict.value]


def _limits(arguments: argparse.Namespace) -> Limits:
    for name in ("max_seconds", "max_states", "max_memory", "workers"):
        value: float | None = getattr(arguments, name)
        if value is not None and not value > 0:
            raise CommandError(f"--{name.replace('_', '-')} must be more than 0, not {value}")
    memory: int | None = arguments.max_memory
    workers: int | None = arguments.workers
    return Limits(
        seconds=arguments.max_seconds,
        states=arguments.max_states,
        mebibytes=three_quarters_of_memory() if memory is None else memory,
        workers=len(os.sched_getaffinity(0)) if workers is None else workers,
    )
