"""Progress of a long command, on stderr, only on a terminal and only after two seconds."""

import sys
import time
from types import TracebackType

from checker.sweep import Progress

_SILENT_SECONDS = 2.0
_INTERVAL_SECONDS = 0.2
_WIDTH = 20
"""The letters of the bar."""


class SweepProgress:
    """A line that is written over: settings done, states, rate, frontier, depth, memory."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last = self._started + _SILENT_SECONDS - _INTERVAL_SECONDS
        self._shown = False

    def __enter__(self) -> "SweepProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def report(self, progress: Progress) -> None:
        """Show ``progress`` if it is time to."""
        now = time.monotonic()
        if now - self._last < _INTERVAL_SECONDS or not sys.stderr.isatty():
            return
        self._last = now
        self._shown = True
        print(f"\r\x1b[K{in_a_line(progress, now - self._started)}", end="", file=sys.stderr)
        sys.stderr.flush()


def in_a_line(progress: Progress, seconds: float) -> str:
    """How far an answer has come after so many seconds.

    A bar only where the end is known, which is when there are several settings.
    """
    parts = [f"{progress.states:,} states", f"{progress.states / seconds:,.0f}/s"]
    if progress.settings > 1:
        filled = _WIDTH * progress.done // progress.settings
        bar = "#" * filled + "." * (_WIDTH - filled)
        parts.insert(0, f"[{bar}] {progress.done}/{progress.settings} settings")
    if progress.frontier:
        parts.append(f"frontier {progress.frontier:,}")
    if progress.depth:
        parts.append(f"depth {progress.depth}")
    return ", ".join([*parts, f"{progress.kibibytes / 1024:,.0f} MiB", f"{seconds:.0f} s"])
