"""The outputs of several networks on one test set, in one file, with their origin.

An ``.npz`` file with the arrays

- ``vectors``: float16, shape (nodes, samples, classes): softmax outputs;
- ``names``: a text a node;
- ``labels``: the true labels of the samples;
- ``note``: a JSON text that says how the outputs came about.

Softmax outputs rounded to float16 are off by 0.00025 at most, and the greatest stays alone the
greatest: where rounding makes another equal to it, it becomes the next number that float16 has.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError, read_array, read_numbers
from runner.provenance import Note
from runner.whole_file import write_bytes_whole


@dataclass(frozen=True, eq=False)
class OutputsFile:
    """What such a file holds.

    Attributes:
        names: of the nodes.
        vectors: float16, shape (nodes, samples, classes).
        labels: int64, shape (samples,).
        note: how the outputs came about.
    """

    names: tuple[str, ...]
    vectors: NDArray[np.float16]
    labels: NDArray[np.int64]
    note: Note


def rounded(probabilities: NDArray[np.float64]) -> NDArray[np.float16]:
    """Probabilities in float16; the first greatest of a row is alone the greatest afterwards."""
    values = probabilities.astype(np.float16)
    rows = np.arange(len(values))
    greatest = probabilities.argmax(axis=1)
    others = values.copy()
    others[rows, greatest] = -np.inf
    tied = values[rows, greatest] <= others.max(axis=1)
    values[rows[tied], greatest[tied]] = np.nextafter(
        others[tied].max(axis=1), np.float16(np.inf), dtype=np.float16
    )
    return values


def write_outputs(path: Path, file: OutputsFile) -> None:
    """Write ``file`` to ``path``, whole or not at all; equal files are equal bit for bit.

    Raises:
        DataError: the place cannot be written.
    """
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        vectors=file.vectors,
        names=np.array(file.names),
        labels=file.labels.astype(np.uint8 if file.labels.max() < 256 else np.int64),
        note=np.array(json.dumps(file.note)),
    )
    write_bytes_whole(path, [stream.getvalue()])


def read_outputs(path: Path) -> OutputsFile:
    """The outputs in a file of :func:`write_outputs`.

    Raises:
        DataError: the file is missing or damaged, or its arrays do not fit each other.
    """
    vectors = read_array(path, "vectors")
    names = read_array(path, "names")
    labels = read_numbers(path, "labels")
    text = read_array(path, "note")
    if vectors.dtype != np.float16 or vectors.ndim != 3 or 0 in vectors.shape:
        raise DataError(
            f"{path} holds outputs of {vectors.dtype} and shape {vectors.shape}; they must be "
            "float16 of shape (nodes, samples, classes)"
        )
    nodes, samples, _ = vectors.shape
    if names.dtype.kind != "U" or names.shape != (nodes,):
        raise DataError(f"{path} has outputs of {nodes} nodes and names of shape {names.shape}")
    if labels.dtype.kind != "i" or labels.shape != (samples,):
        raise DataError(f"{path} has {samples} samples and labels of shape {labels.shape}")
    try:
        note = json.loads(str(text))
    except ValueError:
        note = None
    if not isinstance(note, dict):
        raise DataError(f"the note in {path} is damaged; write the outputs again")
    return OutputsFile(
        tuple(str(name) for name in names),
        vectors.astype(np.float16, copy=False),
        labels.astype(np.int64),
        note,
    )
