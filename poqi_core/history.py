"""What a node has shown so far: its history and how it left each view.

A state forgets whatever can no longer influence the future, so a node's history is read off
its outputs: :func:`follow` folds the outputs of each step into a :class:`Record`.
"""

from collections.abc import Iterable
from enum import Flag, auto
from fractions import Fraction
from typing import NamedTuple

from poqi_core.messages import Evidence
from poqi_core.outputs import (
    Conflicted,
    Decided,
    Output,
    Passed,
    Rejected,
    Rule,
    Settled,
    Undecided,
)
from poqi_core.prediction import Label
from poqi_core.state import NodeState


class Facet(Flag):
    """The parts of a record; whoever needs only some of them follows only those."""

    HISTORY = auto()
    CONFLICTS = auto()
    OUTCOMES = auto()
    REWARDS = auto()
    EVIDENCE = auto()


EVERY_FACET = ~Facet(0)

FACETS_OF_VIEWS = Facet.OUTCOMES | Facet.REWARDS
"""Those that grow with every view that is left."""


class Entry(NamedTuple):
    """An entry of a history: the node holds ``label`` for ``sample``."""

    sample: int
    label: Label


class Outcome(NamedTuple):
    """How a node left ``view``: with a decided label, or None if it rejected the primary.

    ``passed`` says that it did neither (reading ``agree_on=evidence``).
    """

    view: int
    label: Label | None
    passed: bool = False


class Rewards(NamedTuple):
    """A node's record of everybody's reward when it had finished ``view``."""

    view: int
    rewards: tuple[Fraction, ...]


class Basis(NamedTuple):
    """The evidence from which a node has computed the outcome of ``sample``."""

    sample: int
    evidence: Evidence


class Record(NamedTuple):
    """What a node has shown so far; a facet that is not followed stays empty."""

    history: tuple[Entry, ...] = ()
    """Its decisions, in the order in which it made them."""
    conflicts: tuple[int, ...] = ()
    """The samples that it took for conflict samples, in order."""
    outcomes: tuple[Outcome, ...] = ()
    """How it left the views that it has left."""
    rewards: tuple[Rewards, ...] = ()
    """The rewards with which it left them."""
    undecided: tuple[int, ...] = ()
    """The samples for which it has agreed that there is no label."""
    evidence: tuple[Basis, ...] = ()
    """What it has computed them from (reading ``agree_on=evidence``)."""


def follow(record: Record, outputs: Iterable[Output], after: NodeState, facets: Facet) -> Record:
    """``record`` with what a step has shown; ``after`` is the state that the step led to."""
    history, conflicts, outcomes, rewards, undecided, evidence = record
    for output in outputs:
        left: Outcome | None = None
        if isinstance(output, Decided):
            if Facet.HISTORY in facets:
                history = (*history, Entry(output.sample, output.label))
            if output.rule is Rule.CONSENSUS:
                left = Outcome(output.view, output.label)
        elif isinstance(output, Rejected):
            left = Outcome(output.view, None)
        elif isinstance(output, Passed):
            left = Outcome(output.view, None, passed=True)
        elif isinstance(output, Undecided) and output.agreed and Facet.HISTORY in facets:
            undecided = (*undecided, output.sample)
        elif isinstance(output, Settled) and Facet.EVIDENCE in facets:
            evidence = (*evidence, Basis(output.sample, output.evidence))
        elif isinstance(output, Conflicted) and Facet.CONFLICTS in facets:
            conflicts = (*conflicts, output.sample)
        if left is not None:
            if Facet.OUTCOMES in facets:
                outcomes = (*outcomes, left)
            if Facet.REWARDS in facets:
                rewards = (*rewards, Rewards(left.view, after.rewards))
    return Record(history, conflicts, outcomes, rewards, undecided, evidence)
