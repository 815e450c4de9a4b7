"""What the protocol promises, as predicates over the records of the honest nodes.

A property looks at nothing but what nodes have shown (:class:`~poqi_core.history.Record`) and
at what the honest nodes predicted; ``blame-soundness`` at what they have signed.
``termination`` in addition needs to know that no honest step is left, which only whoever runs
the system can tell; its predicate says what is missing.  A run that never ends violates it, too
(:mod:`poqi_core.loops`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

from poqi_core import occurrence
from poqi_core.config import Config
from poqi_core.evidence_offences import OFFENCES
from poqi_core.history import Entry, Facet, Outcome, Record
from poqi_core.occurrence import Records
from poqi_core.offences import Signed, convictions
from poqi_core.prediction import Label
from poqi_core.validity import unheeded_broadcast

Predicted: TypeAlias = Sequence[Mapping[int, Label]]
"""For each sample: the label that each honest node predicted."""


class Violation(NamedTuple):
    """Why a property does not hold."""

    conjunct: str
    """The part of the property that broke, for the nodes, samples and labels concerned."""
    nodes: tuple[int, ...]
    """The honest nodes concerned, in ascending order."""


def _always(predicted: Predicted) -> bool:
    return True


class Property(NamedTuple):
    """A property by name, with the facets that it looks at and its predicate."""

    name: str
    meaning: str
    facets: Facet
    violation: Callable[[Records, Predicted], Violation | None]
    when_stuck: bool = False
    """Whether it is to be asked only where no honest step is left."""
    premise: Callable[[Predicted], bool] = _always
    """Whether it says anything at all where the honest nodes predict that; else it is vacuous."""
    occurs: Callable[[Records], bool] = occurrence.always
    """Whether it says anything of such records; where none are reached it is vacuous."""
    by_name: bool = False
    """Whether it is asked only by name where nodes agree on labels: it takes long to exhaust."""
    of_evidence: bool = False
    """Whether it is about evidence, and says nothing where nodes agree on labels."""
    of_signed: Callable[[Config, Signed], Violation | None] | None = None
    """The predicate of a property of what the honest nodes have signed, not of their records."""


def _pairs(records: Records) -> Iterator[tuple[int, Record, int, Record]]:
    for (one, first), (other, second) in combinations(sorted(records.items()), 2):
        yield one, first, other, second


def _agreement(records: Records, predicted: Predicted) -> Violation | None:
    for one, first, other, second in _pairs(records):
        for sample, label in first.history:
            for same, differing in second.history:
                if sample == same and label != differing:
                    return Violation(
                        f"node {one} decided label {label} for sample {sample} "
                        f"and node {other} decided label {differing}",
                        (one, other),
                    )
            if sample in second.undecided:
                return _one_leaves_it_undecided(sample, (one, label), other)
        for sample, label in second.history:
            if sample in first.undecided:
                return _one_leaves_it_undecided(sample, (other, label), one)
    return None


def _one_leaves_it_undecided(sample: int, decider: tuple[int, Label], other: int) -> Violation:
    node, label = decider
    return Violation(
        f"node {node} decided label {label} for sample {sample} and node {other} holds that it "
        "is left undecided",
        (min(node, other), max(node, other)),
    )


def _integrity(records: Records, predicted: Predicted) -> Violation | None:
    for node, record in sorted(records.items()):
        samples = [entry.sample for entry in record.history]
        for sample in samples:
            if samples.count(sample) > 1:
                labels = " and ".join(
                    str(entry.label) for entry in record.history if entry.sample == sample
                )
                return Violation(
                    f"sample {sample} occurs {samples.count(sample)} times in the history of "
                    f"node {node}, with labels {labels}",
                    (node,),
                )
    return None


def _prefixes(records: Records, without: frozenset[int]) -> Violation | None:
    def kept(record: Record) -> list[Entry]:
        return [entry for entry in record.history if entry.sample not in without]

    for one, first, other, second in _pairs(records):
        for place, (mine, theirs) in enumerate(zip(kept(first), kept(second), strict=False)):
            if mine != theirs:
                return Violation(
                    f"at place {place} of their histories node {one} has label {mine.label} for "
                    f"sample {mine.sample} and node {other} has label {theirs.label} for sample "
                    f"{theirs.sample}",
                    (one, other),
                )
    return None


def _total_order(records: Records, predicted: Predicted) -> Violation | None:
    conflicts = frozenset(sample for record in records.values() for sample in record.conflicts)
    return _prefixes(records, conflicts)


def _total_order_strict(records: Records, predicted: Predicted) -> Violation | None:
    return _prefixes(records, frozenset())


def _decided_validity(records: Records, predicted: Predicted) -> Violation | None:
    for node, record in sorted(records.items()):
        for sample, label in record.history:
            if label not in predicted[sample].values():
                return Violation(
                    f"node {node} decided label {label} for sample {sample}, "
                    "which no honest node predicted",
                    (node,),
                )
    return None


def _some_sample_is_unanimous(predicted: Predicted) -> bool:
    return any(len(set(labels.values())) == 1 for labels in predicted)


def _unanimity(records: Records, predicted: Predicted) -> Violation | None:
    for node, record in sorted(records.items()):
        for sample, label in record.history:
            labels = set(predicted[sample].values())
            if len(labels) == 1 and label not in labels:
                return Violation(
                    f"node {node} decided label {label} for sample {sample}, "
                    f"though every honest node predicted {labels.pop()}",
                    (node,),
                )
        for sample in record.undecided:
            labels = set(predicted[sample].values())
            if len(labels) == 1:
                return Violation(
                    f"node {node} left sample {sample} undecided, "
                    f"though every honest node predicted {labels.pop()}",
                    (node,),
                )
    return None


def _acceptance(records: Records, predicted: Predicted) -> Violation | None:
    for node, record in sorted(records.items()):
        for sample in record.conflicts:
            labels = set(predicted[sample].values())
            if len(labels) == 1:
                return Violation(
                    f"node {node} takes sample {sample} for a conflict sample, "
                    f"though every honest node predicted {labels.pop()}",
                    (node,),
                )
    return None


def _outcome(outcome: Outcome) -> str:
    if outcome.passed:
        return "passing its primary over"
    label = outcome.label
    return "rejecting the primary" if label is None else f"deciding label {label}"


def _view_consistency(records: Records, predicted: Predicted) -> Violation | None:
    for one, first, other, second in _pairs(records):
        for mine in first.outcomes:
            for theirs in second.outcomes:
                if mine.view == theirs.view and mine != theirs:
                    return Violation(
                        f"node {one} left view {mine.view} {_outcome(mine)} "
                        f"and node {other} left it {_outcome(theirs)}",
                        (one, other),
                    )
    return None


def _reward_consistency(records: Records, predicted: Predicted) -> Violation | None:
    for one, first, other, second in _pairs(records):
        for view, rewards in first.rewards:
            for same, differing in second.rewards:
                if view == same and rewards != differing:
                    mine, theirs = (
                        ", ".join(str(amount) for amount in amounts)
                        for amounts in (rewards, differing)
                    )
                    return Violation(
                        f"after view {view} node {one} holds the rewards ({mine}) "
                        f"and node {other} holds ({theirs})",
                        (one, other),
                    )
    return None


def _termination(records: Records, predicted: Predicted) -> Violation | None:
    for sample in range(len(predicted)):
        waiting = tuple(
            node
            for node, record in sorted(records.items())
            if all(entry.sample != sample for entry in record.history)
            and sample not in record.undecided
        )
        if waiting:
            names = ", ".join(str(node) for node in waiting)
            conflict = all(sample in records[node].conflicts for node in waiting)
            why = "; it is a conflict sample and none follows that decides it" if conflict else ""
            return Violation(
                f"no honest step is left and sample {sample} is undecided at "
                f"node{'s' if len(waiting) > 1 else ''} {names}{why}",
                waiting,
            )
    return None


def _evidence_agreement(records: Records, predicted: Predicted) -> Violation | None:
    for one, first, other, second in _pairs(records):
        for sample, evidence in first.evidence:
            for same, differing in second.evidence:
                if sample == same and evidence != differing:
                    mine, theirs = (
                        ", ".join(f"{signed.node}: {signed.label}" for signed in basis)
                        for basis in (evidence, differing)
                    )
                    return Violation(
                        f"node {one} computes the outcome of sample {sample} from the predictions "
                        f"({mine}) and node {other} from ({theirs})",
                        (one, other),
                    )
    return None


def _in_no_record(records: Records, predicted: Predicted) -> Violation | None:
    return None


def _validity(config: Config, signed: Signed) -> Violation | None:
    found = unheeded_broadcast(config, signed)
    return None if found is None else Violation(found[0], (found[1],))


def _blame_soundness(config: Config, signed: Signed) -> Violation | None:
    for node, offence, evidence in convictions(config, signed, OFFENCES):
        return Violation(
            f"the honest node {node} {offence.deed} ({offence.name}): "
            + " and ".join(str(message) for message in evidence),
            (node,),
        )
    return None


PROPERTIES: tuple[Property, ...] = (
    Property(
        "agreement",
        "no two honest nodes hold different labels for a sample",
        Facet.HISTORY,
        _agreement,
        occurs=occurrence.two_decide,
    ),
    Property(
        "integrity",
        "a sample occurs at most once in an honest history",
        Facet.HISTORY,
        _integrity,
        occurs=occurrence.somebody_decides,
    ),
    Property(
        "total-order",
        "honest histories, without the samples that any honest node treated as a conflict, "
        "are prefixes of one another",
        Facet.HISTORY | Facet.CONFLICTS,
        _total_order,
        occurs=occurrence.two_decide,
    ),
    Property(
        "total-order-strict",
        "honest histories, conflict samples included, are prefixes of one another",
        Facet.HISTORY,
        _total_order_strict,
        occurs=occurrence.two_decide,
    ),
    Property(
        "decided-validity",
        "a decided label was predicted by an honest node",
        Facet.HISTORY,
        _decided_validity,
        occurs=occurrence.somebody_decides,
    ),
    Property(
        "unanimity",
        "if all honest nodes predict one label, no other is decided",
        Facet.HISTORY,
        _unanimity,
        premise=_some_sample_is_unanimous,
        occurs=occurrence.somebody_decides,
    ),
    Property(
        "acceptance",
        "if all honest nodes predict one label, the sample is no conflict sample",
        Facet.CONFLICTS,
        _acceptance,
        premise=_some_sample_is_unanimous,
        by_name=True,
    ),
    Property(
        "view-consistency",
        "honest nodes that left a view left it with the same outcome",
        Facet.OUTCOMES,
        _view_consistency,
        occurs=occurrence.two_leave_views,
    ),
    Property(
        "reward-consistency",
        "honest nodes that finished the same view hold the same rewards",
        Facet.REWARDS,
        _reward_consistency,
        occurs=occurrence.two_hold_rewards,
    ),
    Property(
        "evidence-agreement",
        "no two honest nodes compute the outcome of a sample from different evidence",
        Facet.EVIDENCE,
        _evidence_agreement,
        occurs=occurrence.two_settle,
        of_evidence=True,
    ),
    Property(
        "termination",
        "every honest node decides every sample, or agrees that it has no label",
        Facet.HISTORY | Facet.CONFLICTS,
        _termination,
        when_stuck=True,
    ),
)
"""Every property of what nodes show, in order."""

BLAME_SOUNDNESS = Property(
    "blame-soundness",
    "what the honest nodes sign convicts none of them",
    Facet(0),
    _in_no_record,
    of_signed=_blame_soundness,
)
"""The soundness of :mod:`poqi_core.offences`: a property of the auditor, asked by name."""

VALIDITY = Property(
    "validity",
    "what an honest node broadcasts in a view, every honest node receives and acts on in that view",
    Facet(0),
    _in_no_record,
    of_signed=_validity,
)
"""That it is received is true of any fair network; that it is acted on is asked by name."""

EVERY_PROPERTY = (*PROPERTIES, VALIDITY, BLAME_SOUNDNESS)
"""Every property that can be asked."""


def properties_for(config: Config) -> tuple[Property, ...]:
    """The properties that are asked of runs with ``config`` unless others are named."""
    return tuple(
        entry
        for entry in PROPERTIES
        if config.on_evidence or not (entry.of_evidence or entry.by_name)
    )


def property_named(name: str) -> Property:
    """The property called ``name``.

    Raises:
        KeyError: there is no such property.
    """
    return {entry.name: entry for entry in EVERY_PROPERTY}[name]
