"""A board on which workers note how far they are, for whoever shows the progress of all.

It is memory that processes share; a worker writes in its own line of it and nobody waits.  What
stands there is for the eye alone, and nothing that is found depends on it.
"""

import multiprocessing
from ctypes import c_int64
from typing import NamedTuple


class Line(NamedTuple):
    """How far a worker is, or all of them together.

    Attributes:
        states: the states that it has reached in what it is at.
        depth: the steps of what it looks at.
        frontier: the states that wait at that depth.
        kibibytes: the memory that it occupies.
    """

    states: int = 0
    depth: int = 0
    frontier: int = 0
    kibibytes: int = 0


class Board:
    """A line for each of so many workers, which are processes that are forked from this one."""

    def __init__(self, workers: int) -> None:
        width = len(Line._fields)
        self._cells = multiprocessing.RawArray(c_int64, width * workers)
        self._taken = multiprocessing.Value("i", 0)
        self._workers = workers

    def take_line(self) -> None:
        """Called once in each worker: from now on it writes in a line of its own."""
        with self._taken.get_lock():
            _own.append((self, self._taken.value % self._workers))
            self._taken.value += 1

    def read(self) -> Line:
        """All lines together: sums, and the greatest depth."""
        width = len(Line._fields)
        lines = [
            Line(*self._cells[width * place : width * (place + 1)])
            for place in range(self._workers)
        ]
        return Line(
            sum(line.states for line in lines),
            max(line.depth for line in lines),
            sum(line.frontier for line in lines),
            sum(line.kibibytes for line in lines),
        )

    def write(self, place: int, line: Line) -> None:
        """Write in the line at ``place``."""
        width = len(Line._fields)
        self._cells[width * place : width * (place + 1)] = list(line)


_own: list[tuple[Board, int]] = []
"""In a worker, its board and its line on it."""


def note(line: Line) -> None:
    """Write on the board of this worker, if it has one."""
    for board, place in _own[-1:]:
        board.write(place, line)
