"""What an adversary can attain for one sample."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

from poqi_core.prediction import Label


@dataclass(frozen=True)
class Attainable:
    """What some behaviour of the faulty nodes and some schedule can bring about.

    Attributes:
        labels: those labels, of the ones that honest nodes predict, that an honest node decides.
        every_label: whether an honest node can be made to decide any label whatsoever: one that no
            honest node predicts in consensus, or in a conflict what the next primary or the
            node with the highest reward says, who may be faulty.
        differ: whether two honest nodes decide different labels, or one decides and another
            takes the sample for a conflict sample, or two do and are told different labels.
        blocked: whether an honest node is left undecided in a view for ever, though every message
            of an honest node arrives.
        conflict: whether an honest node takes the sample for a conflict sample.
    """

    labels: frozenset[Label]
    every_label: bool
    differ: bool
    blocked: bool
    conflict: bool

    def is_breakable(self, truth: Label) -> bool:
        """Whether an honest node can be made to decide another label than ``truth``."""
        return self.every_label or bool(self.labels - {truth})

    def is_certified(self, truth: Label) -> bool:
        """Whether ``truth`` can be decided and nothing else can."""
        return not self.every_label and self.labels == {truth}

    def renamed(self, names: Sequence[Label]) -> "Attainable":
        """The same where label ``n`` is called ``names[n]``."""
        return replace(self, labels=frozenset(names[label] for label in self.labels))


class Bounds(NamedTuple):
    """What can be attained, where that is known between two bounds alone.

    Attributes:
        least: this can be attained.
        most: nothing beyond this can be.
    """

    least: Attainable
    most: Attainable

    def is_certified(self, truth: Label) -> bool:
        """Whether ``truth`` can be decided for sure, and nothing else can at most."""
        return self.most.is_certified(truth) and truth in self.least.labels

    def renamed(self, names: Sequence[Label]) -> "Bounds":
        """The same where label ``n`` is called ``names[n]``."""
        return Bounds(self.least.renamed(names), self.most.renamed(names))


NOTHING = Attainable(frozenset(), every_label=False, differ=False, blocked=False, conflict=False)
"""What is attained where nothing happens."""


def either(choices: Collection[Attainable]) -> Attainable:
    """What an adversary attains who has the choice."""
    return reduce(_or, choices, NOTHING)


def _or(one: Attainable, other: Attainable) -> Attainable:
    return Attainable(
        one.labels | other.labels,
        one.every_label or other.every_label,
        one.differ or other.differ,
        one.blocked or other.blocked,
        one.conflict or other.conflict,
    )
