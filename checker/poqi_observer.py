"""Watching PoQI: the records of the honest nodes, and the properties of the core."""

from collections.abc import Sequence

from checker.poqi_system import Facts
from checker.setting import Setting
from poqi_core.history import Facet, Record, follow
from poqi_core.properties import Property


class RecordObserver:
    """Follows the facets that some properties look at, and judges those properties."""

    def __init__(self, setting: Setting, properties: Sequence[Property]) -> None:
        self._honest = setting.honest
        self._predicted = setting.predicted_by_honest
        self._properties = tuple(properties)
        self.occurred: set[str] = set()
        """The properties that said something of some records that were judged."""
        self._facets = Facet(0)
        for entry in properties:
            self._facets |= entry.facets

    @property
    def properties(self) -> Sequence[str]:
        """The names of the properties."""
        return tuple(entry.name for entry in self._properties)

    def start(self) -> Record:
        """An empty record."""
        return Record()

    def observe(self, seen: Record, shown: Facts) -> Record:
        """The record with the facts of a step."""
        return follow(seen, shown.outputs, shown.after, self._facets)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        """The properties whose predicate finds a violation in the records of the honest nodes.

        They come first in ``seen``; of the processes of faulty nodes nothing is recorded.
        """
        records = dict(zip(self._honest, seen, strict=False))
        for entry in self._properties:
            if entry.name not in self.occurred and entry.occurs(records):
                self.occurred.add(entry.name)
        return tuple(
            entry.name
            for entry in self._properties
            if entry.when_stuck == stuck and entry.violation(records, self._predicted) is not None
        )
