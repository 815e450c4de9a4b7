"""Where the local state of each process stands in the words of a global state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from checker.compiled.kernels import OCCUPIED, Numbers, Words

_FIRST_WORD_BITS = 62
_WORD_BITS = 64
_MOST_SPARE_BITS = 2


class Field(NamedTuple):
    """Some bits of a word, and the row of the local state 0 of their process."""

    word: int
    shift: int
    bits: int
    first_row: int


@dataclass(frozen=True)
class Layout:
    """A field for each process, in order."""

    fields: tuple[Field, ...]

    @cached_property
    def words(self) -> int:
        """How many words a state has."""
        return self.fields[-1].word + 1

    @cached_property
    def rows(self) -> int:
        """How many rows there are: one for each local state that a field has room for."""
        return sum(1 << field.bits for field in self.fields)

    def fits(self, locals_: Sequence[int]) -> bool:
        """Whether each field has room for so many local states."""
        return all(
            count <= 1 << field.bits for field, count in zip(self.fields, locals_, strict=True)
        )

    def numbers(self) -> Numbers:
        """The fields as compiled code reads them."""
        return np.array(
            [
                (field.word, field.shift, (1 << field.bits) - 1, field.first_row)
                for field in self.fields
            ],
            np.int64,
        ).reshape(-1)

    def pack(self, vectors: Iterable[Sequence[int]]) -> Words:
        """States, one after the other, from their local states."""
        packed: list[int] = []
        for vector in vectors:
            words = [int(OCCUPIED)] + [0] * (self.words - 1)
            for field, local in zip(self.fields, vector, strict=True):
                words[field.word] |= local << field.shift
            packed += words
        return np.array(packed, np.uint64)

    def unpack(self, states: Words) -> list[Numbers]:
        """For each process its local states in ``states``."""
        by_word = states.reshape(-1, self.words)
        return [
            (
                by_word[:, field.word] >> np.uint64(field.shift) & np.uint64((1 << field.bits) - 1)
            ).astype(np.int64)
            for field in self.fields
        ]

    def without(self, place: int, differences: Words) -> Words:
        """Words of states, a state a row, with the field of one process blanked."""
        field = self.fields[place]
        blanked = differences.copy()
        blanked[:, field.word] &= ~np.uint64(((1 << field.bits) - 1) << field.shift)
        return blanked

    def repack(self, states: Words, before: "Layout") -> Words:
        """``states``, which are laid out as ``before``, in this layout."""
        packed = np.zeros((len(states) // before.words, self.words), np.uint64)
        packed[:, 0] = OCCUPIED
        for field, locals_ in zip(self.fields, before.unpack(states), strict=True):
            packed[:, field.word] |= locals_.astype(np.uint64) << np.uint64(field.shift)
        return packed.reshape(-1)


def lay_out(locals_: Sequence[int]) -> Layout:
    """Fields for so many local states of each process, in as few words as they need.

    Fields are given up to two bits to spare where that takes no further word.
    """
    least = [max(1, (count - 1).bit_length()) for count in locals_]
    narrow = _place(least)
    for spare in range(_MOST_SPARE_BITS, 0, -1):
        wider = _place([bits + spare for bits in least])
        if wider.words == narrow.words:
            return wider
    return narrow


def _place(widths: Iterable[int]) -> Layout:
    fields: list[Field] = []
    word, shift, row = 0, 0, 0
    for bits in widths:
        if shift + bits > (_WORD_BITS if word else _FIRST_WORD_BITS):
            word, shift = word + 1, 0
        fields.append(Field(word, shift, bits, row))
        shift += bits
        row += 1 << bits
    return Layout(tuple(fields))
