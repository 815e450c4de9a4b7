"""A trace as one page that needs no network: look, script, drawing and words are all in it.

Whatever comes from the file is escaped, and nothing but the page's own script can run in it.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

from traces.assets import asset
from traces.diagram import Diagram, diagram, plain
from traces.drawing import Drawing, drawing
from traces.page import page
from traces.trace import Trace
from traces.typography import typeset, typeset_all

_SHEET = 160
"""The most height of a piece of the drawing that is printed on one page, in its own pixels."""
_MANY = 6
"""From how many lanes on their names are numbers alone."""

_KEYS = (
    ("↓ j →", "next step"),
    ("↑ k ←", "step before"),
    ("Home, End", "first step, last step"),
    ("/", "search; Enter and Shift+Enter go from hit to hit, Esc leaves"),
    ("n, N", "next hit, hit before"),
    ("a", "all steps, or only those that the violation depends on"),
    ("s", "the state of every node, where it is folded away"),
    ("t", "light or dark"),
    ("?", "this list"),
)


def html(trace: Trace, *, everything: bool = False) -> str:
    """``trace`` as a self-contained HTML document.

    Only the steps that the violation depends on are shown at first, unless ``everything`` is
    asked for; the page has a button for the others.

    Raises:
        DepartureError: the trace departs from the core.
    """
    told = diagram(trace)
    return page(
        told.headline,
        style="".join(asset(name) for name in ("colours.css", "drawing.css", "page.css")),
        script="".join(asset(name) for name in ("diagram.js", "page.js")),
        body=[
            *_title(told),
            *_bar(told, everything=everything),
            *_stage(told),
            *_still(told, everything=everything),
            *_help(),
            f'<script type="application/json" id="told">{_data(told)}</script>',
        ],
    )


def _data(told: Diagram) -> str:
    """The diagram as JSON in which nothing can end the element that it stands in."""
    text = json.dumps(typeset_all(plain(told)), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _words(text: str) -> str:
    return escape(typeset(text))


def _title(told: Diagram) -> Iterator[str]:
    yield '<header class="page title">'
    yield f'<p class="kind">PoQI · {"counterexample" if told.claim else "walk"}</p>'
    yield f"<h1>{_words(told.headline)}</h1>"
    if told.claim is not None:
        yield '<dl class="claim">'
        yield f"<dt>promised</dt><dd>{_words(told.claim.promised)}</dd>"
        yield f'<dt>but</dt><dd class="but">{_words(told.claim.but)}</dd>'
        yield "</dl>"
    yield '<dl class="facts">'
    for fact in told.facts:
        if fact.key != "property":
            yield f"<dt>{escape(fact.key)}</dt><dd>{_words(fact.value)}</dd>"
    yield "</dl>"
    if told.scope:
        yield f'<p class="scope">{_words(told.scope)}</p>'
    yield "</header>"


def _bar(told: Diagram, *, everything: bool) -> Iterator[str]:
    steps = len(told.rows)
    yield '<nav class="bar" id="bar" aria-label="steps"><div class="page">'
    yield '<div class="group steer">'
    yield '<button id="previous" aria-label="step before" title="step before (k)">↑</button>'
    yield '<button id="next" aria-label="next step" title="next step (j)">↓</button>'
    yield '<span class="place" id="place"></span></div>'
    yield '<div class="group seek">'
    yield '<span class="hits" id="hits" role="status"></span>'
    yield '<button id="hit-before" aria-label="hit before" title="hit before (N)">‹</button>'
    yield '<button id="hit-after" aria-label="next hit" title="next hit (n)">›</button>'
    yield (
        '<input id="search" type="search" placeholder="Search ( / )" aria-label="search the steps" '
        'autocomplete="off" spellcheck="false">'
    )
    yield "</div>"
    yield '<div class="group">'
    yield f'<button id="everything" aria-pressed="{str(everything).lower()}"'
    yield (
        f' title="all steps, or only those that the violation depends on (a)">all {steps} steps'
        "</button>"
    )
    yield '<button id="theme" aria-label="light or dark" title="light or dark (t)">◐</button>'
    yield '<button id="ask" aria-label="help" title="help (?)">?</button>'
    yield "</div></div></nav>"


def _stage(told: Diagram) -> Iterator[str]:
    many = " many" if len(told.lanes) >= _MANY else ""
    yield '<main class="page stage">'
    yield '<section aria-label="the run, step by step">'
    yield f'<div class="picture{many}" id="picture"></div>'
    yield "</section>"
    yield '<aside class="states" id="states" aria-label="the state of every node at the cursor">'
    yield '<h2>Every node <span id="when"></span></h2>'
    yield (
        '<button class="unfold" id="unfold" aria-expanded="false" aria-controls="cards">'
        "Every node at this step</button>"
    )
    yield ('<div class="cards" id="cards" tabindex="0" role="group" aria-label="every node"></div>')
    yield "</aside>"
    yield '<p class="spoken" id="spoken" aria-live="polite"></p>'
    yield "</main>"


def _still(told: Diagram, *, everything: bool) -> Iterator[str]:
    """The drawing that is printed, and shown where no script runs; in pieces that fit a page."""
    drawn = drawing(told, everything=everything)
    yield '<section class="page still" aria-label="the run, drawn">'
    for sheet in _sheets(drawn):
        window = f"0 {sheet.top} {drawn.width} {sheet.bottom - sheet.top}"
        yield f'<svg class="sheet" viewBox="{window}">'
        yield from sheet.elements
        yield "</svg>"
    yield '<dl class="ends">'
    for lane in told.lanes:
        start = told.start[lane.node]
        moved = [row.standing for row in told.rows if row.step.node == lane.node]
        if start is not None:
            stands = (moved or [start])[-1]
            yield f"<dt>node {lane.node} in the end</dt><dd>{_words(stands.in_a_line())}</dd>"
    yield "</dl></section>"


class _Sheet(NamedTuple):
    """A piece of the drawing: from where to where, and what is to be seen there."""

    top: int
    bottom: int
    elements: list[str]


def _sheets(drawn: Drawing) -> list[_Sheet]:
    """The drawing from seam to seam, as much at a time as fits a sheet."""
    tops = [drawn.seams[0]]
    last = tops[0]
    for seam in drawn.seams[1:]:
        if seam - tops[-1] > _SHEET and last > tops[-1]:
            tops.append(last)
        last = seam
    sheets = [_Sheet(top, bottom, []) for top, bottom in pairwise([*tops, last])]
    for shape in drawn.shapes:
        first = max(bisect_right(tops, shape.top) - 1, 0)
        for sheet in sheets[first : max(bisect_left(tops, shape.bottom), 1)]:
            sheet.elements.append(shape.markup)
    return sheets


def _help() -> Iterator[str]:
    yield '<dialog id="help" aria-labelledby="help-title">'
    yield '<h2 id="help-title">How to read and move</h2>'
    yield (
        "<p>Time goes down. A dot is a step at its node; a line to it is the message that arrives, "
        "drawn from the step that sent it. A dashed line from a diamond ◆ is sent by a Byzantine "
        "node, which needs no reason. At a large dot the node decides or shows something else, "
        "a hollow one has no effect, and a cross is a node that the violation is about.</p>"
    )
    yield "<dl>"
    for keys, meaning in _KEYS:
        yield f"<dt><kbd>{escape(keys)}</kbd></dt><dd>{escape(meaning)}</dd>"
    yield "</dl>"
    yield '<button id="understood">Close</button>'
    yield "</dialog>"
