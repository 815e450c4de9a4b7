"""Tables I and II of the paper, its figures beside those of this project, and what goes beyond."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runner.experiment import MATCHING, Run, Source, Sweep, rule_readings
from runner.experiment_results import (
    AGGREGATIONS,
    Experiment,
    Figure,
    entry,
    items,
    number,
)
from runner.published import DATA_SETS, METHODS, NETWORKS, TABLE_I, TABLE_II

NOT_MEASURED = "not measured here"
"""What stands for SVHN, whose images could not be obtained, and for whatever was not run."""


class Table(NamedTuple):
    """A table for a reader: texts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(experiment: Experiment) -> list[Table]:
    """All tables, those of the paper first."""
    found = [_table_i(experiment)]
    for data_set, faulty in _blocks(experiment):
        found.append(_table_ii(experiment, data_set, faulty))
    for source in experiment.sources:
        found += _beyond(experiment, source)
        found += _amplitudes(experiment, source)
    return found


def rule_name(experiment: Experiment, rule: str) -> str:
    """How a rule is called beside the paper's one."""
    profile, _ = rule_readings(rule)
    changes = rule.partition(",")[2].replace(",", ", ")
    return f"PoQI, {profile}" + (f", {changes}" if changes else "")


def rule_notes(experiment: Experiment) -> list[str]:
    """A sentence a rule: readings, quorum, network."""
    notes = []
    for rule in experiment.rules:
        quorums = []
        for source in experiment.sources:
            for _, result in experiment.runs(source.data_set, rule, "", 0)[:1]:
                quorum = number(entry(entry(result, "configuration"), "quorum"))
                quorums.append(f"{quorum:.0f} of {source.nodes} ({_name(source.data_set)})")
        agreed = rule_readings(rule)[1].agree_on
        what = "label" if agreed == "label" else agreed
        notes.append(
            f"{rule_name(experiment, rule)}: nodes agree on {_ON.get(what, what)}; quorum "
            f"{', '.join(quorums) or 'unknown'}, f = (N-1)/3; lock-step rounds."
        )
    return notes


_ON = {
    "label": "the primary's label, as published",
    "evidence": "signed predictions, in ballots, and compute the label from them",
    "broadcast": "signed predictions, by broadcast, and compute the label from them",
}


def percent(figure: Figure | None) -> str:
    """A share in per cent, with the standard deviation over seeds."""
    if figure is None:
        return "-"
    spread = "" if figure.spread is None else f" ± {100 * figure.spread:.2f}"
    return f"{100 * figure.mean:.2f}{spread}"


def _name(data_set: str) -> str:
    return DATA_SETS.get(data_set, data_set)


def _table_i(experiment: Experiment) -> Table:
    there = {source.data_set: source for source in experiment.sources}
    head = ["", *(text for name in DATA_SETS.values() for text in (f"{name} paper", "here"))]
    rows = []

    def row(name: str, key: str, here: dict[str, str]) -> None:
        cells = [name]
        for data_set in DATA_SETS:
            printed = TABLE_I[data_set].get(key)
            missing = "-" if data_set in there else NOT_MEASURED
            cells += ["-" if printed is None else f"{printed:.2f}", here.get(data_set, missing)]
        rows.append(tuple(cells))

    for network, name in NETWORKS.items():
        row(name, network, {d: _own(experiment, s, network) for d, s in there.items()})
    first = experiment.rules[0]
    for method, name in AGGREGATIONS.items():
        row(name, method, {d: _everywhere(experiment, s, first, method) for d, s in there.items()})
    for place, rule in enumerate(experiment.rules):
        here = {d: _everywhere(experiment, s, rule, "poqi") for d, s in there.items()}
        row(rule_name(experiment, rule), "poqi" if place == 0 else "", here)
    return Table("Table I: accuracy in %, all nodes honest", tuple(head), tuple(rows))


def _own(experiment: Experiment, source: Source, network: str) -> str:
    """The accuracy of one network by itself."""
    for _, result in experiment.runs(source.data_set, experiment.rules[0], "", 0):
        names = [entry(output, "name") for output in items(result["outputs"])]
        if network in names:
            own = items(entry(entry(result, "accuracy"), "nodes"))
            return f"{100 * number(own[names.index(network)]):.2f}"
    return "-"


def _everywhere(experiment: Experiment, source: Source, rule: str, method: str) -> str:
    """The accuracy of a method without faulty nodes, where every node has the same."""
    return percent(experiment.mean_accuracy(source.data_set, rule, "", 0, method))


def _blocks(experiment: Experiment) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Data sets and faulty nodes of the blocks of Table II: the paper's, then what was run."""
    printed = [(block.data_set, block.faulty) for block in TABLE_II]
    yield from printed
    for source in experiment.sources:
        for task in experiment.results:
            if not isinstance(task, Run | Sweep):
                continue
            block = (source.data_set, task.faulty)
            if task.source == source and block not in printed:
                printed.append(block)
    yield from sorted(printed[len(TABLE_II) :], key=lambda block: (block[0], len(block[1])))


def _table_ii(experiment: Experiment, data_set: str, faulty: tuple[int, ...]) -> Table:
    """One block of Table II: random outputs, a column a node."""
    source = next((s for s in experiment.sources if s.data_set == data_set), None)
    printed = next((b for b in TABLE_II if (b.data_set, b.faulty) == (data_set, faulty)), None)
    nodes = max(0 if source is None else source.nodes, 0 if printed is None else len(NETWORKS))
    rows: list[tuple[str, ...]] = []

    def paper(method: str) -> None:
        if printed is not None:
            figures = printed.accuracy[method]
            texts = ["-" if figure is None else f"{figure:.2f}" for figure in figures]
            rows.append((METHODS[method], "paper", *_filled(texts, nodes)))

    def here(name: str, figures: Sequence[Figure | None]) -> None:
        texts = [percent(figure) for figure in figures]
        if texts:
            rows.append((name, "here", *_filled(texts, nodes)))

    for method, name in AGGREGATIONS.items():
        if method in METHODS:
            paper(method)
        here(name, _figures(experiment, data_set, experiment.rules[0], faulty, method))
        if method == "weighted_average":
            for task, _ in experiment.sweep(data_set, len(faulty)):
                if task.amplitude == MATCHING:
                    here(f"{name}, amplitude {MATCHING:g}", experiment.swept(task, method))
    paper("poqi")
    for rule in experiment.rules:
        figures = _figures(experiment, data_set, rule, faulty, "poqi")
        here(rule_name(experiment, rule), figures)
    if not any(row[1] == "here" for row in rows):
        rows.append(("all", "here", *[NOT_MEASURED] * nodes))
    who = ", ".join(f"N{node + 1}" for node in faulty) or "none"
    count = f"{len(faulty)} faulty node{'' if len(faulty) == 1 else 's'} ({who})"
    title = f"Table II: {_name(data_set)}, {count}, random outputs; accuracy in % of each node"
    return Table(title, ("", "", *(f"N{node + 1}" for node in range(nodes))), tuple(rows))


def _figures(
    experiment: Experiment, data_set: str, rule: str, faulty: tuple[int, ...], method: str
) -> list[Figure | None]:
    """The figures of each node, if those nodes were faulty in the runs."""
    runs = experiment.runs(data_set, rule, "random", len(faulty))
    if any(run.faulty != faulty for run, _ in runs):
        return []
    return experiment.accuracy(data_set, rule, "random", len(faulty), method)


def _filled(texts: Sequence[str], length: int) -> list[str]:
    return [*texts, *["-"] * (length - len(texts))]


def _beyond(experiment: Experiment, source: Source) -> Iterator[Table]:
    """Every attack: accuracy, where nodes differ, and how samples were decided."""
    data_set = source.data_set
    head = ["attack", "faulty", *AGGREGATIONS.values()]
    head += [rule_name(experiment, rule) for rule in experiment.rules]
    accuracy, differing, kinds = [], [], []
    for attack in experiment.attacks:
        for count in experiment.counts_of(source):
            if count == 0 or not experiment.runs(data_set, experiment.rules[0], attack, count):
                continue
            first = experiment.rules[0]
            columns = [(first, method) for method in AGGREGATIONS]
            columns += [(rule, "poqi") for rule in experiment.rules]
            where = (attack, str(count))
            accuracy.append(
                (
                    *where,
                    *(
                        percent(experiment.mean_accuracy(data_set, rule, attack, count, method))
                        for rule, method in columns
                    ),
                )
            )
            differing.append(
                (
                    *where,
                    *(
                        percent(experiment.differing(data_set, rule, attack, count, method))
                        for rule, method in columns
                    ),
                )
            )
            for rule in experiment.rules:
                shares = experiment.decided_by(data_set, rule, attack, count)
                kinds.append((*where, rule_name(experiment, rule), *map(percent, shares.values())))
    name = _name(data_set)
    yield Table(f"{name}: accuracy in %, mean over the honest nodes", tuple(head), tuple(accuracy))
    yield Table(
        f"{name}: samples in % on which two honest nodes have different labels",
        tuple(head),
        tuple(differing),
    )
    yield Table(
        f"{name}: samples in % by how every honest node decided them",
        ("attack", "faulty", "rule", "consensus", "experts", "most honest", "undecided"),
        tuple(kinds),
    )


def _amplitudes(experiment: Experiment, source: Source) -> Iterator[Table]:
    """What the amplitude of random outputs does with one faulty node."""
    rows = []
    for task, _ in experiment.sweep(source.data_set, 1):
        cells = []
        for method in AGGREGATIONS:
            figures = [f.mean for f in experiment.swept(task, method) if f is not None]
            cells.append(percent(Figure.of([sum(figures) / len(figures)])))
        rows.append((f"{task.amplitude:g}", *cells))
    if rows:
        yield Table(
            f"{_name(source.data_set)}: accuracy in %, one faulty node, by the amplitude of its "
            "random outputs",
            ("amplitude", *AGGREGATIONS.values()),
            tuple(rows),
        )


def as_markdown(table: Table) -> str:
    """The table in Markdown, aligned so that it can be read as it is."""
    widths = [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = f"| {' | '.join('-' * max(width, 3) for width in widths)} |"
    return "\n".join([f"**{table.title}**", "", line(table.head), rule, *map(line, table.rows)])
