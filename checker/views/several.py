"""Views composed one after the other for several samples: what each node carries is followed.

Nodes can be on different samples in one view, as messages name the view alone.  Between two views
each node carries its core state: its sample, rewards, conflicts, and the labels that it heard.
Every way in which the nodes can end each view is followed, so this is for few nodes.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.setting import Setting
from checker.views.endings import events_out
from checker.views.named import NamedRow, named_rows, relation_of
from checker.views.occasion import Group
from checker.views.one_sample import Stage
from checker.views.relation import Options, Relations
from checker.views.roles import Leave
from poqi_core.history import EVERY_FACET, Facet, Record, follow
from poqi_core.outputs import Output
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step


class Position(NamedTuple):
    """A node between two views: its state, None if it goes no further; and what it has shown."""

    state: NodeState | None
    record: Record


Positions: TypeAlias = tuple[int, ...]
"""The number of the position of each honest node, in ascending order of the nodes."""


class _Parent(NamedTuple):
    place: int
    before: Positions
    row: NamedRow


class SeveralSamples:
    """The composition of the views of a setting with any number of samples.

    Positions are numbered, as the same few come again and again in every combination.
    """

    def __init__(self, relations: Relations, setting: Setting, facets: Facet = EVERY_FACET) -> None:
        """The composition for ``setting``; of what nodes show only ``facets`` are told apart."""
        self._relations = relations
        self._setting = setting
        self._facets = facets
        self._bounds = setting.run("", ())
        self._numbers: dict[Position, int] = {}
        self._positions: list[Position] = []
        self._groups: list[Group | None] = []
        self._shown: list[int] = []
        self._records: dict[Record, int] = {}
        self._known_ends: dict[tuple[int, Options], tuple[int, ...]] = {}
        self._after_leave: dict[tuple[int, Leave | None], int] = {}
        self._parents: dict[Positions, _Parent | None] = {}
        self._left: dict[
            tuple[NodeState, Group, Leave], list[tuple[tuple[Output, ...], NodeState]]
        ] = {}
        self._rows: dict[tuple[int, tuple[tuple[int, Group], ...]], tuple[NamedRow, ...]] = {}
        self.transitions = 0
        """How many rows were followed."""

    @property
    def states(self) -> int:
        """How many positions of all nodes have been reached."""
        return len(self._parents)

    def positions(self) -> Iterator[Positions]:
        """What can be between two views, view by view, but for what other positions cover."""
        setting = self._setting
        first = tuple(
            self._number(Position(initial(setting.config, node, setting.start_view), Record()))
            for node in setting.honest
        )
        self._parents[first] = None
        level = [first]
        place = 0
        while level:
            following: list[Positions] = []
            for before in level:
                yield before
                following.extend(self._after(place, before))
            level = following
            place += 1

    def shown(self, positions: Positions) -> tuple[int, ...]:
        """The number of the record of each honest node: the same for equal ones."""
        return tuple(self._shown[number] for number in positions)

    def records(self, positions: Positions) -> tuple[Record, ...]:
        """What each honest node has shown."""
        return tuple(self._positions[number].record for number in positions)

    def stages(self, positions: Positions) -> tuple[Stage, ...]:
        """The views of a run that leads to ``positions``."""
        stages = []
        parent = self._parents[positions]
        while parent is not None:
            before_of = dict(zip(self._setting.honest, parent.before, strict=True))
            after_of = dict(zip(self._setting.honest, positions, strict=True))
            leaving = []
            for node, options in parent.row.options.items():
                leave = next(
                    leave
                    for leave in sorted(options, key=repr)
                    if self._ended(before_of[node], leave) == after_of[node]
                )
                if leave is not None:
                    leaving.append((node, leave))
            stages.append(Stage(parent.place, parent.row, tuple(leaving)))
            positions = parent.before
            parent = self._parents[positions]
        return tuple(reversed(stages))

    def _number(self, position: Position) -> int:
        number = self._numbers.setdefault(position, len(self._positions))
        if number == len(self._positions):
            self._positions.append(position)
            state = position.state
            self._groups.append(None if state is None else self._group(state))
            self._shown.append(self._records.setdefault(position.record, len(self._records)))
        return number

    def _group(self, state: NodeState) -> Group:
        setting = self._setting
        label = setting.predicted[state.sample][state.node]
        assert label is not None
        hears = not setting.config.is_last(state.sample)
        return Group(label, state.prediction is not None, hears)

    def _after(self, place: int, before: Positions) -> Iterator[Positions]:
        """The positions after the view at ``place`` that were not reached before."""
        groups = {
            node: group
            for node, number in zip(self._setting.honest, before, strict=True)
            if (group := self._groups[number]) is not None
        }
        for row in self._rows_of(place, groups):
            self.transitions += 1
            ends = [
                self._ends(number, row.options[node]) if node in groups else (number,)
                for node, number in zip(self._setting.honest, before, strict=True)
            ]
            for after in product(*ends):
                if after not in self._parents:
                    self._parents[after] = _Parent(place, before, row)
                    yield after

    def _ends(self, number: int, options: Options) -> tuple[int, ...]:
        """The positions in which a node can end a view that it can end as ``options`` say.

        Those that others cover are left out (docs/reductions.md, 17).
        """
        key = number, options
        if key not in self._known_ends:
            group = self._groups[number]
            assert group is not None
            ends = dict.fromkeys(
                self._ended(number, leave)
                for leave in sorted(options, key=repr)
                if group.hears or not _is_covered(leave, options)
            )
            stays = self._ended(number, None)
            conflicts = self._positions[number].record.conflicts
            if any(
                end != stays and self._positions[end].record.conflicts == conflicts for end in ends
            ):
                ends.pop(stays, None)
            self._known_ends[key] = tuple(ends)
        return self._known_ends[key]

    def _rows_of(self, place: int, groups: dict[int, Group]) -> tuple[NamedRow, ...]:
        if not groups:
            return ()
        setting = self._setting
        primary = setting.config.primary(setting.start_view + place)
        key = primary, tuple(groups.items())
        if key not in self._rows:
            self._rows[key] = named_rows(*relation_of(self._relations, setting, primary, groups))
        return self._rows[key]

    def _ended(self, number: int, leave: Leave | None) -> int:
        """The position of a node that ends its view as ``leave`` says; None: it never does."""
        key = number, leave
        if key not in self._after_leave:
            position, group = self._positions[number], self._groups[number]
            assert position.state is not None
            assert group is not None
            self._after_leave[key] = self._number(
                self._left_as(position.record, position.state, group, leave)
            )
        return self._after_leave[key]

    def _left_as(
        self, record: Record, state: NodeState, group: Group, leave: Leave | None
    ) -> Position:
        if leave is None:
            return Position(None, record)
        after = state
        for outputs, after in self._steps(state, group, leave):
            record = follow(record, outputs, after, self._facets)
        over = finished(self._setting.config, after) or not self._bounds.follows(after)
        return Position(None if over else after, record)

    def _steps(
        self, state: NodeState, group: Group, leave: Leave
    ) -> list[tuple[tuple[Output, ...], NodeState]]:
        """What the core puts out on a way out of the view, and the state after each step."""
        key = state, group, leave
        if key not in self._left:
            steps = []
            for event in events_out(
                self._relations, self._setting, state, group, lambda way: way == leave
            ):
                state, outputs = step(self._setting.config, state, event)
                steps.append((outputs, state))
            self._left[key] = steps
        return self._left[key]


def _is_covered(leave: Leave | None, options: Options) -> bool:
    """Whether a node can leave alike, but with the answer of its own network."""
    return leave is not None and not leave.classified and leave._replace(classified=True) in options
