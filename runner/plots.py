"""Charts drawn by matplotlib: as PNG files, and as SVG whose colours the page around it chooses."""

import io
import re
import textwrap
import zlib
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from runner.charts import Chart, Panel
from runner.whole_file import write_bytes_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING = "plots need matplotlib: pip install 'poqi[pictures]'"

COLOURS = {
    "paper": "#fdfcf9",
    "ink": "#1d1c1a",
    "faint": "#67635a",
    "rule": "#d9d5ca",
    "c0": "#1f4e7a",
    "c1": "#b5541c",
    "c2": "#2f7d4f",
    "c3": "#8a4f9e",
    "c4": "#a8841a",
    "c5": "#3b8ea5",
    "c6": "#c2577a",
    "g1": "#4c4a45",
    "g2": "#6b6961",
    "g3": "#8b887f",
    "g4": "#a5a298",
    "g5": "#bdb9ae",
    "bad": "#9c2a1b",
}
"""The colours on light ground, by name.  In SVG each becomes ``var(--plot-NAME, ...)``."""

_STYLES: dict[str, tuple[str, float, str, str]] = {
    "weighted_average": ("g1", 1.3, "--", "s"),
    "majority": ("g2", 1.3, "-", "o"),
    "median": ("g3", 1.2, "-.", "^"),
    "trimmed_mean": ("g4", 1.2, ":", "v"),
    "geometric_median": ("c5", 1.3, "--", "D"),
    "rule 0": ("c1", 2.4, "-", "o"),
    "rule 1": ("c4", 2.4, "-", "s"),
    "rule 2": ("c0", 2.4, "-", "D"),
    "rule 3": ("c2", 2.4, "-", "^"),
    "faulty": ("bad", 2.2, "--", ""),
    "consensus": ("c0", 1, "-", ""),
    "experts": ("c5", 1, "-", ""),
    "most_honest": ("c4", 1, "-", ""),
    "undecided": ("g5", 1, "-", ""),
    **{f"node {node}": (f"c{node}", 1.3, "-", "") for node in range(7)},
}
"""For each role the colour, the width of the line in points, its dashes, its marks."""

_OTHER = ("c3", 1.5, "-", "")

_SETTINGS: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Liberation Sans", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "poqi",
    "figure.facecolor": COLOURS["paper"],
    "savefig.facecolor": COLOURS["paper"],
    "axes.facecolor": COLOURS["paper"],
    "axes.edgecolor": COLOURS["faint"],
    "axes.labelcolor": COLOURS["faint"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.linewidth": 0.7,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["faint"],
    "ytick.color": COLOURS["faint"],
}

_WIDTH, _HEIGHT = 3.5, 2.7
"""Of a panel, in inches."""

_PLOTTED = 40
"""A line over more places than this has no marks."""


def can_plot() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def colour_of(role: str) -> str:
    """The name of the colour of a role, in :data:`COLOURS`."""
    return _STYLES.get(role, _OTHER)[0]


def dashes_of(role: str) -> str:
    """How its line is drawn: ``-``, ``--``, ``-.`` or ``:``."""
    return _STYLES.get(role, _OTHER)[2]


def write_png(chart: Chart, path: Path) -> None:
    """Draw ``chart``, its title and its key into one picture.

    Raises:
        DataError: the place cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = 2 if len(chart.panels) == 4 else min(len(chart.panels), 3)
    rows = -(-len(chart.panels) // columns)
    with rc_context(_SETTINGS):
        width = max(columns, 2) * _WIDTH
        figure = Figure(figsize=(width, rows * _HEIGHT + 1.1), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.09, h_pad=0.07)
        axes = [
            _draw(figure.add_subplot(rows, columns, place), panel)
            for place, panel in enumerate(chart.panels, 1)
        ]
        text = textwrap.fill(chart.text, 46 * max(columns, 2))
        figure.suptitle(
            f"{chart.title}\n{text}", x=0.09 / width, ha="left", fontsize=10, color=COLOURS["ink"]
        )
        key: dict[str, object] = {}
        for one in axes:
            key |= {
                name: handle for handle, name in zip(*one.get_legend_handles_labels(), strict=True)
            }
        figure.legend(
            list(key.values()),
            list(key),
            loc="outside lower left",
            ncols=max(1, int(width / _in_key(max(map(len, key))))),
            frameon=False,
        )
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=160, metadata={"Software": None})
    write_bytes_whole(path, [stream.getvalue()])


def svg(panel: Panel) -> str:
    """Draw ``panel`` as an ``<svg>`` element in which colours are variables of the page."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        _draw(figure.add_subplot(1, 1, 1), panel)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--plot-{name}, {colour})")
    # Two pictures on one page must not share the names of their parts.
    prefix = f"p{zlib.crc32(text.encode()):08x}-"
    text = re.sub(r'id="([^"]*)"', rf'id="{prefix}\1"', text)
    text = re.sub(r"(#|url\(#)(?=[A-Za-z])", rf"\1{prefix}", text)
    text = re.sub(r"font: [^;\"]*", _font, text)
    name = escape(f"{panel.title}: {panel.up} by {panel.across or 'kind'}")
    size = re.search(r'viewBox="[^"]*"', text)
    assert size is not None
    return re.sub(r"<svg[^>]*>", f'<svg role="img" aria-label="{name}" {size[0]}>', text, count=1)


def _in_key(letters: int) -> float:
    """How wide a name of so many letters is in a key, with its line, in inches."""
    return 0.75 + 0.075 * letters


def _font(found: re.Match[str]) -> str:
    """The size that matplotlib chose, in the letters of the page."""
    size = re.search(r"[\d.]+px", found[0])
    return f"font: {size[0] if size else '9px'} system-ui, sans-serif"


def keys(chart: Chart) -> dict[str, str]:
    """The names of all series of a chart, each with its role."""
    return {series.name: series.role for panel in chart.panels for series in panel.series}


def _draw(axes: "Axes", panel: Panel) -> "Axes":
    axes.set_title(panel.title, loc="left", fontsize=10, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(True, axis="y", color=COLOURS["rule"], linewidth=0.6)
    axes.tick_params(length=2.5)
    if panel.stacked:
        _bars(axes, panel)
    else:
        _lines(axes, panel)
    if panel.logarithmic:
        axes.set_xscale("log")
    if panel.ticks:
        axes.set_xticks([place for place, _ in panel.ticks], [name for _, name in panel.ticks])
    if panel.stacked:
        axes.tick_params(axis="x", length=0, labelsize=6.6)
    axes.set_xlabel(panel.across)
    axes.set_ylabel(panel.up)
    if panel.stretched:
        _stretch(axes, panel.greatest)
    elif panel.full:
        axes.set_ylim(0, 100)
    return axes


def _stretch(axes: "Axes", greatest: float) -> None:
    """Make the axis up one of accuracies, by the logarithm of what lacks to 100."""
    least = _lacking(greatest)
    axes.set_yscale("log")
    axes.set_ylim(112, 0.8 * least)
    lacking = [lack for lack in (100, 50, 20, 10, 5, 2, 1) if lack >= 0.8 * least]
    axes.set_yticks(lacking, [str(100 - lack) for lack in lacking])
    axes.set_yticks([], [], minor=True)


def _lacking(accuracy: float) -> float:
    """What lacks to 100, as far as it can be drawn."""
    return max(100 - accuracy, 0.5)


def _lines(axes: "Axes", panel: Panel) -> None:
    shown = _lacking if panel.stretched else float
    for series in panel.series:
        colour, width, dashes, marker = _STYLES.get(series.role, _OTHER)
        axes.plot(
            series.places,
            [shown(value) for value in series.values],
            color=COLOURS[colour],
            linewidth=width,
            linestyle=dashes,
            marker=marker if len(series.places) <= _PLOTTED else "",
            markersize=2.2 + width,
            label=series.name,
        )
        if any(series.spreads):
            pairs = list(zip(series.values, series.spreads, strict=True))
            axes.fill_between(
                series.places,
                [shown(value - spread) for value, spread in pairs],
                [shown(value + spread) for value, spread in pairs],
                color=COLOURS[colour],
                alpha=0.18,
                linewidth=0,
            )


def _bars(axes: "Axes", panel: Panel) -> None:
    heights: dict[float, float] = {}
    for series in panel.series:
        axes.bar(
            series.places,
            series.values,
            0.82,
            [heights.get(place, 0.0) for place in series.places],
            color=COLOURS[colour_of(series.role)],
            label=series.name,
            linewidth=0,
        )
        for place, value in zip(series.places, series.values, strict=True):
            heights[place] = heights.get(place, 0.0) + value
