"""The elements of a still picture, each with the height that it takes up."""

from collections.abc import Iterator, Sequence
from html import escape
from math import hypot
from typing import NamedTuple

DOT = 4.5
"""The radius of the mark of a step."""

_LETTER = 14
"""How far a letter reaches above its line, and a little beyond."""


class Shape(NamedTuple):
    """An element of an SVG document."""

    markup: str
    top: float
    bottom: float


def _number(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def text(style: str, x: float, y: float, words: str, anchor: str = "start") -> Shape:
    """``words`` in one line at the height ``y``; whatever they are, they are words."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    place = f'x="{_number(x)}" y="{_number(y)}"{where}'
    return Shape(f'<text class="{style}" {place}>{escape(words)}</text>', y - _LETTER, y + 4)


def line(style: str, x1: float, y1: float, x2: float, y2: float) -> Shape:
    """A straight line."""
    ends = f'x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
    return Shape(f'<line class="{style}" {ends}/>', min(y1, y2), max(y1, y2))


def dot(style: str, x: float, y: float, radius: float) -> Shape:
    """A disc."""
    place = f'cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"'
    return Shape(f'<circle class="{style}" {place}/>', y - radius, y + radius)


def _polygon(style: str, points: Sequence[tuple[float, float]]) -> Shape:
    corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    heights = [y for _, y in points]
    return Shape(f'<polygon class="{style}" points="{corners}"/>', min(heights), max(heights))


def arrow(style: str, x1: float, y1: float, x2: float, y2: float) -> Iterator[Shape]:
    """A line that ends, with a head, just before the mark at its end."""
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    tip_x, tip_y = x2 - dx * (DOT + 1.5), y2 - dy * (DOT + 1.5)
    base_x, base_y = tip_x - dx * 8, tip_y - dy * 8
    yield line(style, x1, y1, base_x, base_y)
    sides = [(base_x - dy * 3.2, base_y + dx * 3.2), (base_x + dy * 3.2, base_y - dx * 3.2)]
    yield _polygon(f"tip {style}", [(tip_x, tip_y), *sides])


def diamond(x: float, y: float) -> Shape:
    """The mark of a message that a faulty node made up."""
    return _polygon("forged", [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)])


def cross(x: float, y: float) -> Shape:
    """The mark of a node that a violation is about."""
    near, far = _number(x - 5.5), _number(x + 5.5)
    up, down = _number(y - 5.5), _number(y + 5.5)
    path = f"M{near} {up}L{far} {down}M{near} {down}L{far} {up}"
    return Shape(f'<path class="cross" d="{path}"/>', y - 6, y + 6)
