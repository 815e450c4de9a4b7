"""How the honest nodes' labels stand to each other for a sample, as an attack sees it."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from poqi_core.prediction import Label
from runner.adversary import Sight
from runner.attacks.setting import AttackSetting


class Contest(NamedTuple):
    """Who leads, and who could be brought to lead."""

    leader: Label
    """The label of most honest nodes."""
    rival: Label
    """Of the other labels the one of most honest nodes, be it of none."""
    supported: frozenset[Label]
    """The labels of honest nodes."""
    leading: int
    """How many honest nodes have the leader."""


def contest(setting: AttackSetting, sight: Sight, generator: np.random.Generator) -> Contest:
    """The contest for a sample; among equals the greater summed probability counts, then a lot."""
    honest = setting.honest
    votes = Counter(sight.labels[node] for node in honest)
    believed = sight.vectors[list(honest)].sum(axis=0).tolist()
    lots = generator.permutation(setting.classes).tolist()
    order = sorted(
        range(setting.classes),
        key=lambda label: (votes[label], believed[label], lots[label]),
        reverse=True,
    )
    return Contest(order[0], order[1], frozenset(votes), votes[order[0]])
