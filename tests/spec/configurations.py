"""The configurations of ``spec/configurations.txt``: what TLC exhausts, and what it must find."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tlc import SPEC, Model
from translation import environment, losing

from checker.question import Question, parse_patterns
from checker.setting import Setting
from poqi_core.networks import Partition, parse_partition
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes

TABLE = SPEC / "configurations.txt"
LARGER = SPEC / "larger-configurations.txt"

MODULES = {
    "asynchronous": "MCPoQI",
    "rounds": "MCRounds",
    "lossy": "MCRounds",
    "ordered": "MCOrderedRounds",
}
"""The module that TLC checks, by network."""


@dataclass(frozen=True)
class Configuration:
    """A row of the table.

    Attributes:
        name: what it is called, here and in the register.
        network: one of :data:`MODULES`.
        profile: the profile of readings.
        nodes: N.
        faults: f.
        predictions: the patterns, as the command line writes them.
        views: the views that a sample can take.
        start_view: the view in which every node begins.
        ballots: the ballots that a sample can take.
        labels: how many labels the adversary uses, or None: it is not bounded.
        evidence: how many pieces of evidence it uses, or None.
        losses: how many messages the network may lose.
        partition: between whom it delivers nothing.
        changes: the readings in which it departs from the profile.
        breaks: the properties that break, with the fewest steps to a state in which they are
            broken; the others hold.
    """

    name: str
    network: str
    profile: str
    nodes: int
    faults: int
    predictions: str
    views: int
    start_view: int
    ballots: int
    labels: int | None
    evidence: int | None
    losses: int
    partition: Partition | None
    changes: Mapping[str, str]
    breaks: Mapping[str, int]

    def __str__(self) -> str:
        return self.name

    @property
    def question(self) -> Question:
        """The question to the checker."""
        patterns = parse_patterns(self.predictions)
        return Question(
            nodes=self.nodes,
            faults=self.faults,
            readings=with_changes(PROFILES[self.profile], self.changes),
            network=self.network,
            predictions=patterns,
            samples=len(patterns),
            views=self.views,
            start_view=self.start_view,
            ballots=self.ballots,
            adversary_labels=self.labels,
            adversary_evidence=self.evidence,
            losses=self.losses,
            partition=self.partition,
        )

    @property
    def setting(self) -> Setting:
        """The setting of the checker."""
        (setting,) = self.question.settings()
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
    constants = environment(setting)
    if network in ("rounds", "lossy"):
        constants |= losing(setting)
    return Model(MODULES[network], constants, statements)


_ROW = re.compile(
    r"(?P<name>[A-Z]+\d+) +(?P<network>\w+) +(?P<profile>\w+) +"
    r"N=(?P<nodes>\d+) +f=(?P<faults>\d+) +(?P<predictions>[A-Z?,]+) +"
    r"views=(?P<views>\d+) +start=(?P<start_view>\d+) +"
    r"ballots=(?P<ballots>\d+) *(?:labels=(?P<labels>\d+) *)?(?:evidence=(?P<evidence>\d+) *)?"
    r"(?:losses=(?P<losses>\d+) *)?(?:partition=(?P<partition>[^ |]+) *)?"
    r"\|(?P<changes>[^|]*)\|(?P<breaks>[^|]*)"
)


def parsed(line: str) -> Configuration:
    """The configuration that a row of the table writes."""
    found = _ROW.fullmatch(line)
    assert found is not None, f"no configuration: {line}"
    parts = found.groupdict()
    breaks = [entry.split() for entry in parts["breaks"].split(",")]
    return Configuration(
        name=parts["name"],
        network=parts["network"],
        profile=parts["profile"],
        nodes=int(parts["nodes"]),
        faults=int(parts["faults"]),
        predictions=parts["predictions"],
        views=int(parts["views"]),
        start_view=int(parts["start_view"]),
        ballots=int(parts["ballots"]),
        labels=int(parts["labels"]) if parts["labels"] else None,
        evidence=int(parts["evidence"]) if parts["evidence"] else None,
        losses=int(parts["losses"] or 0),
        partition=parse_partition(parts["partition"]) if parts["partition"] else None,
        changes=dict(change.split("=") for change in parts["changes"].split()),
        breaks={name: int(steps) for name, steps in breaks if name != "nothing"},
    )


def written(row: Configuration) -> str:
    """The row of the table for a configuration."""
    changes = " ".join(f"{name}={value}" for name, value in row.changes.items())
    breaks = ", ".join(f"{name} {steps}" for name, steps in row.breaks.items()) or "nothing 0"
    place = f"{row.name:4} {row.network:12} {row.profile:8}"
    nodes = f"N={row.nodes} f={row.faults} {row.predictions:9}"
    bounds = f"views={row.views} start={row.start_view} ballots={row.ballots}"
    for name, most in (("labels", row.labels), ("evidence", row.evidence)):
        bounds += "" if most is None else f" {name}={most}"
    if row.losses:
        bounds += f" losses={row.losses}"
    if row.partition is not None:
        bounds += f" partition={row.partition.text()}"
    return f"{place} {nodes} {bounds} | {changes:28} | {breaks}"


def table(file: Path = TABLE) -> Iterator[Configuration]:
    """Every row of a table."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield parsed(line)
