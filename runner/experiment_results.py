"""The results of an experiment, asked for by what they are results of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import NamedTuple

from runner.experiment import Run, Source, Sweep
from runner.json_values import Json
from runner.run_store import Result, Task
from runner.scores import METHODS


class Figure(NamedTuple):
    """A mean over seeds, and the standard deviation; None with a single seed."""

    mean: float
    spread: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Figure":
        """The figure of ``values``, of which there is at least one."""
        return cls(mean(values), stdev(values) if len(values) > 1 else None)


@dataclass(frozen=True)
class Experiment:
    """Everything that an experiment has come to.

    Attributes:
        sources: the outputs that were run.
        rules: the rules that decided, in order.
        attacks: the attacks, in order.
        counts: the numbers of faulty nodes, in order.
        results: by task.
    """

    sources: tuple[Source, ...]
    rules: tuple[str, ...]
    attacks: tuple[str, ...]
    counts: tuple[int, ...]
    results: Mapping[Task, Result]

    def runs(self, data_set: str, rule: str, attack: str, count: int) -> list[tuple[Run, Result]]:
        """The runs of that kind, a seed each; without faulty nodes whatever the attack."""
        return [
            (task, result)
            for task, result in self.results.items()
            if isinstance(task, Run)
            and (task.source.data_set, task.rule) == (data_set, rule)
            and len(task.faulty) == count
            and (count == 0 or task.attack == attack)
        ]

    def sweep(self, data_set: str, count: int) -> list[tuple[Sweep, Result]]:
        """The sweeps over amplitudes with so many faulty nodes, by amplitude."""
        found = [
            (task, result)
            for task, result in self.results.items()
            if isinstance(task, Sweep)
            and (task.source.data_set, len(task.faulty)) == (data_set, count)
        ]
        return sorted(found, key=lambda pair: pair[0].amplitude)

    def counts_of(self, source: Source) -> Iterator[int]:
        """The numbers of faulty nodes that leave an honest one."""
        return (count for count in self.counts if count < source.nodes)

    def accuracy(
        self, data_set: str, rule: str, attack: str, count: int, method: str
    ) -> list[Figure | None]:
        """Each node's accuracy; None where it is faulty; empty if nothing was run."""
        rows = [
            [
                None if scores is None else number(entry(scores, method))
                for scores in items(entry(entry(result, "accuracy"), "by_node"))
            ]
            for _, result in self.runs(data_set, rule, attack, count)
        ]
        return by_node(rows)

    def mean_accuracy(
        self, data_set: str, rule: str, attack: str, count: int, method: str
    ) -> Figure | None:
        """The mean over the honest nodes; None if nothing was run."""
        found = [
            mean(
                number(entry(scores, method))
                for scores in items(entry(entry(result, "accuracy"), "by_node"))
                if scores is not None
            )
            for _, result in self.runs(data_set, rule, attack, count)
        ]
        return Figure.of(found) if found else None

    def differing(
        self, data_set: str, rule: str, attack: str, count: int, method: str
    ) -> Figure | None:
        """The share of samples on which two honest nodes have different labels."""
        found = [
            number(entry(entry(result, "differing"), method))
            for _, result in self.runs(data_set, rule, attack, count)
        ]
        return Figure.of(found) if found else None

    def decided_by(self, data_set: str, rule: str, attack: str, count: int) -> dict[str, Figure]:
        """For each kind of decision the share of samples; empty if nothing was run."""
        runs = self.runs(data_set, rule, attack, count)
        if not runs:
            return {}
        kinds = mapping(entry(runs[0][1], "decided_by"))
        return {
            kind: Figure.of(
                [
                    number(entry(entry(result, "decided_by"), kind)) / task.source.samples
                    for task, result in runs
                ]
            )
            for kind in kinds
        }

    def swept(self, task: Sweep, method: str) -> list[Figure | None]:
        """Each node's accuracy in a sweep."""
        rows = [
            [None if value is None else number(value) for value in items(entry(seed, method))]
            for seed in items(self.results[task]["by_seed"])
        ]
        return by_node(rows)


def by_node(rows: Sequence[Sequence[float | None]]) -> list[Figure | None]:
    """For each node the figure over the rows, a row a seed."""
    figures: list[Figure | None] = []
    for column in zip(*rows, strict=True):
        values = [value for value in column if value is not None]
        figures.append(Figure.of(values) if values else None)
    return figures


def entry(value: Json, name: str) -> Json:
    """The entry ``name`` of a JSON object."""
    return mapping(value)[name]


def mapping(value: Json) -> dict[str, Json]:
    """A JSON object.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError(f"a result holds {type(value).__name__} where it should hold an object")
    return value


def items(value: Json) -> list[Json]:
    """A JSON array.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, list):
        raise TypeError(f"a result holds {type(value).__name__} where it should hold an array")
    return value


def number(value: Json) -> float:
    """A JSON number.

    Raises:
        TypeError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a result holds {type(value).__name__} where it should hold a number")
    return float(value)


AGGREGATIONS = {
    "weighted_average": "Weighted Average",
    "majority": "Majority Voting",
    "median": "Median",
    "trimmed_mean": "Trimmed mean",
    "geometric_median": "Geometric median",
}
"""The names of the aggregations for a reader."""

assert set(AGGREGATIONS) == set(METHODS)
