"""What all nodes of a run have in common: their number, the assumed faults, the readings."""

from dataclasses import dataclass, field
from functools import cached_property

from poqi_core.prediction import CombinationRule
from poqi_core.readings import Readings


class ConfigError(ValueError):
    """Numbers or readings that do not fit each other."""


@dataclass(frozen=True)
class Config:
    """The parameters of one run of the protocol, the same at every node.

    Attributes:
        nodes: N; the nodes are 0 to N-1.
        faults: f, the number of faulty nodes that quorums assume.
        readings: the answers to the questions that the paper leaves open.
        samples: the number of input samples, or None where more can always come.  What
            only a later sample could use is forgotten after the last one.
        keep_early: whether a node keeps a message of a later step until it gets there.
            Needed where the network delivers once; where messages persist they arrive again.
    """

    nodes: int
    faults: int
    readings: Readings = field(default_factory=Readings)
    samples: int | None = None
    keep_early: bool = False

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise ConfigError(f"there must be at least one node, not {self.nodes}")
        if not 0 <= self.faults < self.nodes:
            raise ConfigError(f"f must be from 0 to {self.nodes - 1}, not {self.faults}")
        if self.samples is not None and self.samples < 1:
            raise ConfigError(f"there must be at least one sample, not {self.samples}")
        if self.readings.decide == "primary" and self.samples != 1:
            raise ConfigError(
                "with decide=primary nobody but the primary learns the decision, "
                "so a run cannot go beyond one sample"
            )

        self._check_repair()

    def _check_repair(self) -> None:
        readings = self.readings
        if readings.timeout == "ballot" and not self.has_ballots:
            raise ConfigError("timeout=ballot needs agree_on=evidence: else no ballot exists")
        if not self.on_evidence:
            return
        if readings.authentication != "signatures":
            raise ConfigError(
                f"agree_on={readings.agree_on} needs authentication=signatures: evidence is what "
                "others signed"
            )
        if self.has_broadcast and readings.timeout != "none":
            raise ConfigError(
                "with agree_on=broadcast nothing is waited for but the end of a round; take "
                "timeout=none"
            )
        if readings.timeout == "vote":
            raise ConfigError("with agree_on=evidence nobody votes; its time-out is timeout=ballot")

    @cached_property
    def on_evidence(self) -> bool:
        """Whether nodes agree on evidence, in ballots or by broadcast (reading ``agree_on``)."""
        return self.has_ballots or self.has_broadcast

    @cached_property
    def has_ballots(self) -> bool:
        """Whether nodes agree on evidence in ballots (reading ``agree_on``)."""
        return self.readings.agree_on == "evidence"

    @cached_property
    def has_broadcast(self) -> bool:
        """Whether nodes broadcast their predictions in lock-step rounds (reading ``agree_on``)."""
        return self.readings.agree_on == "broadcast"

    @cached_property
    def broadcast_rounds(self) -> int:
        """In how many rounds predictions arrive (reading ``broadcast_rounds``)."""
        rounds = self.readings.broadcast_rounds
        return rounds if isinstance(rounds, int) else self.faults + 1

    @cached_property
    def has_timers(self) -> bool:
        """Whether anything ever happens because time has passed."""
        return self.on_evidence or self.readings.timeout != "none" or self.collect is None

    @cached_property
    def evidence_size(self) -> int:
        """How many signed predictions are evidence (reading ``evidence_size``)."""
        size = self.readings.evidence_size
        return size if isinstance(size, int) else self.nodes - self.faults

    def support(self, present: int) -> int:
        """How many must support a label that evidence of so many nodes decides (``support``)."""
        support = self.readings.support
        if isinstance(support, int):
            return support
        proved = self.nodes - present if support == "f+1-absent" else 0
        return self.faults + 1 - proved

    @cached_property
    def ballot_changes(self) -> int:
        """How many nodes must have changed to a ballot (reading ``ballot_changes``)."""
        changes = self.readings.ballot_changes
        return changes if isinstance(changes, int) else self.quorum

    def leader(self, sample: int, ballot: int) -> int:
        """The leader of ``ballot`` of ``sample`` (reading ``ballot_leader``)."""
        rotates = self.readings.ballot_leader == "rotates"
        return (sample + ballot if rotates else sample) % self.nodes

    @cached_property
    def quorum(self) -> int:
        """How many identical messages are a quorum (section III.2; reading ``quorum``)."""
        match self.readings.quorum:
            case "majority":
                return self.nodes // 2 + 1
            case "intersecting":
                return (self.nodes + self.faults) // 2 + 1
            case _:
                return 2 * self.faults + 1

    @cached_property
    def conflict_after(self) -> int:
        """How many rejected views in a row make a conflict sample (section III.3)."""
        after = self.readings.conflict_after
        return after if isinstance(after, int) else self.nodes

    @cached_property
    def collect(self) -> int | None:
        """How many matching predictions the primary waits for; None: until the round closes."""
        collect = self.readings.collect
        if isinstance(collect, int):
            return collect
        return 1 if collect == "own" else None

    @cached_property
    def combination(self) -> CombinationRule:
        """The rule by which predictions are combined (section III.2)."""
        return CombinationRule(self.readings.combine)

    def primary(self, view: int) -> int:
        """The primary of ``view`` (eq. 1)."""
        return view % self.nodes

    def rejects(self, objections: int) -> bool:
        """Whether that many votes reject a primary: sum(vo)/N >= 0.5 (section III.1)."""
        return 2 * objections >= self.nodes

    def is_last(self, sample: int) -> bool:
        """Whether no sample follows ``sample``."""
        return self.samples is not None and sample >= self.samples - 1
