"""The automata of all processes in flat arrays, as far as they are filled."""

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple

import numpy as np

from checker.compiled.kernels import COUNTS, IN_SCOPE, SEEN, SENT, Flags, Numbers, Words
from checker.compiled.layout import Layout, lay_out
from checker.exploration import Spending
from checker.observer import Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge, Tables

_WORD_BITS = 64
_WORD = 2**_WORD_BITS - 1
_HALF_BITS = 32
_NEVER = -1
_ASK_EVERY = 16
"""Local states: to fill one can take a thousand calls of the protocol."""


class Filled(NamedTuple):
    """What filling has led to."""

    before: Layout | None
    """The layout before, where the arrays became wider: states are to be packed anew."""
    finished: bool
    """Whether the budget sufficed for every row that occurs."""


class FlatAutomata(Generic[State, Event, Message, Shown, Seen]):
    """Rows and edges for the compiled loops; :mod:`checker.compiled.kernels` says what they hold.

    Local states are filled when they occur, so that the tables hold what is reached and one step
    more, however much else there would be.

    Attributes:
        layout: where the local states stand in a global state.
        fields: the same as compiled code reads it.
        masks: words of a mask of messages.
        rows: see :mod:`checker.compiled.kernels`.
        edges: likewise.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        automata: Sequence[Automaton[State, Event, Message, Shown, Seen]],
    ) -> None:
        self._messages = tables.messages
        self._automata = automata
        self._filled: list[dict[int, list[Edge]]] = [{} for _ in automata]
        """For each process, by local state: its edges, which nobody else may let grow."""
        self._longest = [0] * len(automata)
        self._up_to: list[Numbers] = []
        """For each process, by local state: how many messages were known when it was filled."""
        self._lay_out()
        self._describe()

    def _lay_out(self) -> None:
        """Begin with empty arrays, wide enough for what is numbered by now."""
        self.layout: Layout = lay_out([len(automaton.locals) for automaton in self._automata])
        self.fields: Numbers = self.layout.numbers()
        self.masks = self._masks_needed()
        self.rows: Words = np.zeros(self.layout.rows * (SENT + self.masks), np.uint64)
        self.edges: Words = np.empty(0, np.uint64)
        self._edges_written = 0
        self._described = [0] * len(self._automata)
        """For each process, how many local states have a row."""
        up_to = [np.full(1 << field.bits, _NEVER, np.int64) for field in self.layout.fields]
        for older, newer in zip(self._up_to, up_to, strict=False):
            newer[: len(older)] = older
        self._up_to = up_to

    def _masks_needed(self) -> int:
        return max(1, -(-len(self._messages) // _WORD_BITS))

    @property
    def most_edges(self) -> int:
        """No global state has more edges."""
        return sum(self._longest)

    def fill(self, occurs: Flags, budget: Spending, depth: int) -> Filled:
        """Fill the rows that occur with the edges by every event that is known by now."""
        changed, finished = self._catch_up(occurs, budget, depth)
        before = None
        counts = [len(automaton.locals) for automaton in self._automata]
        if not self.layout.fits(counts) or self._masks_needed() > self.masks:
            before = self.layout
            self._lay_out()
            changed = [
                (place, local) for place, filled in enumerate(self._filled) for local in filled
            ]
        self._describe()
        self._write(changed)
        return Filled(before, finished)

    def _catch_up(
        self, occurs: Flags, budget: Spending, depth: int
    ) -> tuple[list[tuple[int, int]], bool]:
        """The local states, with their places, that got edges; whether the budget sufficed."""
        known, looked_at = len(self._messages), 0
        changed: list[tuple[int, int]] = []
        for place, automaton in enumerate(self._automata):
            field, filled, up_to = (
                self.layout.fields[place],
                self._filled[place],
                self._up_to[place],
            )
            occurring = occurs[field.first_row : field.first_row + (1 << field.bits)]
            for local in np.flatnonzero((occurring != 0) & (up_to != known)).tolist():
                had = len(filled.get(local, ()))
                filled[local] = automaton.edges(local)
                up_to[local] = known
                if len(filled[local]) != had:
                    changed.append((place, local))
                looked_at += 1
                if looked_at % _ASK_EVERY == 0 and not budget.spend(0, depth):
                    return changed, False
        return changed, True

    def _describe(self) -> None:
        """Give every local state that is numbered by now a row, without edges yet."""
        rows = self.rows.reshape(-1, SENT + self.masks)
        for place, automaton in enumerate(self._automata):
            first, count = self._described[place], len(automaton.locals)
            if first == count:
                continue
            field = self.layout.fields[place]
            block = rows[field.first_row + first : field.first_row + count]
            scope = np.array(automaton.in_scope[first:], np.bool_)
            block[:, 0] = np.where(scope, IN_SCOPE, np.uint64(0))
            seen = np.array(automaton.seen_number[first:], np.uint64)
            block[:, SEEN] = seen << np.uint64(field.shift)
            block[:, SENT:] = np.array(
                [self._mask(sent) for sent in automaton.sent_mask[first:]], np.uint64
            )
            self._described[place] = count

    def _mask(self, messages: int) -> list[int]:
        return [messages >> _WORD_BITS * word & _WORD for word in range(self.masks)]

    def _write(self, changed: Sequence[tuple[int, int]]) -> None:
        """Append the edges of some local states, and let their rows point there."""
        rows = self.rows.reshape(-1, SENT + self.masks)
        written: list[int] = []
        width = self.masks + 1
        for place, local in changed:
            field = self.layout.fields[place]
            row = rows[field.first_row + local]
            first = self._edges_written + len(written) // width
            row[0] = row[0] & IN_SCOPE | np.uint64(first)
            progress = 0
            edges = self._filled[place][local]
            for edge in _in_order(edges):
                written += self._mask(edge.needs)
                written.append((edge.target - local << field.shift) & _WORD)
                progress += edge.progress
            row[COUNTS] = progress | len(edges) - progress << _HALF_BITS
            self._longest[place] = max(self._longest[place], len(edges))
        if written:
            used = self._edges_written * width
            if used + len(written) > len(self.edges):
                wider = np.empty(2 * (used + len(written)), np.uint64)
                wider[:used] = self.edges[:used]
                self.edges = wider
            self.edges[used : used + len(written)] = np.array(written, np.uint64)
            self._edges_written += len(written) // width

    def beyond(self, occurs: Flags) -> bool:
        """Whether a local state that occurs is beyond the scope of the question."""
        for field, automaton in zip(self.layout.fields, self._automata, strict=True):
            occurring = occurs[field.first_row : field.first_row + len(automaton.locals)]
            if np.any((occurring != 0) & ~np.array(automaton.in_scope, np.bool_)):
                return True
        return False

    def edges_of(self, place: int, local: int) -> Sequence[Edge]:
        """The edges of a local state, as of when it was filled last; none if it never occurred."""
        return self._filled[place].get(local, ())

    def marked(self, marks: Flags) -> Iterator[tuple[int, int, Edge]]:
        """The edges that are marked: the place of their process, the local state, and the edge."""
        rows = self.rows.reshape(-1, SENT + self.masks)
        for place, filled in enumerate(self._filled):
            for local, edges in filled.items():
                first = int(rows[self.layout.fields[place].first_row + local, 0] & ~IN_SCOPE)
                for number, edge in enumerate(_in_order(edges), first):
                    if marks[number]:
                        yield place, local, edge


def _in_order(edges: Sequence[Edge]) -> list[Edge]:
    """Those that are progress before the others."""
    return sorted(edges, key=lambda edge: not edge.progress)
