"""What the plots of an experiment show: series of numbers, without any drawing.

A *chart* has one or more panels side by side that share a key.  What a series is about is its
*role*; :mod:`runner.plots` gives each role a colour and a line.
"""

from collections.abc import Iterator
from typing import NamedTuple

from runner.experiment import Run, Source
from runner.experiment_results import (
    AGGREGATIONS,
    Experiment,
    Figure,
    entry,
    items,
    number,
)
from runner.published import DATA_SETS
from runner.run_store import Result
from runner.tables import rule_name


class Series(NamedTuple):
    """A line: a value for each place, with a spread where several seeds were run."""

    name: str
    role: str
    places: tuple[float, ...]
    values: tuple[float, ...]
    spreads: tuple[float, ...]


class Panel(NamedTuple):
    """One pair of axes."""

    title: str
    across: str
    up: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[float, str], ...] = ()
    """Where the axis across is labelled, and how; empty: where it suits."""
    stacked: bool = False
    """Whether the series are bars on top of each other."""
    logarithmic: bool = False
    full: bool = False
    """Whether the axis up goes from 0 to 100."""
    stretched: bool = False
    """Whether the axis up is that of accuracies, stretched more and more towards 100."""
    greatest: float = 0.0
    """If it is stretched: the greatest value of all panels that are to have the same axis."""


class Chart(NamedTuple):
    """Panels that belong together."""

    name: str
    """The name of its file."""
    title: str
    text: str
    """What is to be seen."""
    panels: tuple[Panel, ...]


def charts(experiment: Experiment) -> list[Chart]:
    """All charts, data set by data set."""
    found = [
        make(experiment, source)
        for source in experiment.sources
        for make in (_accuracy, _kinds, _rewards, _amplitudes)
    ]
    return [chart for chart in found if chart.panels]


def _title(source: Source) -> str:
    return DATA_SETS.get(source.data_set, source.data_set)


def _line(name: str, role: str, points: list[tuple[float, Figure]]) -> Series:
    return Series(
        name,
        role,
        tuple(place for place, _ in points),
        tuple(100 * figure.mean for _, figure in points),
        tuple(100 * (figure.spread or 0.0) for _, figure in points),
    )


def _accuracy(experiment: Experiment, source: Source) -> Chart:
    """Accuracy against the number of faulty nodes, a panel an attack."""
    counts = tuple(experiment.counts_of(source))
    panels = []
    for attack in experiment.attacks:
        columns = [
            (name, method, experiment.rules[0], method) for method, name in AGGREGATIONS.items()
        ]
        columns += [
            (rule_name(experiment, rule), f"rule {place}", rule, "poqi")
            for place, rule in enumerate(experiment.rules)
        ]
        series = []
        for name, role, rule, method in columns:
            points = [
                (float(count), figure)
                for count in counts
                if (
                    figure := experiment.mean_accuracy(source.data_set, rule, attack, count, method)
                )
                is not None
            ]
            series.append(_line(name, role, points))
        if len(counts) > 1:
            panels.append(
                Panel(
                    attack,
                    "faulty nodes",
                    "accuracy, %",
                    tuple(series),
                    tuple((float(count), str(count)) for count in counts),
                    stretched=True,
                )
            )
    greatest = max((max(s.values) for panel in panels for s in panel.series if s.values), default=0)
    return Chart(
        f"{source.data_set}-accuracy",
        f"{_title(source)}: accuracy against the number of faulty nodes",
        f"Mean over the honest ones of {source.nodes} nodes; bands are one standard deviation "
        "over seeds.  Undecided samples count as wrong.  The axis is stretched towards 100.",
        tuple(panel._replace(greatest=greatest) for panel in panels),
    )


_KINDS = ("consensus", "experts", "most_honest", "undecided")


def _kinds(experiment: Experiment, source: Source) -> Chart:
    """How samples were decided, a panel a rule, a bar an attack and number of faulty nodes."""
    panels = []
    for rule in experiment.rules:
        bars: list[tuple[float, dict[str, Figure]]] = []
        ticks: dict[float, str] = {}
        place = 0.0
        for attack in ("", *experiment.attacks):
            first = place
            for count in experiment.counts_of(source):
                shares = experiment.decided_by(source.data_set, rule, attack, count)
                if shares and (count > 0) == (attack != ""):
                    bars.append((place, shares))
                    ticks[place] = str(count)
                    place += 1
            if place > first:
                # The name stands in a line of its own, under the numbers of its bars.
                middle = (first + place - 1) / 2
                ticks[middle] = f"{ticks.get(middle, '')}\n{attack or 'honest'}"
                place += 1.2
        if bars:
            panels.append(
                Panel(
                    rule_name(experiment, rule),
                    "",
                    "samples, %",
                    tuple(
                        _line(
                            kind.replace("_", " "),
                            kind,
                            [(where, shares[kind]) for where, shares in bars],
                        )
                        for kind in _KINDS
                    ),
                    tuple(ticks.items()),
                    stacked=True,
                    full=True,
                )
            )
    return Chart(
        f"{source.data_set}-decisions",
        f"{_title(source)}: how samples were decided",
        "By every honest node; a sample that one of them left open counts as undecided.  Under "
        "each bar stands the number of faulty nodes.",
        tuple(panels),
    )


def _rewards(experiment: Experiment, source: Source) -> Chart:
    """Rewards over time, under the paper's rule, a panel a kind of run."""
    panels = []
    rule = experiment.rules[0]
    kinds = [("all honest", "", 0)]
    kinds += [(f"{attack}, 1 faulty", attack, 1) for attack in experiment.attacks]
    for title, attack, count in kinds:
        for run, result in experiment.runs(source.data_set, rule, attack, count)[:1]:
            panels.append(Panel(title, "samples", "reward", tuple(_reward_lines(run, result))))
    return Chart(
        f"{source.data_set}-rewards",
        f"{_title(source)}: rewards over time",
        f"{rule_name(experiment, rule)}; a line a node, as the first honest node has it on "
        "record; faulty nodes dashed.  One seed.",
        tuple(panels),
    )


def _reward_lines(run: Run, result: Result) -> Iterator[Series]:
    moments = [items(moment) for moment in items(result["rewards_over_time"])]
    samples = tuple(number(moment[0]) for moment in moments)
    names = [str(entry(output, "name")) for output in items(result["outputs"])]
    for node, name in enumerate(names):
        values = tuple(number(items(moment[1])[node]) for moment in moments)
        role = "faulty" if node in run.faulty else f"node {node}"
        label = "faulty node" if node in run.faulty else f"N{node + 1} {name}"
        yield Series(label, role, samples, values, (0.0,) * len(values))


def _amplitudes(experiment: Experiment, source: Source) -> Chart:
    """Accuracy against the amplitude of random outputs, one node faulty."""
    series = []
    swept = experiment.sweep(source.data_set, 1)
    for method, name in AGGREGATIONS.items():
        points = []
        for task, _ in swept:
            figures = [figure.mean for figure in experiment.swept(task, method) if figure]
            points.append((task.amplitude, Figure.of([sum(figures) / len(figures)])))
        series.append(_line(name, method, points))
    panel = Panel(
        "random, 1 faulty",
        "amplitude of its outputs",
        "accuracy, %",
        tuple(series),
        tuple((float(place), f"{place:g}") for place in (1, 10, 100, 1000)),
        logarithmic=True,
        full=True,
    )
    return Chart(
        f"{source.data_set}-amplitude",
        f"{_title(source)}: what the amplitude of random outputs does",
        "An average follows whoever shows the greatest numbers; labels do not change, so neither "
        "votes nor PoQI are affected.",
        (panel,) if swept else (),
    )
