"""From evidence to an outcome: the views, the label and the rewards that follow from it.

Nodes that agree on the evidence, and on the view and the rewards with which the sample began,
compute the same; so agreement on the evidence is agreement on everything else.  The
computation is the published one wherever the evidence holds every node's prediction: a primary
is rejected if half of the nodes object (section III.1), its label stands otherwise (III.2), and
the experts or the most honest node decide what no primary settles (III.3).
"""

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from poqi_core.config import Config
from poqi_core.messages import Evidence
from poqi_core.outputs import Conflicted, Decided, Passed, Rejected, Rule, Undecided
from poqi_core.prediction import Label

_EXPERTS_SHARE = Fraction(51, 100)

Fact: TypeAlias = Decided | Rejected | Passed | Conflicted | Undecided


class Judgement(NamedTuple):
    """What follows from evidence.

    Attributes:
        facts: how each view was left, in order, and how the sample was decided.
        rewards: the rewards of all nodes after it.
        view: the view in which the next sample begins.
    """

    facts: tuple[Fact, ...]
    rewards: tuple[Fraction, ...]
    view: int


def is_evidence(config: Config, sample: int, evidence: Evidence) -> bool:
    """Whether the predictions are evidence for ``sample``: enough, of it, each node once."""
    nodes = [signed.node for signed in evidence]
    distinct = config.readings.evidence_distinct == "yes"
    return (
        len(evidence) >= config.evidence_size
        and all(0 <= node < config.nodes for node in nodes)
        and all(one < other or (one == other and not distinct) for one, other in pairwise(nodes))
        and all(signed.sample == sample and signed.label >= 0 for signed in evidence)
    )


def judge(
    config: Config, view: int, rewards: tuple[Fraction, ...], sample: int, evidence: Evidence
) -> Judgement:
    """The outcome of ``sample``, which began in ``view`` with those ``rewards``."""
    facts: list[Fact] = []
    labels = {signed.node: signed.label for signed in evidence}
    amounts = list(rewards)
    needed = config.support(len(evidence))
    for current in range(view, view + config.conflict_after):
        primary = config.primary(current)
        label = labels.get(primary)
        supporters = 0 if label is None else _supporters(evidence, label)
        voters = len(evidence) if config.readings.absent == "silent" else config.nodes
        if label is not None and config.rejects(voters - supporters):
            amounts[primary] /= 2
            facts.append(Rejected(sample, current))
        elif label is not None and supporters >= needed:
            collected = amounts[primary] if config.readings.reward == "accumulate" else Fraction(0)
            amounts[primary] = collected + config.readings.q
            facts.append(Decided(sample, label, current, Rule.CONSENSUS))
            return Judgement(tuple(facts), tuple(amounts), current + 1)
        else:
            facts.append(Passed(sample, current))
    last = view + config.conflict_after - 1
    facts.append(Conflicted(sample, last))
    facts.append(_settle(config, last, amounts, sample, evidence))
    return Judgement(tuple(facts), tuple(amounts), last + 1)


def _supporters(evidence: Evidence, label: Label) -> int:
    return sum(signed.label == label for signed in evidence)


def _settle(
    config: Config, view: int, rewards: list[Fraction], sample: int, evidence: Evidence
) -> Decided | Undecided:
    """Section III.3 on the evidence, among labels that have support enough."""
    needed = config.support(len(evidence))
    supported = {
        signed.node: signed.label
        for signed in evidence
        if _supporters(evidence, signed.label) >= needed
    }
    if not supported:
        return Undecided(sample, agreed=True)
    total = sum(rewards)
    for label in sorted(set(supported.values())):
        group = sum(rewards[node] for node, other in supported.items() if other == label)
        if total and group >= _EXPERTS_SHARE * total:
            return Decided(sample, label, view, Rule.EXPERTS)
    most_honest = max(supported, key=lambda node: (rewards[node], -node))
    return Decided(sample, supported[most_honest], view, Rule.MOST_HONEST)
