"""The options by which a command takes the outputs of networks and the true labels."""

import argparse
from pathlib import Path

from poqi.errors import CommandError
from runner.labels import TrueLabels, fit, load_labels
from runner.outputs import NO_NODES, Outputs, load_outputs
from runner.shipped import SHIPPED, shipped_outputs


def add_outputs_options(parser: argparse.ArgumentParser) -> None:
    """Declare where outputs and labels come from, and which of them are taken."""
    data = parser.add_argument_group("data")
    data.add_argument(
        "--outputs",
        metavar="PATH",
        type=Path,
        help="folder with a .npy file a node, or a file of poqi outputs (default: the outputs "
        "that come with PoQI)",
    )
    data.add_argument(
        "--data-set",
        choices=SHIPPED,
        help="which of the outputs that come with PoQI (default: cifar10)",
    )
    data.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="true labels: .npy, or .npz with the key 'labels' (default: those in the file of "
        "poqi outputs)",
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


def outputs_of(arguments: argparse.Namespace) -> tuple[Outputs, TrueLabels]:
    """The outputs and labels that the options name, for as many samples as they name.

    Raises:
        CommandError: options do not fit each other.
        runner.arrays.DataError: a file is missing or damaged, or does not fit the others.
    """
    source, true = _sources(arguments)
    outputs = load_outputs(source, _names(arguments.nodes), _names(arguments.exclude))
    labels = load_labels(true)
    fit(labels, outputs)
    samples: int | None = arguments.samples
    if samples is not None:
        outputs, labels = outputs.first(samples), labels.first(samples)
    return outputs, labels


def node_numbers(listing: str) -> tuple[int, ...]:
    """The nodes in a list such as ``3,5`` that --faulty-nodes was given, in ascending order.

    Raises:
        CommandError: it is no such list.
    """
    nodes = []
    for part in filter(None, listing.split(",")):
        if not (part.strip().isascii() and part.strip().isdigit() and len(part) < 10):
            raise CommandError(f"--faulty-nodes takes node numbers, such as 3,5, not {part!r}")
        nodes.append(int(part))
    if len(set(nodes)) < len(nodes):
        raise CommandError(f"--faulty-nodes {listing} names a node twice; leave one out")
    return tuple(sorted(nodes))


def _sources(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Where the outputs are, and where the true labels."""
    source: Path | None = arguments.outputs
    if source is None:
        source = shipped_outputs(arguments.data_set or SHIPPED[0])
    elif arguments.data_set is not None:
        raise CommandError("--data-set chooses among the outputs that come with PoQI; not both")
    true: Path | None = arguments.labels
    if not source.exists():
        raise CommandError(f"there is no folder {source}, nor a file of that name")
    if source.is_file() and source.suffix != ".npz":
        raise CommandError(
            f"{source} is no file of outputs; --outputs takes an .npz file of poqi outputs, or a "
            "folder with a .npy file a node"
        )
    if true is None and source.is_dir():
        raise CommandError(f"{source} is a folder of outputs; name their true labels with --labels")
    return source, true or source


def _names(listing: str | None) -> list[str] | None:
    """The names or patterns in a list; None if there is no list."""
    if listing is None:
        return None
    return [name.strip() for name in listing.split(",") if name.strip()]
