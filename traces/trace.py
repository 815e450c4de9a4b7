"""A trace: a run that violates a property, with every state on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from poqi_core.history import Record
from poqi_core.properties import Violation
from poqi_core.run import Act, Run
from poqi_core.state import NodeState


class Snapshot(NamedTuple):
    """The honest nodes after an act."""

    act: Act | None
    """What has just happened; None in the initial state."""
    nodes: Mapping[int, NodeState]
    """The whole state of each honest node."""
    records: Mapping[int, Record]
    """What each honest node has shown so far."""


class Origin(NamedTuple):
    """Where a trace comes from; nothing of it changes what the core does."""

    version: str
    """The version of PoQI that recorded it; empty if unknown."""
    profile: str
    """The profile that its readings were derived from."""
    scope: str
    """What the search covered, in a sentence; empty if unknown."""
    command: str
    """The command line that found it; empty if unknown."""


@dataclass(frozen=True)
class Trace:
    """A run at the end of which a property is violated, and not before.

    Attributes:
        run: the run.
        property_name: the property that is violated.
        violation: its conjunct that broke, and the nodes concerned.
        origin: where the trace comes from.
        snapshots: the initial state, then the state after each act of the run.
    """

    run: Run
    property_name: str
    violation: Violation
    origin: Origin
    snapshots: tuple[Snapshot, ...]

    @property
    def steps(self) -> int:
        """The number of acts."""
        return len(self.run.acts)

    @property
    def byzantine(self) -> tuple[int, ...]:
        """The faulty nodes, in ascending order."""
        return tuple(
            node for node in range(self.run.config.nodes) if node not in self.run.predicted[0]
        )
