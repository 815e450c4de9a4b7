"""Run the protocol over the outputs of real networks, sample by sample, node by node.

Without --outputs it takes the outputs of the project's own networks on CIFAR-10 that come with
PoQI.  A file that `poqi outputs` wrote holds its nodes, in order, and the true labels.  Of a folder
every .npy file is a node: shape (samples, classes), logits or probabilities.
The files become nodes 0 to N-1 in alphabetical order.  Files called *crossval* are left out:
cross-validated outputs come from models that were trained on parts of the very samples that
they are evaluated on.  --nodes and --exclude choose otherwise; the report says which file
became which node, and which became none.

Beside PoQI the report gives weighted averaging, majority voting and three robust aggregations,
as each honest node computes them from what it receives.  A faulty node shows each receiver an
output of its choice and otherwise follows the protocol before it; --attack says which:
random, one drawn for each receiver, as in the paper; colluding, all faulty nodes the label that
comes second; equivocating, each honest node its own label, or by lot one of two; experts, model
nodes until their rewards let them decide conflict samples.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from poqi.errors import CommandError, Exit
from poqi.files import check_writable, write_whole
from poqi.outputs_options import add_outputs_options, node_numbers, outputs_of
from poqi.readings_options import add_readings_options, readings_of
from poqi.step_progress import StepProgress
from poqi_core import ConfigError
from runner.arrays import DataError
from runner.attacks import ATTACKS
from runner.evaluation import Evaluation, Settings, SettingsError, evaluate
from runner.network import NETWORKS
from runner.report import as_json, as_text

_EXAMPLES = """\
examples:
  poqi evaluate
  poqi evaluate --outputs DIR --labels FILE
  poqi evaluate --outputs DIR --labels FILE --faulty-nodes 3,5 --network asynchronous --seed 7
  poqi evaluate --outputs DIR --labels FILE --nodes 'resnet*,vgg16' --reading quorum=majority
  poqi evaluate --faulty-nodes 2 --attack colluding
  poqi evaluate --outputs DIR --labels FILE --samples 1000 --json --output result.json

Repeated with the same files, options and versions, a run gives the same result but for its
times; the JSON object names all of them.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add_readings_options(parser)
    add_outputs_options(parser)
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
        "--attack",
        choices=list(ATTACKS),
        default="random",
        help="how they deceive (default: random)",
    )
    faults.add_argument(
        "--amplitude",
        metavar="A",
        type=float,
        default=1.0,
        help="what an output that a faulty node shows sums up to (default: 1); averages alone "
        "are affected",
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
    readings = readings_of(arguments)
    faulty = node_numbers(arguments.faulty_nodes)
    outputs, labels = outputs_of(arguments)
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
        attack=arguments.attack,
    )
    progress = StepProgress(outputs.samples, "samples")
    try:
        return evaluate(outputs, labels, settings, progress)
    finally:
        progress.clear()
