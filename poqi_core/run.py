"""A run: what befell the honest nodes, one event after the other.

A faulty node has no state: whatever it might send is simply delivered.  So a run is fixed
by its honest nodes, what they predict, and the sequence of events.  :func:`execute` runs the
core along it and refuses an event that could not have happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from poqi_core.config import Config
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import (
    CollectionClosed,
    Event,
    Message,
    Received,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.outputs import Output, Send
from poqi_core.prediction import Label, label_of
from poqi_core.state import NodeState, initial
from poqi_core.step import step


class Act(NamedTuple):
    """``event`` befalls the honest ``node``; ``round`` counts from 0 in lock-step networks."""

    node: int
    event: Event
    round: int = 0


@dataclass(frozen=True)
class Run:
    """A run of the protocol.

    Attributes:
        config: what all nodes have in common.
        network: ``asynchronous`` or ``rounds``.
        start_view: the view in which every node begins.
        honest: the honest nodes, in ascending order.
        predicted: for each sample the label that each honest node predicts.
        acts: the events, in the order in which they happened.
    """

    config: Config
    network: str
    start_view: int
    honest: tuple[int, ...]
    predicted: tuple[Mapping[int, Label], ...]
    acts: tuple[Act, ...]


class Moment(NamedTuple):
    """One step of an executed run."""

    act: Act
    before: NodeState
    after: NodeState
    outputs: tuple[Output, ...]
    record: Record
    """What the node has shown, this step included."""


class DepartureError(Exception):
    """An event of a run could not have happened.

    Attributes:
        step: its place in the run, from 1.
        reason: why it could not have happened.
    """

    def __init__(self, step: int, reason: str) -> None:
        super().__init__(f"step {step}: {reason}")
        self.step = step
        self.reason = reason


class Execution:
    """The honest nodes of a run as they are after some of its acts."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.states = {node: initial(run.config, node, run.start_view) for node in run.honest}
        self.records = {node: Record() for node in run.honest}
        self._sent: dict[tuple[int, int, Message], int] = {}
        """(sender, recipient, message) of honest senders, with the round of the last sending."""
        self._delivered: set[tuple[int, int, Message, int]] = set()
        self._steps = 0

    def perform(self, act: Act) -> Moment:
        """Let ``act`` happen.

        Raises:
            DepartureError: it could not have happened at this point.
        """
        self._steps += 1
        reason = self._obstacle(act)
        if reason is not None:
            raise DepartureError(self._steps, reason)
        before = self.states[act.node]
        after, outputs = step(self.run.config, before, act.event)
        self.states[act.node] = after
        record = follow(self.records[act.node], outputs, after, EVERY_FACET)
        self.records[act.node] = record
        for output in outputs:
            if isinstance(output, Send):
                for recipient in output.recipients:
                    self._sent[act.node, recipient, output.message] = act.round
        return Moment(act, before, after, outputs, record)

    def _obstacle(self, act: Act) -> str | None:
        run, event = self.run, act.event
        if act.node not in self.states:
            return f"node {act.node} is not an honest node of this run"
        if isinstance(event, Sample):
            if not 0 <= event.index < len(run.predicted):
                return f"there is no sample {event.index}"
            expected = run.predicted[event.index][act.node]
            if label_of(event.prediction) != expected:
                return f"node {act.node} predicts {expected} for sample {event.index}"
        if isinstance(event, Received) and event.sender in self.states:
            key = (event.sender, act.node, event.message)
            if key not in self._sent:
                return f"the honest node {event.sender} has not sent that to node {act.node}"
            if run.network == "rounds":
                return self._round_obstacle(act, key)
        return None

    def _round_obstacle(self, act: Act, key: tuple[int, int, Message]) -> str | None:
        sent = self._sent[key]
        if sent != act.round - 1:
            return f"what was sent in round {sent} arrives in round {sent + 1}, not {act.round}"
        if (*key, act.round) in self._delivered:
            return "it has arrived in this round already"
        self._delivered.add((*key, act.round))
        return None

    def honest_steps(self) -> Iterator[Act]:
        """Every event, other than a faulty node's message, that would still change a node.

        A state without any is stuck unless faulty nodes help.
        """
        for node, state in self.states.items():
            for event in self._honest_events(node, state):
                if step(self.run.config, state, event)[0] != state:
                    yield Act(node, event)

    def _honest_events(self, node: int, state: NodeState) -> Iterator[Event]:
        for index, predicted in enumerate(self.run.predicted):
            yield Sample(index, predicted[node])
        yield TimeOut(state.view)
        yield CollectionClosed(state.view)
        for conflict in state.conflicts:
            for chosen in range(self.run.config.nodes):
                yield TieBreak(conflict.sample, chosen)
        for sender, recipient, message in self._sent:
            if recipient == node:
                yield Received(sender, message)


def execute(run: Run) -> Iterator[Moment]:
    """Run the core along ``run``, step by step.

    Raises:
        DepartureError: an event could not have happened.
    """
    execution = Execution(run)
    for act in run.acts:
        yield execution.perform(act)
