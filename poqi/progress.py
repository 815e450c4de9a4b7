"""Progress of a long command, on stderr, only on a terminal and only after two seconds."""

import sys
import time
from types import TracebackType

from checker.sweep import Progress

_SILENT_SECONDS = 2.0
_INTERVAL_SECONDS = 0.2


class SweepProgress:
    """A line that is written over: settings done, states, rate, depth."""

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
        rate = progress.states / (now - self._started)
        depth = f", depth {progress.depth}" if progress.depth else ""
        width = 20
        filled = width * progress.done // progress.settings
        print(
            f"\r\x1b[K[{'#' * filled}{'.' * (width - filled)}] "
            f"{progress.done}/{progress.settings} settings, {progress.states:,} states, "
            f"{rate:,.0f}/s{depth}, {now - self._started:.0f} s",
            end="",
            file=sys.stderr,
            flush=True,
        )
