"""A thread's share of the expansion of a level."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from checker.compiled.kernels import (
    ALLOWED,
    CONTROLS,
    ENTERED,
    FOLLOWED,
    JUDGED,
    LAST,
    NOTED,
    PENDING,
    SHARED,
    TAKEN,
    WRITTEN,
    Flags,
    Kernels,
    Numbers,
    Words,
)
from checker.compiled.visited import Visited

_MOST_IN_BLOCK = 16_384
_LEAST_IN_BLOCK = 512
_BLOCKS_A_THREAD = 8
_CHUNK = 1 << 16
"""States for which memory is asked at once."""


class Block(NamedTuple):
    """Some states of a level: those from ``first`` up to ``last``, exclusive."""

    states: Words
    first: int
    last: int


class Blocks:
    """The blocks of a level that are still to be expanded, for several threads."""

    def __init__(self, arrays: Iterable[Words], words: int, size: int, threads: int) -> None:
        length = max(_LEAST_IN_BLOCK, min(_MOST_IN_BLOCK, size // (threads * _BLOCKS_A_THREAD)))
        self._left = deque(
            Block(states, first, min(first + length, len(states) // words))
            for states in arrays
            for first in range(0, len(states) // words, length)
        )
        self.stopped = False
        """Whether the budget ran out, or an exception was raised."""

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self) -> Block | None:
        """The next block, unless there is none or the threads are to stop."""
        try:
            return None if self.stopped else self._left.popleft()
        except IndexError:
            return None

    def give_back(self, block: Block) -> None:
        """What is left of a block."""
        self._left.appendleft(block)


class Arrays(NamedTuple):
    """What the loops read, and the loops."""

    words: int
    fields: Numbers
    rows: Words
    edges: Words
    row_count: int
    most_edges: int
    kernels: Kernels


class Worker:
    """Expands blocks with arrays of its own to write to.

    Attributes:
        expanded: states that it has expanded, over all levels.
        followed: transitions that it has followed, over all levels.
        occurs: by row, whether the local state occurs in what it has found in this level.
        noted: states of this level in which something is to be judged.
    """

    def __init__(self) -> None:
        self._control = np.zeros(CONTROLS, np.int64)
        self._words = 0
        self._ring: Words = np.empty(0, np.uint64)
        self._ring_slots: Numbers = np.empty(0, np.int64)
        self._judged: Words = np.empty(0, np.uint64)
        self._noted: Words = np.empty(0, np.uint64)
        self._out: Words = np.empty(0, np.uint64)
        self._level_from = 0
        self._whole: list[Words] = []
        self.expanded = 0
        self.followed = 0
        self.occurs: Flags = np.zeros(0, np.uint8)
        self.noted: list[Words] = []

    @property
    def reserve(self) -> int:
        """So many states may be entered after the last look at how much room there is."""
        return len(self._ring_slots) + 1

    def begin_level(self, arrays: Arrays, *, repacked: bool) -> None:
        """Make room for what a level may need; ``repacked``: forget states in another layout."""
        self._words = words = arrays.words
        ring = 1 << (PENDING + arrays.most_edges).bit_length()
        if ring > len(self._ring_slots) or repacked:
            self._ring_slots = np.empty(ring, np.int64)
            self._ring = np.empty(ring * words, np.uint64)
            self._noted = np.empty(4 * self.reserve * words, np.uint64)
            slots = max(8 * self.reserve, 0 if repacked else len(self._judged) // words)
            self._judge_anew(slots, arrays.kernels, keep=not repacked)
        if repacked:
            self._out = np.empty(0, np.uint64)
            self._level_from = self._control[WRITTEN] = 0
        self.occurs = np.zeros(arrays.row_count, np.uint8)
        self.noted = []

    def _judge_anew(self, slots: int, kernels: Kernels, *, keep: bool) -> None:
        """A larger table of the combinations that were noted before."""
        before = self._judged
        self._judged = np.zeros(slots * self._words, np.uint64)
        self._control[JUDGED] = 0
        if keep:
            by_slot = before.reshape(-1, self._words)
            keys = by_slot[by_slot[:, 0] != 0].reshape(-1)
            self._control[JUDGED] = kernels.insert(self._judged, keys)

    def written(self) -> list[Words]:
        """The states that it has found in this level."""
        last = int(self._control[WRITTEN]) * self._words
        return [*self._whole, self._out[self._level_from : last]]

    def end_level(self) -> list[Words]:
        """The states that it has found in this level, which is over."""
        written = self.written()
        self._whole = []
        self._level_from = int(self._control[WRITTEN]) * self._words
        return [states for states in written if len(states)]

    def _make_room(self, kernels: Kernels) -> None:
        control, words, reserve = self._control, self._words, self.reserve
        if control[WRITTEN] + reserve > len(self._out) // words:
            self._whole.append(self._out[self._level_from : control[WRITTEN] * words])
            self._out = np.empty(max(_CHUNK, 4 * reserve) * words, np.uint64)
            self._level_from = control[WRITTEN] = 0
        if control[NOTED] + reserve > len(self._noted) // words:
            self._collect()
        slots = len(self._judged) // words
        if control[JUDGED] + reserve > slots * 3 // 4:
            self._judge_anew(2 * slots, kernels, keep=True)

    def _collect(self) -> None:
        self.noted.append(self._noted[: self._control[NOTED] * self._words].copy())
        self._control[NOTED] = 0

    def work(
        self,
        arrays: Arrays,
        blocks: Blocks,
        visited: Visited,
        allowed: int,
        proceed: Callable[[], bool],
        *,
        shared: bool,
    ) -> int:
        """Expand blocks until none is left, or as many states as are ``allowed`` were entered.

        How many were entered is returned.  ``proceed`` is asked after each block, or before.
        """
        control = self._control
        control[ENTERED], control[ALLOWED], control[SHARED] = 0, allowed, shared
        while (block := blocks.take()) is not None:
            control[TAKEN], control[LAST] = block.first, block.last
            while control[TAKEN] < block.last:
                if control[ENTERED] + self.reserve > allowed or blocks.stopped:
                    blocks.give_back(block._replace(first=int(control[TAKEN])))
                    self._collect()
                    return int(control[ENTERED])
                self._make_room(arrays.kernels)
                before = int(control[TAKEN])
                control[FOLLOWED] = 0
                arrays.kernels.expand(
                    block.states,
                    arrays.fields,
                    arrays.rows,
                    arrays.edges,
                    visited.table,
                    self._judged,
                    self._ring,
                    self._ring_slots,
                    self.occurs,
                    self._out,
                    self._noted,
                    control,
                )
                self.expanded += int(control[TAKEN]) - before
                self.followed += int(control[FOLLOWED])
                if not proceed():
                    blocks.stopped = True
        self._collect()
        return int(control[ENTERED])
