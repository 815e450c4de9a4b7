"""Progress of work that is counted, on stderr, only on a terminal and only after two seconds."""

import sys
from time import perf_counter

_PATIENCE = 2.0
_PAUSE = 0.2


class StepProgress:
    """A line that is written over: a bar, what is done of how much, the seconds left.

    Without a total, as the end is not known, it says how much is done in how many seconds.
    """

    def __init__(self, total: int | None, unit: str) -> None:
        self._total = total
        self._unit = unit
        self._began = perf_counter()
        self._first: int | None = None
        self._next = self._began + _PATIENCE if sys.stderr.isatty() else float("inf")
        self._shown = False

    def __call__(self, done: int, remark: str = "") -> None:
        """Show that ``done`` of the total is done, if it is time to."""
        now = perf_counter()
        if self._first is None:
            self._first, self._began = done, now
            return
        if now < self._next or done == self._first:
            return
        self._next = now + _PAUSE
        self._shown = True
        if self._total is None:
            line = f"{done:,} {self._unit}{remark}, {now - self._began:.0f} s"
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
            return
        left = (now - self._began) * (self._total - done) / (done - self._first)
        bar = "#" * (30 * done // self._total)
        line = f"{bar:.<30} {done:,} of {self._total:,} {self._unit}{remark}, {left:.0f} s left"
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
