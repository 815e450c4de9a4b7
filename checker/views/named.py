"""The relation of a view for the nodes of a setting, by name, for one sample."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from checker.setting import Setting
from checker.views.occasion import Faulty, Group, Occasion
from checker.views.relation import Options, Relation, Relations, Row
from checker.views.roles import Leave
from poqi_core.prediction import Label

Members: TypeAlias = tuple[tuple[int, ...], ...]
"""The nodes of each group of a view, the primary first."""


@dataclass(frozen=True)
class NamedRow:
    """What can have come about at the end of a view, node by node.

    Sets of nodes are masks: bit i stands for node i.

    Attributes:
        relation: the relation that it is a row of.
        row: that row.
        members: the nodes of each of its groups, the primary first.
        shapes: for each node that entered the view the shape that it is in at the end.
        options: for each the ways in which it can end the view.
        rejecting: the nodes that can reject the primary.
        deciding: for each label the nodes that can decide it; labels that nobody can decide
            are left out.
    """

    relation: Relation
    row: Row
    members: Members
    shapes: Mapping[int, int]
    options: Mapping[int, Options]
    rejecting: int
    deciding: tuple[tuple[Label, int], ...]

    def leave(self, node: int, label: Label | None) -> Leave:
        """How ``node`` decides ``label``, or rejects the primary where that is None."""
        return next(
            leave for leave in self.options[node] if leave is not None and leave.label == label
        )


class NamedViews:
    """The views of a setting with one sample, for any set of nodes that enter them."""

    def __init__(self, relations: Relations, setting: Setting) -> None:
        self._relations = relations
        self._setting = setting
        self._rows: dict[tuple[int, int], tuple[NamedRow, ...]] = {}

    def primary(self, place: int) -> int:
        """The primary of the view at ``place``, counted from 0."""
        return self._setting.config.primary(self._setting.start_view + place)

    def rows(self, place: int, entrants: int) -> tuple[NamedRow, ...]:
        """The rows of the view at ``place`` if the nodes of the mask ``entrants`` enter it.

        Those that are covered by others are left out.
        """
        known = self._rows.get((place, entrants))
        if known is None:
            relation, members = self.relation(place, entrants)
            known = self._rows[place, entrants] = named_rows(relation, members)
        return known

    def relation(self, place: int, entrants: int) -> tuple[Relation, Members]:
        """The relation of that view, and the nodes of each of its groups, the primary first."""
        groups = {
            node: Group(label, place > 0, hears=False)
            for node, label in self._setting.predicted_by_honest[0].items()
            if entrants >> node & 1
        }
        return relation_of(self._relations, self._setting, self.primary(place), groups)


def relation_of(
    relations: Relations, setting: Setting, primary: int, groups: Mapping[int, Group]
) -> tuple[Relation, Members]:
    """The relation of a view that the nodes of ``groups`` enter, each as one of its group.

    With it come the nodes of each of its groups, the primary first.
    """
    members: dict[Group, list[int]] = {}
    leader: Group | Faulty = Faulty.BYZANTINE if primary in setting.byzantine else Faulty.ABSENT
    for node, group in groups.items():
        if node == primary:
            leader = group
        else:
            members.setdefault(group, []).append(node)
    ordered = sorted(members.items())
    byzantine = len(setting.byzantine) - (leader is Faulty.BYZANTINE)
    sizes = tuple((group, len(nodes)) for group, nodes in ordered)
    relation = relations.of(Occasion(leader, sizes, byzantine, setting.labels))
    led = (primary,) if isinstance(leader, Group) else ()
    return relation, (led, *(tuple(nodes) for _, nodes in ordered))


def named_rows(relation: Relation, members: Members) -> tuple[NamedRow, ...]:
    """The rows of a relation node by node, without those that are covered by others."""
    bits: dict[tuple[int, Leave | None], int] = {}
    kept: list[tuple[int, NamedRow]] = []
    for row in relation.rows:
        for named in _by_name(relation, row, members):
            # As a set of pairs of a node and a way a row is a mask: it covers what it includes.
            ways = 0
            for node, options in named.options.items():
                for leave in options:
                    ways |= 1 << bits.setdefault((node, leave), len(bits))
            if all(ways & ~other for other, _ in kept):
                kept = [(other, covered) for other, covered in kept if other & ~ways]
                kept.append((ways, named))
    return tuple(named for _, named in kept)


def _by_name(relation: Relation, row: Row, members: Members) -> Iterator[NamedRow]:
    """``row`` for every way to give the nodes of a group different options."""
    ways = [
        list(_assignments(tuple(zip(options, shapes, strict=True))))
        for options, shapes in zip(row.options, row.shapes, strict=True)
    ]
    for chosen in product(*ways):
        options: dict[int, Options] = {}
        shapes: dict[int, int] = {}
        for nodes, assigned in zip(members, chosen, strict=True):
            for node, (ends, shape) in zip(nodes, assigned, strict=True):
                options[node], shapes[node] = ends, shape
        rejecting = 0
        deciding: dict[Label, int] = {}
        for node, ends in options.items():
            for leave in ends:
                if leave is not None and leave.label is None:
                    rejecting |= 1 << node
                elif leave is not None and leave.label is not None:
                    deciding[leave.label] = deciding.get(leave.label, 0) | 1 << node
        yield NamedRow(
            relation, row, members, shapes, options, rejecting, tuple(sorted(deciding.items()))
        )


def _assignments(
    left: tuple[tuple[Options, int], ...],
) -> Iterator[tuple[tuple[Options, int], ...]]:
    """Every order of what is ``left`` in which the options differ."""
    if not left:
        yield ()
        return
    tried: set[Options] = set()
    for place, (options, shape) in enumerate(left):
        if options not in tried:
            tried.add(options)
            for rest in _assignments((*left[:place], *left[place + 1 :])):
                yield ((options, shape), *rest)
