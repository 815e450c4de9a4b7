"""Run the protocol over the outputs of real networks, sample by sample, node by node.

Every .npy file of the folder is a node: shape (samples, classes), logits or probabilities.
The files become nodes 0 to N-1 in alphabetical order.  Files called *crossval* are left out:
cross-validated outputs come from models that were trained on parts of the very samples that
they are evaluated on.  --nodes and --exclude choose otherwise; the report says which file
became which node, and which became none.

Beside PoQI the report gives weighted averaging and majority voting, as each honest node
computes them from what it receives.  A faulty node shows each receiver another random output
and otherwise follows the protocol.
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from poqi.errors import CommandError, Exit
from poqi.files import check_writable, write_whole
from poqi.readings_options import add_readings_options, readings_of
from poqi_core import ConfigError
from runner.arrays import DataError
from runner.evaluation import Evaluation, Settings, SettingsError, evaluate
from runner.labels import fit, load_labels
from runner.network import NETWORKS
from runner.outputs import NO_NODES, load_outputs
from runner.report import as_json, as_text

_EXAMPLES = """\
examples:
  poqi evaluate --outputs DIR --labels FILE
  poqi evaluate --outputs DIR --labels FILE --faulty-nodes 3,5 --network asynchronous --seed 7
  poqi evaluate --outputs DIR --labels FILE --nodes 'resnet*,vgg16' --reading quorum=majority
  poqi evaluate --outputs DIR --labels FILE --samples 1000 --json --output result.json

Repeated with the same files, options and versions, a run gives the same result but for its
times; the JSON object names all of them.
"""


def _in_data_folder(name: str) -> Path | None:
    """The file or folder of that name in the folder that the variable POQI_DATA names, if set."""
    folder = os.environ.get("POQI_DATA")
    return None if folder is None else Path(folder) / name


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add_readings_options(parser)
    data = parser.add_argument_group("data")
    data.add_argument(
        "--outputs",
        metavar="DIR",
        type=Path,
        default=_in_data_folder("logits"),
        help="folder with a .npy file a node (default: logits in the folder POQI_DATA)",
    )
    data.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        default=_in_data_folder("cifar10_test.npz"),
        help="true labels: .npy, or .npz with the key 'labels' (default: cifar10_test.npz there)",
    )
    data.add_argument(
        "--nodes",
        metavar="NAMES",
        help="files that are nodes, in this order: names or patterns, separated by commas",
    )
    data.add_argument(
        "--exclude",
        metavar="NAMES",
        help="files that are no node: names or patterns, separated by commas "
        f"(default: {','.join(NO_NODES)}, or none if --nodes is given)",
    )
    data.add_argument(
        "--samples", metavar="K", type=int, help="only the first K samples (default: all)"
    )
    protocol = parser.add_argument_group("protocol")
    protocol.add_argument(
        "--assumed-faults",
        metavar="F",
        type=int,
        help="the f of the quorums (default: (N-1)/3, rounded down)",
    )
    protocol.add_argument(
        "--network",
        choices=list(NETWORKS),
        default="rounds",
        help="rounds: lock-step, as the paper assumes (default); "
        "asynchronous: any delay and order, by lot",
    )
    faults = parser.add_argument_group("faults")
    faults.add_argument(
        "--faulty-nodes",
        metavar="LIST",
        default="",
        help="the nodes that are faulty, numbered from 0, such as 3,5 (default: none)",
    )
    faults.add_argument(
        "--amplitude",
        metavar="A",
        type=float,
        default=1.0,
        help="what a faulty node's random output sums up to (default: 1)",
    )
    faults.add_argument(
        "--seed", metavar="S", type=int, default=0, help="of every lot that is drawn (default: 0)"
    )
    report = parser.add_argument_group("report")
    report.add_argument("--json", action="store_true", help="print one JSON object")
    report.add_argument("--output", metavar="FILE", type=Path, help="also write the JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and report."""
    began = perf_counter()
    output: Path | None = arguments.output
    if output is not None:
        check_writable(output)
    try:
        evaluation = replace(_evaluate(arguments), seconds=perf_counter() - began)
    except (DataError, SettingsError, ConfigError) as error:
        raise CommandError(str(error)) from None
    if output is not None:
        write_whole(output, json.dumps(as_json(evaluation), indent=2) + "\n")
    print(json.dumps(as_json(evaluation)) if arguments.json else as_text(evaluation))
    return Exit.OK


def _evaluate(arguments: argparse.Namespace) -> Evaluation:
    for option in ("outputs", "labels"):
        if getattr(arguments, option) is None:
            raise CommandError(f"name the data with --{option}, or its folder with POQI_DATA")
    readings = readings_of(arguments)
    faulty = _numbers(arguments.faulty_nodes)
    outputs = load_outputs(arguments.outputs, _names(arguments.nodes), _names(arguments.exclude))
    labels = load_labels(arguments.labels)
    fit(labels, outputs)
    samples: int | None = arguments.samples
    if samples is not None:
        outputs, labels = outputs.first(samples), labels.first(samples)
    if readings.decide == "primary" and outputs.samples > 1:
        raise CommandError(
            "with the reading decide=primary nobody but the primary learns a decision, so no "
            "second sample can follow; give --samples 1, or another value of that reading"
        )
    assumed: int | None = arguments.assumed_faults
    settings = Settings(
        faulty_nodes=faulty,
        assumed_faults=(outputs.nodes - 1) // 3 if assumed is None else assumed,
        readings=readings,
        profile=arguments.profile,
        network=arguments.network,
        amplitude=arguments.amplitude,
        seed=arguments.seed,
    )
    progress = _Progress(outputs.samples)
    try:
        return evaluate(outputs, labels, settings, progress)
    finally:
        progress.clear()


def _numbers(listing: str) -> tuple[int, ...]:
    """The nodes in a list such as ``3,5``, in ascending order."""
    nodes = []
    for part in filter(None, listing.split(",")):
        if not (part.strip().isascii() and part.strip().isdigit() and len(part) < 10):
            raise CommandError(f"--faulty-nodes takes node numbers, such as 3,5, not {part!r}")
        nodes.append(int(part))
    if len(set(nodes)) < len(nodes):
        raise CommandError(f"--faulty-nodes {listing} names a node twice; leave one out")
    return tuple(sorted(nodes))


def _names(listing: str | None) -> list[str] | None:
    """The names or patterns in a list; None if there is no list."""
    if listing is None:
        return None
    return [name.strip() for name in listing.split(",") if name.strip()]


class _Progress:
    """A line on stderr, on a terminal, for a run of more than two seconds."""

    _PATIENCE = 2.0
    _PAUSE = 0.2

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._began = perf_counter()
        self._next = self._began + self._PATIENCE if sys.stderr.isatty() else float("inf")
        self._shown = False

    def __call__(self, done: int) -> None:
        now = perf_counter()
        if now < self._next:
            return
        self._next = now + self._PAUSE
        self._shown = True
        left = (now - self._began) * (self._samples - done) / done
        bar = "#" * (30 * done // self._samples)
        line = f"\r{bar:.<30} {done:,} of {self._samples:,} samples, {left:.0f} s left\x1b[K"
        print(line, end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
