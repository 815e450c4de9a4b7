"""What was exercised and what was not, in words or as JSON."""

from collections.abc import Collection, Iterator, Mapping

from checker.coverage import Coverage, kinds_of
from poqi_core.alternatives import readings_of
from poqi_core.clauses import Clause
from poqi_core.config import Config


def coverage_object(coverage: Coverage, config: Config) -> Mapping[str, Collection[str] | None]:
    """The same as :func:`coverage_lines` for machines; what was not compared is None."""
    kinds = kinds_of(config)
    every = [name for name, _ in readings_of(config)]
    return {
        "exercised": [clause.name for clause in Clause if clause in coverage.clauses],
        "not_exercised": [clause.name for clause in Clause if clause not in coverage.clauses],
        "never_sent": [kind for kind in kinds if kind not in coverage.sent],
        "never_heard": [kind for kind in kinds if kind not in coverage.heard],
        "readings_that_matter": [name for name in every if name not in coverage.idle]
        if coverage.compared
        else None,
        "readings_without_effect": [name for name in every if name in coverage.idle]
        if coverage.compared
        else None,
    }


def coverage_lines(coverage: Coverage, config: Config) -> Iterator[str]:
    """Clauses, kinds of messages, and readings, each with what was not exercised."""
    said = coverage_object(coverage, config)
    titles = {
        "exercised": "clauses exercised",
        "not_exercised": "clauses not exercised",
        "never_sent": "messages that no honest node sent",
        "never_heard": "messages that had no effect on an honest node",
        "readings_that_matter": "readings that another value of would have changed something",
        "readings_without_effect": "readings without effect: nothing changes with another value",
    }
    for key, title in titles.items():
        names = said[key]
        told = "not compared, as there are too many steps" if names is None else ", ".join(names)
        yield f"{title}: {told or 'none'}"
