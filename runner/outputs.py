"""What the networks said: the outputs of each node for each sample, from a folder or a file.

In a folder, a node is a ``.npy`` file of shape (samples, classes) with logits or probabilities.
The files become nodes 0 to N-1 in alphabetical order.  Files whose name says that their outputs
are *cross-validated* are left out unless they are asked for: such a model was trained on a part
of the very samples that it is evaluated on, so it is no independent node.

A file is one of :mod:`runner.outputs_file`; its nodes keep their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError, digest, read_numbers
from runner.outputs_file import read_outputs

NO_NODES = ("*crossval*",)
"""Patterns of the files that are no node by default."""

_SUM_TOLERANCE = 1e-3
"""How far from 1 a row of probabilities may sum up: float16 and float32 files must pass."""


@dataclass(frozen=True)
class Source:
    """The file that a node's outputs are from.

    Attributes:
        name: the name of the file without its ending.
        path: where the file was read.
        sha256: of the file.
        kind: ``logits`` or ``probabilities``, as found in it.
    """

    name: str
    path: Path
    sha256: str
    kind: str


@dataclass(frozen=True, eq=False)
class Outputs:
    """The softmax outputs of all nodes for all samples.

    Attributes:
        sources: the file of each node.
        vectors: float64, shape (nodes, samples, classes); each vector sums up to 1.
        left_out: the names of the files of the folder that are no node.
    """

    sources: tuple[Source, ...]
    vectors: NDArray[np.float64]
    left_out: tuple[str, ...] = ()

    @property
    def nodes(self) -> int:
        """The number of nodes, N."""
        return int(self.vectors.shape[0])

    @property
    def samples(self) -> int:
        """The number of samples."""
        return int(self.vectors.shape[1])

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.vectors.shape[2])

    def first(self, samples: int) -> "Outputs":
        """The outputs for the first ``samples`` samples only.

        Raises:
            DataError: there are fewer.
        """
        if not 1 <= samples <= self.samples:
            raise DataError(f"there are {self.samples} samples, so the first {samples} cannot run")
        return Outputs(self.sources, self.vectors[:, :samples], self.left_out)


def load_outputs(
    place: Path, wanted: Sequence[str] | None = None, unwanted: Sequence[str] | None = None
) -> Outputs:
    """The outputs in the ``.npy`` files of a folder, or in one ``.npz`` file.

    Args:
        place: the folder or file.
        wanted: patterns of node names (``*``, ``?``; with or without the file's ending); the
            nodes are numbered in this order, and as they lie there within a pattern.  None:
            every node.
        unwanted: patterns of what is no node.  None: :data:`NO_NODES`, and none if ``wanted``
            is given.

    Raises:
        DataError: a file is missing or damaged, or the nodes do not fit each other.
    """
    if place.suffix == ".npz":
        return _of_file(place, wanted, unwanted)
    chosen, left_out = _choose(_nodes_of(place), wanted, unwanted, place)
    sources: list[Source] = []
    arrays: list[NDArray[np.float64]] = []
    for name in chosen:
        path = place / f"{name}.npy"
        array = _whole(read_numbers(path, "outputs").astype(np.float64), str(path))
        if arrays and array.shape != arrays[0].shape:
            raise DataError(
                f"{path.name} has {_size(array)} and {chosen[0]}.npy has {_size(arrays[0])}; "
                "all nodes must answer for the same samples and classes"
            )
        probable = _are_probabilities(array)
        arrays.append(array / array.sum(axis=1, keepdims=True) if probable else softmax(array))
        kind = "probabilities" if probable else "logits"
        sources.append(Source(name, path, digest(path), kind))
    return Outputs(tuple(sources), np.stack(arrays), left_out)


def _of_file(path: Path, wanted: Sequence[str] | None, unwanted: Sequence[str] | None) -> Outputs:
    """The outputs in one file for all nodes."""
    file = read_outputs(path)
    chosen, left_out = _choose(file.names, wanted, unwanted, path)
    sha256 = digest(path)
    arrays = []
    for name in chosen:
        vectors = file.vectors[file.names.index(name)].astype(np.float64)
        array = _whole(vectors, f"{name} in {path}")
        if not _are_probabilities(array):
            raise DataError(f"the outputs of {name} in {path} are no probabilities")
        arrays.append(array / array.sum(axis=1, keepdims=True))
    sources = tuple(Source(name, path, sha256, "probabilities") for name in chosen)
    return Outputs(sources, np.stack(arrays), left_out)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The softmax over the last axis."""
    powers: NDArray[np.float64] = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _nodes_of(folder: Path) -> list[str]:
    """The names of the ``.npy`` files, without the ending, in order."""
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}; it should hold one .npy file for each node")
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".npy")
    except OSError as error:
        raise DataError(f"cannot list {folder}: {error.strerror}") from None
    if not files:
        raise DataError(f"{folder} holds no .npy file; it should hold one for each node")
    return [path.stem for path in files]


def _choose(
    names: Sequence[str],
    wanted: Sequence[str] | None,
    unwanted: Sequence[str] | None,
    place: Path,
) -> tuple[list[str], tuple[str, ...]]:
    """The names that become nodes, in order, and the others."""
    if unwanted is None:
        unwanted = NO_NODES if wanted is None else ()
    chosen: list[str] = []
    for pattern in ("*",) if wanted is None else wanted:
        matching = [name for name in names if _matches(name, pattern)]
        if not matching:
            raise DataError(f"node missing: nothing in {place} is called {pattern!r}")
        chosen.extend(name for name in matching if name not in chosen)
    nodes = [name for name in chosen if not any(_matches(name, pattern) for pattern in unwanted)]
    if not nodes:
        raise DataError(f"every node in {place} is left out by {', '.join(unwanted)}")
    return nodes, tuple(name for name in names if name not in nodes)


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(f"{name}.npy", pattern)


def _whole(values: NDArray[np.float64], where: str) -> NDArray[np.float64]:
    """The outputs of a node, if they are what they should be."""
    if values.ndim != 2 or 0 in values.shape:
        raise DataError(f"{where} has shape {values.shape}; it must be (samples, classes)")
    broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if broken.size:
        raise DataError(
            f"{where} has NaN or infinity in {broken.size} of its samples, first in sample "
            f"{broken[0]}; compute these outputs again"
        )
    return values


def _size(array: NDArray[np.float64]) -> str:
    samples, classes = array.shape
    return f"{samples} samples of {classes} classes"


def _are_probabilities(array: NDArray[np.float64]) -> bool:
    return bool((array >= 0).all() and (abs(array.sum(axis=1) - 1) <= _SUM_TOLERANCE).all())
