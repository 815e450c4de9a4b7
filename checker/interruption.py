"""Ctrl-C as a wish: explorations end where they are and say how far they came."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait
from types import FrameType

_ASKED = threading.Event()


def asked() -> bool:
    """Whether somebody pressed Ctrl-C while it was heeded."""
    return _ASKED.is_set()


@contextmanager
def heeded() -> Iterator[None]:
    """The first Ctrl-C is a wish, which budgets pass on; the second is a ``KeyboardInterrupt``.

    After a wish there is only the report left to be given, and further ones are ignored from
    then on.  Only the main thread can ask for this.
    """
    before = signal.signal(signal.SIGINT, _wish_first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN if asked() else before)
        _ASKED.clear()


def serve_as_worker() -> None:
    """In a worker process: every Ctrl-C is a wish, and the worker ends when its parent has.

    A parent that was killed cannot tell its workers; one that goes on alone would use up the
    machine, and would write where the next run writes.
    """
    signal.signal(signal.SIGINT, _wish)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _wish(number: int, frame: FrameType | None) -> None:
    _ASKED.set()


def _wish_first(number: int, frame: FrameType | None) -> None:
    if _ASKED.is_set():
        raise KeyboardInterrupt
    _ASKED.set()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
