"""What faulty nodes are capable of, from keeping silent to sending whatever they please.

A node that runs the core and then does less, or more, than that calls the same
:func:`poqi_core.step.step` as an honest node.  How each fault contains others is in
``docs/networks-and-faults.md``.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from poqi_core.messages import (
    BallotChange,
    Commit,
    ConflictDecision,
    Decision,
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
from poqi_core.prediction import Label, label_of


class Fault(NamedTuple):
    """A kind of fault, the same for every faulty node of a run."""

    name: str
    adjective: str
    """What a node with that fault is called."""
    meaning: str
    copies: int = 0
    """How often a faulty node runs the core, under its one name."""
    crashes: bool = False
    """It can stop for ever; what it was sending then reaches any of the recipients."""
    withholds: bool = False
    """Whatever it sends can reach only some of the recipients."""
    changes: bool = False
    """In each message that it sends, and for each recipient, one value can be another."""
    forges: bool = False
    """It sends what it pleases to whom it pleases, with what it knows of the others."""


NONE = Fault("none", "honest", "every node is honest")
SILENCE = Fault("silence", "silent", "faulty nodes send nothing at all")
CRASH = Fault(
    "crash",
    "crash-faulty",
    "faulty nodes run the protocol and may stop for ever, even in the midst of a broadcast",
    copies=1,
    crashes=True,
)
OMISSION = Fault(
    "omission",
    "omission-faulty",
    "faulty nodes run the protocol, may stop, and what they send may reach only some",
    copies=1,
    crashes=True,
    withholds=True,
)
TWINS = Fault(
    "twins",
    "twinned",
    "faulty nodes run the protocol twice under one name; what they are sent reaches either or both",
    copies=2,
)
MUTATION = Fault(
    "mutation",
    "mutating",
    "faulty nodes run the protocol, but one value of each message may be changed for a recipient",
    copies=1,
    changes=True,
)
BYZANTINE = Fault(
    "byzantine", "Byzantine", "faulty nodes send whatever they could sign, and collude", forges=True
)

FAULTS = {
    fault.name: fault for fault in (NONE, SILENCE, CRASH, OMISSION, TWINS, MUTATION, BYZANTINE)
}
"""Every fault by its name."""

OfLabel: TypeAlias = PrePrepare | Prepare | Commit | Decision | ConflictDecision | SignedPrediction
OfView: TypeAlias = PrePrepare | NodePrediction | ViewChange | Prepare | Commit | Decision
OfBallot: TypeAlias = Proposal | EvidencePrepare | EvidenceCommit | BallotChange


def changed_forms(
    message: Message, labels: Iterable[Label], views: Iterable[int], ballots: Iterable[int]
) -> Iterator[Message]:
    """``message`` with one value changed: a label, its view or ballot, or the sign of a vote.

    The names in it stay, and so does what it quotes of others, as neither can be forged.  A
    reward stays as well: no receiver does anything with it.  A vote names the view after the one
    that it is about, so it is given the view after each of ``views``.
    """
    for label in labels:
        yield from (form for form in _with_label(message, label) if form != message)
    if isinstance(message, ViewChange):
        yield replace(message, objection=not message.objection)
    if isinstance(message, OfView):
        for view in views:
            form = replace(message, view=view + isinstance(message, ViewChange))
            if form != message:
                yield form
    if isinstance(message, OfBallot):
        for ballot in ballots:
            if ballot != message.ballot:
                yield replace(message, ballot=ballot)


def _with_label(message: Message, label: Label) -> Iterator[Message]:
    """``message`` with ``label`` in the place of one label in it."""
    if isinstance(message, OfLabel):
        yield replace(message, label=label)
    if isinstance(message, Prepare | Commit):
        yield replace(message, final=label)
    if isinstance(message, NodePrediction):
        yield replace(message, prediction=label)
    if isinstance(message, Relay) and message.signers == 1 << message.node:
        yield replace(message, prediction=replace(message.prediction, label=label))


def is_changed_form(message: Message, original: Message) -> bool:
    """Whether ``message`` is ``original`` with one value changed, as in :func:`changed_forms`."""
    if type(message) is not type(original):
        return False
    labels: set[Label] = set()
    views: set[int] = set()
    ballots: set[int] = set()
    if isinstance(message, OfLabel):
        labels.add(message.label)
    if isinstance(message, Prepare | Commit):
        labels.add(label_of(message.final))
    if isinstance(message, NodePrediction):
        labels.add(label_of(message.prediction))
    if isinstance(message, Relay):
        labels.add(message.prediction.label)
    if isinstance(message, OfView):
        views.add(message.view - isinstance(message, ViewChange))
    if isinstance(message, OfBallot):
        ballots.add(message.ballot)
    return message in changed_forms(original, labels, views, ballots)


def original_of(message: Message, sent: Collection[Message]) -> Message | None:
    """Which of the messages that were ``sent`` arrives as ``message``; None: none can.

    It is ``message`` itself if that was sent, else the first, in the order of their texts, that it
    can have been.
    """
    if message in sent:
        return message
    return min((other for other in sent if is_changed_form(message, other)), key=str, default=None)
