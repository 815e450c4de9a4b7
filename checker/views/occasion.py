"""Who takes part in a view, and what each of them could do there at the most.

An :class:`Occasion` is all that the relation of one view depends on: not which nodes take part,
but how many of each :class:`Group`.
"""

from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from checker.views.kinds import Kind
from checker.views.roles import Edge, Guard, Leave, Role, Sent
from poqi_core.prediction import Label


class Faulty(Enum):
    """A primary that follows no protocol, or that takes no part."""

    BYZANTINE = "it sends what it likes"
    ABSENT = "it is honest and has not entered the view"


class Group(NamedTuple):
    """Honest nodes that are alike to everybody.

    Attributes:
        label: the label of their own network for their sample.
        classified: whether it had answered when they entered the view.
        hears: whether a sample follows theirs.
    """

    label: Label
    classified: bool
    hears: bool


class Occasion(NamedTuple):
    """Who takes part in a view.

    Attributes:
        primary: the primary if it is honest and has entered the view.
        groups: the validators that have entered the view, and how many of each there are.
        byzantine: how many validators are Byzantine.
        labels: the labels that Byzantine nodes use, the lowest ones.
    """

    primary: Group | Faulty
    groups: tuple[tuple[Group, int], ...]
    byzantine: int
    labels: int


class Player:
    """A group of an occasion with its role, reduced to what can come about there."""

    def __init__(
        self,
        role: Role,
        edges: tuple[tuple[Edge, ...], ...],
        *,
        hears: bool,
        start: int = 0,
        count: int = 1,
    ) -> None:
        """``count`` nodes that begin in shape ``start`` of ``role``, of which ``edges`` matter."""
        self.role = role
        self.edges = edges
        self.start = start
        self.count = count
        self._hears = hears

    def sent(self, shape: int) -> frozenset[Sent]:
        """What a node in ``shape`` has sent."""
        return self.role.shapes[shape].sent

    def _covers(self, one: Leave | None, other: Leave | None) -> bool:
        """Whether a node that leaves as ``one`` can go on as if it had left as ``other``.

        If its last sample is classified, it can do all that it could before (this is checked of
        every role, see :func:`answering_closes_no_way`).
        """
        if one == other:
            return True
        if self._hears or one is None or other is None:
            return False
        return one == other._replace(classified=True)

    @cached_property
    def simulations(self) -> frozenset[tuple[int, int]]:
        """Pairs of shapes: whatever can come of the first can come of the second as well.

        The greatest such relation (a simulation), by taking pairs away until it is one.
        """
        related = {
            (one, other)
            for one in range(len(self.edges))
            for other in range(len(self.edges))
            if self.sent(one) <= self.sent(other)
        }
        while True:
            kept = {pair for pair in related if self._matches(*pair, related)}
            if len(kept) == len(related):
                return frozenset(kept)
            related = kept

    def _matches(self, one: int, other: int, related: set[tuple[int, int]]) -> bool:
        return all(
            (edge.leave is None and (edge.target, other) in related)
            or any(
                self._covers(answer.leave, edge.leave)
                and answer.guard.is_met_by(edge.guard)
                and (edge.target, answer.target) in related
                for answer in self.edges[other]
            )
            for edge in self.edges[one]
        )


class Cast:
    """Everybody who takes part in an occasion."""

    def __init__(self, occasion: Occasion, primary: Role | None, roles: tuple[Role, ...]) -> None:
        """The cast of ``occasion``, with the role of an honest primary and of each group."""
        self.occasion = occasion
        self._roles = [
            (role, count) for role, (_, count) in zip(roles, occasion.groups, strict=True)
        ]
        self._primary = primary
        self.players = [
            Player(
                role,
                self._possible(role, to_primary=False),
                hears=group.hears,
                start=_start(role, group),
                count=count,
            )
            for role, (group, count) in zip(roles, occasion.groups, strict=True)
        ]
        self.primary: Player | None = None
        if primary is not None:
            group = occasion.primary
            assert isinstance(group, Group)
            edges = self._possible(primary, to_primary=True)
            start = _start(primary, group)
            self.primary = Player(primary, edges, hears=group.hears, start=start)

    def forged(self, kind: Kind) -> bool:
        """Whether a Byzantine node can send a message of that kind."""
        return all(label < self.occasion.labels for label in kind.labels)

    def _possible(self, role: Role, *, to_primary: bool) -> tuple[tuple[Edge, ...], ...]:
        return tuple(
            tuple(edge for edge in edges if self._is_possible(edge.guard, to_primary=to_primary))
            for edges in role.edges
        )

    def _is_possible(self, guard: Guard, *, to_primary: bool) -> bool:
        """Whether so many could ever send that; the node itself is counted in, which is safe."""
        kind = guard.kind
        if kind is None:
            return True
        most = self.occasion.byzantine if self.forged(kind) else 0
        most += sum(
            count for role, count in self._roles if _ever_sends(role, Sent(kind, to_primary))
        )
        return guard.others <= most and (not guard.from_primary or self._primary_could_send(kind))

    def _primary_could_send(self, kind: Kind) -> bool:
        if self.occasion.primary is Faulty.BYZANTINE:
            return self.forged(kind)
        return self._primary is not None and _ever_sends(self._primary, Sent(kind, False))

    @cached_property
    def heeded(self) -> frozenset[Sent]:
        """What somebody might react to."""
        return frozenset(self._heeded())

    def _heeded(self) -> Iterator[Sent]:
        for player in (*self.players, self.primary):
            if player is not None:
                for edges in player.edges:
                    for edge in edges:
                        if edge.guard.kind is not None:
                            yield Sent(edge.guard.kind, player is self.primary)


def answering_closes_no_way(role: Role) -> bool:
    """Whether a node whose network has answered can do all that it could have done before."""
    return (0, role.classified) in Player(role, role.edges, hears=False).simulations


def _start(role: Role, group: Group) -> int:
    return role.classified if group.classified else 0


def _ever_sends(role: Role, sent: Sent) -> bool:
    return any(sent in shape.sent for shape in role.shapes)
