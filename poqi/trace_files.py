"""What the commands that take trace files have in common."""

import sys
from pathlib import Path

import traces
from poqi.errors import CommandError, Exit
from poqi_core.run import DepartureError

STANDARD_INPUT = "-"


def load(name: str) -> traces.Trace:
    """The trace in the file ``name``; ``-`` is the standard input.

    Raises:
        CommandError: it holds none.
    """
    try:
        if name == STANDARD_INPUT:
            return traces.read_stream(sys.stdin.buffer, "the standard input")
        return traces.read(Path(name))
    except traces.TraceError as error:
        raise CommandError(str(error)) from None


def departs(name: str, error: DepartureError) -> CommandError:
    """The error for a file that is a trace, but not one of this core."""
    return CommandError(
        f"{name} departs from the core at step {error.step}: {error.reason}; "
        "it was edited, or recorded by another version",
        Exit.VIOLATED,
    )


def emit(text: str) -> None:
    """Print ``text``; what the terminal cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()
