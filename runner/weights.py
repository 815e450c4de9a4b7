"""Weights of a network on disk, and how they came about.

The file is a safetensors file.  This project's own files carry a note of their origin; files of
other people carry none, and load where names and shapes are those of the network.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from runner.arrays import DataError
from runner.provenance import Note
from runner.tensor_file import TensorFile, write_tensors

_NOTE = "poqi"
_COUNTER = "num_batches_tracked"
"""Names of this ending count batches for a kind of average that no network here takes."""


def weights_of(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """The parameters and running statistics of ``network``, by name."""
    return {
        name: tensor.detach().cpu().contiguous().numpy()
        for name, tensor in network.state_dict().items()
        if not name.endswith(_COUNTER)
    }


def put_weights(network: nn.Module, tensors: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    """Give ``network`` the weights that were read from ``path``.

    Raises:
        DataError: a weight is missing, has another shape, is too many, or is not finite.
    """
    wanted = {name: array.shape for name, array in weights_of(network).items()}
    given = {name: array for name, array in tensors.items() if not name.endswith(_COUNTER)}
    for name, shape in wanted.items():
        if name not in given:
            raise DataError(f"{path} is of another network: it has no {name}")
        if given[name].shape != shape:
            raise DataError(
                f"{path} is of another network: its {name} has the shape {given[name].shape}, "
                f"not {shape}"
            )
        if not np.isfinite(given[name]).all():
            raise DataError(f"{path} has NaN or infinity in {name}")
    for name in given:
        if name not in wanted:
            raise DataError(f"{path} is of another network: its {name} has no place")
    network.load_state_dict(
        {name: torch.from_numpy(array) for name, array in given.items()}, strict=False
    )


def write_weights(path: Path, network: nn.Module, note: Note) -> None:
    """Write the weights and the note of their origin, whole or not at all.

    Raises:
        DataError: the place cannot be written.
    """
    write_tensors(path, TensorFile(weights_of(network), {_NOTE: json.dumps(note)}))


def read_note(file: TensorFile, path: Path) -> Note | None:
    """What this project noted in a file of weights; None for a file of other people.

    Raises:
        DataError: the note is damaged.
    """
    if _NOTE not in file.notes:
        return None
    try:
        note = json.loads(file.notes[_NOTE])
    except ValueError:
        note = None
    if not isinstance(note, dict):
        raise DataError(f"the note in {path} is damaged")
    return note
