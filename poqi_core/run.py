"""A run: what befell the nodes that run the core, one event after the other.

A faulty node that forges has no state: whatever it might send is simply delivered.  One that
runs the core takes steps as an honest one does.  So a run is fixed by its honest nodes, what they
predict, what the others and the network are capable of, and the sequence of events.
:func:`execute` runs the core along it and refuses an event that could not have happened.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from poqi_core.config import Config
from poqi_core.faults import BYZANTINE, Fault, changed_forms, original_of
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import (
    Crash,
    Event,
    Message,
    Received,
    RoundEnded,
    Sample,
    TieBreak,
)
from poqi_core.networks import Partition
from poqi_core.ordered_rounds import OrderedRounds
from poqi_core.outputs import Output, Send
from poqi_core.prediction import Label, label_of
from poqi_core.properties import Property, Violation
from poqi_core.rounds import Rounds
from poqi_core.signatures import Statement, quoted, statements
from poqi_core.standing import Delivery
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step
from poqi_core.timers import collection_timer, time_out


class Act(NamedTuple):
    """``event`` befalls ``node``; ``round`` counts from 0 in lock-step networks.

    ``node`` is an honest node, or a process by which a faulty one runs the core
    (:attr:`Run.runners`).
    """

    node: int
    event: Event
    round: int = 0


@dataclass(frozen=True)
class Run:
    """A run of the protocol.

    Attributes:
        config: what all nodes have in common.
        network: one of :data:`~poqi_core.networks.NETWORKS`.
        start_view: the view in which every node begins.
        honest: the honest nodes, in ascending order.
        predicted: for each sample the label that each honest node predicts.
        acts: the events, in the order in which they happened.
        views: how many views a sample can take; a node that has used them up is not followed
            further.  None: it is followed whatever happens.
        ballots: the same for the ballots of a sample (reading ``agree_on=evidence``).
        loop: how many acts come before those that repeat for ever (:mod:`poqi_core.loops`).
        fault: what the nodes that are not honest are capable of.
        losses: how many messages the network ``lossy`` may lose.
        partition: between whom it delivers nothing.
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
    fault: Fault = BYZANTINE
    losses: int = 0
    partition: Partition | None = None

    @cached_property
    def faulty(self) -> tuple[int, ...]:
        """The nodes that are not honest, in ascending order."""
        return tuple(node for node in range(self.config.nodes) if node not in self.honest)

    @cached_property
    def runners(self) -> tuple[int, ...]:
        """The processes by which faulty nodes run the core.

        A process has the number of its node; the second copy of a node has N more.
        """
        copies = range(self.fault.copies)
        return tuple(node + self.config.nodes * copy for copy in copies for node in self.faulty)

    @cached_property
    def senders(self) -> frozenset[int]:
        """The nodes whose messages are what the core has sent."""
        return frozenset((*self.honest, *(self.node_of(process) for process in self.runners)))

    def node_of(self, process: int) -> int:
        """The node that a process is of."""
        return process % self.config.nodes

    def processes_of(self, node: int) -> tuple[int, ...]:
        """The processes that run the core for a node."""
        if node in self.honest:
            return (node,)
        return tuple(process for process in self.runners if self.node_of(process) == node)

    def forms(self, message: Message) -> Iterator[Message]:
        """What a faulty node can make of a message by changing one value, within the run."""
        labels = {label for predicted in self.predicted for label in predicted.values()}
        views = self.config.conflict_after if self.views is None else self.views
        return changed_forms(
            message,
            range(2 + max(labels)),
            range(self.start_view, self.start_view + views * len(self.predicted)),
            range(self.config.faults + 1 if self.ballots is None else self.ballots),
        )

    def separates(self, sender: int, recipient: int, arrival: int, message: Message) -> bool:
        """Whether a partition keeps what would arrive in round ``arrival`` from a node."""
        partition = self.partition
        return partition is not None and partition.separates(sender, recipient, arrival, message)

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


class Moment(NamedTuple):
    """One step of an executed run."""

    act: Act
    before: NodeState
    after: NodeState
    outputs: tuple[Output, ...]
    record: Record
    """What the node has shown, this step included; of a faulty node nothing is recorded."""


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
    """The nodes of a run that run the core, as they are after some of its acts.

    Attributes:
        run: the run.
        states: the state of each honest node, and of each process of a faulty one.
        records: what each honest node has shown.
        signed: for each honest node the messages that it has sent, in that order.
        rounds: the lock-step rounds; None: the network has none.
        quotable: what honest nodes have signed for others to quote; in rounds, before this one.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.states = {
            process: initial(run.config, run.node_of(process), run.start_view)
            for process in (*run.honest, *run.runners)
        }
        self.records = {node: Record() for node in run.honest}
        self.signed: dict[int, dict[Message, None]] = {node: {} for node in run.honest}
        self.rounds: Rounds | None = None
        if run.network != "asynchronous":
            kind = OrderedRounds if run.network == "ordered" else Rounds
            self.rounds = kind(run, self.states)
        self._sent: dict[Delivery, None] = {}
        """Where messages persist: what has been sent, in that order."""
        self._offered: dict[tuple[int, int], dict[Message, None]] = {}
        """Of that, what each faulty node has sent to each process."""
        self._signed: set[Statement] = set()
        """What honest nodes have signed by now."""
        self.quotable: Set[Statement] = self._signed if self.rounds is None else frozenset()
        self._steps = 0

    @property
    def lock_step(self) -> bool:
        """Whether the network delivers in rounds."""
        return self.rounds is not None

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
        if self.rounds is not None and isinstance(act.event, RoundEnded):
            self.rounds.close(act.node)
        before = self.states[act.node]
        after, outputs = step(self.run.config, before, act.event)
        self.states[act.node] = after
        record = Record()
        if act.node in self.records:
            record = follow(self.records[act.node], outputs, after, EVERY_FACET)
            self.records[act.node] = record
            self._sign(act.node, outputs)
        if self.rounds is None:
            self._send(act.node, outputs)
        elif isinstance(act.event, Crash):
            self.rounds.crash(act.node)
        else:
            self.rounds.took(act.node, act.event, outputs, effect=after != before)
        return Moment(act, before, after, outputs, record)

    def _send(self, process: int, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                received = Received(self.run.node_of(process), output.message)
                for node in output.recipients:
                    for recipient in self.run.processes_of(node):
                        self._sent[recipient, received] = None
                        if process in self.run.runners:
                            key = received.sender, recipient
                            self._offered.setdefault(key, {})[received.message] = None

    def _sign(self, node: int, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self.signed[node][output.message] = None
                for statement in statements(output.message):
                    if statement.node == node:
                        self._signed.add(statement)

    def reach(self, number: int) -> None:
        """Let the rounds before round ``number`` end; an asynchronous network has none.

        Raises:
            DepartureError: it is over, or something must arrive before.
        """
        rounds = self.rounds
        if rounds is None:
            return
        if number < rounds.number:
            raise DepartureError(self._steps, f"round {number} is over")
        while rounds.number < number:
            awaited = rounds.standing
            reason = rounds.end()
            if reason is not None:
                raise DepartureError(self._steps, reason)
            self.quotable = frozenset(self._signed)
            if rounds.standing == awaited and next(rounds.owed(), None) is None:
                rounds.number = number  # no later round will be any different

    def obstacle(self, act: Act) -> str | None:
        """Why ``act`` cannot happen now, its round apart; None if it can."""
        run, event = self.run, act.event
        if act.node not in self.states:
            return f"node {act.node} is not an honest node of this run"
        if self.rounds is not None and act.node in self.rounds.crashed:
            return f"node {act.node} has stopped for ever"
        if isinstance(event, Crash):
            stops = run.fault.crashes and act.node in run.runners and self.rounds is not None
            if not stops or self.rounds is None:
                return f"node {act.node} cannot crash in this run"
            return self.rounds.obstacle_to_crash()
        if isinstance(event, Sample):
            if not 0 <= event.index < len(run.predicted):
                return f"there is no sample {event.index}"
            expected = run.predicted[event.index].get(act.node)
            if expected is not None and label_of(event.prediction) != expected:
                return f"node {act.node} predicts {expected} for sample {event.index}"
        if isinstance(event, Received) and event.sender not in run.honest:
            reason = self._obstacle_to_faulty(act.node, event)
            if reason is not None:
                return reason
        if self.rounds is not None:
            return self.rounds.obstacle(act.node, event)
        if isinstance(event, RoundEnded):
            return "no round ends in an asynchronous network"
        if isinstance(event, Received) and event.sender in run.honest:
            if (act.node, event) not in self._sent:
                return f"the honest node {event.sender} has not sent that to node {act.node}"
        return None

    def _obstacle_to_faulty(self, process: int, event: Received) -> str | None:
        """Why the faulty sender of a message cannot have sent it."""
        run, fault = self.run, self.run.fault
        for statement in quoted(event.message):
            if statement.node in run.honest and statement not in self.quotable:
                return f"the honest node {statement.node} has not signed {statement}"
        if fault.forges or (self.rounds is not None and event.sender in run.senders):
            return None
        if event.sender not in run.senders:
            return f"node {event.sender} sends nothing in this run (fault {fault.name})"
        if (process, event) in self._sent:
            return None
        offered = self._offered.get((event.sender, process), {})
        if fault.changes and original_of(event.message, offered) is not None:
            return None
        return f"node {event.sender} has not sent that to node {process}"

    def owed(self, process: int | None = None) -> Iterator[Act]:
        """What must still happen before the round can end, as it would change a node.

        With ``process`` what must happen to that one alone.  An asynchronous network owes nothing.
        """
        if self.rounds is not None:
            for other, event in self.rounds.owed(process):
                yield Act(other, event, self.rounds.number)

    def available(self) -> Iterator[tuple[int, Received]]:
        """The messages of honest nodes that can be delivered, now or next round, and to whom."""
        yield from list(self._sent) if self.rounds is None else self.rounds.available()

    def fork(self) -> "Execution":
        """The same nodes at the same point, that can go another way from here."""
        other = Execution(self.run)
        other.states = dict(self.states)
        other.records = dict(self.records)
        other.signed = {node: dict(sent) for node, sent in self.signed.items()}
        other.rounds = None if self.rounds is None else self.rounds.copy(other.states)
        other._sent = dict(self._sent)
        other._offered = {key: dict(sent) for key, sent in self._offered.items()}
        other._signed = set(self._signed)
        other.quotable = other._signed if self.rounds is None else self.quotable
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
        """Every event that would still change a node, and that no fault need keep from happening.

        A state without any is stuck unless faulty nodes help.  A node that has used up the
        ballots of the run takes no more.  In lock-step rounds a faulty node that runs the core,
        and has not crashed, takes its steps; in an asynchronous network nothing obliges it to.
        """
        for process, state in self.states.items():
            if self.run.ballots is not None and state.ballots.ballot >= self.run.ballots:
                continue
            if process not in self.run.honest:
                if self.rounds is None or not self.run.follows(state):
                    continue
            for event in self._honest_events(process, state):
                if step(self.run.config, state, event)[0] != state:
                    yield Act(process, event, 0 if self.rounds is None else self.rounds.number)

    def _honest_events(self, process: int, state: NodeState) -> Iterator[Event]:
        if self.rounds is not None and process in self.rounds.crashed:
            return
        for index, predicted in enumerate(self.run.predicted):
            # What a faulty node's network answers is open; that it answers is not.
            yield Sample(index, predicted.get(process, 0))
        for conflict in state.conflicts:
            for chosen in range(self.run.config.nodes):
                yield TieBreak(conflict.sample, chosen)
        if self.rounds is not None:
            yield from self.rounds.progress(process)
            return
        yield time_out(self.run.config, state)
        yield collection_timer(self.run.config, state)
        for recipient, received in self.available():
            if recipient == process and received.sender in self.run.honest:
                yield received


def execute(run: Run) -> Iterator[Moment]:
    """Run the core along ``run``, step by step.

    Raises:
        DepartureError: an event could not have happened.
    """
    execution = Execution(run)
    for act in run.acts:
        yield execution.perform(act)
