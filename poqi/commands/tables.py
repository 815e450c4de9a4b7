"""Repeat the paper's experiments: Tables I and II with its figures beside those found here.

Every figure of PoQI comes from runs of the protocol's core, sample by sample, node by node.  Runs
are kept in the output folder, a file each, so a command that was killed, even by kill -9, goes
on where it was when it is given again; what is done is not done twice.  Other outputs, options or
numbers of samples are other runs.

Without options the outputs that come with PoQI are run, for CIFAR-10 and Fashion-MNIST.  SVHN is
not measured unless --svhn names a file of `poqi outputs` for it.

The output folder holds in the end: tables.md and tables.json; report.html, one page that needs no
network; and the plots as PNG files, if matplotlib is installed (pip install 'poqi[pictures]').
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from poqi.errors import CommandError, Exit
from poqi.files import write_whole
from poqi.step_progress import StepProgress
from poqi_core import ConfigError
from runner.arrays import DataError
from runner.attacks import ATTACKS
from runner.charts import charts
from runner.evaluation import SettingsError
from runner.experiment import (
    COUNTS,
    RULES,
    Run,
    Source,
    Sweep,
    plan,
    rule_readings,
    source_of,
    sweeps,
)
from runner.experiment_page import report_page
from runner.experiment_results import Experiment
from runner.experiment_text import as_json, as_page, replaced
from runner.plots import MISSING, can_plot, write_png
from runner.run_store import RunStore, complete
from runner.shipped import SHIPPED, shipped_outputs
from traces.assets import asset

_EXAMPLES = """\
examples:
  poqi tables
  poqi tables --output DIR --seeds 5 --jobs 4
  poqi tables --samples 500 --seeds 1 --rule paper
  poqi tables --data-set cifar10 --cifar10 outputs.npz --attack random --faulty 0,1
  poqi tables --svhn svhn.npz

A rule is a profile and changed readings, such as paper,quorum=majority (poqi readings lists both).
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    data = parser.add_argument_group("data")
    data.add_argument(
        "--data-set",
        action="append",
        choices=(*SHIPPED, "svhn"),
        help="only this one; can be repeated (default: all for which there are outputs)",
    )
    for name in (*SHIPPED, "svhn"):
        data.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="FILE",
            type=Path,
            help="its outputs, written by poqi outputs"
            + (" (default: those that come with PoQI)" if name in SHIPPED else ""),
        )
    data.add_argument(
        "--samples", metavar="K", type=int, help="only the first K samples (default: all)"
    )
    runs = parser.add_argument_group("runs")
    runs.add_argument(
        "--rule",
        action="append",
        metavar="RULE",
        help=f"the rule that decides; can be repeated (default: {'; '.join(RULES)})",
    )
    runs.add_argument(
        "--attack",
        action="append",
        choices=list(ATTACKS),
        help="how faulty nodes deceive; can be repeated (default: all)",
    )
    runs.add_argument(
        "--faulty",
        metavar="LIST",
        default=",".join(map(str, COUNTS)),
        help=f"how many nodes are faulty (default: {','.join(map(str, COUNTS))})",
    )
    runs.add_argument(
        "--seeds", metavar="S", type=int, default=3, help="how many seeds (default: 3)"
    )
    runs.add_argument(
        "--jobs",
        metavar="J",
        type=int,
        default=os.cpu_count() or 1,
        help="how many processes work at a time (default: one a core)",
    )
    report = parser.add_argument_group("report")
    report.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("poqi-tables"),
        help="the folder for runs and report (default: poqi-tables)",
    )
    report.add_argument(
        "--update",
        metavar="FILE",
        type=Path,
        help="also put the tables into this page, between <!-- tables --> and <!-- end -->",
    )
    report.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do what is missing, and report."""
    output: Path = arguments.output
    try:
        experiment = _experiment(arguments, RunStore(output / "runs"))
        page = as_page(experiment)
        if arguments.update is not None:
            write_whole(arguments.update, replaced(arguments.update, page))
        document = json.dumps(as_json(experiment), indent=2)
        write_whole(output / "tables.md", page + "\n")
        write_whole(output / "tables.json", document + "\n")
        drawn = charts(experiment) if can_plot() else []
        for chart in drawn:
            write_png(chart, output / f"{chart.name}.png")
        style = asset("colours.css")
        write_whole(output / "report.html", report_page(experiment, drawn, style))
    except (DataError, SettingsError, ConfigError) as error:
        raise CommandError(str(error)) from None
    print(document if arguments.json else page)
    if not drawn:
        print(f"poqi tables: {MISSING}", file=sys.stderr)
    return Exit.OK


def _experiment(arguments: argparse.Namespace, store: RunStore) -> Experiment:
    """All runs, those that are missing done now."""
    counts, seeds, jobs = _counts(arguments.faulty), arguments.seeds, arguments.jobs
    if seeds < 1 or jobs < 1:
        raise CommandError("--seeds and --jobs must be 1 or more")
    rules: Sequence[str] = arguments.rule or RULES
    for rule in rules:
        rule_readings(rule)
    attacks: Sequence[str] = arguments.attack or tuple(ATTACKS)
    sources = _sources(arguments)
    tasks: list[Run | Sweep] = [
        *plan(sources, rules=rules, attacks=attacks, counts=counts, seeds=seeds),
        *sweeps(sources, counts=counts, seeds=seeds),
    ]
    progress = StepProgress(len(tasks), "runs")
    try:
        results = complete(store, tasks, jobs, progress)
    except KeyboardInterrupt:
        kept = sum(store.get(task) is not None for task in tasks)
        raise CommandError(
            f"interrupted; {kept} of {len(tasks)} runs are kept, so the same command goes on",
            Exit.INTERRUPTED,
        ) from None
    finally:
        progress.clear()
    return Experiment(tuple(sources), tuple(rules), tuple(attacks), tuple(counts), results)


def _sources(arguments: argparse.Namespace) -> list[Source]:
    """The outputs that are run."""
    named: dict[str, Path | None] = {name: getattr(arguments, name) for name in (*SHIPPED, "svhn")}
    wanted: list[str] = arguments.data_set or [
        name for name, path in named.items() if path is not None or name in SHIPPED
    ]
    sources = []
    for name in dict.fromkeys(wanted):
        path = named[name]
        if path is None:
            if name not in SHIPPED:
                raise CommandError(f"no outputs come with PoQI for {name}; name a file: --{name}")
            path = shipped_outputs(name)
        sources.append(source_of(name, path, arguments.samples))
    return sources


def _counts(listing: str) -> list[int]:
    parts = [part.strip() for part in listing.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise CommandError(f"--faulty takes numbers of nodes, such as 0,1,3, not {listing!r}")
    return sorted({0, *map(int, parts)})
