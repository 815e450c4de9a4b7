"""Properties that see what consistent nodes compute, in the words of the paper and of the proofs.

Nodes that all make the same mistake agree with one another.  These properties say what the
outcome must be.  They look at records alone, like those of :mod:`poqi_core.properties`.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from poqi_core.history import Facet, Record
from poqi_core.occurrence import Records
from poqi_core.prediction import Label
from poqi_core.properties import Predicted, Property, Violation

Judge = Callable[[int, Record, Predicted], str | None]
"""What is wrong with the record of a node, if anything is."""


def _of_each_node(judge: Judge) -> Callable[[Records, Predicted], Violation | None]:
    def violation(records: Records, predicted: Predicted) -> Violation | None:
        for node, record in sorted(records.items()):
            wrong = judge(node, record, predicted)
            if wrong is not None:
                return Violation(f"node {node} {wrong}", (node,))
        return None

    return violation


def rewards_follow(q: Fraction, start: Fraction) -> Property:
    """Eq. (4): a rejected primary keeps half, one in whose view a label is decided earns ``q``."""

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        if not record.rewards:
            return None
        held = record.rewards[-1].rewards
        due = [start] * len(held)
        for view, label, passed in record.outcomes:
            if passed:
                continue
            primary = view % len(held)
            due[primary] = due[primary] / 2 if label is None else due[primary] + q
        return None if held == tuple(due) else f"holds {held}, but {due} follow from its views"

    return Property(
        "rewards-follow",
        "a rejected primary keeps half of its reward, one whose view decides earns q",
        Facet.OUTCOMES | Facet.REWARDS,
        _of_each_node(judge),
    )


def majority_is_kept(nodes: int) -> Property:
    """Proved in ``poqi prove``: a label of more than N/2 honest nodes is never rejected.

    For one sample; of an honest primary, as a faulty one can show different labels.
    """

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        (labels,) = predicted
        for view, label, passed in record.outcomes:
            primary = view % nodes
            if label is None and not passed and primary in labels:
                supporters = sum(other == labels[primary] for other in labels.values())
                if 2 * supporters > nodes:
                    return f"rejected node {primary} against {supporters} of {nodes}"
        return None

    return Property(
        "majority-is-kept",
        "an honest primary with whom more than half of all nodes agree is not rejected",
        Facet.OUTCOMES,
        _of_each_node(judge),
    )


def accepted_is_supported(nodes: int, faults: int) -> Property:
    """Proved in ``poqi prove``: an accepted label has more than N/2 - 2f honest supporters.

    For one sample.
    """

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        (labels,) = predicted
        for view, label, _ in record.outcomes:
            if label is not None:
                supporters = sum(other == label for other in labels.values())
                if 2 * supporters <= nodes - 4 * faults:
                    return f"accepted {label} of view {view}, which {supporters} support"
        return None

    return Property(
        "accepted-is-supported",
        "a label that a view decides has more than N/2 - 2f honest supporters",
        Facet.OUTCOMES,
        _of_each_node(judge),
    )


def _due_to_rule(
    labels: Mapping[int, Label], rewards: tuple[Fraction, ...], groups: list[Label]
) -> Label:
    """Section III.3: the first of the groups with 0.51 of all reward, or the most honest node."""
    for label in groups:
        held = sum(rewards[node] for node, other in labels.items() if other == label)
        if held >= Fraction(51, 100) * sum(rewards):
            return label
    return labels[max(labels, key=lambda node: (rewards[node], -node))]


def conflict_is_settled(nodes: int) -> Property:
    """Section III.3, where all are honest and the last sample but one is a conflict.

    The primary under which the last is decided names the group of experts.
    """

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        sample, held = len(predicted) - 2, dict(record.history)
        if sample not in record.conflicts or sample not in held:
            return None
        labels, primary = predicted[sample], record.outcomes[-1].view % nodes
        due = _due_to_rule(labels, record.rewards[-1].rewards, [labels[primary]])
        return None if held[sample] == due else f"decided {held[sample]} for it, not {due}"

    return Property(
        "conflict-is-settled",
        "a conflict sample gets the label of the experts, or that of the most honest node",
        Facet.HISTORY | Facet.CONFLICTS | Facet.OUTCOMES | Facet.REWARDS,
        _of_each_node(judge),
    )


def conflict_is_computed(faults: int) -> Property:
    """Section III.3 on agreed evidence, among labels of more than f nodes; for one sample."""

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        if not (record.conflicts and record.evidence and record.rewards):
            return None
        (basis,) = record.evidence
        signed = [(entry.node, entry.label) for entry in basis.evidence]
        counts = [label for _, label in signed]
        labels = {node: label for node, label in signed if counts.count(label) > faults}
        held = dict(record.history).get(0)
        due = None
        if labels:
            rewards = record.rewards[-1].rewards
            due = _due_to_rule(labels, rewards, sorted(set(labels.values())))
        return None if held == due else f"decided {held} for the conflict, not {due}"

    return Property(
        "conflict-is-computed",
        "the experts or the most honest node decide among labels of more than f nodes",
        Facet.HISTORY | Facet.CONFLICTS | Facet.REWARDS | Facet.EVIDENCE,
        _of_each_node(judge),
    )


def views_go_on() -> Property:
    """Section III: every sample takes views of its own, so no view is left twice."""

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        views = [outcome.view for outcome in record.outcomes]
        return None if len(set(views)) == len(views) else f"left a view twice: {views}"

    return Property(
        "views-go-on", "no node leaves a view twice", Facet.OUTCOMES, _of_each_node(judge)
    )


def conflict_is_due(nodes: int) -> Property:
    """Section III.3: a sample is a conflict once N views did not decide it, and not before."""

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        due = streak = 0
        for outcome in record.outcomes:
            streak = streak + 1 if outcome.label is None else 0
            if streak == nodes:
                due, streak = due + 1, 0
        held = len(record.conflicts)
        return None if held == due else f"has {held} conflict samples, but {due} are due"

    return Property(
        "conflict-is-due",
        "a sample is a conflict once as many views as there are nodes did not decide it",
        Facet.CONFLICTS | Facet.OUTCOMES,
        _of_each_node(judge),
    )


def unanimous_is_accepted(nodes: int) -> Property:
    """Proved in ``poqi prove``: agreed evidence accepts at once what all honest nodes predict.

    For one sample: a primary that is honest and in the evidence is neither rejected nor passed.
    """

    def judge(node: int, record: Record, predicted: Predicted) -> str | None:
        (labels,) = predicted
        if len(set(labels.values())) != 1 or not record.evidence:
            return None
        (basis,) = record.evidence
        heard = {signed.node for signed in basis.evidence}
        for view, label, _ in record.outcomes:
            primary = view % nodes
            if primary in labels and primary in heard and label != labels[primary]:
                return (
                    f"did not accept the label of node {primary}, on which all honest nodes agree"
                )
        return None

    return Property(
        "unanimous-is-accepted",
        "an honest primary in the evidence is accepted if all honest nodes predict alike",
        Facet.OUTCOMES | Facet.EVIDENCE,
        _of_each_node(judge),
    )
