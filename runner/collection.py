"""Garbage collection, while a run goes on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage in cycles meanwhile.

    A table is a great many small objects that all stay; to look through them again and again takes
    a quarter of the time of a run.  Whoever throws a table away collects it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
