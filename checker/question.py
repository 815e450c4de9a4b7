"""A question to the checker, and the settings that it sweeps over.

A question fixes the protocol, the network, the bounds and the properties.  What it leaves open,
the prediction patterns and the placement of the faulty nodes, is swept: every combination is
a :class:`~checker.poqi_system.Setting` of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import combinations, product
from math import comb

from checker.adversaries import obstacle_to
from checker.errors import QuestionError
from checker.patterns import (
    MOST_LABELS,
    Pattern,
    canonical_patterns,
    faulty_in,
    parse_patterns,
    pattern_text,
    patterns_up_to_renaming,
    unity,
)
from checker.setting import Setting
from poqi_core.config import Config
from poqi_core.faults import BYZANTINE, NONE, Fault
from poqi_core.networks import Partition
from poqi_core.properties import Property, properties_for
from poqi_core.readings import Readings

__all__ = [
    "MOST_LABELS",
    "Pattern",
    "Question",
    "QuestionError",
    "canonical_patterns",
    "parse_patterns",
    "pattern_text",
    "patterns_up_to_renaming",
]

ENGINES = ("reduced", "full", "fast", "composed")
MOST_SETTINGS = 100_000
MOST_VIEWS = 1_000


@dataclass(frozen=True)
class Question:
    """What is to be checked.

    Attributes:
        nodes: N.
        faults: the f of the quorums.
        readings: the answers to what the paper leaves open.
        network: one of :data:`poqi_core.networks.NETWORKS`.
        engine: one of :data:`ENGINES`.
        predictions: one pattern for each sample, or None: every pattern of at most
            ``labels`` labels up to renaming.
        byzantine: the faulty nodes, or None: every placement of ``faults`` nodes.
        labels: how many labels honest nodes use where patterns are swept.
        samples: the number of samples.
        views: the views that a sample can take, or None: as many as lead to a conflict.
        start_view: the view in which every node begins.
        ballots: the ballots that a sample can take (reading ``agree_on=evidence``), or None:
            f + 1, of which one has an honest leader.
        adversary_labels: the labels that faulty nodes use, the lowest ones, or None: one more
            than the honest nodes use.
        adversary_evidence: how many different pieces of evidence they use, or None: all.  With
            ``agree_on=broadcast`` a piece is a prediction of one node.
        properties: what is asked; if nothing is named, all that say something of the protocol.
        endless: whether the samples come again and again for ever.  Then ``termination`` alone is
            asked: whether every honest node decides every sample.
        coverage: whether the clauses that the exploration exercises are to be named.
        alternatives: whether those readings are to be named as well that make no difference to it.
        drawn: whether settings are drawn at random instead of swept (:mod:`checker.simulation`),
            so that it does not matter how many there are.
        fault: what the faulty nodes are capable of.
        losses: how many messages the network ``lossy`` may lose.
        partition: between whom it delivers nothing.
    """

    nodes: int
    faults: int
    readings: Readings = field(default_factory=Readings)
    network: str = "asynchronous"
    engine: str = "reduced"
    predictions: tuple[Pattern, ...] | None = None
    byzantine: tuple[int, ...] | None = None
    labels: int = 2
    samples: int = 1
    views: int | None = None
    start_view: int = 0
    ballots: int | None = None
    adversary_labels: int | None = None
    adversary_evidence: int | None = None
    properties: tuple[Property, ...] = ()
    endless: bool = False
    coverage: bool = False
    alternatives: bool = False
    drawn: bool = False
    fault: Fault = BYZANTINE
    losses: int = 0
    partition: Partition | None = None

    def __post_init__(self) -> None:
        config = Config(self.nodes, self.faults, self.readings, samples=max(self.samples, 1))
        if not self.properties:
            object.__setattr__(self, "properties", self._all_properties(config))
        reason = obstacle_to(
            config, self.network, self.fault, self.losses, self.partition, self.properties
        )
        if reason is not None:
            raise QuestionError(reason)
        if (
            not self.fault.forges
            and (self.adversary_labels, self.adversary_evidence) != (None,) * 2
        ):
            raise QuestionError(
                "--adversary-labels and --adversary-evidence bound what Byzantine nodes send; "
                f"leave them out with --fault {self.fault.name}"
            )
        if self.endless:
            # That module knows questions.
            from checker.liveness.conditions import require

            require(self)
        for entry in self.properties:
            if entry.of_evidence and not config.on_evidence:
                raise QuestionError(
                    f"{entry.name} is about evidence; ask it with --profile hardened "
                    "(agree_on=evidence)"
                )
        if self.engine == "fast":
            self._check_fast()
        if self.engine == "composed":
            self._check_composed()
        for name, value, least in (
            ("labels", self.labels, 1),
            ("samples", self.samples, 1),
            ("views", 1 if self.views is None else self.views, 1),
            ("ballots", 1 if self.ballots is None else self.ballots, 1),
            ("adversary labels", 1 if self.adversary_labels is None else self.adversary_labels, 1),
            (
                "adversary's evidence",
                1 if self.adversary_evidence is None else self.adversary_evidence,
                1,
            ),
            ("start view", self.start_view, 0),
        ):
            if value < least:
                raise QuestionError(f"the number of the {name} must be at least {least}: {value}")
        if self.labels > MOST_LABELS:
            raise QuestionError(f"there can be {MOST_LABELS} labels at most, not {self.labels}")
        if self.fault == NONE and any(self.placements):
            raise QuestionError("with --fault none no node is faulty; leave out ? and --byzantine")
        if self.byzantine is not None:
            self._check_byzantine(self.byzantine)
        if self.predictions is not None:
            self._check_predictions(self.predictions)
        if self.drawn:
            return
        if self.samples * self.views_a_sample > MOST_VIEWS:
            raise QuestionError(
                f"the question spans {self.samples * self.views_a_sample} views, more than "
                f"{MOST_VIEWS}; ask for fewer views a sample, or fewer samples"
            )
        if self.settings_count > MOST_SETTINGS:
            raise QuestionError(
                f"the sweep has {self.settings_count} settings, more than {MOST_SETTINGS}; "
                "fix the predictions or the Byzantine nodes, or allow fewer labels"
            )

    def _check_fast(self) -> None:
        if self.network != "asynchronous":
            raise QuestionError(
                f"the engine fast explores the asynchronous network, not {self.network}; "
                "leave out --engine, or take --engine full"
            )
        if find_spec("numba") is None:
            raise QuestionError(
                "the engine fast needs numba, which is not installed: pip install 'poqi[fast]'"
            )

    def _all_properties(self, config: Config) -> tuple[Property, ...]:
        """Those that say something of the protocol and that the engine can answer."""
        # Those modules know questions.
        from checker.liveness.conditions import asked_by_default
        from checker.views.conditions import is_composable

        composed = self.engine == "composed"
        return tuple(
            entry
            for entry in properties_for(config)
            if asked_by_default(config, self.network, entry, endless=self.endless)
            and (not composed or is_composable(self, entry))
        )

    def _check_composed(self) -> None:
        # That module knows questions.
        from checker.views.conditions import is_composable, require

        require(self)
        for entry in self.properties:
            if not is_composable(self, entry):
                raise QuestionError(
                    f"composed views cannot answer {entry.name} here: it is not about what one or "
                    "two nodes have shown when they left their views, nor about the end of one "
                    "sample with as many views as lead to a conflict; leave out --engine"
                )

    @property
    def unreduced(self) -> bool:
        """Whether every interleaving is followed, and everything is watched at once."""
        return self.engine in ("full", "fast")

    @property
    def covers_every_start_view(self) -> bool:
        """Whether the settings are, up to a rotation of the nodes, those of every start view.

        With one sample the rule of election alone tells nodes apart.
        """
        swept = self.predictions is None and self.byzantine is None
        return swept and self.samples == 1 and not self.config.on_evidence

    def _check_byzantine(self, byzantine: tuple[int, ...]) -> None:
        for node in byzantine:
            if not 0 <= node < self.nodes:
                raise QuestionError(
                    f"Byzantine node {node} does not exist; the nodes are 0 to {self.nodes - 1}"
                )
        if len(set(byzantine)) < len(byzantine):
            raise QuestionError("a Byzantine node is named twice")
        if len(byzantine) == self.nodes:
            raise QuestionError("every node is Byzantine, so there is nothing to check")

    def _check_predictions(self, predictions: tuple[Pattern, ...]) -> None:
        if len(predictions) != self.samples:
            raise QuestionError(
                f"there are {len(predictions)} patterns for {self.samples} samples; "
                "give one pattern a sample, separated by commas"
            )
        for pattern in predictions:
            text = pattern_text(pattern)
            if len(pattern) != self.nodes:
                raise QuestionError(
                    f"pattern {text} has {len(pattern)} letters for {self.nodes} nodes; "
                    "give a letter a node, ? for a faulty one"
                )
            faulty = faulty_in(pattern)
            if faulty != faulty_in(predictions[0]):
                raise QuestionError(
                    f"pattern {text} has its ? elsewhere than {pattern_text(predictions[0])}; "
                    "the faulty nodes are the same for every sample"
                )
            if self.byzantine is not None and faulty != tuple(sorted(self.byzantine)):
                raise QuestionError(
                    f"pattern {text} marks {list(faulty)} as faulty, but the Byzantine nodes are "
                    f"said to be {sorted(self.byzantine)}; name the same nodes or leave one out"
                )
            if len(faulty) == self.nodes:
                raise QuestionError(f"pattern {text} has no honest node, so nothing to check")

    @property
    def config(self) -> Config:
        """The configuration of the core for this question."""
        return Config(
            self.nodes,
            self.faults,
            self.readings,
            samples=None if self.endless else self.samples,
        )

    @property
    def views_a_sample(self) -> int:
        """How many views a sample can take; no more than lead to a conflict."""
        conflict_after = self.config.conflict_after
        return conflict_after if self.views is None else min(self.views, conflict_after)

    @property
    def ballots_a_sample(self) -> int:
        """The ballots that a sample can take."""
        return self.faults + 1 if self.ballots is None else self.ballots

    @property
    def sweeps_placements(self) -> bool:
        """Whether there is more than one set of faulty nodes."""
        open_ones = self.predictions is None and self.byzantine is None
        return open_ones and self.faults > 0 and self.fault != NONE

    @property
    def placements(self) -> tuple[tuple[int, ...], ...]:
        """The sets of faulty nodes to sweep, the primary of the first view first."""
        if self.predictions is not None:
            return (faulty_in(self.predictions[0]),)
        if self.byzantine is not None:
            return (tuple(sorted(self.byzantine)),)
        if self.fault == NONE:
            return ((),)
        turned = [(self.start_view + place) % self.nodes for place in range(self.nodes)]
        return tuple(tuple(sorted(placement)) for placement in combinations(turned, self.faults))

    @property
    def settings_count(self) -> int:
        """How many settings the sweep has, without making them."""
        if self.predictions is not None:
            return 1
        swept = self.sweeps_placements
        placements = comb(self.nodes, self.faults) if swept else 1
        faulty = self.faults if swept else len(self.placements[0])
        honest = self.nodes - faulty
        if self.config.on_evidence:
            patterns = patterns_up_to_renaming(honest, self.labels) ** self.samples
        else:
            patterns = patterns_up_to_renaming(honest * self.samples, self.labels)
        return placements * int(patterns)

    def _patterns(self, placement: tuple[int, ...]) -> Iterator[tuple[Pattern, ...]]:
        """The patterns of all samples up to renaming, those with split nodes first.

        Where messages name their sample the labels of each are renamed by themselves.  Those of
        the published flow name the view alone, so that a node that still works on one sample
        compares its label with that of a node that is ahead: labels are renamed together.
        """
        if self.config.on_evidence:
            one = sorted(canonical_patterns(self.nodes, placement, self.labels), key=unity)
            return product(one, repeat=self.samples)
        rows = range(0, self.nodes * self.samples, self.nodes)
        everybody = tuple(row + node for row in rows for node in placement)
        joint = canonical_patterns(self.nodes * self.samples, everybody, self.labels)
        split = (tuple(whole[row : row + self.nodes] for row in rows) for whole in joint)
        return iter(sorted(split, key=lambda patterns: [unity(row) for row in patterns]))

    @property
    def _unrolled(self) -> int:
        """How often the samples come before a search for a run without end gives up."""
        return 3 * self.nodes if self.endless else 1

    def settings(self) -> Iterator[Setting]:
        """Every setting of the sweep, always in the same order: by placement, then pattern.

        Patterns in which honest nodes are split come first, as they are the likely ones to
        break; what is known of them limits the search in the others.
        """
        config = self.config
        for placement in self.placements:
            if self.predictions is not None:
                sweep: Iterator[tuple[Pattern, ...]] = iter((self.predictions,))
            else:
                sweep = self._patterns(placement)
            for predicted in sweep:
                yield Setting(
                    config,
                    predicted * self._unrolled,
                    self.views_a_sample,
                    self.start_view,
                    self.ballots_a_sample,
                    self.adversary_labels,
                    self.adversary_evidence,
                    self.fault,
                    self.losses,
                    self.partition,
                )
