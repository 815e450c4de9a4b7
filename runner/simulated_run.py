"""What a simulated run has come to."""

from dataclasses import dataclass
from fractions import Fraction

from poqi_core import Label
from poqi_core.history import Entry
from poqi_core.outputs import Rule


@dataclass(frozen=True)
class NodeRun:
    """What an honest node has come to.

    Attributes:
        node: which one.
        history: its decisions in the order in which it made them.
        labels: for each sample the label that it decided first; None: it is undecided.
        rules: for each sample the rule by which it decided that label.
        rewards: its record of every node's reward at the end.
        undecided: the samples for which it has agreed that there is no label.
    """

    node: int
    history: tuple[Entry, ...]
    labels: tuple[Label | None, ...]
    rules: tuple[Rule | None, ...]
    rewards: tuple[Fraction, ...]
    undecided: tuple[int, ...] = ()


@dataclass(frozen=True)
class SimulatedRun:
    """What a whole run has come to.

    Attributes:
        honest: the honest nodes' runs, in ascending order of the nodes.
        interventions: the samples that the environment had to give up for a node.
        sent_by_honest: messages that honest nodes sent, one for each recipient.
        sent_by_faulty: the same for faulty nodes.
        sent_by_kind: the same for both together, by the name of the message.
        steps: calls of the transition function at honest nodes.
    """

    honest: tuple[NodeRun, ...]
    interventions: tuple[int, ...]
    sent_by_honest: int
    sent_by_faulty: int
    sent_by_kind: dict[str, int]
    steps: int
