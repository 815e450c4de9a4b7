"""A trace as one page that needs no network: look, script, drawing and words are all in it.

Whatever comes from the file is escaped, and a content security policy names the hashes of the
page's own style and script, so nothing else in it can run.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from traces.assets import asset
from traces.diagram import Diagram, diagram, plain
from traces.drawing import drawing
from traces.json_text import Json
from traces.trace import Trace
from traces.typography import typeset

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
    style = "".join(asset(name) for name in ("colours.css", "drawing.css", "page.css"))
    script = "".join(asset(name) for name in ("diagram.js", "page.js"))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(told.headline)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *_title(told),
            *_bar(told, everything=everything),
            *_stage(told),
            *_still(told, everything=everything),
            *_help(),
            f'<script type="application/json" id="told">{_data(told)}</script>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _data(told: Diagram) -> str:
    """The diagram as JSON in which nothing can end the element that it stands in."""
    text = json.dumps(_typeset(plain(told)), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _typeset(value: Json) -> Json:
    match value:
        case str():
            return typeset(value)
        case list():
            return [_typeset(item) for item in value]
        case dict():
            return {name: _typeset(item) for name, item in value.items()}
        case _:
            return value


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
    yield '<div class="bar" id="bar"><div class="page">'
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
    yield "</div></div></div>"


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
    yield '<div class="cards" id="cards"></div>'
    yield "</aside>"
    yield '<p class="spoken" id="spoken" aria-live="polite"></p>'
    yield "</main>"


def _still(told: Diagram, *, everything: bool) -> Iterator[str]:
    """The drawing that is printed, and shown where no script runs; in pieces that fit a page."""
    drawn = drawing(told, everything=everything)
    yield '<section class="page still" aria-label="the run, drawn">'
    yield '<svg width="0" height="0" aria-hidden="true"><defs><g id="drawn">'
    yield from drawn.elements
    yield "</g></defs></svg>"
    for top, bottom in _sheets(drawn.seams):
        window = f"0 {top} {drawn.width} {bottom - top}"
        yield f'<svg class="sheet" viewBox="{window}"><use href="#drawn"/></svg>'
    yield '<dl class="ends">'
    for lane in told.lanes:
        start = told.start[lane.node]
        moved = [row.standing for row in told.rows if row.step.node == lane.node]
        if start is not None:
            stands = (moved or [start])[-1]
            yield f"<dt>node {lane.node} in the end</dt><dd>{_words(stands.in_a_line())}</dd>"
    yield "</dl></section>"


def _sheets(seams: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """The drawing from seam to seam, as much at a time as fits a sheet."""
    top = last = seams[0]
    for seam in seams[1:]:
        if seam - top > _SHEET and last > top:
            yield top, last
            top = last
        last = seam
    yield top, last


def _help() -> Iterator[str]:
    yield '<dialog id="help" aria-labelledby="help-title">'
    yield '<h2 id="help-title">How to read and move</h2>'
    yield (
        "<p>Time goes down. A dot is a step at its node; a line to it is the message that arrives, "
        "drawn from the step that sent it. A dashed line from a diamond ◆ is sent by a Byzantine "
        "node, which needs no reason. A large dot decides or rejects, a hollow one has no effect, "
        "and a cross is a node that the violation is about.</p>"
    )
    yield "<dl>"
    for keys, meaning in _KEYS:
        yield f"<dt><kbd>{escape(keys)}</kbd></dt><dd>{escape(meaning)}</dd>"
    yield "</dl>"
    yield '<button id="understood">Close</button>'
    yield "</dialog>"
