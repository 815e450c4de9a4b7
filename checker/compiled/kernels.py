"""The compiled loops: states are words in arrays, and the protocol is a table of edges.

A global state is ``words`` unsigned 64-bit words, with a field for the local state of each
process.  The bit :data:`OCCUPIED` of the first word is set in every state, so that no state looks
like an empty slot of a hash table; :data:`STUCK` marks what is asked about stuck states.

The arrays, by name:

- ``fields``: four numbers for each process: the word and the shift of its field, the mask of the
  shifted field, and the row of its local state 0;
- ``rows``: for each local state its first edge, with :data:`IN_SCOPE` where that holds; the number
  of its edges that are progress, and in the upper half the number of the others, which follow
  them; what was seen, as a field; and what was sent, in ``masks`` words;
- ``edges``: for each edge what it needs, in ``masks`` words, and the difference that it makes to
  the word of its process;
- ``table`` and ``judged``: open addressing with linear probing, ``words`` words a slot.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from checker.compiled.memory_access import Index, claim, get, load, prefetch, publish, put

Words: TypeAlias = npt.NDArray[np.uint64]
Numbers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.uint8]

OCCUPIED = np.uint64(1 << 63)
STUCK = np.uint64(1 << 62)
IN_SCOPE = np.uint64(1 << 63)

FIELD = 4
"""Numbers for each process in ``fields``."""

COUNTS, SEEN, SENT = 1, 2, 3
"""Where in a row the numbers of edges stand, what was seen, and the sent masks."""

TAKEN, LAST, WRITTEN, NOTED, JUDGED, ENTERED, ALLOWED, FOLLOWED, SHARED = range(9)
"""What stands where in ``control``; all but LAST, ALLOWED and SHARED are updated.

The next state of the frontier to expand, and the end of the block; how many states are in ``out``
and in ``noted``; how many keys are in ``judged``; how many states were entered in the table, and
how many may be; the transitions followed; whether other threads use the table.
"""
CONTROLS = 9

_EMPTY = np.uint64(0)
_BUSY = np.uint64(1)
"""In place of a first word: a thread is about to write the state."""
_ALL = np.uint64(2**64 - 1)
_HALF = np.uint64(32)
_LOWER_HALF = np.uint64(2**32 - 1)
_ODD = np.uint64(0xD6E8FEB86659FD93)
_YES = np.uint8(1)
PENDING = 32
"""Lookups that wait until their slot has been brought near."""


@njit(inline="always")
def _slot(state: Words, at: Index, words: int, slots: int) -> np.int64:
    """The slot at which the search for a state begins."""
    mixed = _EMPTY
    for word in range(words):
        mixed ^= state[at + word]
        mixed ^= mixed >> _HALF
        mixed *= _ODD
    mixed ^= mixed >> _HALF
    mixed *= _ODD
    return np.int64(((mixed >> _HALF) * np.uint64(slots)) >> _HALF)


@njit(inline="always")
def _enter(
    table: Words, slots: int, words: int, source: Words, at: Index, slot: Index, shared: bool
) -> bool:
    """Enter a state unless it is there; whether it is new.  There must be an empty slot."""
    first = source[at]
    while True:
        here = slot * words
        held = load(table, here)
        if held == _EMPTY and not shared:
            for word in range(words):
                table[here + word] = source[at + word]
            return True
        if held == _EMPTY:
            held = claim(table, here, first if words == 1 else _BUSY)
            if held == _EMPTY:
                if words > 1:
                    for word in range(1, words):
                        table[here + word] = source[at + word]
                    publish(table, here, first)
                return True
        while held == _BUSY:
            held = load(table, here)
        if held == first:
            same = True
            for word in range(1, words):
                if table[here + word] != source[at + word]:
                    same = False
            if same:
                return False
        slot += 1
        if slot == slots:
            slot = 0


Expand: TypeAlias = Callable[
    [Words, Numbers, Words, Words, Words, Words, Words, Numbers, Flags, Words, Words, Numbers],
    None,
]
Insert: TypeAlias = Callable[[Words, Words], int]
Mark: TypeAlias = Callable[[Words, Numbers, Words, Words, Flags], None]


class Kernels(NamedTuple):
    """The loops for one width of states and of masks."""

    expand: Expand
    insert: Insert
    mark: Mark


@cache
def kernels(words: int, masks: int) -> Kernels:
    """Loops for states of so many words, and masks of messages of so many.

    The first call for a width compiles them, which takes seconds; numba keeps the result on disk.
    """
    stride, width = SENT + masks, masks + 1

    @njit(
        "void(uint64[::1], int64[::1], uint64[::1], uint64[::1], uint64[::1], uint64[::1], "
        "uint64[::1], int64[::1], uint8[::1], uint64[::1], uint64[::1], int64[::1])",
        nogil=True,
        cache=True,
    )
    def expand(
        frontier: Words,
        fields: Numbers,
        rows: Words,
        edges: Words,
        table: Words,
        judged: Words,
        ring: Words,
        ring_slots: Numbers,
        occurs: Flags,
        out: Words,
        noted: Words,
        control: Numbers,
    ) -> None:
        """Expand states of ``frontier`` until the block ends or something is full.

        New states go to ``out``; ``occurs`` is set for the rows of their local states.  States in
        which a combination of what was seen occurs for the first time go to ``noted``, as do
        stuck ones.  ``ring`` holds the lookups that are pending; it must have room for
        :data:`PENDING` of them and all edges of a state.
        """
        places = len(fields) // FIELD
        slots, judged_slots = len(table) // words, len(judged) // words
        around = len(ring_slots) - 1
        reserve = len(ring_slots) + 1
        out_room, noted_room = len(out) // words - reserve, len(noted) // words - reserve
        judged_room = judged_slots * 3 // 4 - reserve
        taken, last = control[TAKEN], control[LAST]
        written, noting, judging = control[WRITTEN], control[NOTED], control[JUDGED]
        entered, entered_room = control[ENTERED], control[ALLOWED] - reserve
        followed = control[FOLLOWED]
        shared = control[SHARED] != 0
        chosen = np.empty(places, np.int64)
        lacking = np.empty(masks, np.uint64)
        key = np.empty(words, np.uint64)
        head: Index = 0
        tail: Index = 0
        going = True
        while going:
            going = (
                taken < last
                and written <= out_room
                and noting <= noted_room
                and judging <= judged_room
                and entered <= entered_room
            )
            if going:
                at = taken * words
                first = get(frontier, at)
                taken += 1
                missing = _ALL
                for mask in range(1, masks):
                    put(lacking, mask, _ALL)
                covered = IN_SCOPE
                for place in range(places):
                    field = place * FIELD
                    local = get(frontier, at + get(fields, field))
                    local >>= np.uint64(get(fields, field + 1))
                    local &= np.uint64(get(fields, field + 2))
                    row = (get(fields, field + 3) + np.int64(local)) * stride
                    put(chosen, place, row)
                    covered &= get(rows, row)
                    missing &= ~get(rows, row + SENT)
                    for mask in range(1, masks):
                        more = get(lacking, mask) & ~get(rows, row + SENT + mask)
                        put(lacking, mask, more)
                before = tail
                progress: Index = 0
                for place in range(places):
                    row, word = get(chosen, place), get(fields, place * FIELD)
                    edge = np.int64(get(rows, row) & ~IN_SCOPE) * width
                    counts = get(rows, row + COUNTS)
                    so_far = tail
                    for kind in range(2):
                        count = np.int64(counts & _LOWER_HALF if kind == 0 else counts >> _HALF)
                        for _ in range(count):
                            blocked = get(edges, edge) & missing
                            for mask in range(1, masks):
                                blocked |= get(edges, edge + mask) & get(lacking, mask)
                            difference = get(edges, edge + masks)
                            where = (tail & around) * words
                            if words == 1:
                                put(ring, where, first + difference)
                            else:
                                for other in range(words):
                                    put(ring, where + other, get(frontier, at + other))
                                put(ring, where + word, get(ring, where + word) + difference)
                            tail += np.int64(blocked == _EMPTY)
                            edge += width
                        if kind == 0:
                            progress += tail - so_far
                followed += tail - before
                for waiting in range(before, tail):
                    where = waiting & around
                    slot = _slot(ring, where * words, words, slots)
                    put(ring_slots, where, slot)
                    prefetch(table, slot * words)
                if progress == 0 and covered != _EMPTY:
                    key[:] = _EMPTY
                    key[0] = OCCUPIED | STUCK
                    for place in range(places):
                        key[fields[place * FIELD]] += rows[chosen[place] + SEEN]
                    slot = _slot(key, 0, words, judged_slots)
                    if _enter(judged, judged_slots, words, key, 0, slot, False):
                        judging += 1
                        for other in range(words):
                            noted[noting * words + other] = frontier[at + other]
                        noted[noting * words] |= STUCK
                        noting += 1
            pending = PENDING if going else 0
            while tail - head > pending:
                where = head & around
                slot = get(ring_slots, where)
                where *= words
                head += 1
                if not _enter(table, slots, words, ring, where, slot, shared):
                    continue
                entered += 1
                for other in range(words):
                    put(out, written * words + other, get(ring, where + other))
                    put(key, other, _EMPTY)
                written += 1
                put(key, 0, OCCUPIED)
                for place in range(places):
                    field = place * FIELD
                    word = get(fields, field)
                    local = get(ring, where + word) >> np.uint64(get(fields, field + 1))
                    local &= np.uint64(get(fields, field + 2))
                    row = get(fields, field + 3) + np.int64(local)
                    put(occurs, row, _YES)
                    put(key, word, get(key, word) + get(rows, row * stride + SEEN))
                slot = _slot(key, 0, words, judged_slots)
                if _enter(judged, judged_slots, words, key, 0, slot, False):
                    judging += 1
                    for other in range(words):
                        noted[noting * words + other] = ring[where + other]
                    noting += 1
        control[TAKEN], control[WRITTEN], control[NOTED] = taken, written, noting
        control[JUDGED], control[ENTERED], control[FOLLOWED] = judging, entered, followed

    @njit("int64(uint64[::1], uint64[::1])", nogil=True, cache=True)
    def insert(table: Words, states: Words) -> int:
        """Enter ``states`` into ``table``, which has room for them; how many are new."""
        slots, count = len(table) // words, len(states) // words
        ahead = np.empty(PENDING, np.int64)
        new = 0
        for step in range(count + PENDING):
            waiting = step % PENDING
            if step >= PENDING:
                at = (step - PENDING) * words
                new += _enter(table, slots, words, states, at, ahead[waiting], False)
            if step < count:
                ahead[waiting] = _slot(states, step * words, words, slots)
                prefetch(table, ahead[waiting] * words)
        return new

    @njit(
        "void(uint64[::1], int64[::1], uint64[::1], uint64[::1], uint8[::1])",
        nogil=True,
        cache=True,
    )
    def mark(states: Words, fields: Numbers, rows: Words, edges: Words, enabled: Flags) -> None:
        """Set ``enabled`` for every edge that is enabled in one of ``states``."""
        places = len(fields) // FIELD
        chosen = np.empty(places, np.int64)
        lacking = np.empty(masks, np.uint64)
        for state in range(len(states) // words):
            lacking[:] = _ALL
            for place in range(places):
                field = place * FIELD
                local = states[state * words + fields[field]] >> np.uint64(fields[field + 1])
                row = fields[field + 3] + np.int64(local & np.uint64(fields[field + 2]))
                chosen[place] = row * stride
                for mask in range(masks):
                    lacking[mask] &= ~rows[chosen[place] + SENT + mask]
            for place in range(places):
                first = np.int64(rows[chosen[place]] & ~IN_SCOPE)
                counts = rows[chosen[place] + COUNTS]
                last = first + np.int64(counts & _LOWER_HALF) + np.int64(counts >> _HALF)
                for edge in range(first, last):
                    blocked = _EMPTY
                    for mask in range(masks):
                        blocked |= edges[edge * width + mask] & lacking[mask]
                    if blocked == _EMPTY:
                        enabled[edge] = 1

    return Kernels(expand, insert, mark)
