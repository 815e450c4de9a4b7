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
    Received,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.outputs import Output, Reason, Remark, Send
from poqi_core.prediction import Label, label_of
from poqi_core.state import NodeState, awaited_sample, initial
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
        network: ``asynchronous`` (what was sent can arrive at any later time, or never, any
            number of times) or ``rounds`` (it arrives in the next round, in any order).
        start_view: the view in which every node begins.
        honest: the honest nodes, in ascending order.
        predicted: for each sample the label that each honest node predicts.
        acts: the events, in the order in which they happened.
        views: how many views a sample can take; a node that has used them up is not followed
            further.  None: it is followed whatever happens.
    """

    config: Config
    network: str
    start_view: int
    honest: tuple[int, ...]
    predicted: tuple[Mapping[int, Label], ...]
    acts: tuple[Act, ...]
    views: int | None = None

    def follows(self, state: NodeState) -> bool:
        """Whether a node in ``state`` is still followed."""
        return self.views is None or state.view - state.opened < self.views


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
        self._sent: dict[tuple[int, Received], None] = {}
        """(recipient, message of an honest sender), in the order of sending; while rounds are
        lock-step only those that have not arrived."""
        self._arriving: dict[tuple[int, Received], None] = {}
        """Of those, the ones that arrive in the current round."""
        self._round = 0
        self._due = self._samples_due()
        self._quiet = False
        self._steps = 0

    @property
    def lock_step(self) -> bool:
        """Whether the network delivers in rounds."""
        return self.run.network == "rounds"

    def perform(self, act: Act) -> Moment:
        """Let ``act`` happen.

        Raises:
            DepartureError: it could not have happened at this point.
        """
        self._steps += 1
        if self.lock_step:
            if act.round < self._round:
                raise DepartureError(self._steps, f"round {act.round} is over")
            while self._round < act.round:
                awaited = (self._due, self._arriving)
                self._end_round()
                if (self._due, self._arriving) == awaited:
                    self._round = act.round  # no later round will be any different
        reason = self._obstacle(act)
        if reason is not None:
            raise DepartureError(self._steps, reason)
        before = self.states[act.node]
        after, outputs = step(self.run.config, before, act.event)
        self.states[act.node] = after
        record = follow(self.records[act.node], outputs, after, EVERY_FACET)
        self.records[act.node] = record
        if self.lock_step and isinstance(act.event, Received):
            self._arriving.pop((act.node, act.event), None)
        for output in outputs:
            if isinstance(output, Send):
                for recipient in output.recipients:
                    if recipient in self.states:
                        self._sent[recipient, Received(act.node, output.message)] = None
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
            available = self._arriving if self.lock_step else self._sent
            if (act.node, event) not in available:
                when = " so that it arrives in this round" if self.lock_step else ""
                return f"the honest node {event.sender} has not sent that to node {act.node}{when}"
        if self.lock_step and isinstance(event, TimeOut | CollectionClosed) and not self._quiet:
            return "a timer runs out only in a round in which nothing else arrives"
        return None

    def _end_round(self) -> None:
        """Go on to the next round; what has not arrived must be of no effect, or of a later step.

        Raises:
            DepartureError: something that arrives in this round did not.
        """
        held: dict[tuple[int, Received], None] = {}
        for node, event in [*self._due, *self._arriving]:
            state = self.states[node]
            if not self.run.follows(state):
                continue
            after, outputs = step(self.run.config, state, event)
            if after != state:
                raise DepartureError(
                    self._steps, f"round {self._round} is over, but node {node} lacks {event}"
                )
            if isinstance(event, Received) and outputs == (Remark(Reason.EARLY),):
                held[node, event] = None
        self._round += 1
        self._arriving = held | self._sent
        self._sent = {}
        self._due = self._samples_due()
        self._quiet = not self._due and not self._arriving

    def _samples_due(self) -> list[tuple[int, Event]]:
        """The samples that nodes wait for: their own networks answer within the round."""
        due: list[tuple[int, Event]] = []
        for node, state in self.states.items():
            awaited = awaited_sample(state)
            given = len(self.run.predicted)
            if awaited is not None and awaited < given and self.run.follows(state):
                due.append((node, Sample(awaited, self.run.predicted[awaited][node])))
        return due

    def honest_steps(self) -> Iterator[Act]:
        """Every event, other than a faulty node's message, that would still change a node.

        A state without any is stuck unless faulty nodes help.
        """
        for node, state in self.states.items():
            for event in self._honest_events(node, state):
                if step(self.run.config, state, event)[0] != state:
                    yield Act(node, event, self._round)

    def _honest_events(self, node: int, state: NodeState) -> Iterator[Event]:
        for index, predicted in enumerate(self.run.predicted):
            yield Sample(index, predicted[node])
        yield TimeOut(state.view)
        yield CollectionClosed(state.view)
        for conflict in state.conflicts:
            for chosen in range(self.run.config.nodes):
                yield TieBreak(conflict.sample, chosen)
        for recipient, received in [*self._arriving, *self._sent]:
            if recipient == node:
                yield received


def execute(run: Run) -> Iterator[Moment]:
    """Run the core along ``run``, step by step.

    Raises:
        DepartureError: an event could not have happened.
    """
    execution = Execution(run)
    for act in run.acts:
        yield execution.perform(act)
