"""One configuration to explore: who is faulty, what the others predict, and the bounds."""

from dataclasses import dataclass
from functools import cached_property

from poqi_core.config import Config
from poqi_core.faults import BYZANTINE, Fault
from poqi_core.networks import Partition
from poqi_core.prediction import Label
from poqi_core.run import Act, Run


@dataclass(frozen=True)
class Setting:
    """One configuration to explore.

    Attributes:
        config: the parameters of the protocol.
        predicted: for each sample the label of each node, None for a Byzantine one.
        views: how many views a sample can take before the question no longer covers it.
        start_view: the view in which every node begins.
        ballots: how many ballots a sample can take before the question no longer covers it.
        adversary_labels: how many labels the adversary has, the lowest ones, or None.
        adversary_evidence: how many different evidence the adversary uses, or None: all.
        fault: what the faulty nodes are capable of.
        losses: how many messages the network ``lossy`` may lose.
        partition: between whom it delivers nothing.
    """

    config: Config
    predicted: tuple[tuple[Label | None, ...], ...]
    views: int
    start_view: int = 0
    ballots: int = 1
    adversary_labels: int | None = None
    adversary_evidence: int | None = None
    fault: Fault = BYZANTINE
    losses: int = 0
    partition: Partition | None = None

    @cached_property
    def honest(self) -> tuple[int, ...]:
        """The honest nodes, in ascending order."""
        return tuple(node for node, label in enumerate(self.predicted[0]) if label is not None)

    @cached_property
    def processes(self) -> tuple[int, ...]:
        """What runs the core: the honest nodes, then the processes of faulty nodes."""
        return (*self.honest, *self.run("asynchronous", ()).runners)

    @cached_property
    def byzantine(self) -> tuple[int, ...]:
        """The faulty nodes, in ascending order."""
        return tuple(node for node, label in enumerate(self.predicted[0]) if label is None)

    @cached_property
    def labels(self) -> int:
        """How many labels the adversary has: one more than the honest nodes use, unless bounded."""
        if self.adversary_labels is not None:
            return self.adversary_labels
        return 2 + max(label for row in self.predicted for label in row if label is not None)

    @cached_property
    def last_view(self) -> int:
        """The highest view that a node within the question can be in."""
        return self.start_view + len(self.predicted) * self.views - 1

    @cached_property
    def predicted_by_honest(self) -> tuple[dict[int, Label], ...]:
        """For each sample the label that each honest node predicts."""
        return tuple(
            {node: label for node, label in enumerate(row) if label is not None}
            for row in self.predicted
        )

    def run(self, network: str, acts: tuple[Act, ...]) -> Run:
        """The run of this setting in which ``acts`` happen."""
        return Run(
            config=self.config,
            network=network,
            start_view=self.start_view,
            honest=self.honest,
            predicted=self.predicted_by_honest,
            acts=acts,
            views=self.views,
            ballots=self.ballots if self.config.has_ballots else None,
            fault=self.fault,
            losses=self.losses,
            partition=self.partition,
        )
