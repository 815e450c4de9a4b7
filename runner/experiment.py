"""The paper's experiments as a list of runs: data set, rule, attack, faulty nodes, seed.

A run is :func:`runner.evaluation.evaluate`: the protocol goes through the core, sample by sample.
Its name says all that its result depends on, beside the programs.  So runs can be done in any
order, and each needs to be done once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from poqi_core import PROFILES, Readings
from poqi_core.register import ReadingError, with_changes
from runner.amplitudes import AMPLITUDES, aggregated_under_random
from runner.arrays import digest
from runner.attacks import ATTACKS, DRAWING, AttackSetting
from runner.evaluation import Settings, SettingsError, evaluate
from runner.json_values import Json
from runner.labels import TrueLabels, fit, load_labels
from runner.outputs import Outputs, load_outputs
from runner.published import faulty_nodes
from runner.report import as_json

RULES = ("paper", "paper,quorum=majority", "hardened")
"""The rules that decide, unless others are asked for: a profile and changed readings."""

COUNTS = (0, 1, 2, 3)
"""The numbers of faulty nodes."""

MATCHING = 100.0
"""The amplitude at which weighted averaging fails as in Table II, about 16 % with one of seven."""


@dataclass(frozen=True)
class Source:
    """Where the outputs for a data set are.

    Attributes:
        data_set: its name.
        path: a file of ``poqi outputs``.
        sha256: of the file.
        nodes: how many networks it holds.
        samples: how many samples are run.
    """

    data_set: str
    path: str
    sha256: str
    nodes: int
    samples: int

    @property
    def assumed_faults(self) -> int:
        """The f of the quorums: (N-1)/3, rounded down."""
        return (self.nodes - 1) // 3

    def described(self) -> dict[str, Json]:
        """All of it but the path, as a JSON object."""
        return {
            "data_set": self.data_set,
            "outputs_sha256": self.sha256,
            "nodes": self.nodes,
            "samples": self.samples,
        }

    def load(self) -> tuple[Outputs, TrueLabels]:
        """The outputs and the true labels.

        Raises:
            DataError: the file is gone or damaged.
        """
        outputs, labels = _loaded(self.path)
        return outputs.first(self.samples), labels.first(self.samples)


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        source: the outputs.
        rule: a profile and changed readings, as in :data:`RULES`.
        attack: of the faulty nodes; empty where there are none.
        faulty: which they are.
        seed: of every lot.
    """

    source: Source
    rule: str
    attack: str
    faulty: tuple[int, ...]
    seed: int

    @property
    def name(self) -> str:
        """A name for a file, another one for every other run."""
        key = _key(self.described())
        nodes = "none" if not self.faulty else f"{len(self.faulty)}-{self.attack}"
        return f"{self.source.data_set}-{self.rule.split(',')[0]}-{nodes}-{self.seed}-{key}"

    def described(self) -> dict[str, Json]:
        """All of it but the path, as a JSON object."""
        return {
            **self.source.described(),
            "rule": self.rule,
            "attack": self.attack,
            "faulty": [*self.faulty],
            "seed": self.seed,
        }

    def perform(self) -> dict[str, Json]:
        """Do it; the JSON object of the evaluation.

        Raises:
            DataError: the file of outputs is gone.
        """
        outputs, labels = self.source.load()
        profile, readings = rule_readings(self.rule)
        settings = Settings(
            faulty_nodes=self.faulty,
            assumed_faults=self.source.assumed_faults,
            readings=readings,
            profile=profile,
            network="rounds",
            amplitude=1.0,
            seed=self.seed,
            attack=self.attack or next(iter(ATTACKS)),
        )
        return as_json(evaluate(outputs, labels, settings))


@dataclass(frozen=True)
class Sweep:
    """The aggregations, and they alone, under random outputs of one amplitude."""

    source: Source
    faulty: tuple[int, ...]
    amplitude: float
    seeds: int

    @property
    def name(self) -> str:
        """A name for a file, another one for every other sweep."""
        key = _key(self.described())
        return f"{self.source.data_set}-amplitude-{self.amplitude:g}-{len(self.faulty)}-{key}"

    def described(self) -> dict[str, Json]:
        """All of it but the path, as a JSON object."""
        return {
            **self.source.described(),
            "faulty": [*self.faulty],
            "amplitude": self.amplitude,
            "seeds": self.seeds,
        }

    def perform(self) -> dict[str, Json]:
        """Do it; for each seed the accuracy of each honest node by each method.

        Raises:
            DataError: the file of outputs is gone.
        """
        outputs, labels = self.source.load()
        return {
            "by_seed": [
                aggregated_under_random(
                    outputs,
                    labels,
                    AttackSetting(
                        self.faulty, outputs.nodes, outputs.classes, seed, self.amplitude
                    ),
                    self.source.assumed_faults,
                )
                for seed in range(self.seeds)
            ]
        }


def source_of(data_set: str, path: Path, samples: int | None) -> Source:
    """The outputs in the file ``path``, checked.

    Args:
        data_set: of which they are.
        path: the file.
        samples: how many of the samples are to be run; None: all.

    Raises:
        DataError: the file is missing or damaged, its labels do not fit, or it holds less.
    """
    outputs, labels = _loaded(str(path))
    fit(labels, outputs)
    if samples is not None:
        outputs = outputs.first(samples)
    return Source(data_set, str(path), digest(path), outputs.nodes, outputs.samples)


def rule_readings(rule: str) -> tuple[str, Readings]:
    """The profile and the readings that ``rule`` names.

    Raises:
        SettingsError: there is no such profile, reading or value.
    """
    profile, *changes = rule.split(",")
    if profile not in PROFILES:
        raise SettingsError(
            f"rule {rule!r} begins with no profile; the profiles are {', '.join(PROFILES)}"
        )
    changed = {}
    for change in changes:
        name, separator, value = change.partition("=")
        if not separator:
            raise SettingsError(f"in rule {rule!r}, {change!r} is not of the form NAME=VALUE")
        changed[name] = value
    try:
        return profile, with_changes(PROFILES[profile], changed)
    except ReadingError as error:
        raise SettingsError(f"in rule {rule!r}: {error}") from None


def plan(
    sources: Sequence[Source],
    *,
    rules: Sequence[str] = RULES,
    attacks: Sequence[str] = tuple(ATTACKS),
    counts: Sequence[int] = COUNTS,
    seeds: int,
) -> list[Run]:
    """All runs, those of the paper's tables first.

    Where nothing is drawn (no faulty nodes, or an attack that is none of
    :data:`~runner.attacks.DRAWING`), one seed is enough.
    """
    runs: list[Run] = []
    for source in sources:
        for count in counts:
            faulty = faulty_nodes(source.data_set, source.nodes, count)
            if len(faulty) >= source.nodes:
                continue
            for rule in rules:
                if not faulty:
                    runs.append(Run(source, rule, "", (), 0))
                    continue
                for attack in attacks:
                    drawn = range(seeds if attack in DRAWING else 1)
                    runs.extend(Run(source, rule, attack, faulty, seed) for seed in drawn)
    return sorted(runs, key=lambda run: (run.attack not in ("", "random"), len(run.faulty)))


def sweeps(sources: Sequence[Source], *, counts: Sequence[int] = COUNTS, seeds: int) -> list[Sweep]:
    """The sweeps: every amplitude with one faulty node, the one that matches with more."""
    found = []
    for source in sources:
        for count in sorted(set(counts) - {0}):
            faulty = faulty_nodes(source.data_set, source.nodes, count)
            if len(faulty) < source.nodes:
                amplitudes = AMPLITUDES if count == 1 else (MATCHING,)
                found += [Sweep(source, faulty, amplitude, seeds) for amplitude in amplitudes]
    return found


def _key(described: dict[str, Json]) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:12]


@lru_cache(maxsize=4)
def _loaded(path: str) -> tuple[Outputs, TrueLabels]:
    return load_outputs(Path(path)), load_labels(Path(path))
