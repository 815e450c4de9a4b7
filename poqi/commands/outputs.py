"""Run trained networks over a test set and write their softmax outputs to one file.

The file holds a node for each file of weights, the true labels, and where all of it comes from:
the SHA-256 of weights and data, versions, and the notes that `poqi train` left in the weights.
`poqi evaluate --outputs FILE` reads it.  Outputs are rounded to float16; the label of each is
kept exactly.

Weights that others trained load if names and shapes are those of the network; name it with
--network.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from poqi.errors import CommandError, Exit
from poqi.files import check_writable
from poqi.runner_options import add_runner_options, cache_folder, device_of, require_torch
from poqi.step_progress import StepProgress
from runner.arrays import DataError
from runner.datasets import IMAGENET, DataSet, Normalisation, Samples, data_set, load_samples
from runner.networks.catalogue import ARCHITECTURES
from runner.outputs_file import OutputsFile, write_outputs

if TYPE_CHECKING:
    import torch

    from runner.node_outputs import NodeOutputs

_EXAMPLES = """\
examples:
  poqi outputs --weights resnet20.safetensors --output resnet20.npz
  poqi outputs --data-set fashion_mnist --weights DIR/*.safetensors --output fashion_mnist.npz
  poqi outputs --weights others.safetensors --network resnet20 --normalisation imagenet \\
      --output others.npz
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    group = parser.add_argument_group("networks")
    group.add_argument(
        "--weights",
        metavar="FILE",
        type=Path,
        nargs="+",
        required=True,
        help="safetensors files; each becomes a node with the file's name, in this order",
    )
    group.add_argument(
        "--network",
        choices=[known.name for known in ARCHITECTURES],
        help="the architecture of all of them (default: as noted in each by poqi train)",
    )
    group.add_argument(
        "--normalisation",
        choices=["noted", "data-set", "imagenet"],
        default="noted",
        help="of the images: as noted in the weights, else the data set's (default); the data "
        "set's; or the usual one of ImageNet",
    )
    group.add_argument("--output", metavar="FILE", type=Path, required=True, help="an .npz file")
    add_runner_options(parser)
    parser.add_argument("--json", action="store_true", help="print the note of the origin")


def run(arguments: argparse.Namespace) -> int:
    """Infer, write and report."""
    require_torch()
    output: Path = arguments.output
    if output.suffix != ".npz":
        raise CommandError(f"--output {output} must end in .npz")
    check_writable(output)
    try:
        described = data_set(arguments.data_set)
        test = load_samples(described, "test", arguments.data, cache_folder())
        device = device_of(arguments)
        nodes = [
            _node(arguments, weights, described, test, device) for weights in arguments.weights
        ]
        file = _file(nodes, described, test, device)
        write_outputs(output, file)
    except DataError as error:
        raise CommandError(str(error)) from None
    print(json.dumps(file.note) if arguments.json else _table(nodes, described, test, output))
    return Exit.OK


def _node(
    arguments: argparse.Namespace,
    weights: Path,
    described: DataSet,
    test: Samples,
    device: "torch.device",
) -> "NodeOutputs":
    from runner.node_outputs import node_outputs

    normalisation: Normalisation | None = {
        "noted": None,
        "data-set": described.normalisation,
        "imagenet": IMAGENET,
    }[arguments.normalisation]
    if normalisation is not None and len(normalisation.mean) != described.channels:
        raise CommandError(f"the images of {described.title} are grey; ImageNet's are coloured")
    progress = StepProgress(len(test.labels), f"images by {weights.stem}")
    try:
        return node_outputs(
            weights, arguments.network, described, test, normalisation, device, progress
        )
    finally:
        progress.clear()


def _file(
    nodes: "list[NodeOutputs]", described: DataSet, test: Samples, device: "torch.device"
) -> OutputsFile:
    from runner.node_outputs import joined

    return joined(nodes, described, test, device)


def _table(nodes: "list[NodeOutputs]", described: DataSet, test: Samples, output: Path) -> str:
    rows = [
        f"{node.name:<24} {node.accuracy:>9.2%} {node.images_per_second:>11,.0f}" for node in nodes
    ]
    title = f"{len(test.labels):,} test images of {described.title}"
    return "\n".join([title, f"{'node':<24} {'accuracy':>9} {'images/s':>11}", *rows, str(output)])
