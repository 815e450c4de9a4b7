"""An evaluation: the protocol and other ways to a common label on one test set.

Accuracies are shares of all samples, from 0 to 1.  A sample that a node has left undecided
counts as wrong.  *Of the network* is the share of the samples for which every honest node has
the true label.
"""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poqi_core import Config, Readings
from poqi_core.outputs import Rule
from runner.adversary import NOBODY, Attack
from runner.aggregation import labels_of
from runner.attacks import ATTACKS, AttackSetting
from runner.labels import TrueLabels, fit
from runner.network import NETWORKS
from runner.outputs import Outputs, Source
from runner.scores import Scorer, Scores
from runner.simulation import Simulation

MOMENTS = 200
"""At so many moments of a run, at most, rewards are written down."""


class SettingsError(ValueError):
    """Settings that do not fit the outputs or each other."""


@dataclass(frozen=True)
class Settings:
    """What is asked of an evaluation, beside the outputs and labels.

    Attributes:
        faulty_nodes: the nodes that are faulty, in ascending order.
        assumed_faults: the f of the quorums.
        readings: the answers to the paper's open questions.
        profile: the name of the profile that the readings started from.
        network: a name in :data:`~runner.network.NETWORKS`.
        amplitude: what the outputs that faulty nodes show sum up to.
        seed: of every lot that is drawn.
        attack: a name in :data:`~runner.attacks.ATTACKS`.
    """

    faulty_nodes: tuple[int, ...]
    assumed_faults: int
    readings: Readings
    profile: str
    network: str
    amplitude: float
    seed: int
    attack: str = "random"


class DecidedBy(NamedTuple):
    """How many samples were decided by which rule."""

    consensus: int
    experts: int
    most_honest: int
    undecided: int


@dataclass(frozen=True)
class HonestNode:
    """What an honest node has come to.

    Attributes:
        scores: by its own history, and by the outputs that it received.
        decided_by: over its own history.
        repeated: entries of its history about a sample that it had decided before.
        rewards: its record of every node's reward at the end.
    """

    scores: Scores
    decided_by: DecidedBy
    repeated: int
    rewards: tuple[Fraction, ...]


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        settings: what was asked.
        sources: the file of each node.
        left_out: files beside them that are no node.
        labels: the file of the true labels and its SHA-256.
        samples: how many samples were run.
        classes: the number of classes.
        quorum: how many identical messages decided.
        own_accuracy: of each node by the outputs in its file, also where it is faulty.  These
            are the weights of the weighted average.
        scores: of the network.
        differing: for each method the share of the samples on which two honest nodes have
            different labels.
        rewards_over_time: after how many samples, and every node's reward as the first honest
            node had it on record then; evenly spaced, at most :data:`MOMENTS`.
        honest: what each node has come to; None where it is faulty.
        histories_identical: whether all honest nodes have the same history.
        disagreements: samples for which two honest nodes hold different labels.
        partly_decided: samples that some honest nodes have decided and some have not.
        decided_by: a sample is undecided unless every honest node has decided it; if they did
            so by different rules, the one counts that comes last in the order of the fields.
        interventions: samples that the run had to give up for some node (``NextSample``).
        sent_by_honest: messages that honest nodes sent, one for each recipient.
        sent_by_faulty: the same for faulty nodes.
        sent_by_kind: the same for all nodes, by the name of the message.
        protocol_seconds: wall time of the protocol alone.
        seconds: wall time of the whole evaluation.
        versions: of the programs whose change could change a result.
    """

    settings: Settings
    sources: tuple[Source, ...]
    left_out: tuple[str, ...]
    labels: tuple[str, str]
    samples: int
    classes: int
    quorum: int
    own_accuracy: tuple[float, ...]
    scores: Scores
    differing: Scores
    rewards_over_time: tuple[tuple[int, tuple[float, ...]], ...]
    honest: tuple[HonestNode | None, ...]
    histories_identical: bool
    disagreements: int
    partly_decided: int
    decided_by: DecidedBy
    interventions: int
    sent_by_honest: int
    sent_by_faulty: int
    sent_by_kind: dict[str, int]
    protocol_seconds: float
    seconds: float
    versions: dict[str, str]

    @property
    def messages_per_decision(self) -> float | None:
        """Messages sent in the whole run over the samples decided; None if none was."""
        decided = self.samples - self.decided_by.undecided
        return (self.sent_by_honest + self.sent_by_faulty) / decided if decided else None

    @property
    def rewards_identical(self) -> bool:
        """Whether all honest nodes hold the same rewards."""
        return len({node.rewards for node in self.honest if node is not None}) == 1


def evaluate(
    outputs: Outputs,
    labels: TrueLabels,
    settings: Settings,
    progress: Callable[[int], None] = lambda done: None,
) -> Evaluation:
    """Run the protocol over ``outputs`` and compare; ``progress`` is told the samples done.

    Raises:
        SettingsError: the faulty nodes, the amplitude or the seed do not make sense.
        DataError: the labels are of another test set.
        ConfigError: f or the readings do not fit the number of nodes or samples.
    """
    began = perf_counter()
    fit(labels, outputs)
    _check(settings, outputs.nodes)
    config = Config(
        outputs.nodes,
        settings.assumed_faults,
        settings.readings,
        samples=outputs.samples,
        keep_early=True,
    )
    attack: Attack = NOBODY
    if settings.faulty_nodes:
        setting = AttackSetting(
            tuple(sorted(settings.faulty_nodes)),
            outputs.nodes,
            outputs.classes,
            settings.seed,
            settings.amplitude,
        )
        attack = ATTACKS[settings.attack](setting)
    network = NETWORKS[settings.network](settings.seed)
    own = np.array([_share(labels_of(vectors) == labels.values) for vectors in outputs.vectors])
    scorer = Scorer(outputs.vectors, labels.values, attack.nodes, own, settings.assumed_faults)
    watch = _Watch(scorer, outputs.samples)
    simulation = Simulation(config, outputs.vectors, attack, network, settings.seed)
    started = perf_counter()
    run = simulation.run(progress, watch)
    protocol_seconds = perf_counter() - started - watch.seconds
    tally = scorer.tally(run.honest)
    honest = {
        node.node: HonestNode(
            tally.by_node[node.node],
            _decided_by(node.rules),
            len(node.history) - len({entry.sample for entry in node.history}),
            node.rewards,
        )
        for node in run.honest
    }
    held_labels = list(zip(*(node.labels for node in run.honest), strict=True))
    return Evaluation(
        settings=settings,
        sources=outputs.sources,
        left_out=outputs.left_out,
        labels=(str(labels.path), labels.sha256),
        samples=outputs.samples,
        classes=outputs.classes,
        quorum=config.quorum,
        own_accuracy=tuple(own.tolist()),
        scores=tally.everywhere,
        differing=tally.differing,
        rewards_over_time=tuple(watch.rewards),
        honest=tuple(honest.get(node) for node in range(outputs.nodes)),
        histories_identical=len({node.history for node in run.honest}) == 1,
        disagreements=sum(len(set(held) - {None}) > 1 for held in held_labels),
        partly_decided=sum(0 < held.count(None) < len(held) for held in held_labels),
        decided_by=_decided_by(
            [_last(rules) for rules in zip(*(node.rules for node in run.honest), strict=True)]
        ),
        interventions=len(run.interventions),
        sent_by_honest=run.sent_by_honest,
        sent_by_faulty=run.sent_by_faulty,
        sent_by_kind=run.sent_by_kind,
        protocol_seconds=protocol_seconds,
        seconds=perf_counter() - began,
        versions=_versions(),
    )


def _check(settings: Settings, nodes: int) -> None:
    faulty = settings.faulty_nodes
    for node in faulty:
        if not 0 <= node < nodes:
            raise SettingsError(
                f"faulty node {node} does not exist; the {nodes} nodes are 0 to {nodes - 1}"
            )
    if len(set(faulty)) == nodes:
        raise SettingsError(
            f"all {nodes} nodes are faulty, so nobody is left to decide; leave one honest"
        )
    if not 0 < settings.amplitude < float("inf"):
        raise SettingsError(f"the amplitude must be a positive number, not {settings.amplitude}")
    if settings.seed < 0:
        raise SettingsError(f"the seed must be a whole number from 0, not {settings.seed}")
    if settings.attack not in ATTACKS:
        known = ", ".join(ATTACKS)
        raise SettingsError(f"there is no attack {settings.attack!r}; the attacks are {known}")
    if settings.network not in NETWORKS:
        known = ", ".join(NETWORKS)
        raise SettingsError(f"there is no network {settings.network!r}; the networks are {known}")
    if settings.readings.agree_on == "broadcast" and settings.network != "rounds":
        raise SettingsError(
            "agree_on=broadcast counts the rounds in which messages arrive, and the network "
            f"{settings.network} has none; take the network rounds"
        )


class _Watch:
    """Scores what is shown, and writes down rewards, while a run goes on."""

    def __init__(self, scorer: Scorer, samples: int) -> None:
        self._scorer = scorer
        self._samples = samples
        self._every = -(-samples // MOMENTS)
        self.rewards: list[tuple[int, tuple[float, ...]]] = []
        self.seconds = 0.0
        """What the aggregations took."""

    def __call__(self, sample: int, shown: NDArray[np.float64], run: Simulation) -> None:
        began = perf_counter()
        self._scorer.add(sample, shown)
        done = sample + 1
        if done % self._every == 0 or done == self._samples:
            self.rewards.append((done, tuple(map(float, run.rewards()))))
        self.seconds += perf_counter() - began


def _share(right: NDArray[np.bool_]) -> float:
    return float(right.mean())


def _last(rules: Sequence[Rule | None]) -> Rule | None:
    """The rule that counts for the network, of those by which its honest nodes decided."""
    order = list(Rule)
    decided = [rule for rule in rules if rule is not None]
    return max(decided, key=order.index) if len(decided) == len(rules) else None


def _decided_by(rules: Sequence[Rule | None]) -> DecidedBy:
    return DecidedBy(*(sum(rule is wanted for rule in rules) for wanted in (*Rule, None)))


def _versions() -> dict[str, str]:
    try:
        own = version("poqi")
    except PackageNotFoundError:
        own = "not installed"
    return {"poqi": own, "python": platform.python_version(), "numpy": np.__version__}
