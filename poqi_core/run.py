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
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Event,
    Message,
    Received,
    RoundEnded,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.outputs import Output, Remark, Send
from poqi_core.prediction import Label, label_of
from poqi_core.properties import Property, Violation
from poqi_core.signatures import Statement, quoted, statements
from poqi_core.state import NodeState, awaited_sample, finished, initial
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
        ballots: the same for the ballots of a sample (reading ``agree_on=evidence``).
        loop: how many acts come before those that repeat for ever (:mod:`poqi_core.loops`).
    """

    config: Config
    network: str
    start_view: int
    honest: tuple[int, ...]
    predicted: tuple[Mapping[int, Label], ...]
    acts: tuple[Act, ...]
    views: int | None = None
    ballots: int | None = None
    loop: int | None = None

    def follows(self, state: NodeState) -> bool:
        """Whether a node in ``state`` is still followed."""
        if self.ballots is not None and state.ballots.ballot >= self.ballots:
            return False
        if self.views is None:
            return True
        # One step can leave a view and decide in the next: it may get past all that are followed.
        within = state.view < self.start_view + self.views * len(self.predicted)
        counts = not (self.config.on_evidence or finished(self.config, state))
        return state.view - state.opened < self.views and (within or not counts)


def collection_timer(config: Config, state: NodeState) -> Event:
    """The end of the round in which predictions reach a node that waits for them."""
    if config.has_ballots:
        return BallotCollectionClosed(state.sample, state.ballots.ballot)
    return CollectionClosed(state.view)


def time_out(config: Config, state: NodeState) -> Event:
    """The timer by which a node gives up what it waits for."""
    if config.has_ballots:
        return BallotTimeOut(state.sample, state.ballots.ballot)
    return TimeOut(state.view)


def round_end(config: Config, state: NodeState) -> RoundEnded | None:
    """The end of a lock-step round, where a node counts the rounds of its sample."""
    counts = config.has_broadcast and state.prediction is not None
    return RoundEnded(state.sample, state.broadcast.round) if counts else None


_COLLECTIONS = (CollectionClosed, BallotCollectionClosed)
_TIME_OUTS = (TimeOut, BallotTimeOut)


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
        self.signed: dict[int, dict[Message, None]] = {node: {} for node in run.honest}
        """For each honest node the messages that it has sent, in that order."""
        self._signed: set[Statement] = set()
        """What honest nodes have signed, for others to quote."""
        self._signed_before: set[Statement] = set()
        """Of that, what they had signed when the current round began."""
        self._round = 0
        self._due = self._samples_due()
        self._timers: tuple[type[Event], ...] = ()
        """Which timers run out in the current round."""
        self._ended: set[int] = set()
        """The nodes that have been told that the current round is over."""
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
        self.reach(act.round)
        reason = self.obstacle(act)
        if reason is not None:
            raise DepartureError(self._steps, reason)
        before = self.states[act.node]
        after, outputs = step(self.run.config, before, act.event)
        self.states[act.node] = after
        if isinstance(act.event, RoundEnded) and after != before:
            self._ended.add(act.node)
        record = follow(self.records[act.node], outputs, after, EVERY_FACET)
        self.records[act.node] = record
        if self.lock_step and isinstance(act.event, Received):
            self._arriving.pop((act.node, act.event), None)
        for output in outputs:
            if isinstance(output, Send):
                self.signed[act.node][output.message] = None
                for recipient in output.recipients:
                    if recipient in self.states:
                        self._sent[recipient, Received(act.node, output.message)] = None
                for statement in statements(output.message):
                    if statement.node == act.node:
                        self._signed.add(statement)
        return Moment(act, before, after, outputs, record)

    def reach(self, number: int) -> None:
        """Let the rounds before round ``number`` end; an asynchronous network has none.

        Raises:
            DepartureError: it is over, or something must arrive before.
        """
        if not self.lock_step:
            return
        if number < self._round:
            raise DepartureError(self._steps, f"round {number} is over")
        while self._round < number:
            awaited = (self._due, self._arriving)
            self._end_round()
            if (self._due, self._arriving) == awaited and next(self.owed(), None) is None:
                self._round = number  # no later round will be any different

    def obstacle(self, act: Act) -> str | None:
        """Why ``act`` cannot happen now, its round apart; None if it can."""
        run, event = self.run, act.event
        if act.node not in self.states:
            return f"node {act.node} is not an honest node of this run"
        if act.node in self._ended:
            return f"node {act.node} has been told that this round is over"
        if isinstance(event, RoundEnded):
            return self._obstacle_to_end(act.node)
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
        if isinstance(event, Received) and event.sender not in self.states:
            signed = self._signed_before if self.lock_step else self._signed
            for statement in quoted(event.message):
                if statement.node in self.states and statement not in signed:
                    return f"the honest node {statement.node} has not signed {statement}"
        timer = isinstance(event, (*_COLLECTIONS, *_TIME_OUTS))
        if self.lock_step and timer and not isinstance(event, self._timers):
            return (
                "a timer runs out only in a round in which nothing else happens, "
                "and a time-out only where no collection is open"
            )
        return None

    def _obstacle_to_end(self, node: int) -> str | None:
        """Why the round cannot end for ``node`` yet, if so."""
        if not self.lock_step:
            return "no round ends in an asynchronous network"
        for owed in self.owed():
            if owed.node == node and not isinstance(owed.event, RoundEnded):
                return f"the round is not over, as node {node} lacks {owed.event}"
        return None

    def _end_round(self) -> None:
        """Go on to the next round; what has not arrived must be of no effect, or of a later step.

        Raises:
            DepartureError: something that arrives in this round did not.
        """
        owed = next(self.owed(), None)
        if owed is not None:
            raise DepartureError(
                self._steps,
                f"round {self._round} is over, but node {owed.node} lacks {owed.event}",
            )
        held: dict[tuple[int, Received], None] = {}
        for node, event in self._arriving:
            state = self.states[node]
            if not self.run.follows(state):
                continue
            _, outputs = step(self.run.config, state, event)
            if isinstance(event, Received) and _waits(outputs):
                held[node, event] = None
        self._round += 1
        self._ended = set()
        self._arriving = held | self._sent
        self._sent = {}
        self._due = self._samples_due()
        self._signed_before = set(self._signed)
        self._timers = self._timers_that_run_out()

    def _timers_that_run_out(self) -> tuple[type[Event], ...]:
        """In a round in which nothing else happens: collections are closed, or else time-outs."""
        config = self.run.config
        if self._due or any(
            self.run.follows(self.states[node]) and self._changes(node, event)
            for node, event in self._arriving
        ):
            return ()
        closing = any(
            self.run.follows(state) and self._changes(node, collection_timer(config, state))
            for node, state in self.states.items()
        )
        return _COLLECTIONS if closing else _TIME_OUTS

    def _changes(self, node: int, event: Event) -> bool:
        """Whether ``event`` has an effect on ``node`` as it is."""
        state = self.states[node]
        return step(self.run.config, state, event)[0] != state

    def owed(self) -> Iterator[Act]:
        """What must still happen before the round can end, as it would change a node.

        An asynchronous network owes nothing.
        """
        if not self.lock_step:
            return
        for node, event in [*self._due, *self._arriving, *self._round_ends()]:
            state = self.states[node]
            left = self.run.follows(state) and node not in self._ended
            if left and self._changes(node, event):
                yield Act(node, event, self._round)

    def _round_ends(self) -> Iterator[tuple[int, Event]]:
        """That the round is over, for each node that counts rounds."""
        for node, state in self.states.items():
            end = round_end(self.run.config, state)
            if end is not None:
                yield node, end

    def _samples_due(self) -> list[tuple[int, Event]]:
        """The samples that nodes wait for: their own networks answer within the round."""
        due: list[tuple[int, Event]] = []
        for node, state in self.states.items():
            awaited = awaited_sample(state)
            given = len(self.run.predicted)
            if awaited is not None and awaited < given and self.run.follows(state):
                due.append((node, Sample(awaited, self.run.predicted[awaited][node])))
        return due

    def available(self) -> Iterator[tuple[int, Received]]:
        """The messages of honest nodes that can be delivered, now or next round, and to whom."""
        yield from [*self._arriving, *self._sent]

    def fork(self) -> "Execution":
        """The same nodes at the same point, that can go another way from here."""
        other = Execution(self.run)
        other.states = dict(self.states)
        other.records = dict(self.records)
        other.signed = {node: dict(sent) for node, sent in self.signed.items()}
        other._sent = dict(self._sent)
        other._arriving = dict(self._arriving)
        other._signed = set(self._signed)
        other._signed_before = self._signed_before
        other._round = self._round
        other._due = self._due
        other._timers = self._timers
        other._steps = self._steps
        return other

    def violation(self, entry: Property) -> Violation | None:
        """Why ``entry`` does not hold of what nodes have shown and signed so far, or None.

        Whether no honest step is left is for the caller to ask.
        """
        if entry.of_signed is not None:
            return entry.of_signed(self.run.config, self.signed)
        return entry.violation(self.records, self.run.predicted)

    def honest_steps(self) -> Iterator[Act]:
        """Every event, other than a faulty node's message, that would still change a node.

        A state without any is stuck unless faulty nodes help.  A node that has used up the
        ballots of the run takes no more.
        """
        for node, state in self.states.items():
            if self.run.ballots is not None and state.ballots.ballot >= self.run.ballots:
                continue
            for event in self._honest_events(node, state):
                if self._changes(node, event):
                    yield Act(node, event, self._round)

    def _honest_events(self, node: int, state: NodeState) -> Iterator[Event]:
        for index, predicted in enumerate(self.run.predicted):
            yield Sample(index, predicted[node])
        yield time_out(self.run.config, state)
        yield collection_timer(self.run.config, state)
        end = round_end(self.run.config, state)
        if self.lock_step and end is not None:
            yield end
        for conflict in state.conflicts:
            for chosen in range(self.run.config.nodes):
                yield TieBreak(conflict.sample, chosen)
        for recipient, received in self.available():
            if recipient == node:
                yield received


def _waits(outputs: tuple[Output, ...]) -> bool:
    """Whether an event without effect can have one later."""
    return isinstance(outputs[0], Remark) and outputs[0].reason.waits


def execute(run: Run) -> Iterator[Moment]:
    """Run the core along ``run``, step by step.

    Raises:
        DepartureError: an event could not have happened.
    """
    execution = Execution(run)
    for act in run.acts:
        yield execution.perform(act)
