"""A value as a file that is found out if it was damaged, and written whole or not at all.

A file is a line that says what it is, the identity of what it belongs to, the value, and a digest
of all that.  The digest is looked at before anything else is made of the content.
"""

import os
import pickle
import tempfile
from hashlib import blake2b
from io import BufferedReader, BytesIO
from pathlib import Path
from types import FunctionType
from typing import BinaryIO, TypeVar

Value = TypeVar("Value")

_MAGIC = b"poqi checkpoint 1\n"
_DIGEST = 32
_CHUNK = 1 << 20
_ROOMS = ("poqi_core", "checker")
_OTHERS = {
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "bytearray"),
    ("collections", "deque"),
    ("collections", "OrderedDict"),
    ("fractions", "Fraction"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
}


class DamageError(Exception):
    """A kept file is not what was written, or belongs to something else."""


def write_value(path: Path, identity: bytes, value: object) -> None:
    """Write ``value`` to ``path`` by way of a temporary file beside it, renamed at the end.

    Raises:
        OSError: the place cannot be written; whatever was there before is untouched.
    """
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            hashing = _Hashing(stream)
            hashing.write(_MAGIC + identity)
            pickle.dump(value, hashing, pickle.HIGHEST_PROTOCOL)
            stream.write(hashing.digest())
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_value(path: Path, identity: bytes, kind: type[Value]) -> Value:
    """The value in ``path``.

    Raises:
        DamageError: the file was damaged, or belongs to something with another identity.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        _check(stream, identity)
        stream.seek(len(_MAGIC) + len(identity))
        return _load(stream, kind)


def _check(stream: BufferedReader, identity: bytes) -> None:
    """Raise if the digest or the identity is not the right one."""
    stream.seek(0, os.SEEK_END)
    left = stream.tell() - _DIGEST
    stream.seek(0)
    if left < len(_MAGIC) + len(identity):
        raise DamageError("it is cut short")
    hashed = blake2b(digest_size=_DIGEST)
    begins = stream.read(len(_MAGIC) + len(identity))
    hashed.update(begins)
    left -= len(begins)
    while left:
        chunk = stream.read(min(left, _CHUNK))
        hashed.update(chunk)
        left -= len(chunk)
    if stream.read() != hashed.digest():
        raise DamageError("its digest is not that of its content")
    if begins != _MAGIC + identity:
        raise DamageError("it belongs to another checkpoint")


def record_of(identity: bytes, value: object) -> bytes:
    """``value`` as a record of a journal: its length, its digest, and itself."""
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    digest = blake2b(identity + content, digest_size=_DIGEST).digest()
    return len(content).to_bytes(8, "big") + digest + content


def read_record(stream: BinaryIO, identity: bytes, kind: type[Value]) -> Value | None:
    """The next record of a journal; None where it ends, or where its last record was cut short.

    Raises:
        DamageError: the record is not what was written, or belongs to another journal.
    """
    head = stream.read(8 + _DIGEST)
    length = int.from_bytes(head[:8], "big")
    left = stream.read(min(length, _remaining(stream))) if len(head) == 8 + _DIGEST else b""
    if len(head) < 8 + _DIGEST or len(left) < length:
        return None
    if blake2b(identity + left, digest_size=_DIGEST).digest() != head[8:]:
        raise DamageError("the digest of a record is not that of its content")
    return _load(BytesIO(left), kind)


def _remaining(stream: BinaryIO) -> int:
    here = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(here)
    return end - here


def _load(stream: BinaryIO, kind: type[Value]) -> Value:
    value = _Unpickler(stream).load()
    if not isinstance(value, kind):
        raise DamageError(f"it holds no {kind.__name__}")
    return value


class _Hashing:
    """Hashes what passes through to a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = blake2b(digest_size=_DIGEST)

    def write(self, content: bytes) -> int:
        """Write and remember."""
        self._hash.update(content)
        return self._stream.write(content)

    def digest(self) -> bytes:
        """Of all that has passed."""
        return self._hash.digest()


class _Unpickler(pickle.Unpickler):
    """Makes values of the checker and the core, and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        """What a pickle may name."""
        if (module, name) == ("builtins", "getattr"):
            return _method
        found: object = super().find_class(module, name)
        if (module, name) in _OTHERS:
            return found
        home = getattr(found, "__module__", "").partition(".")[0]
        if isinstance(found, type | FunctionType) and home in _ROOMS:
            return found
        raise DamageError(f"it names {module}.{name}, which no checkpoint does")


def _method(value: object, name: str) -> object:
    """A method of one of our values, as a pickle of a bound method asks for it."""
    if type(value).__module__.partition(".")[0] not in _ROOMS or name.startswith("_"):
        raise DamageError(f"it names {name} of {type(value).__name__}, which no checkpoint does")
    return getattr(value, name)
