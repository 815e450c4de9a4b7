"""Views composed one after the other for several samples: what each node carries is followed.

Nodes can be on different samples in one view, as messages name the view alone.  So a state between
two views is the position of each node (:mod:`~checker.views.positions`), and only those of two
nodes that are watched tell what they have shown.  ``docs/reductions.md``, 17 and 18, has the
argument.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from checker.setting import Setting
from checker.views.antichain import Vector, largest
from checker.views.named import NamedRow, named_rows, relation_of
from checker.views.one_sample import Stage
from checker.views.positions import Positions
from checker.views.relation import Options, Relations
from poqi_core.history import EVERY_FACET, Facet, Record


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
    before: Vector
    bundle: _Bundle


class SeveralSamples:
    """The views of a setting with any number of samples; what was explored is kept.

    A *vector* has the number of the position of each honest node, in ascending order of the nodes.
    """

    def __init__(self, relations: Relations, setting: Setting, facets: Facet = EVERY_FACET) -> None:
        """The views of ``setting``; of what nodes show only ``facets`` are told apart."""
        self._relations = relations
        self._setting = setting
        self._positions = Positions(relations, setting, facets)
        self._bundles: dict[tuple[int, Vector], tuple[_Bundle, ...]] = {}
        self.states = 0
        """How many vectors have been reached."""
        self.transitions = 0
        """How many bundles of rows were followed."""

    def watching(self, nodes: Collection[int]) -> "Composition":
        """The composition in which what ``nodes`` show is followed."""
        return Composition(self, self._setting, self._positions, nodes)

    def bundles(self, place: int, before: Vector) -> tuple[_Bundle, ...]:
        """The rows of the view at ``place`` that the nodes enter from these positions."""
        setting = self._setting
        primary = setting.config.primary(setting.start_view + place)
        key = primary, tuple(map(self._positions.group_number, before))
        if key not in self._bundles:
            self._bundles[key] = self._bundles_of(primary, before)
        return self._bundles[key]

    def _bundles_of(self, primary: int, before: Vector) -> tuple[_Bundle, ...]:
        groups = {
            node: group
            for node, number in zip(self._setting.honest, before, strict=True)
            if (group := self._positions.group(number)) is not None
        }
        if not groups:
            return ()
        rows = named_rows(*relation_of(self._relations, self._setting, primary, groups))
        return _bundled(rows, tuple(groups))


class Composition:
    """A composition of the views of a setting in which some nodes are watched."""

    def __init__(
        self,
        views: SeveralSamples,
        setting: Setting,
        positions: Positions,
        watched: Collection[int],
    ) -> None:
        self._views = views
        self._setting = setting
        self._positions = positions
        self._watched = frozenset(watched)
        self._others = [
            place for place, node in enumerate(setting.honest) if node not in self._watched
        ]
        self._parents: dict[Vector, _Parent | None] = {}

    def vectors(self) -> Iterator[Vector]:
        """What can be between two views, view by view, but for what other vectors cover."""
        first = tuple(
            self._positions.first(node, watched=node in self._watched)
            for node in self._setting.honest
        )
        self._parents[first] = None
        level = [first]
        place = 0
        while level:
            following: dict[Vector, _Parent] = {}
            for before in level:
                self._views.states += 1
                yield before
                for parent in self._onward(place, before):
                    for after in self._after(parent):
                        if after not in self._parents:
                            following.setdefault(after, parent)
            level = self._largest(following)
            self._parents.update((after, following[after]) for after in level)
            place += 1

    def shown(self, vector: Vector) -> tuple[int, ...]:
        """The number of what each honest node has shown: the same for the same."""
        return tuple(self._positions.shown(number) for number in vector)

    def records(self, vector: Vector) -> tuple[Record, ...]:
        """What each honest node has shown; of those that are not watched its conflict samples."""
        return tuple(self._positions[number].record for number in vector)

    def stages(self, vector: Vector) -> tuple[Stage, ...]:
        """The views of a run that leads to ``vector``."""
        honest, positions, stages = self._setting.honest, self._positions, []
        wanted = [min(positions[number].states, default=None) for number in vector]
        parent = self._parents[vector]
        while parent is not None:
            leaving = {}
            for place, node in enumerate(honest):
                options = parent.bundle.options.get(node)
                if options is not None:
                    wanted[place], leaving[node] = positions.way(
                        parent.before[place], options, vector[place], wanted[place]
                    )
            row = next(
                row
                for row in parent.bundle.rows
                if all(leave in row.options[node] for node, leave in leaving.items())
            )
            left = ((node, leave) for node, leave in leaving.items() if leave is not None)
            stages.append(Stage(parent.place, row, tuple(left)))
            vector = parent.before
            parent = self._parents[vector]
        return tuple(reversed(stages))

    def _onward(self, place: int, before: Vector) -> Iterator[_Parent]:
        for bundle in self._views.bundles(place, before):
            self._views.transitions += 1
            yield _Parent(place, before, bundle)

    def _after(self, parent: _Parent) -> Iterator[Vector]:
        """What can follow if each node that enters a view makes its choice."""
        options = parent.bundle.options
        return product(
            *(
                self._positions.ends(number, options[node]) if node in options else (number,)
                for node, number in zip(self._setting.honest, parent.before, strict=True)
            )
        )

    def _largest(self, vectors: Collection[Vector]) -> list[Vector]:
        if not self._others:
            return list(vectors)
        return largest(vectors, self._others, self._positions.covers, self._positions.rank)


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
