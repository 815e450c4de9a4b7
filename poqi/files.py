"""Writing a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from poqi.errors import CommandError


def check_writable(path: Path) -> None:
    """Make sure, before hours of work, that ``path`` can be written at their end.

    Raises:
        CommandError: its folder does not exist or takes no file, or it is a folder itself.
    """
    if path.is_dir():
        raise CommandError(f"cannot write {path}: it is a folder; name a file")
    if not path.parent.is_dir():
        raise CommandError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise CommandError(f"cannot write {path}: the folder {path.parent} cannot be written")


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` by way of a temporary file beside it, renamed at the end.

    Raises:
        CommandError: the place cannot be written; whatever was there before is untouched.
    """
    write_bytes_whole(path, text.encode("utf-8"))


def write_bytes_whole(path: Path, data: bytes) -> None:
    """The same for bytes.

    Raises:
        CommandError: the place cannot be written; whatever was there before is untouched.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise CommandError(f"cannot write {path}: {error.strerror}") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """What a new file may not be; it can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
