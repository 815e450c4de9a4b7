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
from checker.views.relation import Relations
from checker.views.roles import Leave
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.outputs import Output
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step


class Position(NamedTuple):
    """A node between two views: its state, None if it goes no further; and what it has shown."""

    state: NodeState | None
    record: Record


Positions: TypeAlias = tuple[Position, ...]
"""The position of each honest node, in ascending order."""


class _Parent(NamedTuple):
    place: int
    before: Positions
    row: NamedRow
    chosen: tuple[Leave | None, ...]


class SeveralSamples:
    """The composition of the views of a setting with any number of samples."""

    def __init__(self, relations: Relations, setting: Setting) -> None:
        self._relations = relations
        self._setting = setting
        self._bounds = setting.run("", ())
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
        """Everything that can be between two views, view by view."""
        setting = self._setting
        first = tuple(
            Position(initial(setting.config, node, setting.start_view), Record())
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

    def stages(self, positions: Positions) -> tuple[Stage, ...]:
        """The views of a run that leads to ``positions``."""
        stages = []
        parent = self._parents[positions]
        while parent is not None:
            leaving = tuple(
                (node, leave)
                for node, leave in zip(parent.row.options, parent.chosen, strict=True)
                if leave is not None
            )
            stages.append(Stage(parent.place, parent.row, leaving))
            parent = self._parents[parent.before]
        return tuple(reversed(stages))

    def _group(self, state: NodeState) -> Group:
        setting = self._setting
        label = setting.predicted[state.sample][state.node]
        assert label is not None
        hears = not setting.config.is_last(state.sample)
        return Group(label, state.prediction is not None, hears)

    def _after(self, place: int, before: Positions) -> Iterator[Positions]:
        """The positions after the view at ``place`` that were not reached before."""
        groups = {
            position.state.node: self._group(position.state)
            for position in before
            if position.state is not None
        }
        for row in self._rows_of(place, groups):
            self.transitions += 1
            for chosen in product(*row.options.values()):
                ends = dict(zip(row.options, chosen, strict=True))
                after = tuple(
                    position
                    if position.state is None
                    else self._ended(position, position.state, ends[position.state.node])
                    for position in before
                )
                if after not in self._parents:
                    self._parents[after] = _Parent(place, before, row, chosen)
                    yield after

    def _rows_of(self, place: int, groups: dict[int, Group]) -> tuple[NamedRow, ...]:
        if not groups:
            return ()
        setting = self._setting
        primary = setting.config.primary(setting.start_view + place)
        key = primary, tuple(groups.items())
        if key not in self._rows:
            self._rows[key] = named_rows(*relation_of(self._relations, setting, primary, groups))
        return self._rows[key]

    def _ended(self, position: Position, state: NodeState, leave: Leave | None) -> Position:
        """The position of a node that ends its view as ``leave`` says; None: it never does."""
        if leave is None:
            return Position(None, position.record)
        record, after = position.record, state
        for outputs, after in self._steps(state, self._group(state), leave):
            record = follow(record, outputs, after, EVERY_FACET)
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
