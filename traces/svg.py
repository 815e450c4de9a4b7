"""A trace as a still picture in a file of its own."""

from html import escape

from traces.assets import asset
from traces.diagram import Diagram, diagram
from traces.drawing import drawing
from traces.trace import Trace
from traces.typography import typeset

_MARGIN = 20
_TOP = 48


def svg(trace: Trace, *, everything: bool = False) -> str:
    """``trace`` as an SVG document that needs nothing else; light or dark as its reader has it.

    Only the steps that the violation depends on are drawn, unless ``everything`` is asked for.

    Raises:
        DepartureError: the trace departs from the core.
    """
    told = diagram(trace)
    drawn = drawing(told, everything=everything)
    width, height = drawn.width + 2 * _MARGIN, drawn.height + _TOP + 2 * _MARGIN
    body = "\n".join(shape.markup for shape in drawn.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">\n'
        f'<title id="title">{escape(told.headline)}</title>\n'
        f'<desc id="description">{escape(_description(told))}</desc>\n'
        f"<style>\n{asset('colours.css')}{asset('drawing.css')}</style>\n"
        f'<rect class="paper" width="{width}" height="{height}"/>\n'
        f'<text class="headline" x="{_MARGIN}" y="{_MARGIN + 18}">{escape(told.headline)}</text>\n'
        f'<g transform="translate({_MARGIN} {_MARGIN + _TOP})">\n{body}\n</g>\n'
        "</svg>\n"
    )


def _description(told: Diagram) -> str:
    steps = " ".join(f"{row.step.number}: {row.step.what}." for row in told.rows)
    but = "" if told.claim is None else f" {told.claim.but}."
    return typeset(f"{steps}{but}")
