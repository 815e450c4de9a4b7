"""The states that were reached: a hash table, and the levels of the search."""

import mmap
from collections.abc import Iterator, Sequence

import numpy as np

from checker.compiled.kernels import Kernels, Words
from checker.compiled.layout import Layout

_FIRST_SLOTS = 1 << 14
_FILLED = 0.75
"""The part of the slots that may be filled."""
_FAST_GROWTH = 4.0
_SLOW_GROWTH = 1.6
_FAST_UP_TO = 1 << 20
"""Slots up to which the table grows fast; beyond, its size would be felt."""
_MOST_SLOTS = 1 << 32
_BYTES = 8
_KIBIBYTE = 1024


class Visited:
    """Every state that was reached, in the levels in which it was.

    Attributes:
        levels: the arrays that make up each level.
        count: how many states there are.
        table: the same states for lookups.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.levels: list[list[Words]] = []
        self.count = 0
        self.table = _zeros(_FIRST_SLOTS * layout.words)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "table"}

    def __setstate__(self, state: dict[str, object]) -> None:
        """The levels; the table is left to :meth:`grow`."""
        vars(self).update(state)
        self.table = np.empty(0, np.uint64)

    @property
    def room(self) -> int:
        """How many more states may be entered before the table has to grow."""
        return int(len(self.table) // self.layout.words * _FILLED) - self.count

    def size(self, level: int) -> int:
        """How many states a level has."""
        return sum(len(states) for states in self.levels[level]) // self.layout.words

    def slots_for(self, room: int) -> int:
        """How many slots the table should grow to, so that so many more states have room."""
        slots = len(self.table) // self.layout.words
        growth = _FAST_GROWTH if slots < _FAST_UP_TO else _SLOW_GROWTH
        return max(int(slots * growth), int((self.count + room) / _FILLED) + 1)

    def kibibytes_for(self, slots: int) -> int:
        """How much more memory a table of so many slots takes."""
        return (slots * self.layout.words - len(self.table)) * _BYTES // _KIBIBYTE

    def grow(self, slots: int, kernels: Kernels, pending: Sequence[Words]) -> None:
        """Make a table of so many slots, of all levels and of the ``pending`` states.

        The old table is given up first; the levels hold all that it held.

        Raises:
            MemoryError: a table of that size cannot be addressed.
        """
        if slots >= _MOST_SLOTS:
            raise MemoryError(f"a table of {slots} slots is more than the engine can address")
        self.table = np.empty(0, np.uint64)
        self.table = _zeros(slots * self.layout.words)
        for states in (*self.arrays(len(self.levels)), *pending):
            kernels.insert(self.table, states)

    def arrays(self, levels: int) -> Iterator[Words]:
        """The arrays of the first so many levels."""
        for level in self.levels[:levels]:
            yield from level

    def repack(self, layout: Layout, kernels: Kernels) -> None:
        """Pack every state anew."""
        before, self.layout = self.layout, layout
        for level in self.levels:
            level[:] = [layout.repack(states, before) for states in level]
        self.grow(max(_FIRST_SLOTS, len(self.table) // before.words), kernels, ())


def _zeros(words: int) -> Words:
    """Zeros straight from the system, so that they go back to it when they are given up."""
    memory = mmap.mmap(-1, words * _BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, np.uint64)
