"""How one random run goes: what is frequent in it, and what is late.

Runs that all have the same distribution are all alike.  So each draws habits of its own and
keeps them to its end: some send nothing of one kind, some starve a node, some deliver votes
late (A. Groce et al., "Swarm testing", 2012).
"""

from collections.abc import Mapping
from typing import NamedTuple

from checker.setting import Setting
from checker.simulation.chance import Chance
from poqi_core.messages import (
    BallotChange,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Proposal,
    Relay,
    SignedPrediction,
    ViewChange,
)
from poqi_core.prediction import Label

OF_VIEWS: tuple[type[Message], ...] = (
    PrePrepare,
    NodePrediction,
    ViewChange,
    Prepare,
    Commit,
    Decision,
    ConflictDecision,
)
"""The kinds of messages of the published flow."""

OF_BALLOTS: tuple[type[Message], ...] = (
    SignedPrediction,
    Proposal,
    EvidencePrepare,
    EvidenceCommit,
    BallotChange,
    DecisionProof,
)
"""The kinds of messages of the agreement in ballots."""

OF_BROADCAST: tuple[type[Message], ...] = (Relay,)
"""The kinds of messages of the broadcast."""


class Habits(NamedTuple):
    """What is kept for one run."""

    byzantine: float
    """How much of what happens is a Byzantine message, while there are any left."""
    byzantine_acts: int
    """How many of them there are at most."""
    kinds: Mapping[type[Message], float]
    """The weight of each kind among them."""
    stories: Mapping[int, Label]
    """The label that each honest node is told."""
    flatters: bool
    """Whether it is told its own label instead, while it has one."""
    consistent: float
    """How likely it is told that."""
    timers: float
    """How likely a timer is to run out where something else could happen as well."""
    weights: Mapping[int, float]
    """How often the turn of each process that runs the core comes."""
    late: Mapping[type[Message], float]
    """For each kind, how likely a message is to come last of all (asynchronous network)."""


def kinds_of(setting: Setting) -> tuple[type[Message], ...]:
    """The kinds of messages that mean anything in ``setting``."""
    if setting.config.has_ballots:
        return OF_BALLOTS
    return OF_BROADCAST if setting.config.has_broadcast else OF_VIEWS


def draw_habits(setting: Setting, chance: Chance) -> Habits:
    """The habits of a run of ``setting``."""
    kinds = kinds_of(setting)
    weights = {kind: chance.pick((0.0, 1.0, 1.0, 4.0)) for kind in kinds}
    if not any(weights.values()):
        weights = dict.fromkeys(kinds, 1.0)
    told = [chance.below(setting.labels) for _ in range(chance.pick((1, 2, 2)))]
    forges = bool(setting.byzantine) and setting.fault.forges
    mostly = chance.pick((1, 3, 10))
    return Habits(
        byzantine=chance.pick((0.1, 0.3, 0.6, 0.9)) if forges else 0.0,
        byzantine_acts=len(setting.honest) * len(setting.predicted) * chance.pick((1, 3, 8)),
        kinds=weights,
        stories={node: chance.pick(told) for node in setting.honest},
        flatters=chance.happens(0.3),
        consistent=chance.pick((0.0, 0.7, 0.95)),
        timers=chance.pick((0.0, 0.02, 0.2)),
        weights={process: chance.pick((1, 1, mostly)) for process in setting.processes},
        late={kind: chance.pick((0.0, 0.0, 0.3, 0.9)) for kind in OF_VIEWS + OF_BALLOTS},
    )
