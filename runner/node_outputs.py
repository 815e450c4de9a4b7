"""From files of weights to the outputs of nodes, with everything needed to repeat them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from runner.arrays import DataError, digest
from runner.datasets import DataSet, Normalisation, Samples
from runner.inference import BATCH, infer
from runner.networks.catalogue import build
from runner.outputs import softmax
from runner.outputs_file import OutputsFile, rounded
from runner.provenance import Note, device_name, machine, versions
from runner.tensor_file import read_tensors
from runner.weights import put_weights, read_note


@dataclass(frozen=True, eq=False)
class NodeOutputs:
    """What one network said.

    Attributes:
        name: of the file of its weights, without the ending.
        vectors: softmax outputs, shape (samples, classes).
        accuracy: the part of the samples whose label has the greatest output.
        images_per_second: the throughput of the inference.
        note: where the weights come from.
    """

    name: str
    vectors: NDArray[np.float16]
    accuracy: float
    images_per_second: float
    note: Note


def node_outputs(
    weights: Path,
    network: str | None,
    described: DataSet,
    test: Samples,
    normalisation: Normalisation | None,
    device: torch.device,
    report: Callable[[int], None],
) -> NodeOutputs:
    """Run the network with the weights in a file over a test set.

    Args:
        weights: the file.
        network: the architecture; None: as noted in the file.
        described: the data set.
        test: its test images and labels.
        normalisation: of the images; None: as noted in the file, else the data set's.
        device: where to compute.
        report: called with the number of images that are done.

    Raises:
        DataError: the file is missing, damaged, or of another network or data set.
    """
    file = read_tensors(weights)
    note = read_note(file, weights)
    origin: Note = {} if note is None else note
    noted = origin.get("network")
    if network is None and not isinstance(noted, str):
        raise DataError(f"{weights} does not say of which network it is; name it with --network")
    of = origin.get("data_set", described.name)
    if of != described.name:
        raise DataError(f"{weights} was trained on {of}, not on {described.name}")
    name = network if network is not None else str(noted)
    built = build(name, described.channels, described.classes)
    put_weights(built, file.tensors, weights)
    used = normalisation or _noted(origin, weights) or described.normalisation
    result = infer(built.to(device), test.images, used, device, report)
    if not np.isfinite(result.logits).all():
        raise DataError(f"with the weights in {weights} the network answers NaN or infinity")
    vectors = rounded(softmax(result.logits.astype(np.float64)))
    return NodeOutputs(
        name=weights.stem,
        vectors=vectors,
        accuracy=float(np.mean(vectors.argmax(axis=1) == test.labels)),
        images_per_second=result.images_per_second,
        note={
            "name": weights.stem,
            "network": name,
            "weights_sha256": digest(weights),
            "normalisation": [[*values] for values in used],
            "accuracy": float(np.mean(vectors.argmax(axis=1) == test.labels)),
            "training": note,
        },
    )


def joined(
    nodes: list[NodeOutputs], described: DataSet, test: Samples, device: torch.device
) -> OutputsFile:
    """The file with the outputs of all ``nodes``.

    Raises:
        DataError: two nodes have the same name.
    """
    for name, count in Counter(node.name for node in nodes).items():
        if count > 1:
            raise DataError(f"{count} files of weights are called {name}; rename all but one")
    note: Note = {
        "data_set": described.name,
        "split": "test",
        "test_sha256": test.sha256(),
        "rounding": "softmax in float64, then float16 with the greatest kept alone the greatest",
        "batch": BATCH,
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "versions": versions(("poqi", "numpy", "torch")),
        "machine": machine(),
        "nodes": [node.note for node in nodes],
    }
    names = tuple(node.name for node in nodes)
    return OutputsFile(names, np.stack([node.vectors for node in nodes]), test.labels, note)


def _noted(origin: Note, path: Path) -> Normalisation | None:
    """The normalisation in a note, if there is one."""
    match origin.get("normalisation"):
        case None:
            return None
        case [[*mean], [*deviation]] if len(mean) == len(deviation):
            numbers = [value for value in (*mean, *deviation) if isinstance(value, float)]
            if len(numbers) == 2 * len(mean):
                return Normalisation(tuple(numbers[: len(mean)]), tuple(numbers[len(mean) :]))
    raise DataError(f"the note in {path} is damaged")
