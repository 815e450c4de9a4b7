"""What a message of one view says, whoever sent it and in whatever view."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from poqi_core.messages import (
    Commit,
    Decision,
    LabelMessage,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    ViewChange,
)
from poqi_core.prediction import Label, label_of

Form: TypeAlias = (
    type[PrePrepare]
    | type[NodePrediction]
    | type[ViewChange]
    | type[Prepare]
    | type[Commit]
    | type[Decision]
)


class Kind(NamedTuple):
    """The content of a message without its sender, its view and the reward that it quotes.

    Messages of one kind from different senders are told apart by their senders alone.
    Of a commit only the final decision is content: "identical" means equal view and final.

    Attributes:
        form: the kind of message.
        label: its label; for a vote whether it objects.
        final: the label of the final decision, for a prepare.
    """

    form: Form
    label: Label = 0
    final: Label = 0

    def relabelled(self, own: Label) -> "Kind":
        """The kind with the labels 0 and ``own`` exchanged."""
        if self.form is ViewChange or own == 0:
            return self
        final = exchanged(self.final, own) if self.form is Prepare else self.final
        return Kind(self.form, exchanged(self.label, own), final)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that it names."""
        if self.form is ViewChange:
            return ()
        return (self.label, self.final) if self.form is Prepare else (self.label,)


def exchanged(label: Label, own: Label) -> Label:
    """``label`` where 0 and ``own`` are exchanged."""
    if label == own:
        return 0
    return own if label == 0 else label


def kind_of(message: Message) -> Kind | None:
    """The kind of a message; None for one that belongs to no view."""
    match message:
        case ViewChange():
            return Kind(ViewChange, int(message.objection))
        case Prepare():
            return Kind(Prepare, message.label, label_of(message.final))
        case Commit():
            return Kind(Commit, label_of(message.final))
        case NodePrediction():
            return Kind(NodePrediction, label_of(message.prediction))
        case PrePrepare():
            return Kind(PrePrepare, message.label)
        case Decision():
            return Kind(Decision, message.label)
        case _:
            return None


def view_of(message: Message) -> int | None:
    """The view that a message belongs to, if it belongs to one."""
    match message:
        case ViewChange():
            return message.view - 1
        case PrePrepare() | NodePrediction() | Prepare() | Commit() | Decision():
            return message.view
        case _:
            return None


def message_of(kind: Kind, sender: int, primary: int, view: int) -> LabelMessage:
    """The message of that kind that ``sender`` would send in ``view``; it quotes no reward."""
    nothing = Fraction(0)
    if kind.form is PrePrepare:
        return PrePrepare(sender, kind.label, view, nothing)
    if kind.form is NodePrediction:
        return NodePrediction(sender, kind.label, view)
    if kind.form is ViewChange:
        return ViewChange(sender, view + 1, bool(kind.label), nothing)
    if kind.form is Prepare:
        return Prepare(primary, kind.label, kind.final, view, nothing)
    if kind.form is Commit:
        return Commit(sender, kind.label, kind.label, view, nothing)
    return Decision(sender, kind.label, view)


def kinds(labels: int) -> Iterator[Kind]:
    """Every kind of message of a view that names one of so many labels."""
    yield Kind(ViewChange, 1)
    yield Kind(ViewChange, 0)
    for label in range(labels):
        for form in (PrePrepare, NodePrediction, Commit, Decision):
            yield Kind(form, label)
        for final in range(labels):
            yield Kind(Prepare, label, final)
