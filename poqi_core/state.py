"""A node's state: what of its past can still influence its future, and nothing else.

Values are named tuples so that a state is hashable, compares by value and can be interned by
the model checker.  Sets of nodes are bit masks: bit i stands for node i, so every vote is
bounded by its sender.
"""

from fractions import Fraction
from typing import NamedTuple

from poqi_core.config import Config
from poqi_core.messages import Evidence, PreparedCertificate, Received
from poqi_core.outputs import Rule
from poqi_core.prediction import Label, Prediction


class Tally(NamedTuple):
    """The agents that sent one and the same prepare or commit.

    Two messages are identical if they name the same view, label and label of the final
    decision; ``final`` is the first such decision that the node saw.
    """

    label: Label
    final_label: Label
    senders: int
    final: Prediction


class ViewLog(NamedTuple):
    """What a node remembers of the view that it is in; forgotten when it leaves."""

    heard: bool = False
    """It has sent (primary) or accepted (validator) a pre-prepare."""
    agreed: bool = False
    """A pre-prepare carried its own label."""
    objected: bool = False
    """It has voted against the primary with vo = 1."""
    objected_view: bool = False
    """It has voted with vo = 0."""
    objectors: int = 0
    """Mask of the validators whose vote with vo = 1 it has logged."""
    collected: tuple[Prediction, ...] = ()
    """Primary, until it prepares: the predictions that match its own, its own first."""
    collected_from: int = 0
    """Mask of the nodes that those predictions are from."""
    prepares: tuple[Tally, ...] = ()
    """Prepares by content, in ascending order of content."""
    prepared: tuple[tuple[Label, Label], ...] = ()
    """The contents (label, label of the final decision) that it has prepared itself."""
    commits: tuple[Tally, ...] = ()
    """Commits by final label (``label`` repeats it), in ascending order."""
    committed: tuple[Label, ...] = ()
    """The final labels that it has committed."""
    decided: tuple[Label, ...] = ()
    """The labels decided in this view (only with ``stop_after_decision=no``)."""


class EarlierView(NamedTuple):
    """Commits for an earlier view of the same sample (only with ``late_messages=yes``)."""

    view: int
    commits: tuple[Tally, ...]


class Conflict(NamedTuple):
    """A conflict sample that has not fallen yet."""

    sample: int
    labels: tuple[Label | None, ...]
    """The label heard from each node in its pre-prepare and the node's own; None: none was."""
    deciders: int = 0
    """Once the next sample is decided: mask of the nodes of which one decides this one."""
    rule: Rule | None = None
    """Once the next sample is decided: the rule that named the deciders."""


class Candidate(NamedTuple):
    """Evidence that the node has prepared."""

    ballot: int
    evidence: Evidence
    prepares: int
    """Mask of the nodes that prepared it in that ballot; 0 once it is committed."""
    committed: bool
    commits: int
    """Mask of the nodes that committed it in that ballot."""


class LockHeard(NamedTuple):
    """What a node said when it changed to the ballot: the ballot of its lock, -1 without one."""

    node: int
    ballot: int


class BallotLog(NamedTuple):
    """What a node remembers of the agreement on evidence for its sample (``agree_on``)."""

    ballot: int = 0
    """The ballot that it is in."""
    collected: Evidence = ()
    """Leader, until it proposes: the predictions that were handed in, by ascending node."""
    changes: tuple[LockHeard, ...] = ()
    """Until it prepares: the changes to this ballot, by ascending node."""
    highest: PreparedCertificate | None = None
    """Leader, until it proposes: the highest lock among them."""
    candidates: tuple[Candidate, ...] = ()
    """What it has prepared in this ballot (with ``commit_late=yes`` in earlier ones, too)."""
    lock: PreparedCertificate | None = None
    """The evidence that it committed last."""


class BroadcastLog(NamedTuple):
    """What a node remembers of the broadcast of everybody's prediction (``agree_on``)."""

    round: int = 0
    """The lock-step round of the sample that it is in; the sample came in round 0."""
    accepted: Evidence = ()
    """The predictions of those of whom it has accepted just one, by ascending node."""
    equivocators: int = 0
    """Mask of those of whom it has accepted two different ones."""


class NodeState(NamedTuple):
    """The whole state of a node between two events."""

    node: int
    view: int
    sample: int
    """The input sample that it works on, or waits for while ``prediction`` is None."""
    opened: int
    """The view in which that sample began; ``view - opened`` views in a row were rejected."""
    prediction: Prediction | None
    decided: bool
    """The sample is decided and the next may come (only with ``stop_after_decision=no``)."""
    rewards: tuple[Fraction, ...]
    """Its record of every node's reward (the set R of section III.1)."""
    log: ViewLog
    heard: tuple[Label | None, ...]
    """The label heard from each primary for this sample; empty where it can be of no use."""
    conflicts: tuple[Conflict, ...]
    earlier: tuple[EarlierView, ...]
    early: tuple[Received, ...]
    """Messages of a later step, kept until the node gets there (``Config.keep_early``)."""
    ballots: BallotLog
    """The agreement on evidence for the sample; of use with ``agree_on=evidence`` alone."""
    broadcast: BroadcastLog
    """The same; of use with ``agree_on=broadcast`` alone."""


EMPTY_LOG = ViewLog()
NO_BALLOTS = BallotLog()
NO_BROADCAST = BroadcastLog()


def nothing_heard(config: Config, sample: int) -> tuple[Label | None, ...]:
    """``NodeState.heard`` at the beginning of ``sample``: of use only if a sample follows it."""
    return () if config.is_last(sample) else (None,) * config.nodes


def initial(config: Config, node: int, view: int = 0) -> NodeState:
    """A node that waits for its first sample in ``view`` (all nodes "begin from the same view").

    Raises:
        ValueError: there is no such node or view.
    """
    if not 0 <= node < config.nodes:
        raise ValueError(f"node {node} does not exist; the nodes are 0 to {config.nodes - 1}")
    if view < 0:
        raise ValueError(f"views count from 0, so a run cannot start in view {view}")
    return NodeState(
        node=node,
        view=view,
        sample=0,
        opened=view,
        prediction=None,
        decided=False,
        rewards=(Fraction(config.readings.reward_start),) * config.nodes,
        log=EMPTY_LOG,
        heard=nothing_heard(config, 0),
        conflicts=(),
        earlier=(),
        early=(),
        ballots=NO_BALLOTS,
        broadcast=NO_BROADCAST,
    )


def finished(config: Config, state: NodeState) -> bool:
    """Whether the node has left its last sample, so that no sample can occupy it any more."""
    return config.samples is not None and state.sample >= config.samples


def awaited_sample(state: NodeState) -> int | None:
    """The index of the input sample that the node waits for; None while it works on one."""
    if state.decided:
        return state.sample + 1
    return state.sample if state.prediction is None else None


def tied(conflict: Conflict) -> bool:
    """Whether nodes of equal reward are named for a conflict sample, and none is chosen yet."""
    return conflict.deciders & (conflict.deciders - 1) != 0
