"""The configurations of ``spec/configurations.txt``: what TLC exhausts, and what it must find."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tlc import SPEC, Model
from translation import environment

from checker.question import Question, parse_patterns
from checker.setting import Setting
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes

TABLE = SPEC / "configurations.txt"

MODULES = {"asynchronous": "MCPoQI", "rounds": "MCRounds"}
"""The module that TLC checks, by network."""


@dataclass(frozen=True)
class Configuration:
    """A row of the table.

    Attributes:
        network: ``asynchronous`` or ``rounds``.
        profile: the profile of readings.
        nodes: N.
        faults: f.
        predictions: the patterns, as the command line writes them.
        views: the views that a sample can take.
        start_view: the view in which every node begins.
        ballots: the ballots that a sample can take.
        changes: the readings in which it departs from the profile.
        breaks: the properties that break, with the fewest steps to a state in which they are
            broken; the others hold.
    """

    network: str
    profile: str
    nodes: int
    faults: int
    predictions: str
    views: int
    start_view: int
    ballots: int
    changes: Mapping[str, str]
    breaks: Mapping[str, int]

    def __str__(self) -> str:
        return re.sub(r" +", " ", written(self).rpartition("|")[0].replace("|", "")).strip()

    @property
    def setting(self) -> Setting:
        """The setting of the checker."""
        patterns = parse_patterns(self.predictions)
        (setting,) = Question(
            nodes=self.nodes,
            faults=self.faults,
            readings=with_changes(PROFILES[self.profile], self.changes),
            network=self.network,
            predictions=patterns,
            samples=len(patterns),
            views=self.views,
            start_view=self.start_view,
            ballots=self.ballots,
        ).settings()
        return setting

    @property
    def model(self) -> Model:
        """What TLC is given to explore it."""
        return model_of(self.setting, self.network)

    def without(self, name: str) -> "Configuration":
        """The same with that reading as the profile has it."""
        kept = {other: value for other, value in self.changes.items() if other != name}
        return replace(self, changes=kept)


def model_of(setting: Setting, network: str) -> Model:
    """What TLC is given to explore a setting and to judge every state."""
    statements = ["INIT Init", "NEXT Next", "INVARIANT Reported"]
    return Model(MODULES[network], environment(setting), statements)


_ROW = re.compile(
    r"(?P<network>\w+) +(?P<profile>\w+) +N=(?P<nodes>\d+) +f=(?P<faults>\d+) +"
    r"(?P<predictions>[A-Z?,]+) +views=(?P<views>\d+) +start=(?P<start_view>\d+) +"
    r"ballots=(?P<ballots>\d+) *\|(?P<changes>[^|]*)\|(?P<breaks>[^|]*)"
)
_NUMBERS = ("nodes", "faults", "views", "start_view", "ballots")


def parsed(line: str) -> Configuration:
    """The configuration that a row of the table writes."""
    found = _ROW.fullmatch(line)
    assert found is not None, f"no configuration: {line}"
    parts = found.groupdict()
    breaks = [entry.split() for entry in parts["breaks"].split(",")]
    numbers = {name: int(parts[name]) for name in _NUMBERS}
    return Configuration(
        network=parts["network"],
        profile=parts["profile"],
        predictions=parts["predictions"],
        changes=dict(change.split("=") for change in parts["changes"].split()),
        breaks={name: int(steps) for name, steps in breaks if name != "nothing"},
        **numbers,
    )


def written(row: Configuration) -> str:
    """The row of the table for a configuration."""
    changes = " ".join(f"{name}={value}" for name, value in row.changes.items())
    breaks = ", ".join(f"{name} {steps}" for name, steps in row.breaks.items()) or "nothing 0"
    place = f"{row.network:12} {row.profile:8} N={row.nodes} f={row.faults} {row.predictions:9}"
    bounds = f"views={row.views} start={row.start_view} ballots={row.ballots}"
    return f"{place} {bounds} | {changes:28} | {breaks}"


def table() -> Iterator[Configuration]:
    """Every row of the table."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield parsed(line)
