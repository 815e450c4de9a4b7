"""Views composed one after the other for several samples: what each node carries is followed.

Nodes can be on different samples in one view, as messages name the view alone.  Between two views
each node carries its core state: its sample, rewards, conflicts, and the labels that it heard.
Of these the sample alone means anything to others.  So states that differ in the rest, of a node
that has shown the same, are followed together until it shows something else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.setting import Setting
from checker.table import Numbering
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
    """What is known of a node between two views.

    Attributes:
        states: the numbers of the states in which it can be; none if it goes no further.
        record: what it has shown.
    """

    states: frozenset[int]
    record: Record


Positions: TypeAlias = tuple[int, ...]
"""The number of the position of each honest node, in ascending order of the nodes."""


class _Bundle(NamedTuple):
    """Rows that together leave every node its choice: any of its options with any of the others'.

    Attributes:
        rows: the rows.
        options: for each node that entered the view the options that it has in one of them.
    """

    rows: tuple[NamedRow, ...]
    options: Mapping[int, Options]


class _Parent(NamedTuple):
    place: int
    before: Positions
    bundle: _Bundle


class _Left(NamedTuple):
    """How a node has left a view.

    Attributes:
        state: the number of the state that it is in; None if it goes no further.
        steps: the outputs of each step on the way out, and the state after it.
    """

    state: int | None
    steps: tuple[tuple[tuple[Output, ...], NodeState], ...]


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
        self._states: Numbering[NodeState] = Numbering()
        self._positions: Numbering[Position] = Numbering()
        self._records: Numbering[Record] = Numbering()
        self._groups: dict[int, Group | None] = {}
        self._shown: dict[int, int] = {}
        self._left: dict[tuple[int, Leave], _Left] = {}
        self._known_ends: dict[tuple[int, Options], tuple[int, ...]] = {}
        self._parents: dict[Positions, _Parent | None] = {}
        self._bundles: dict[tuple[int, tuple[tuple[int, Group], ...]], tuple[_Bundle, ...]] = {}
        self.transitions = 0
        """How many bundles of rows were followed."""

    @property
    def states(self) -> int:
        """How many positions of all nodes have been reached."""
        return len(self._parents)

    def positions(self) -> Iterator[Positions]:
        """What can be between two views, view by view, but for what other positions cover."""
        setting = self._setting
        first = tuple(
            self._number({self._states.number(state)}, Record())
            for state in (
                initial(setting.config, node, setting.start_view) for node in setting.honest
            )
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
        return tuple(self._positions.values[number].record for number in positions)

    def stages(self, positions: Positions) -> tuple[Stage, ...]:
        """The views of a run that leads to ``positions``."""
        honest, stages = self._setting.honest, []
        wanted = [min(self._positions.values[number].states, default=None) for number in positions]
        parent = self._parents[positions]
        while parent is not None:
            leaving = {}
            for place, node in enumerate(honest):
                options = parent.bundle.options.get(node)
                if options is not None:
                    before, after = parent.before[place], positions[place]
                    wanted[place], leaving[node] = self._way(before, options, after, wanted[place])
            row = next(
                row
                for row in parent.bundle.rows
                if all(leave in row.options[node] for node, leave in leaving.items())
            )
            left = ((node, leave) for node, leave in leaving.items() if leave is not None)
            stages.append(Stage(parent.place, row, tuple(left)))
            positions = parent.before
            parent = self._parents[positions]
        return tuple(reversed(stages))

    def _number(self, states: Collection[int], record: Record) -> int:
        number = self._positions.number(Position(frozenset(states), record))
        if number not in self._groups:
            some = next(iter(states), None)
            self._groups[number] = None if some is None else self._group(some)
            self._shown[number] = self._records.number(record)
        return number

    def _group(self, number: int) -> Group:
        setting, state = self._setting, self._states.values[number]
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
        for bundle in self._bundles_of(place, groups):
            self.transitions += 1
            ends = [
                self._ends(number, bundle.options[node]) if node in groups else (number,)
                for node, number in zip(self._setting.honest, before, strict=True)
            ]
            for after in product(*ends):
                if after not in self._parents:
                    self._parents[after] = _Parent(place, before, bundle)
                    yield after

    def _bundles_of(self, place: int, groups: dict[int, Group]) -> tuple[_Bundle, ...]:
        if not groups:
            return ()
        setting = self._setting
        primary = setting.config.primary(setting.start_view + place)
        key = primary, tuple(groups.items())
        if key not in self._bundles:
            rows = named_rows(*relation_of(self._relations, setting, primary, groups))
            self._bundles[key] = _bundled(rows, tuple(groups))
        return self._bundles[key]

    def _ends(self, number: int, options: Options) -> tuple[int, ...]:
        """The positions in which a node can end a view that it can end as ``options`` say.

        Those that others cover are left out (docs/reductions.md, 17).
        """
        key = number, options
        if key not in self._known_ends:
            position = self._positions.values[number]
            ends: dict[tuple[NodeState | None, int], set[int]] = {}
            for _, left in self._ways(number, options):
                record = self._record_after(position.record, left)
                outward = None if left.state is None else _outward(self._states.values[left.state])
                states = ends.setdefault((outward, self._records.number(record)), set())
                states.update(() if left.state is None else (left.state,))
            found = dict.fromkeys(
                self._number(states, self._records.values[record])
                for (_, record), states in ends.items()
            )
            conflicts = position.record.conflicts
            if None in options and not any(
                self._positions.values[end].record.conflicts == conflicts for end in found
            ):
                found[self._number((), position.record)] = None
            self._known_ends[key] = tuple(found)
        return self._known_ends[key]

    def _ways(self, number: int, options: Options) -> Iterator[tuple[tuple[int, Leave], _Left]]:
        """Each state of a position with each way to leave the view, and what comes of it."""
        group = self._groups[number]
        assert group is not None
        leaves = [leave for leave in options if leave is not None]
        if not group.hears:
            leaves = [leave for leave in leaves if not _is_covered(leave, options)]
        for state, leave in product(
            sorted(self._positions.values[number].states), sorted(leaves, key=repr)
        ):
            yield (state, leave), self._left_as(state, group, leave)

    def _left_as(self, number: int, group: Group, leave: Leave) -> _Left:
        """What the core puts out on a way out of the view, and the state after it."""
        key = number, leave
        if key not in self._left:
            state, steps = self._states.values[number], []
            for event in events_out(
                self._relations, self._setting, state, group, lambda way: way == leave
            ):
                state, outputs = step(self._setting.config, state, event)
                steps.append((outputs, state))
            over = finished(self._setting.config, state) or not self._bounds.follows(state)
            after = None if over else self._states.number(state)
            self._left[key] = _Left(after, tuple(steps))
        return self._left[key]

    def _record_after(self, record: Record, left: _Left) -> Record:
        for outputs, after in left.steps:
            record = follow(record, outputs, after, self._facets)
        return record

    def _way(
        self, before: int, options: Options, after: int, state: int | None
    ) -> tuple[int, Leave | None]:
        """How a node got from one position to another, in which it is in ``state``.

        The state that it was in before, and how it left the view; None: it has stayed.
        """
        record = self._positions.values[before].record
        for (earlier, leave), left in self._ways(before, options):
            if left.state == state:
                if self._record_after(record, left) == self._positions.values[after].record:
                    return earlier, leave
        return min(self._positions.values[before].states), None


def _bundled(rows: Sequence[NamedRow], nodes: Sequence[int]) -> tuple[_Bundle, ...]:
    """``rows``, those put together that differ in the options of one node alone."""
    bundles = [_Bundle((row,), row.options) for row in rows]
    for node in nodes:
        alike: dict[tuple[Options, ...], list[_Bundle]] = {}
        for bundle in bundles:
            others = tuple(bundle.options[other] for other in nodes if other != node)
            alike.setdefault(others, []).append(bundle)
        bundles = [
            _Bundle(
                tuple(row for bundle in group for row in bundle.rows),
                {
                    **group[0].options,
                    node: frozenset().union(*(bundle.options[node] for bundle in group)),
                },
            )
            for group in alike.values()
        ]
    return tuple(bundles)


def _outward(state: NodeState) -> NodeState:
    """What of a state means anything to other nodes, or to the way of the node itself."""
    return state._replace(rewards=(), heard=(), conflicts=())


def _is_covered(leave: Leave, options: Options) -> bool:
    """Whether a node can leave alike, but with the answer of its own network."""
    return not leave.classified and leave._replace(classified=True) in options
