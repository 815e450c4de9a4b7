"""Named tensors in one file: the safetensors format, read without trust.

Eight bytes with the length of a header, a header in JSON that gives each tensor's kind, shape
and place, then the numbers.  See https://github.com/huggingface/safetensors#format.  Nothing in
such a file is ever executed, which cannot be said of a pickled checkpoint.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError
from runner.json_values import Json
from runner.whole_file import write_bytes_whole

_KINDS = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4"}


@dataclass(frozen=True, eq=False)
class TensorFile:
    """What such a file holds.

    Attributes:
        tensors: by name, as float32 whatever the file's kind is.
        notes: the texts that go with them, by name.
    """

    tensors: Mapping[str, NDArray[np.float32]]
    notes: Mapping[str, str]


def write_tensors(path: Path, file: TensorFile) -> None:
    """Write ``file`` to ``path``, whole or not at all.

    Raises:
        DataError: the place cannot be written.
    """
    header: dict[str, Json] = {"__metadata__": {**file.notes}}
    arrays = []
    begin = 0
    for name, tensor in file.tensors.items():
        array = np.ascontiguousarray(tensor, dtype="<f4")
        end = begin + array.nbytes
        header[name] = {
            "dtype": "F32",
            "shape": [*tensor.shape],
            "data_offsets": [begin, end],
        }
        arrays.append(array)
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    parts = [len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in arrays)]
    write_bytes_whole(path, parts)


def read_tensors(path: Path) -> TensorFile:
    """The tensors and notes in a safetensors file.

    Raises:
        DataError: the file is missing or damaged, or holds another kind of number.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is no safetensors file, or a damaged one ({_reason(error)})"
        ) from None


def _parse(content: bytes) -> TensorFile:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= len(content) - 8:
        raise ValueError("its header does not fit into it")
    header = json.loads(content[8 : 8 + length].decode())
    numbers = memoryview(content)[8 + length :]
    notes = {str(name): str(note) for name, note in header.pop("__metadata__", {}).items()}
    tensors = {}
    used = 0
    for name, entry in header.items():
        kind = _KINDS.get(entry["dtype"])
        if kind is None:
            raise ValueError(f"{name} has numbers of the kind {entry['dtype']}")
        begin, end = entry["data_offsets"]
        shape = [int(size) for size in entry["shape"]]
        if not 0 <= begin <= end <= len(numbers) or min(shape, default=0) < 0:
            raise ValueError(f"{name} lies outside the file")
        array = np.frombuffer(numbers[begin:end], dtype=kind)
        if array.size != prod(shape):
            raise ValueError(f"{name} has {array.size} numbers and not the shape {shape}")
        tensors[str(name)] = array.reshape(shape).astype(np.float32)
        used += end - begin
    if used != len(numbers):
        raise ValueError(f"{len(numbers) - used} bytes belong to no tensor")
    return TensorFile(tensors, notes)


def _reason(error: Exception) -> str:
    match error:
        case UnicodeDecodeError() | json.JSONDecodeError():
            return "its header is no JSON"
        case ValueError():
            return str(error).splitlines()[0]
        case _:
            return "its header has another form"
