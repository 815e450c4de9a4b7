"""Files of bytes that appear whole or not at all."""

import glob
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from runner.arrays import DataError


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of writers of ``path`` that were killed."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        left.unlink(missing_ok=True)


def write_bytes_whole(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write ``parts`` to a temporary file beside ``path``, then rename it.

    Raises:
        DataError: the place cannot be written; whatever was there before is untouched.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            for part in parts:
                stream.write(part)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
