"""Views composed one after the other, for one sample: who can end it how, up to a conflict.

All nodes that have come as far as a view have done the same, which is to reject the primaries
before it; so a state between two views is the set of those that go on.  Of two such sets the
larger one can do all that the smaller one can: a node that goes on can do nothing.
A property of pairs of nodes needs at most one node that has decided earlier than the other;
it is *retired* when it does.  ``docs/reductions.md``, 14, has the argument.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.setting import Setting
from checker.views.named import NamedRow, NamedViews
from checker.views.relation import Relations
from checker.views.roles import Leave
from poqi_core.prediction import Label


class Ending(NamedTuple):
    """What a node has done with the sample.

    Attributes:
        rejections: in how many views it has rejected the primary.
        label: the label that it has decided in the view after them; None if it has not.
    """

    rejections: int
    label: Label | None


class Between(NamedTuple):
    """What matters between two views.

    Attributes:
        entrants: mask of the nodes that enter the next one.
        retired: how a node has decided that is remembered.
    """

    entrants: int
    retired: Ending | None


class Meeting(NamedTuple):
    """One or two nodes whose endings come about in one run.

    Attributes:
        place: the view in which the last of them comes about, counted from 0.
        before: what was before that view.
        row: how the view goes.
        first: an ending, of a node of the mask ``who``, of the retired one if that is 0.
        second: the ending of another node, of the mask ``other``; None if there is none.
    """

    place: int
    before: Between
    row: NamedRow
    first: Ending
    who: int
    second: Ending | None = None
    other: int = 0


@dataclass(frozen=True)
class Stage:
    """One view of a composed run.

    Attributes:
        place: the view, counted from 0.
        row: how it goes.
        leaving: the nodes that leave it, and how.
    """

    place: int
    row: NamedRow
    leaving: tuple[tuple[int, Leave], ...]


class _Parent(NamedTuple):
    before: Between
    row: NamedRow
    retiring: int | None


Level: TypeAlias = dict[Between, _Parent | None]


class OneSample:
    """The composition of the views of a setting with one sample."""

    def __init__(self, relations: Relations, setting: Setting) -> None:
        self._setting = setting
        self._views = NamedViews(relations, setting)
        self._levels: list[Level] = []
        self.states = 0
        """How many states between views were followed."""
        self.transitions = 0
        """How many rows were followed from them."""

    def meetings(self) -> Iterator[Meeting]:
        """Every pair of endings that can come about in one run, and every ending, view by view."""
        everybody = sum(1 << node for node in self._setting.honest)
        level: Level = {Between(everybody, None): None}
        for place in range(self._setting.views):
            self._levels.append(level)
            following: Level = {}
            for before in level:
                self.states += 1
                for row in self._views.rows(place, before.entrants):
                    self.transitions += 1
                    yield from _in_row(place, before, row)
                    _go_on(following, place, before, row)
            level = _largest(following)
            if not level:
                return

    def stages(self, meeting: Meeting) -> tuple[Stage, ...]:
        """The views of a run in which the endings of ``meeting`` come about."""
        leaving = list(_leaving(meeting))
        stages = [Stage(meeting.place, meeting.row, tuple(leaving))]
        state, place = meeting.before, meeting.place
        parent = self._levels[place][state]
        while parent is not None:
            place -= 1
            gone = [
                (node, parent.row.leave(node, None))
                for node in self._setting.honest
                if state.entrants >> node & 1
            ]
            if parent.retiring is not None:
                assert state.retired is not None
                label = state.retired.label
                gone.append((parent.retiring, parent.row.leave(parent.retiring, label)))
            stages.append(Stage(place, parent.row, tuple(gone)))
            state = parent.before
            parent = self._levels[place][state]
        return tuple(reversed(stages))


def _in_row(place: int, before: Between, row: NamedRow) -> Iterator[Meeting]:
    """The endings that can come about in a view, and pairs of them."""
    ends = [(Ending(place, label), who) for label, who in row.deciding]
    if row.rejecting:
        ends.append((Ending(place + 1, None), row.rejecting))
    for number, (first, who) in enumerate(ends):
        yield Meeting(place, before, row, first, who)
        for second, other in ends[number:]:
            if (who | other).bit_count() > 1:
                yield Meeting(place, before, row, first, who, second, other)
        if before.retired is not None:
            yield Meeting(place, before, row, before.retired, 0, first, who)


def _leaving(meeting: Meeting) -> Iterator[tuple[int, Leave]]:
    """The nodes that leave the last view of a meeting; different ones for its two endings."""
    row, who, other = meeting.row, meeting.who, meeting.other
    for first in members(who) if who else (None,):
        for second in members(other) if other else (None,):
            if first != second or first is None:
                if first is not None:
                    yield first, row.leave(first, meeting.first.label)
                if second is not None:
                    assert meeting.second is not None
                    yield second, row.leave(second, meeting.second.label)
                return


def members(mask: int) -> Iterator[int]:
    """The nodes of a mask, in ascending order."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _go_on(following: Level, place: int, before: Between, row: NamedRow) -> None:
    """Add to ``following`` what can be after a view."""
    going = row.rejecting
    following.setdefault(Between(going, before.retired), _Parent(before, row, None))
    if before.retired is None:
        for label, deciding in row.deciding:
            for node in members(deciding):
                after = Between(going & ~(1 << node), Ending(place, label))
                following.setdefault(after, _Parent(before, row, node))


def _largest(level: Level) -> Level:
    """Of the states that differ by who goes on, those in which nobody more could."""
    kept: Level = {}
    for state in sorted(level, key=lambda state: -state.entrants.bit_count()):
        covered = any(
            other.retired == state.retired and state.entrants & ~other.entrants == 0
            for other in kept
        )
        if state.entrants and not covered:
            kept[state] = level[state]
    return kept
