"""The verdicts of a sweep as a picture: what is drawn, and drawing it as SVG.

A row is a job, a column a property, unless other options are chosen for columns.  Colours are told
apart by the colour-blind as well, and every cell carries a sign besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from checker.verdict import Verdict
from poqi.sweep.description import Sweep
from poqi.sweep.table import Row


class Look(NamedTuple):
    """How a kind of cell is drawn."""

    colour: str
    ink: str
    meaning: str


LOOKS = {
    "holds": Look("#3b7dbf", "#ffffff", "holds"),
    "vacuous": Look("#b9d3ea", "#1f2933", "holds vacuously"),
    "violated": Look("#d9822b", "#1f2933", "violated, in so many steps"),
    "undetermined": Look("#e3e3e3", "#1f2933", "undetermined"),
    "absent": Look("#ffffff", "#8a8a8a", "not asked, or not done yet"),
}
_SIGNS = {"holds": "✓", "vacuous": "∅", "undetermined": "?", "absent": "–"}

_LETTER = 6.7
"""The width of a letter of 12 pixels, on average, generously."""
_HEIGHT = 24
_WIDTH = 46


class Mark(NamedTuple):
    """A cell of the picture."""

    kind: str
    sign: str


@dataclass(frozen=True)
class HeatMap:
    """A picture of verdicts, by row and column."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    marks: tuple[tuple[Mark, ...], ...]
    scope: str


def heat_map(sweep: Sweep, rows: Sequence[Row], columns: Sequence[str], scope: str) -> HeatMap:
    """The picture of the cells ``rows``; ``columns`` are the options that make its columns.

    The others that vary make its rows.
    """
    varying = [*sweep.varying, "property"]
    down = [name for name in varying if name not in columns]
    marks: dict[tuple[str, str], Mark] = {}
    for row in rows:
        place = _label(row, down), _label(row, columns)
        marks[place] = _worse(marks.get(place), _mark(row))
    row_labels = dict.fromkeys(row for row, _ in marks)
    column_labels = dict.fromkeys(column for _, column in marks)
    absent = Mark("absent", _SIGNS["absent"])
    return HeatMap(
        sweep.title,
        tuple(row_labels),
        tuple(column_labels),
        tuple(
            tuple(marks.get((row, column), absent) for column in column_labels)
            for row in row_labels
        ),
        scope,
    )


def _label(row: Row, names: Sequence[str]) -> str:
    """The options of a row that are in ``names``, in words."""
    words = {"nodes": "N={}", "faulty": "f={}", "views": "{} views", "samples": "{} samples"}
    parts = [
        words.get(name, "{}" if name in _PLAIN else f"{name} {{}}").format(row[name])
        for name in names
        if row.get(name) is not None
    ]
    return ", ".join(parts) or "all"


_PLAIN = ("profile", "reading", "network", "property", "predictions", "fault")


def _mark(row: Row) -> Mark:
    verdict = str(row["verdict"])
    if verdict == Verdict.VIOLATED.value:
        return Mark("violated", str(row["steps"]))
    kind = "vacuous" if row["vacuous"] else verdict
    return Mark(kind, _SIGNS[kind])


_ORDER = ("vacuous", "holds", "undetermined", "violated")


def _worse(one: Mark | None, other: Mark) -> Mark:
    """Of two cells in one place the one that says more: the shortest violation, if there is any."""
    if one is None:
        return other
    if one.kind == other.kind == "violated":
        return min(one, other, key=lambda mark: int(mark.sign))
    return max(one, other, key=lambda mark: _ORDER.index(mark.kind))


def as_svg(picture: HeatMap) -> str:
    """The picture as one SVG file that needs nothing else."""
    left = 24 + _LETTER * max((len(label) for label in picture.rows), default=0)
    top = 56 + _LETTER * max((len(label) for label in picture.columns), default=0) * 0.72
    lines = wrapped(picture.scope, max(70, int((left + _WIDTH * len(picture.columns)) / 5.6)))
    bottom = top + _HEIGHT * len(picture.rows) + 24
    legend = (_HEIGHT + 2) * len(LOOKS)
    width = max(
        left + _WIDTH * len(picture.columns) + 0.75 * top,
        24 + 5.8 * max(len(line) for line in lines),
        24 + 8.5 * len(picture.title),
    )
    height = bottom + legend + 16 * len(lines) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="Helvetica, Arial, sans-serif" '
        'font-size="12" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="bold">{escape(picture.title)}</text>',
    ]
    for place, label in enumerate(picture.columns):
        x = left + _WIDTH * (place + 0.5)
        parts.append(
            f'<text x="{x:.1f}" y="{top - 8:.1f}" transform="rotate(-45 {x:.1f} {top - 8:.1f})">'
            f"{escape(label)}</text>"
        )
    for line, (label, marks) in enumerate(zip(picture.rows, picture.marks, strict=True)):
        y = top + _HEIGHT * line
        parts.append(
            f'<text x="{left - 8:.1f}" y="{y + 16:.1f}" text-anchor="end">{escape(label)}</text>'
        )
        for place, mark in enumerate(marks):
            parts += _square(left + _WIDTH * place, y, mark, f"{label}, {picture.columns[place]}")
    for line, (kind, look) in enumerate(LOOKS.items()):
        y = bottom + (_HEIGHT + 2) * line
        parts += _square(12, y - 4, Mark(kind, _SIGNS.get(kind, "12")), look.meaning)
        parts.append(f'<text x="{_WIDTH + 22}" y="{y + 12:.1f}">{escape(look.meaning)}</text>')
    for line, text in enumerate(lines):
        y = bottom + legend + 20 + 16 * line
        parts.append(f'<text x="12" y="{y:.1f}" font-size="11" fill="#555">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _square(x: float, y: float, mark: Mark, meaning: str) -> list[str]:
    look = LOOKS[mark.kind]
    return [
        f'<g><title>{escape(meaning)}: {escape(mark.kind)}</title><rect x="{x:.1f}" y="{y:.1f}" '
        f'width="{_WIDTH - 2}" height="{_HEIGHT - 2}" rx="3" fill="{look.colour}" '
        f'stroke="{"#cccccc" if mark.kind == "absent" else look.colour}"/>'
        f'<text x="{x + _WIDTH / 2 - 1:.1f}" y="{y + 16:.1f}" text-anchor="middle" '
        f'fill="{look.ink}">{escape(mark.sign)}</text></g>'
    ]


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most so many letters, if its words allow it."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
