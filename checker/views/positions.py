"""What is known of a node between two views of a setting with several samples.

Each node carries its core state: its sample, rewards, conflicts, and the labels that it heard.
Of these the sample alone means anything to others.  So states that differ in the rest, of a node
that has shown the same, are followed together until it shows something else.

Some nodes are *watched*: what they show is told apart.  Of the others nothing is known but what
others can notice, and the samples that they took for conflict samples, as those can mend a total
order (``docs/reductions.md``, 17 and 18).
"""

from collections.abc import Collection, Iterator
from itertools import product
from typing import NamedTuple

from checker.setting import Setting
from checker.table import Numbering
from checker.views.endings import events_out
from checker.views.occasion import Group
from checker.views.relation import Options, Relations
from checker.views.roles import Leave
from poqi_core.history import Facet, Record, follow
from poqi_core.outputs import Output
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step

_FURTHER = 1000
"""What it adds to the rank of a position to go on; more than there are samples."""


class Position(NamedTuple):
    """What is known of a node between two views.

    Attributes:
        states: the numbers of the states in which it can be; none if it goes no further.
        record: what it has shown, as far as that is told apart.
        watched: whether that is all that the question looks at; else it is conflict samples alone.
    """

    states: frozenset[int]
    record: Record
    watched: bool


class _Left(NamedTuple):
    """How a node has left a view.

    Attributes:
        state: the number of the state that it is in; None if it goes no further.
        steps: the outputs of each step on the way out, and the state after it.
    """

    state: int | None
    steps: tuple[tuple[tuple[Output, ...], NodeState], ...]


class Positions:
    """The positions of the nodes of a setting, numbered, as the same few come again and again."""

    def __init__(self, relations: Relations, setting: Setting, facets: Facet) -> None:
        """Positions in which of what watched nodes show only ``facets`` are told apart."""
        self._relations = relations
        self._setting = setting
        self._facets = facets
        self._bounds = setting.run("", ())
        self._states: Numbering[NodeState] = Numbering()
        self._records: Numbering[Record] = Numbering()
        self._positions: Numbering[Position] = Numbering()
        self._groups: Numbering[Group | None] = Numbering()
        self._group_numbers: list[int] = []
        self._shown: list[int] = []
        self._ranks: list[int] = []
        self._left: dict[tuple[int, Group, Leave], _Left] = {}
        self._ends: dict[tuple[int, Options], tuple[int, ...]] = {}
        self._covered: dict[tuple[int, int], bool] = {}

    def __getitem__(self, number: int) -> Position:
        """The position with that number."""
        return self._positions.values[number]

    def first(self, node: int, *, watched: bool) -> int:
        """The position in which ``node`` begins."""
        state = initial(self._setting.config, node, self._setting.start_view)
        return self._number((self._states.number(state),), Record(), watched)

    def group(self, number: int) -> Group | None:
        """As which a node in that position enters the next view; None if it does not."""
        return self._groups.values[self._group_numbers[number]]

    def group_number(self, number: int) -> int:
        """The number of that group: the same for the same."""
        return self._group_numbers[number]

    def shown(self, number: int) -> int:
        """The number of what it has shown: the same for the same."""
        return self._shown[number]

    def ends(self, number: int, options: Options) -> tuple[int, ...]:
        """The positions in which a node can end a view that it can end as ``options`` say.

        Those that others cover are left out.
        """
        key = number, options
        if key not in self._ends:
            self._ends[key] = tuple(self._found(number, options))
        return self._ends[key]

    def way(
        self, before: int, options: Options, after: int, state: int | None
    ) -> tuple[int, Leave | None]:
        """How a node got from one position to another, in which it is in ``state``.

        The state that it was in before, and how it left the view; None: it has stayed.
        """
        position = self[before]
        for (earlier, leave), left in self._ways(before, options):
            if left.state == state:
                if self._record_after(position, left) == self[after].record:
                    return earlier, leave
        return min(position.states), None

    def covers(self, one: int, other: int) -> bool:
        """Whether a node that is not watched can do in ``one`` all that it can do in ``other``.

        And has taken no further sample for a conflict sample.
        """
        key = one, other
        if key not in self._covered:
            self._covered[key] = self._goes_at_least_as_far(self[one], self[other])
        return self._covered[key]

    def rank(self, number: int) -> int:
        """A number that is no less than that of any position which this one covers."""
        return self._ranks[number]

    def _rank(self, position: Position) -> int:
        rank = -len(position.record.conflicts)
        if position.states:
            state = self._states.values[min(position.states)]
            rank += _FURTHER * (1 + 2 * state.opened + (state.prediction is not None))
        return rank

    def _goes_at_least_as_far(self, one: Position, other: Position) -> bool:
        if not set(one.record.conflicts) <= set(other.record.conflicts):
            return False
        if not one.states or not other.states:
            return not other.states
        here, there = (self._states.values[min(each.states)] for each in (one, other))
        # To go on with a sample for longer is no gain where a conflict leads to another one.
        longer = self._setting.config.is_last(here.sample) and here.opened > there.opened
        return (
            here.sample == there.sample
            and (here.opened == there.opened or longer)
            and (here.prediction is not None or there.prediction is None)
        )

    def _number(self, states: Collection[int], record: Record, watched: bool) -> int:
        number = self._positions.number(Position(frozenset(states), record, watched))
        if number == len(self._group_numbers):
            some = next(iter(states), None)
            group = None if some is None else self._group(self._states.values[some], watched)
            self._group_numbers.append(self._groups.number(group))
            self._shown.append(self._records.number(record))
            self._ranks.append(self._rank(self[number]))
        return number

    def _group(self, state: NodeState, watched: bool) -> Group:
        label = self._setting.predicted[state.sample][state.node]
        assert label is not None
        hears = watched and not self._setting.config.is_last(state.sample)
        return Group(label, state.prediction is not None, hears)

    def _found(self, number: int, options: Options) -> Iterator[int]:
        position = self[number]
        ends: dict[tuple[NodeState | None, int], set[int]] = {}
        for _, left in self._ways(number, options):
            record = self._records.number(self._record_after(position, left))
            outward = None if left.state is None else _outward(self._states.values[left.state])
            states = ends.setdefault((outward, record), set())
            states.update(() if left.state is None else (left.state,))
        found = [
            self._number(
                # Whichever state stands for the others: nobody watches what comes of it.
                states if position.watched else sorted(states)[:1],
                self._records.values[record],
                position.watched,
            )
            for (_, record), states in ends.items()
        ]
        mended = position.record.conflicts
        if None in options and all(self[end].record.conflicts != mended for end in found):
            found.append(self._number((), position.record, position.watched))
        return iter(found) if position.watched else self._uncovered(found)

    def _uncovered(self, found: list[int]) -> Iterator[int]:
        """Those that no other of them covers; of two that cover each other the first."""
        for place, end in enumerate(found):
            if not any(
                self.covers(other, end) and (before < place or not self.covers(end, other))
                for before, other in enumerate(found)
                if other != end
            ):
                yield end

    def _ways(self, number: int, options: Options) -> Iterator[tuple[tuple[int, Leave], _Left]]:
        """Each state of a position with each way to leave the view, and what comes of it."""
        group = self.group(number)
        assert group is not None
        leaves = [leave for leave in options if leave is not None]
        if not group.hears:
            leaves = [leave for leave in leaves if not _is_covered(leave, options)]
        for state, leave in product(sorted(self[number].states), sorted(leaves, key=repr)):
            yield (state, leave), self._left_as(state, group, leave)

    def _left_as(self, number: int, group: Group, leave: Leave) -> _Left:
        """What the core puts out on a way out of the view, and the state after it."""
        key = number, group, leave
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

    def _record_after(self, before: Position, left: _Left) -> Record:
        facets = self._facets if before.watched else self._facets & Facet.CONFLICTS
        record = before.record
        for outputs, after in left.steps:
            record = follow(record, outputs, after, facets)
        return record


def _outward(state: NodeState) -> NodeState:
    """What of a state means anything to other nodes, or to the way of the node itself."""
    return state._replace(rewards=(), heard=(), conflicts=())


def _is_covered(leave: Leave, options: Options) -> bool:
    """Whether a node can leave alike, but with the answer of its own network."""
    return not leave.classified and leave._replace(classified=True) in options
