"""An experiment as one HTML page that needs no network, in light and dark, and on a telephone."""

from collections.abc import Iterator, Sequence
from html import escape

from runner.charts import Chart
from runner.experiment_results import Experiment
from runner.experiment_text import WEIGHTS
from runner.plots import COLOURS, MISSING, colour_of, dashes_of, keys, svg
from runner.tables import NOT_MEASURED, Table, rule_notes, tables

_DARK = {
    "paper": "#16181b",
    "ink": "#e9e6df",
    "faint": "#a09c93",
    "rule": "#383b40",
    "c0": "#7fb2e5",
    "c1": "#f0955a",
    "c2": "#7cc79b",
    "c3": "#c79be0",
    "c4": "#e0bf5a",
    "c5": "#74c5d8",
    "c6": "#ee94ad",
    "g1": "#c9c5bb",
    "g2": "#aeaaa0",
    "g3": "#949087",
    "g4": "#7c7971",
    "g5": "#5d5b56",
    "bad": "#ff9a86",
}
"""The colours of :data:`~runner.plots.COLOURS` on dark ground."""

_LOOK = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif; }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
  font-weight: 600; line-height: 1.25; }
h1, h2, h3, p, ul, figure, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
.page { max-width: 1180px; margin: 0 auto; padding: 0 clamp(14px, 3vw, 28px) 72px; }
header { padding: 44px 0 8px; }
h1 { font-size: clamp(26px, 4.2vw, 40px); letter-spacing: -0.01em; }
.kind, .note, figcaption { color: var(--faint); font-size: 13.5px; }
.kind { margin-bottom: 6px; }
.facts { margin-top: 18px; font-size: 13.5px; max-width: 78em; }
.facts li { padding-left: 14px; border-left: 2px solid var(--rule); margin-top: 8px; }
nav { margin: 22px 0 0; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; }
a { color: var(--strong); }
section { padding-top: 44px; }
section > h2 { font-size: 25px; padding-bottom: 8px; border-bottom: 1px solid var(--rule); }
h3 { font-size: 18px; margin-top: 30px; }
figure { margin-top: 10px; }
figcaption { max-width: 62em; }
.panels { display: grid; gap: 14px; margin-top: 8px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
.panels.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 430px), 1fr)); }
.panels svg { display: block; width: 100%; height: auto; max-width: 460px; }
.key { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-top: 8px; font-size: 13px; }
.key li { display: flex; align-items: center; gap: 7px; }
.key svg { width: 30px; height: 10px; flex: none; }
.scroll { overflow-x: auto; margin-top: 10px; }
.scroll:focus-visible { outline: 2px solid var(--strong); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--rule); }
thead th { color: var(--faint); font-weight: 600; border-bottom: 1.5px solid var(--faint);
  vertical-align: bottom; }
tbody th { text-align: left; font-weight: 400; position: sticky; left: 0;
  background: var(--paper); }
td.word { text-align: left; color: var(--faint); }
td.none { color: var(--faint); font-style: italic; }
tr.ours th, tr.ours td { font-weight: 600; }
tr.paper th, tr.paper td { color: var(--faint); }
@media (max-width: 560px) {
  tbody th { white-space: normal; min-width: 108px; max-width: 128px; }
  table { font-size: 12.5px; }
}
@media print { .scroll { overflow: visible; } section { break-inside: auto; } }
"""


def report_page(experiment: Experiment, charts: Sequence[Chart], style: str) -> str:
    """The document.

    Args:
        experiment: what is reported.
        charts: its charts; empty if nothing can draw them.
        style: the style sheet with the colours that pages of this project have in common.
    """
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>PoQI: the paper's experiments</title>",
            f"<style>{style}{_colours()}{_LOOK}</style>",
            "</head>",
            '<body><div class="page">',
            *_head(experiment, charts),
            *_charts(charts),
            *_tables(experiment),
            "</div></body>",
            "</html>",
            "",
        ]
    )


def _colours() -> str:
    """The colours of plots, on light and on dark ground."""

    def rules(colours: dict[str, str]) -> str:
        return "".join(f"--plot-{name}: {colour};" for name, colour in colours.items())

    return (
        f":root {{ {rules(COLOURS)} }} "
        f"@media (prefers-color-scheme: dark) {{ :root {{ {rules(_DARK)} }} }}"
    )


def _head(experiment: Experiment, charts: Sequence[Chart]) -> Iterator[str]:
    yield '<header><p class="kind">PoQI · experiments</p>'
    yield "<h1>The paper’s experiments, on real networks</h1>"
    yield '<ul class="facts">'
    for source in experiment.sources:
        yield (
            f"<li>{escape(source.data_set)}: {source.samples:,} samples, {source.nodes} networks, "
            f"outputs {source.sha256[:12]}</li>"
        )
    notes = [*rule_notes(experiment), WEIGHTS]
    notes.append(
        "A figure with ± is the mean over seeds and their standard deviation. Undecided samples "
        "count as wrong. Every figure of PoQI is from runs of the protocol’s core, sample by "
        "sample, node by node."
    )
    if not charts:
        notes.append(f"No plots: {MISSING}.")
    for note in notes:
        yield f"<li>{escape(note)}</li>"
    yield "</ul><nav>"
    for chart in charts:
        yield f'<a href="#{chart.name}">{escape(chart.title)}</a>'
    yield '<a href="#tables">Tables</a></nav></header>'


def _charts(charts: Sequence[Chart]) -> Iterator[str]:
    for chart in charts:
        yield f'<section id="{chart.name}"><h2>{escape(chart.title)}</h2><figure>'
        yield f"<figcaption>{escape(chart.text)}</figcaption>"
        yield '<ul class="key">'
        stacked = chart.panels[0].stacked
        for name, role in keys(chart).items():
            yield f"<li>{_sample(role, stacked=stacked)}{escape(name)}</li>"
        wide = " wide" if len(chart.panels) == 4 else ""
        yield f'</ul><div class="panels{wide}">'
        for panel in chart.panels:
            yield svg(panel)
        yield "</div></figure></section>"


_DASHES = {"-": "", "--": "6 3", "-.": "6 2 1 2", ":": "1.5 2.5"}


def _sample(role: str, *, stacked: bool) -> str:
    """A piece of the line, or of the bar, that stands for ``role``."""
    colour = f"var(--plot-{colour_of(role)})"
    if stacked:
        shape = f'<rect x="6" width="18" height="10" style="fill: {colour}"/>'
    else:
        dashes = _DASHES[dashes_of(role)]
        thick = 3 if role.startswith("rule") else 2
        shape = (
            f'<line x1="0" y1="5" x2="30" y2="5" stroke-width="{thick}" '
            f'stroke-dasharray="{dashes}" style="stroke: {colour}"/>'
        )
    return f'<svg viewBox="0 0 30 10" aria-hidden="true">{shape}</svg>'


def _tables(experiment: Experiment) -> Iterator[str]:
    yield '<section id="tables"><h2>Tables</h2>'
    for table in tables(experiment):
        yield f"<h3>{escape(table.title)}</h3>"
        yield (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}">'
        )
        yield from _table(table)
        yield "</div>"
    yield "</section>"


def _table(table: Table) -> Iterator[str]:
    yield "<table><thead><tr>"
    yield "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    yield "</tr></thead><tbody>"
    for first, *cells in table.rows:
        kind = "ours" if first.startswith("PoQI,") else ""
        if cells[0] == "paper":
            kind = "paper"
        yield f'<tr class="{kind}"><th scope="row">{escape(first)}</th>'
        for cell in cells:
            look = "none" if cell == NOT_MEASURED else "word" if cell[:1].isalpha() else ""
            yield f'<td class="{look}">{escape(cell)}</td>'
        yield "</tr>"
    yield "</tbody></table>"
