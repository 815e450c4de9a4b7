"""What one node can do in one view: its shapes, and what can happen to it in each.

In a view a node is the primary or a validator, and has one label.  Its peers are told apart
by the core in no other way than this: which of them is the primary, which is the node itself,
and which have been counted for something already.  So one node of each role stands for all.
:mod:`checker.views.tabulation` finds out from the core what it can do.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.views.kinds import Kind, exchanged
from poqi_core.messages import CollectionClosed, Sample, TimeOut
from poqi_core.prediction import Label
from poqi_core.state import NodeState


class Guard(NamedTuple):
    """What must have been sent before an edge can be taken.

    Attributes:
        kind: the kind of message that the node hears; None: nothing is needed.
        from_primary: whether the primary of the view must have sent it.
        others: how many others, neither the primary nor the node itself, must have.
    """

    kind: Kind | None
    from_primary: bool = False
    others: int = 0

    def is_met_by(self, other: "Guard") -> bool:
        """Whether this guard asks for no more than ``other`` does."""
        return self.kind is None or (
            self.kind == other.kind
            and self.from_primary <= other.from_primary
            and self.others <= other.others
        )


class Sent(NamedTuple):
    """A message that a node has sent in the view.

    Attributes:
        kind: what it says.
        to_primary: whether it went to the primary; otherwise to the other validators.
    """

    kind: Kind
    to_primary: bool


class Leave(NamedTuple):
    """How a node leaves the view.

    Attributes:
        label: the label that it decided; None if it rejected the primary.
        classified: whether its own network had answered.
        heard: the label that it heard from the primary, where that can matter later.
    """

    label: Label | None
    classified: bool
    heard: Label | None


class Hears(NamedTuple):
    """Part of the chain of events of an edge: a message of that kind arrives.

    Attributes:
        kind: what the message says.
        from_primary: whether the primary sent it, or one of the others.
    """

    kind: Kind
    from_primary: bool


Link: TypeAlias = Hears | Sample | TimeOut | CollectionClosed
"""One event of an edge; of a :class:`Hears` any sender will do that was not counted yet."""


@dataclass(frozen=True)
class Edge:
    """Something that can happen to a node.

    Attributes:
        guard: what must have been sent by others.
        chain: the events, the counted deliveries first.
        target: the number of the shape that it leads to.
        leave: how the node leaves the view, if it does.
    """

    guard: Guard
    chain: tuple[Link, ...]
    target: int
    leave: Leave | None


@dataclass(frozen=True)
class Shape:
    """A state of a node within a view.

    Attributes:
        state: the core's state, of the node that stands for all.
        sent: what it has sent in the view.
        leave: how it has left the view, if it has.
    """

    state: NodeState
    sent: frozenset[Sent]
    leave: Leave | None = None


@dataclass(frozen=True)
class Role:
    """All that a node of one role and label can do in a view.

    Attributes:
        shapes: in shape 0 its network has not answered yet.
        classified: the shape of a node whose network had answered before the view began.
        edges: by shape.
    """

    shapes: tuple[Shape, ...]
    classified: int
    edges: tuple[tuple[Edge, ...], ...]

    def relabelled(self, own: Label) -> "Role":
        """The role of a node with label ``own``; this one is that of label 0.

        The core only compares labels.  States are left as they are: nobody looks at them.
        """
        if own == 0:
            return self
        return Role(
            tuple(_relabel_shape(shape, own) for shape in self.shapes),
            self.classified,
            tuple(tuple(_relabel(edge, own) for edge in edges) for edges in self.edges),
        )


def _relabel_shape(shape: Shape, own: Label) -> Shape:
    sent = frozenset(Sent(kind.relabelled(own), to_primary) for kind, to_primary in shape.sent)
    return Shape(shape.state, sent, _relabel_leave(shape.leave, own))


def _relabel_leave(leave: Leave | None, own: Label) -> Leave | None:
    if leave is None:
        return None
    return leave._replace(label=_other(leave.label, own), heard=_other(leave.heard, own))


def _relabel(edge: Edge, own: Label) -> Edge:
    guard, leave = edge.guard, _relabel_leave(edge.leave, own)
    if guard.kind is not None:
        guard = guard._replace(kind=guard.kind.relabelled(own))
    chain = tuple(
        link._replace(kind=link.kind.relabelled(own)) if isinstance(link, Hears) else link
        for link in edge.chain
    )
    return Edge(guard, chain, edge.target, leave)


def _other(label: Label | None, own: Label) -> Label | None:
    return None if label is None else exchanged(label, own)
