"""Offences: what no honest node signs, so that what is on record proves a node faulty.

An auditor has nothing but messages, each with the signature of its author (reading
``authentication=signatures``), and the configuration.  An :class:`Offence` is a message, or a
pair of messages of one node, that an honest node never sends under the readings for which the
offence stands.  What is no offence under other readings is not held against anybody.

Rewards are not compared: they have no effect on a receiver.  The offences of the repaired flow
are in :mod:`poqi_core.evidence_offences`; ``docs/blame.md`` has all of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple, TypeAlias

from poqi_core.config import Config
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Decision,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Proposal,
    ViewChange,
)
from poqi_core.prediction import Label, label_of

Signed: TypeAlias = Mapping[int, Collection[Message]]
"""For each node the messages that bear its signature; of a node that is missing, none is known."""

Search: TypeAlias = Callable[[Config, int, Signed], tuple[Message, ...] | None]
"""Finds the messages by which a node has committed an offence; None: there are none."""


class Offence(NamedTuple):
    """Something that no honest node does."""

    name: str
    deed: str
    """What the node has done, in words that go on after its name."""
    stands: Callable[[Config], bool]
    """Whether it is an offence under the readings of a configuration."""
    where: str
    """Those readings in words; empty: under all of them."""
    search: Search
    of_others: bool = False
    """Whether it depends on what other nodes have signed."""


class Conviction(NamedTuple):
    """Proof that a node is faulty."""

    node: int
    offence: Offence
    evidence: tuple[Message, ...]
    """The message, or the pair of messages, that no honest node could have sent."""


def always(config: Config) -> bool:
    """An offence under all readings."""
    return True


def alone(guilty: Callable[[Config, int, Message], bool]) -> Search:
    """An offence that is a single message."""

    def search(config: Config, node: int, signed: Signed) -> tuple[Message, ...] | None:
        for message in signed[node]:
            if guilty(config, node, message):
                return (message,)
        return None

    return search


def pair(guilty: Callable[[Config, int, Message, Message], bool]) -> Search:
    """An offence that is a pair of messages, in whichever order they are found."""

    def search(config: Config, node: int, signed: Signed) -> tuple[Message, ...] | None:
        for one, other in combinations(signed[node], 2):
            if guilty(config, node, one, other) or guilty(config, node, other, one):
                return one, other
        return None

    return search


def bare(message: Message) -> Message:
    """``message`` without the reward in it."""
    if isinstance(message, PrePrepare | ViewChange | Prepare | Commit):
        return replace(message, reward=Fraction(0))
    return message


def _view(message: Message) -> int | None:
    """The view that a message of the published flow is of; None: it is of none."""
    match message:
        case ViewChange():
            return message.view - 1
        case PrePrepare() | NodePrediction() | Prepare() | Commit() | Decision():
            return message.view
        case _:
            return None


def _own_label(message: Message) -> Label | None:
    """The label that a message says its author's own network gave the sample; None: none."""
    match message:
        case PrePrepare() | Prepare() | Commit():
            return message.label
        case NodePrediction():
            return label_of(message.prediction)
        case _:
            return None


def _one_sample_a_view(config: Config) -> bool:
    """Whether a node that has spoken in a view works on one sample in it.

    A late decision can begin the next sample in the midst of a view.
    """
    readings = config.readings
    moves = readings.late_messages == "yes" and readings.stop_after_decision == "yes"
    return not moves or config.samples == 1


def _differ_in_a_view(one: Message, other: Message) -> bool:
    """Two different messages of a kind in a view."""
    same = type(one) is type(other) and _view(one) == _view(other)
    return same and bare(one) != bare(other)


def _twice(kind: type[Message]) -> Search:
    return pair(
        lambda config, node, one, other: isinstance(one, kind) and _differ_in_a_view(one, other)
    )


def _two_prepares(config: Config, node: int, one: Message, other: Message) -> bool:
    if not (isinstance(one, Prepare) and isinstance(other, Prepare)):
        return False
    if not _differ_in_a_view(one, other):
        return False
    once = config.readings.prepare_once == "yes" or node == config.primary(one.view)
    return once or one.label != other.label


def _two_commits(config: Config, node: int, one: Message, other: Message) -> bool:
    if not (isinstance(one, Commit) and isinstance(other, Commit)):
        return False
    once = config.readings.prepare_once == "yes"
    return _differ_in_a_view(one, other) and (once or one.label != other.label)


def _two_words(config: Config, node: int, one: Message, other: Message) -> bool:
    if not (isinstance(one, ConflictDecision) and isinstance(other, ConflictDecision)):
        return False
    return one != other and one.sample == other.sample


def _two_labels(config: Config, node: int, one: Message, other: Message) -> bool:
    first, second = _own_label(one), _own_label(other)
    if first is None or second is None or first == second:
        return False
    if config.samples == 1:
        return _view(one) != _view(other) or type(one) is not type(other)
    return _view(one) == _view(other) and type(one) is not type(other)


def _against_and(kind: type[Message]) -> Search:
    def guilty(config: Config, node: int, one: Message, other: Message) -> bool:
        against = isinstance(one, ViewChange) and one.objection
        return against and isinstance(other, kind) and _view(one) == _view(other)

    return pair(guilty)


def _commit_without_prepare(config: Config, node: int, one: Message, other: Message) -> bool:
    if not (isinstance(one, Prepare) and isinstance(other, Commit)) or one.view != other.view:
        return False
    return (one.label, label_of(one.final)) != (other.label, label_of(other.final))


def _other_final(config: Config, node: int, message: Message) -> bool:
    """A prepare or commit whose final decision is not the label, and not its author's to send."""
    readings = config.readings
    match message:
        case Prepare():
            checks = readings.check_final == "yes" or node == config.primary(message.view)
        case Commit():
            checks = readings.check_final == "yes" and readings.commit_needs_prepare == "yes"
        case _:
            return False
    return checks and label_of(message.final) != message.label


def _not_its_role(config: Config, node: int, message: Message) -> bool:
    """A message that its author's role in the view, or any role, never sends."""
    readings = config.readings
    view = _view(message)
    is_primary = view is not None and node == config.primary(view)
    match message:
        case PrePrepare():
            return not is_primary
        case Decision():
            return not is_primary or readings.decide == "primary"
        case NodePrediction():
            return is_primary
        case ViewChange():
            return is_primary or (not message.objection and readings.wrong_view == "ignore")
        case Prepare():
            return message.primary != config.primary(message.view)
        case Commit():
            return is_primary and readings.primary_commit_counts == "no"
        case ConflictDecision():
            return readings.expert_label == "heard"
        case _:
            return not config.on_evidence


def _false_name(config: Config, node: int, message: Message) -> bool:
    match message:
        case Prepare():
            return False
        case PrePrepare() | Decision():
            return message.primary != node
        case Proposal():
            return message.leader != node
        case _:
            return message.node != node


def _forged_relay(config: Config, node: int, signed: Signed) -> tuple[Message, ...] | None:
    for message in signed[node]:
        if isinstance(message, Prepare) and message.primary != node:
            if message.primary not in signed:
                continue
            authentic = (bare(other) for other in signed[message.primary])
            if bare(message) not in authentic:
                return (message,)
    return None


def _on_labels(config: Config) -> bool:
    return not config.on_evidence and _one_sample_a_view(config)


def _heeds_one_proposal(config: Config) -> bool:
    """Whether a node that has agreed with a proposal never votes against its primary."""
    readings = config.readings
    one = readings.first_preprepare_only == "yes" and readings.timeout == "none"
    return _on_labels(config) and one


_LATE = "unless late_messages = yes with stop_after_decision = yes and several samples"
_HEEDS_ONE = "first_preprepare_only = yes and timeout = none"

LABEL_OFFENCES: tuple[Offence, ...] = (
    Offence(
        "double-proposal",
        "proposed two different labels in one view",
        _on_labels,
        _LATE,
        _twice(PrePrepare),
    ),
    Offence(
        "double-prepare",
        "sent two different prepares in one view",
        _on_labels,
        "by the primary, or of different labels, always; otherwise prepare_once = yes",
        pair(_two_prepares),
    ),
    Offence(
        "double-commit",
        "sent two different commits in one view",
        _on_labels,
        "of different labels always; otherwise prepare_once = yes",
        pair(_two_commits),
    ),
    Offence(
        "double-prediction",
        "handed in two different predictions in one view",
        _on_labels,
        _LATE,
        _twice(NodePrediction),
    ),
    Offence(
        "double-decision",
        "conveyed two different decisions in one view",
        lambda config: _on_labels(config) and config.readings.stop_after_decision == "yes",
        "stop_after_decision = yes",
        _twice(Decision),
    ),
    Offence(
        "double-word",
        "gave two different words on one conflict sample",
        lambda config: not config.on_evidence,
        "",
        pair(_two_words),
    ),
    Offence(
        "two-labels",
        "called two different labels its own",
        _on_labels,
        "in one view; with one sample, in all of them",
        pair(_two_labels),
    ),
    Offence(
        "vote-against-own-agreement",
        "agreed with the primary and voted against it in one view",
        _heeds_one_proposal,
        _HEEDS_ONE,
        _against_and(NodePrediction),
    ),
    Offence(
        "vote-against-own-prepare",
        "prepared the primary's label and voted against the primary in one view",
        lambda config: (
            _heeds_one_proposal(config) and config.readings.prepare_needs_preprepare == "yes"
        ),
        f"prepare_needs_preprepare = yes, {_HEEDS_ONE}",
        _against_and(Prepare),
    ),
    Offence(
        "vote-against-own-commit",
        "committed and voted against the primary in one view",
        lambda config: (
            _heeds_one_proposal(config)
            and config.readings.prepare_needs_preprepare == "yes"
            and config.readings.commit_needs_prepare == "yes"
        ),
        f"prepare_needs_preprepare = commit_needs_prepare = yes, {_HEEDS_ONE}",
        _against_and(Commit),
    ),
    Offence(
        "commit-without-prepare",
        "committed something else than it prepared in that view",
        lambda config: (
            _on_labels(config)
            and config.readings.prepare_once == "yes"
            and config.readings.commit_needs_prepare == "yes"
        ),
        "prepare_once = commit_needs_prepare = yes",
        pair(_commit_without_prepare),
    ),
    Offence(
        "other-final",
        "sent a final decision that is not its label",
        lambda config: not config.on_evidence,
        "a prepare by the primary always; otherwise check_final = yes, and for a commit "
        "commit_needs_prepare = yes",
        alone(_other_final),
    ),
    Offence(
        "forged-relay",
        "passed on a prepare that the primary has not signed",
        lambda config: not config.on_evidence,
        "",
        _forged_relay,
        of_others=True,
    ),
    Offence(
        "not-its-role",
        "sent what a node in its role never sends",
        lambda config: not config.on_evidence,
        "",
        alone(_not_its_role),
    ),
)
"""The offences of the published flow, the telling ones first."""

FALSE_NAME = Offence("false-name", "spoke in another node's name", always, "", alone(_false_name))


def convictions(
    config: Config, signed: Signed, offences: Collection[Offence]
) -> Iterator[Conviction]:
    """Everything that ``signed`` proves, by node and by the order of ``offences``.

    The evidence is the first that there is in the order of the messages.
    """
    for node in sorted(signed):
        for offence in offences:
            if offence.stands(config):
                evidence = offence.search(config, node, signed)
                if evidence is not None:
                    yield Conviction(node, offence, evidence)
