"""Exit statuses, and the error that a command answers with one line."""

from enum import IntEnum


class Exit(IntEnum):
    """What an exit status of ``poqi`` means."""

    OK = 0
    """The property holds, or what was asked for is done."""
    VIOLATED = 1
    """A property is violated, or a trace departs from the core."""
    MISUSE = 2
    """The arguments or files do not make sense."""
    UNDETERMINED = 3
    """A budget ran out before the answer was known."""
    INTERRUPTED = 130
    """Ctrl-C, where there is no verdict to give."""


class CommandError(Exception):
    """Misuse or a failure, told in one line: what was wrong, where, and what to do."""

    def __init__(self, message: str, status: Exit = Exit.MISUSE) -> None:
        super().__init__(message)
        self.status = status
