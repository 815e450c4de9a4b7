"""Reading trace files, whatever they turn out to be."""

from pathlib import Path
from typing import BinaryIO

from traces.document import from_document
from traces.errors import TraceError
from traces.json_text import parse
from traces.trace import Trace

LARGEST_FILE = 32 * 1024 * 1024
"""The most bytes of a trace file."""


def read(path: Path) -> Trace:
    """The trace in the file ``path``.

    Raises:
        TraceError: the file cannot be opened, is too large or holds no trace.
    """
    try:
        with path.open("rb") as stream:
            return read_stream(stream, str(path))
    except OSError as error:
        raise TraceError(f"cannot read {path}: {error.strerror}") from None


def read_stream(stream: BinaryIO, name: str) -> Trace:
    """The trace that ``stream`` delivers; ``name`` is what errors call it.

    No more is read than a trace file may hold.

    Raises:
        TraceError: it is too large or holds no trace.
        OSError: it cannot be read.
    """
    data = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise TraceError(
            f"{name} is larger than {LARGEST_FILE // 2**20} MiB, the limit for a trace file"
        )
    if not data.strip():
        raise TraceError(f"{name} is empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TraceError(
            f"{name} is not a trace file: byte {error.start} is not UTF-8 text"
        ) from None
    try:
        return from_document(parse(text))
    except TraceError as error:
        raise TraceError(f"{name} is not a trace of PoQI: {error}") from None
