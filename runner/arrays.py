"""Arrays on disk: NumPy files, read without trust and without pickles."""

import errno
import hashlib
import zipfile
import zlib
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Stored: TypeAlias = (
    NDArray[np.uint8]
    | NDArray[np.int64]
    | NDArray[np.float16]
    | NDArray[np.float64]
    | NDArray[np.str_]
)
"""An array as it is in a file; its ``dtype`` tells which of these it is, or that it is another."""


class DataError(ValueError):
    """A file, an array or labels that do not make sense; the message says which and what to do."""


def read_array(path: Path, key: str) -> Stored:
    """The array in a ``.npy`` file, or the one called ``key`` in an ``.npz`` file, as it is.

    Raises:
        DataError: the file is missing, damaged, or holds no such array.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                if key not in loaded.files:
                    held = ", ".join(loaded.files) or "nothing"
                    raise DataError(f"{path} has no array called {key!r}; it holds {held}")
                loaded = loaded[key]
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from None
        # A damaged directory of an .npz file sends the reader to a place before its beginning.
        raise DataError(_damaged(path)) from None
    except DataError:
        raise
    except (ValueError, EOFError, MemoryError, SyntaxError, zipfile.BadZipFile, zlib.error):
        raise DataError(_damaged(path)) from None
    array: Stored = loaded
    return array


def read_numbers(path: Path, key: str) -> NDArray[np.int64] | NDArray[np.float64]:
    """The array of numbers in a ``.npy`` file, or called ``key`` in an ``.npz`` file.

    Whole numbers of any width become int64, other real numbers float64.

    Raises:
        DataError: the file is missing, damaged, or holds no such array of numbers.
    """
    loaded = read_array(path, key)
    if loaded.dtype.kind in "iu":
        whole: NDArray[np.int64] = loaded.astype(np.int64)
        return whole
    if loaded.dtype.kind == "f":
        real: NDArray[np.float64] = loaded.astype(np.float64)
        return real
    raise DataError(f"{path} holds {loaded.dtype}, not real numbers")


def _damaged(path: Path) -> str:
    return f"{path} is no NumPy file, or a damaged one; write it again with numpy.save"


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
