"""Where two values of the core differ."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

_LONGEST = 60


class Difference(NamedTuple):
    """A part that differs: its path inside the whole, and both values."""

    path: str
    one: object
    other: object


def differences(one: object, other: object, path: str = "") -> Iterator[Difference]:
    """The smallest parts in which two values differ, in the order of their fields."""
    if one == other:
        return
    if type(one) is type(other) and is_dataclass(one):
        for field in fields(one):
            name = field.name
            yield from differences(getattr(one, name), getattr(other, name), _join(path, name))
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        names: tuple[str, ...] = getattr(one, "_fields", ())
        for at, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            inner = _join(path, names[at]) if names else f"{path}[{at}]"
            yield from differences(mine, theirs, inner)
    else:
        yield Difference(path, one, other)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def described(value: object) -> str:
    """``value`` in a few words."""
    match value:
        case Fraction():
            text = str(value)
        case Enum():
            text = str(value.value)
        case tuple() if not value:
            text = "empty"
        case None:
            text = "nothing"
        case _:
            text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
