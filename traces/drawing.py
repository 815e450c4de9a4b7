"""Where everything of a still picture goes, and the picture's elements.

Coordinates are pixels.  The lanes stand on the left, the words of each step to their right at
the same height, and time goes downward.
"""

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from traces import shapes
from traces.diagram import Diagram, Row
from traces.shapes import DOT, Shape
from traces.typography import typeset
from traces.words import counted

WIDTH = 820
"""The least width of a picture; more lanes than fit make it wider."""

_GUTTER = 44
_LANE = 72
"""The distance between two lanes, with their names in full."""
_MOST_WIDE = 5
"""The most lanes that stand so far apart."""
_NARROW_LANE = 42
_LINE = 17
_PADDING = 9
_HEAD = 58
_CHARACTER = 7.2
"""A generous width of an average letter of the words."""
_BOLD = {"fact": 0.86, "verdict": 0.86}
"""The share of letters that fit in a line in bold."""
_FLIGHT = 13
"""How far above its arrival a faulty node's message sets out."""


class Drawing(NamedTuple):
    """A picture without its frame."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    seams: tuple[int, ...]
    """The heights at which the picture can be cut in two, from 0 to its height."""


class _Line(NamedTuple):
    style: str
    text: str


class _Placed(NamedTuple):
    """A step with its place."""

    row: Row
    top: int
    lines: tuple[_Line, ...]

    @property
    def height(self) -> int:
        return 2 * _PADDING + _LINE * len(self.lines)

    @property
    def y(self) -> int:
        """The height of its mark."""
        return self.top + _PADDING + _LINE // 2


def drawing(diagram: Diagram, *, everything: bool = False) -> Drawing:
    """The picture of ``diagram``: of the steps that the violation depends on, or of all."""
    return _Drawing(diagram, everything=everything).drawn()


class _Drawing:
    def __init__(self, diagram: Diagram, *, everything: bool) -> None:
        self._diagram = diagram
        self._rows = [row for row in diagram.rows if row.step.needed or everything]
        lanes = len(diagram.lanes)
        self._lane_width = _LANE if lanes <= _MOST_WIDE else _NARROW_LANE
        self._text_x = _GUTTER + lanes * self._lane_width + 18
        self._width = max(WIDTH, self._text_x + 380)
        self._columns = int((self._width - self._text_x) / _CHARACTER)
        self._seams = [0]
        self._y = _HEAD
        self._points: dict[int, _Placed] = {}

    def drawn(self) -> Drawing:
        words = self._words()
        body = [*self._lanes(), *self._messages(), *self._marks()]
        return Drawing(self._width, self._y, (*body, *words), (*self._seams, self._y))

    def _x(self, lane: int) -> float:
        return _GUTTER + (lane + 0.5) * self._lane_width

    def _words(self) -> list[Shape]:
        """Place the steps one under the other; their words, and what stands between them."""
        words = list(self._heads())
        last_number, last_round = 0, -1
        for row in self._rows:
            step = row.step
            if step.number > last_number + 1:
                words += self._gap(step.number - last_number - 1)
            if self._diagram.in_rounds and step.round != last_round:
                words += self._note("round", f"round {step.round}")
            last_number, last_round = step.number, step.round
            placed = _Placed(row, self._y, tuple(self._lines(row)))
            self._points[step.number] = placed
            words += self._text_of(placed)
            self._y += placed.height
            self._seams.append(self._y)
        if last_number < len(self._diagram.rows):
            words += self._gap(len(self._diagram.rows) - last_number)
        return words + list(self._verdict())

    def _heads(self) -> Iterator[Shape]:
        for lane in self._diagram.lanes:
            x = self._x(lane.node)
            wide = self._lane_width == _LANE
            name = f"node {lane.node}" if wide else str(lane.node)
            role = lane.role if wide else f"{lane.role[:3]}."
            yield shapes.text("name", x, 20, name, anchor="middle")
            yield shapes.text(
                "head", x, 38, role if lane.byzantine else lane.predicted, anchor="middle"
            )

    def _gap(self, steps: int) -> Iterator[Shape]:
        return self._note("gap", f"{counted(steps, 'step')} left out")

    def _note(self, style: str, text: str) -> Iterator[Shape]:
        yield shapes.text(style, self._text_x, self._y + 15, text)
        self._y += 22

    def _lines(self, row: Row) -> Iterator[_Line]:
        step = row.step
        yield from self._wrapped("what", step.what)
        yield from self._wrapped("fact" if row.fact else "change", "; ".join(step.changes))
        for sent in step.sent:
            yield from self._wrapped("sent", f"sends {sent}")

    def _wrapped(self, style: str, text: str) -> Iterator[_Line]:
        columns = int(self._columns * _BOLD.get(style, 1.0))
        for line in textwrap.wrap(typeset(text), columns, break_on_hyphens=False):
            yield _Line(style, line)

    def _text_of(self, placed: _Placed) -> Iterator[Shape]:
        y = placed.y + 4
        yield shapes.text("number", _GUTTER - 16, y, str(placed.row.step.number), anchor="end")
        for place, line in enumerate(placed.lines):
            yield shapes.text(line.style, self._text_x, y + place * _LINE, line.text)

    def _verdict(self) -> Iterator[Shape]:
        claim = self._diagram.claim
        if claim is None:
            return
        top = self._y
        self._y += 8
        for line in [
            *self._wrapped("verdict", f"{claim.property} breaks: {claim.but}"),
            *self._wrapped("sent", f"promised: {claim.promised}"),
        ]:
            self._y += _LINE
            yield shapes.text(line.style, self._text_x, self._y, line.text)
        self._y += _PADDING
        for node in self._diagram.concerned:
            yield shapes.cross(self._x(node), top + 20)

    def _lanes(self) -> Iterator[Shape]:
        for lane in self._diagram.lanes:
            style = "lane byzantine" if lane.byzantine else "lane"
            yield shapes.line(style, self._x(lane.node), _HEAD - 10, self._x(lane.node), self._y)

    def _messages(self) -> Iterator[Shape]:
        for placed in self._points.values():
            arrow = placed.row.arrow
            if arrow is None:
                continue
            x, y = self._x(placed.row.step.node), placed.y
            from_x = self._x(arrow.sender)
            if arrow.sent_at is None:
                yield from shapes.arrow("message byzantine", from_x, y - _FLIGHT, x, y)
                yield shapes.diamond(from_x, y - _FLIGHT)
            elif arrow.sent_at in self._points:
                yield from shapes.arrow("message", from_x, self._points[arrow.sent_at].y, x, y)

    def _marks(self) -> Iterator[Shape]:
        for placed in self._points.values():
            style = "mark fact" if placed.row.fact else "mark idle" if placed.row.idle else "mark"
            radius = DOT + 1.5 if placed.row.fact else DOT
            yield shapes.dot(style, self._x(placed.row.step.node), placed.y, radius)
