"""The outputs that this project's own networks gave on real test sets, as package data."""

from importlib.resources import files
from pathlib import Path

from runner.arrays import DataError

SHIPPED = ("cifar10", "fashion_mnist")
"""The data sets whose outputs are shipped; the files are those of :mod:`runner.outputs_file`."""


def shipped_outputs(name: str) -> Path:
    """The file with the outputs for the test set of the data set ``name``.

    Raises:
        DataError: no outputs are shipped for it.
    """
    if name not in SHIPPED:
        raise DataError(f"no outputs are shipped for {name!r}, only for {', '.join(SHIPPED)}")
    return Path(str(files("runner"))) / "data" / f"{name}.npz"
