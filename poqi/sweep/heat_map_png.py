"""The heat map as PNG, by matplotlib (an extra)."""

import io

import matplotlib

from poqi.sweep.heat_map import LOOKS, HeatMap, wrapped

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.patches import Rectangle

_CELL = 0.32
"""The height of a row in inches."""


def as_png(picture: HeatMap) -> bytes:
    """The same picture that :func:`poqi.sweep.heat_map.as_svg` draws."""
    wide, high = len(picture.columns), len(picture.rows)
    label = 0.075 * max((len(text) for text in picture.rows), default=0)
    figure, axes = pyplot.subplots(
        figsize=(label + 0.62 * wide + 2.2, _CELL * high + 3.2), layout="constrained"
    )
    for line, marks in enumerate(picture.marks):
        for place, mark in enumerate(marks):
            look = LOOKS[mark.kind]
            edge = "#cccccc" if mark.kind == "absent" else "#ffffff"
            axes.add_patch(
                Rectangle((place, line), 1, 1, facecolor=look.colour, edgecolor=edge, linewidth=1.5)
            )
            axes.text(place + 0.5, line + 0.5, mark.sign, ha="center", va="center", color=look.ink)
    axes.set_xlim(0, wide)
    axes.set_ylim(high, 0)
    axes.set_xticks([place + 0.5 for place in range(wide)], picture.columns, rotation=45, ha="left")
    axes.set_yticks([line + 0.5 for line in range(high)], picture.rows)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(picture.title, loc="left", fontweight="bold")
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=look.colour, edgecolor="#cccccc", label=look.meaning)
        for look in LOOKS.values()
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False)
    scope = "\n".join(wrapped(picture.scope, max(60, int(22 * (label + 0.62 * wide)))))
    axes.set_xlabel(scope, fontsize=7, color="#555555", loc="right", labelpad=10)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=144)
    pyplot.close(figure)
    return data.getvalue()
