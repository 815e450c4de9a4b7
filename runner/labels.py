"""The true labels of a test set."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError, digest, read_numbers
from runner.outputs import Outputs


@dataclass(frozen=True, eq=False)
class TrueLabels:
    """The labels that the test set gives.

    Attributes:
        path: where they were read.
        sha256: of that file.
        values: int64, shape (samples,).
    """

    path: Path
    sha256: str
    values: NDArray[np.int64]

    def first(self, samples: int) -> "TrueLabels":
        """The labels of the first ``samples`` samples only."""
        return TrueLabels(self.path, self.sha256, self.values[:samples])


def load_labels(path: Path) -> TrueLabels:
    """The labels in a ``.npy`` file, or under the key ``labels`` in an ``.npz`` file.

    Raises:
        DataError: the file is missing or damaged, or what it holds are no labels.
    """
    values = read_numbers(path, "labels")
    if values.dtype.kind != "i" or values.ndim != 1:
        raise DataError(
            f"{path} holds {values.dtype} of shape {values.shape}; labels are whole numbers, "
            "one for each sample"
        )
    return TrueLabels(path, digest(path), values.astype(np.int64))


def fit(labels: TrueLabels, outputs: Outputs) -> None:
    """Check that the labels belong to the samples of ``outputs``.

    Raises:
        DataError: their number differs, or a label is no class of the outputs.
    """
    values = labels.values
    if len(values) != outputs.samples:
        raise DataError(
            f"{labels.path} has {len(values)} labels and the outputs have {outputs.samples} "
            "samples; give the labels of the same test set"
        )
    wrong = np.flatnonzero((values < 0) | (values >= outputs.classes))
    if wrong.size:
        raise DataError(
            f"{labels.path} gives sample {wrong[0]} the label {values[wrong[0]]}, and the "
            f"outputs have the classes 0 to {outputs.classes - 1}"
        )
