"""Draw random runs of the core: random schedules, faults of any kind, in any network.

For what cannot be exhausted: any number of nodes and samples.  Every property is judged along
every run.  A run that violates one is found again by its seed and number, and is handed over as a
trace.  Finding nothing is no proof, so that no verdict is ever 'holds'.
"""

import argparse
import os
import secrets
from pathlib import Path

from checker.simulation.campaign import Campaign, simulate
from poqi.check_question import question_of
from poqi.errors import CommandError, Exit
from poqi.files import check_writable
from poqi.question_options import (
    add_fault_option,
    add_losses_options,
    add_property_option,
    add_protocol_options,
    add_setting_options,
)
from poqi.simulate_report import as_json, as_text, write_traces
from poqi.step_progress import StepProgress
from poqi_core.networks import NETWORKS

_RUNS = 1_000

_EPILOG = """\
examples:
  poqi simulate -n 100 -f 33 --max-seconds 60
  poqi simulate -n 4 -f 1 --reading check_final=no --property decided-validity --trace out.itf.json
  poqi simulate -n 7 -f 2 --profile hardened --network rounds --samples 10 --runs 200 --seed 1
  poqi simulate -n 7 -f 2 --network rounds --fault twins --runs 500
  poqi simulate -n 5 -f 1 --network lossy --losses 2 --fault crash --reading timeout=vote
  poqi simulate -n 4 -f 1 --seed 5 --first-run 17 --runs 1     (run 17 of seed 5 alone)

Who is faulty, what the others predict, the schedule and what the faulty nodes send are drawn
anew for each run, unless --byzantine or --predictions fixes it.  Run K of a seed is the same on
every machine and with any number of workers, and so is the report on a number of runs.

traces: FILE takes the first run that violates the first violated property; those to further ones go
beside it, with the property's name in theirs.  poqi shrink brings a trace down.

exit status: 1 violated, 2 misuse, 3 undetermined (no violation was found)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.set_defaults(engine="full", coverage=False, drawn=True, endless=False)
    add_protocol_options(parser)
    question = parser.add_argument_group("question")
    add_property_option(question, "what to judge")
    add_setting_options(question, list(NETWORKS))
    add_losses_options(question)
    add_fault_option(question)
    question.add_argument(
        "--labels", type=int, default=2, help="labels of honest nodes in drawn patterns (2)"
    )
    runs = parser.add_argument_group("runs")
    runs.add_argument(
        "--runs",
        type=int,
        metavar="R",
        help=f"how many ({_RUNS:,}, or as many as fit into --max-seconds)",
    )
    runs.add_argument("--max-seconds", type=float, metavar="S", help="stop after that time")
    runs.add_argument("--seed", type=int, metavar="S", help="what runs are drawn from (a new one)")
    runs.add_argument("--first-run", type=int, default=0, metavar="K", help="begin with run K (0)")
    runs.add_argument(
        "--until-violated", action="store_true", help="stop after the first run that violates"
    )
    runs.add_argument("--workers", type=int, help="processes (as many as there are cores)")
    output = parser.add_argument_group("output")
    output.add_argument("--trace", type=Path, metavar="FILE", help="write the runs that violate")
    output.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Draw the runs and say what came of them."""
    campaign = _campaign(arguments)
    trace: Path | None = arguments.trace
    if trace is not None:
        check_writable(trace)
    progress = StepProgress(campaign.runs, "runs")
    try:
        simulated = simulate(campaign, progress)
    finally:
        progress.clear()
    files = write_traces(arguments, simulated)
    tell = as_json if arguments.json else as_text
    print(tell(arguments, simulated, files))
    return Exit.VIOLATED if simulated.verdict.value == "violated" else Exit.UNDETERMINED


def _campaign(arguments: argparse.Namespace) -> Campaign:
    for name, least in (("runs", 1), ("first_run", 0), ("workers", 1)):
        value: int | None = getattr(arguments, name)
        if value is not None and value < least:
            option = name.replace("_", "-")
            raise CommandError(f"--{option} must be at least {least}, not {value}")
    seconds: float | None = arguments.max_seconds
    if seconds is not None and not seconds > 0:
        raise CommandError(f"--max-seconds must be more than 0, not {seconds}")
    runs: int | None = arguments.runs
    seed: int | None = arguments.seed
    workers: int | None = arguments.workers
    return Campaign(
        question_of(arguments),
        seed=secrets.randbelow(2**32) if seed is None else seed,
        first=arguments.first_run,
        runs=_RUNS if runs is None and seconds is None else runs,
        seconds=seconds,
        until_violated=arguments.until_violated,
        workers=len(os.sched_getaffinity(0)) if workers is None else workers,
    )
