"""A trace: a run with every state on the way, and the property that it violates, if any."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from poqi_core.history import Record
from poqi_core.properties import Violation
from poqi_core.run import Act, Run
from poqi_core.state import NodeState
from traces.errors import TraceError


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


class Breach(NamedTuple):
    """The property that a run violates."""

    property: str
    """Its name."""
    conjunct: str
    """The part of it that broke."""
    nodes: tuple[int, ...]
    """The honest nodes concerned, in ascending order."""


@dataclass(frozen=True)
class Trace:
    """A run, and the property that is violated at its end and not before, if it shows one.

    Attributes:
        run: the run.
        breach: the property that it violates; None: an ordinary walk, which claims nothing.
        origin: where the trace comes from.
        snapshots: the initial state, then the state after each act of the run.
    """

    run: Run
    breach: Breach | None
    origin: Origin
    snapshots: tuple[Snapshot, ...]

    @property
    def property_name(self) -> str:
        """The property that is violated.

        Raises:
            TraceError: the trace is an ordinary walk.
        """
        return self._broken.property

    @property
    def violation(self) -> Violation:
        """The conjunct that broke, and the nodes concerned.

        Raises:
            TraceError: the trace is an ordinary walk.
        """
        return Violation(self._broken.conjunct, self._broken.nodes)

    @property
    def _broken(self) -> Breach:
        if self.breach is None:
            raise TraceError("the trace is an ordinary walk, which violates no property")
        return self.breach

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
