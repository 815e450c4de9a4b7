"""A fixed order of events: by kind, then by content; the same on every machine."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

Key: TypeAlias = tuple[object, ...]
"""What a value is ordered by; any two of them can be compared."""


def order_of(value: object) -> Key:
    """The place of ``value`` among all values that an event is made of.

    Nothing comes before numbers, numbers before words, words before sequences, and those before
    compounds, which are ordered by the name of their kind and then field by field.  A set is
    the sequence of its members in order.

    Raises:
        TypeError: it is made of something else.
    """
    if value is None:
        return (0,)
    if isinstance(value, int | float | Fraction):
        return 1, value
    if isinstance(value, str):
        return 2, value
    if isinstance(value, Enum):
        return 2, value.name
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return 4, type(value).__name__, *(order_of(getattr(value, name)) for name in names)
    if isinstance(value, frozenset):
        return 3, *sorted(order_of(item) for item in value)
    if isinstance(value, Sequence):
        return 3, *(order_of(item) for item in value)
    raise TypeError(f"there is no order for {type(value).__name__}")
