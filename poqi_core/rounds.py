"""Lock-step rounds while a run is carried out: what arrives, what is due, what may be lost.

What is sent in a round arrives in the next.  A round can end once everything that must happen in
it, and would change somebody, has happened.  What a network or a faulty node may lose need not
happen: it is lost if it is still on its way, and would change its receiver, when the round ends.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from poqi_core.faults import original_of
from poqi_core.messages import Event, Received, RoundEnded, Sample
from poqi_core.outputs import Output, Remark, Send
from poqi_core.standing import Delivery, Standing
from poqi_core.state import NodeState, awaited_sample
from poqi_core.step import step
from poqi_core.timers import COLLECTIONS, TIME_OUTS, collection_timer, round_end, time_out

if TYPE_CHECKING:
    from poqi_core.run import Run


class Rounds:
    """The rounds of a run, whose nodes stand as ``states`` says: each process with its state.

    Attributes:
        number: the round, from 0.
        losses: how many messages the network may still lose.
        crashed: the processes that have stopped for ever.
    """

    def __init__(self, run: "Run", states: dict[int, NodeState]) -> None:
        self._run = run
        self._states = states
        self.number = 0
        self.losses = run.losses
        self.crashed: set[int] = set()
        self._arriving: dict[Delivery, None] = {}
        self._sent: dict[Delivery, None] = {}
        """What will arrive in the next round, in the order of sending."""
        self._partial: set[Delivery] = set()
        """What a node was sending when it crashed."""
        self._latest: dict[int, Sequence[Delivery]] = {}
        """What each faulty process has sent in this round by its latest act."""
        self._due = self._samples_awaited()
        self._timers: list[tuple[int, Event]] = []
        """The timers that run out in this round, and have not."""
        self._ended: set[int] = set()
        """The processes that have been told that this round is over."""
        self._missed: set[Delivery] = set()
        """What they, being copies of a faulty node, have not taken."""
        self._untaken: set[Delivery] = set()
        """What is kept for one copy of a faulty node since the other has not taken it."""
        self._known_changes: dict[int, tuple[NodeState, dict[Event, bool]]] = {}
        """For each process the state that it was last asked about, and what would change it."""

    def copy(self, states: dict[int, NodeState]) -> "Rounds":
        """The same rounds, of nodes that can go another way from here."""
        other = Rounds(self._run, states)
        self._copy_into(other)
        return other

    def _copy_into(self, other: "Rounds") -> None:
        other.number, other.losses, other.crashed = self.number, self.losses, set(self.crashed)
        other._arriving, other._sent = dict(self._arriving), dict(self._sent)
        other._partial, other._latest = set(self._partial), dict(self._latest)
        other._due, other._timers = self._due, list(self._timers)
        other._ended, other._missed = set(self._ended), set(self._missed)
        other._untaken = set(self._untaken)

    def took(self, process: int, event: Event, outputs: Sequence[Output], *, effect: bool) -> None:
        """Account for a step that a process has taken, and whether it had an effect."""
        if isinstance(event, RoundEnded) and effect:
            self._ended.add(process)
        if effect and (process, event) in self._timers:
            self._timers.remove((process, event))
        if isinstance(event, Received):
            self._arrive(process, event)
        sent = [sent for sent in self._deliveries(process, outputs) if sent not in self._sent]
        self._sent.update(dict.fromkeys(sent))
        if process in self._run.runners:
            self._latest[process] = sent

    def _arrive(self, process: int, event: Received) -> None:
        """Account for a message that has arrived."""
        original = self._original(process, event)
        if original is not None:
            self._arriving.pop((process, original), None)

    def obstacle_to_crash(self) -> str | None:
        """Why no process can stop at this moment; None: one can."""
        return None

    def crash(self, process: int) -> None:
        """Let a process stop for ever; what it sent last in this round reaches any of them."""
        self.crashed.add(process)
        self._partial.update(self._latest.pop(process, ()))

    def close(self, process: int) -> None:
        """Account for what a process that is about to be told of the end of the round lacks."""
        self.losses -= len(self._lost_by(process))
        for delivery in list(self._arriving):
            if delivery[0] == process and self._matters(*delivery):
                del self._arriving[delivery]
                self._missed.add(delivery)

    def _lost_by(self, process: int) -> Sequence[Received]:
        """What the network loses if the round ends for a process, and for it alone."""
        twin = self._twin_of(process)
        return [
            event
            for _, event in self._each_lost(process)
            if twin is None or (process, event) in self._untaken or (twin, event) in self._missed
        ]

    def _twin_of(self, process: int) -> int | None:
        """The other copy of the node that a process is a copy of."""
        if process in self._run.honest or self._run.fault.copies < 2:
            return None
        first, second = self._run.processes_of(self._run.node_of(process))
        return second if process == first else first

    def _deliveries(self, process: int, outputs: Sequence[Output]) -> Iterator[Delivery]:
        run, sender = self._run, self._run.node_of(process)
        for output in outputs:
            if isinstance(output, Send):
                received = Received(sender, output.message)
                for node in output.recipients:
                    if not run.separates(sender, node, self.number + 1, output.message):
                        for recipient in run.processes_of(node):
                            yield recipient, received

    def _original(self, process: int, event: Received) -> Received | None:
        """What arrives at ``process`` as ``event``; None: nothing does."""
        if (process, event) in self._arriving:
            return event
        if not self._run.fault.changes or event.sender in self._run.honest:
            return None
        offered = [
            other.message
            for recipient, other in self._arriving
            if recipient == process and other.sender == event.sender
        ]
        found = original_of(event.message, offered)
        return None if found is None else Received(event.sender, found)

    def obstacle(self, process: int, event: Event) -> str | None:
        """Why ``event`` cannot befall ``process`` in this round; None if it can."""
        if process in self._ended:
            return f"node {process} has been told that this round is over"
        if isinstance(event, RoundEnded):
            due = [own for node, own in self._due if node == process and self._matters(node, own)]
            lost = self._lost_by(process)
            for owed in (*due, *(lost if len(lost) > self.losses else ())):
                return f"the round is not over, as node {process} lacks {owed}"
        if isinstance(event, Received) and event.sender in self._run.senders:
            if self._original(process, event) is None:
                kind = "honest " if event.sender in self._run.honest else ""
                return (
                    f"the {kind}node {event.sender} has not sent that to node {process} so that it "
                    "arrives in this round"
                )
        timer = isinstance(event, (*COLLECTIONS, *TIME_OUTS))
        if timer and (process, event) not in self._timers:
            return (
                "a timer runs out only in a round in which nothing else happens, and once, "
                "and a time-out only where no collection is open"
            )
        return None

    def end(self) -> str | None:
        """Go on to the next round; why that is not possible, if so.

        What has not arrived is lost, or of no effect, or of a later step.
        """
        lacking = next(self.owed(), None)
        if lacking is not None:
            node, event = lacking
            return f"round {self.number} is over, but node {node} lacks {event}"
        self.losses -= len(self._lost())
        held: dict[Delivery, None] = {}
        for process, received in self._arriving:
            if self._is_early(process, received):
                held[process, received] = None
        self._untaken = {one for one in held if one in self._untaken or self._twin_misses(one)}
        self.number += 1
        self._ended, self._missed = set(), set()
        self._latest = {}
        self._arriving = held | self._sent
        self._sent = {}
        self._due = self._samples_awaited()
        self._timers = self._timers_that_run_out()
        return None

    def _twin_misses(self, delivery: Delivery) -> bool:
        """Whether the other copy of a node has not taken a message by the end of the round."""
        process, event = delivery
        twin = self._twin_of(process)
        if twin is None:
            return False
        pending = (twin, event) in self._arriving and self._matters(twin, event)
        return pending or (twin, event) in self._missed

    @property
    def standing(self) -> Standing:
        """What sets this moment apart from others in which the nodes stand the same."""
        return Standing(
            tuple(self._due),
            frozenset(self._arriving),
            frozenset(self._sent),
            tuple(self._timers),
            self.losses,
            frozenset(self.crashed),
            partial=frozenset(
                one for one in self._partial if one in self._arriving or one in self._sent
            ),
            latest=self._interrupted_by_a_crash(),
            untaken_by_twin=frozenset(self._untaken),
        )

    def _interrupted_by_a_crash(self) -> frozenset[tuple[int, Delivery]]:
        if not self._run.fault.crashes:
            return frozenset()
        return frozenset(
            (process, delivery)
            for process, latest in self._latest.items()
            if process not in self.crashed
            for delivery in latest
        )

    def _timers_that_run_out(self) -> list[tuple[int, Event]]:
        """In a round in which nothing else happens: collections are closed, or else time-outs."""
        config = self._run.config
        if self._due or any(self._matters(*delivery) for delivery in self._arriving):
            return []
        for timer in (collection_timer, time_out):
            due = [
                (process, event)
                for process, state in self._states.items()
                if self._matters(process, event := timer(config, state))
            ]
            if due:
                return due
        return []

    def _matters(self, process: int, event: Event) -> bool:
        """Whether ``event`` would change ``process``, and is still followed."""
        state = self._states[process]
        left = process not in self.crashed and process not in self._ended
        return left and self._run.follows(state) and self._changes(process, event)

    def _changes(self, process: int, event: Event) -> bool:
        """Whether ``event`` would change ``process``: asked once while its state is the same."""
        state = self._states[process]
        asked = self._known_changes.get(process)
        if asked is None or asked[0] is not state:
            asked = self._known_changes[process] = state, {}
        known = asked[1]
        if event not in known:
            known[event] = step(self._run.config, state, event)[0] != state
        return known[event]

    def _is_early(self, process: int, event: Event) -> bool:
        """Whether ``event`` has no effect yet on ``process`` and can have one later."""
        state = self._states[process]
        if process in self.crashed or not self._run.follows(state):
            return False
        return _waits(step(self._run.config, state, event)[1])

    def owed(self, process: int | None = None) -> Iterator[tuple[int, Event]]:
        """What must still happen before the round can end, as it would change a process.

        With ``process`` what must happen to that one alone.
        """
        lacking: Iterable[Delivery] = self._each_lost(process)
        if self.losses:
            lost = self._lost()
            lacking = lost if len(lost) > self.losses else ()
        for other, event in chain(
            tuple(self._due), tuple(self._timers), lacking, self._round_ends()
        ):
            if process in (None, other) and self._matters(other, event):
                yield other, event

    def _lost(self) -> Sequence[Delivery]:
        """What the network loses if the round ends now."""
        return list(self._each_lost())

    def _each_lost(self, process: int | None = None) -> Iterator[Delivery]:
        for delivery in tuple(self._arriving):
            if process in (None, delivery[0]) and self._is_sure(delivery, self._arriving):
                yield delivery

    def samples_due(self) -> Sequence[tuple[int, Event]]:
        """The samples of this round, and to whose networks; those of faulty nodes say label 0."""
        return self._due

    def arriving(self) -> Sequence[Delivery]:
        """What arrives in this round, or is lost in it, and has not arrived."""
        return list(self._arriving)

    def available(self) -> Sequence[Delivery]:
        """What arrives in this round or in the next."""
        return [*self._arriving, *self._sent]

    def on_its_way(self) -> Sequence[Delivery]:
        """What is sent and would change its receiver, and cannot be lost any more."""
        pending = self._arriving | self._sent
        sure = [delivery for delivery in pending if self._is_sure(delivery, pending)]
        return sure if len(sure) > self.losses else ()

    def _is_sure(self, delivery: Delivery, pending: Collection[Delivery]) -> bool:
        """Whether a message would change its receiver, and no faulty node need keep it back."""
        process, event = delivery
        if not self._matters(process, event):
            return False
        run = self._run
        if event.sender not in run.honest:
            if self.is_optional(process, event):
                return False
            if run.fault.changes:
                return all(
                    self._has_effect(process, event, Received(event.sender, form), pending)
                    for form in run.forms(event.message)
                )
        twin = self._twin_of(process)
        if twin is None or delivery in self._untaken:
            return True
        # One of the two must take it; it is told of the first.
        if (twin, event) in self._missed:
            return True
        return process < twin and (twin, event) in pending and self._matters(twin, event)

    def is_optional(self, process: int, event: Received) -> bool:
        """Whether a faulty sender can have withheld a message that would arrive at a process."""
        if event.sender in self._run.honest:
            return False
        return self._run.fault.withholds or (process, event) in self._partial

    def _has_effect(
        self, process: int, event: Received, form: Received, pending: Collection[Delivery]
    ) -> bool:
        """Whether a message that is to reach a process still has an effect as ``form``."""
        return self._changes(process, form)

    def _round_ends(self) -> Iterator[tuple[int, Event]]:
        """That the round is over, for each node that counts rounds."""
        for process, state in self._states.items():
            end = round_end(self._run.config, state)
            if end is not None:
                yield process, end

    def _samples_awaited(self) -> list[tuple[int, Event]]:
        """The samples that nodes wait for: their own networks answer within the round."""
        due: list[tuple[int, Event]] = []
        run = self._run
        for process, state in self._states.items():
            awaited = awaited_sample(state)
            if awaited is not None and awaited < len(run.predicted) and run.follows(state):
                if process not in self.crashed:
                    # What a faulty node's network answers is open.
                    label = run.predicted[awaited].get(process, 0)
                    due.append((process, Sample(awaited, label)))
        return due

    def progress(self, process: int) -> Iterator[Event]:
        """What can still befall a process without anybody's help."""
        config, state = self._run.config, self._states[process]
        if process in self.crashed:
            return
        yield time_out(config, state)
        yield collection_timer(config, state)
        end = round_end(config, state)
        if end is not None:
            yield end
        for recipient, received in self.on_its_way():
            if recipient == process:
                yield received


def _waits(outputs: Sequence[Output]) -> bool:
    """Whether an event without effect can have one later."""
    return isinstance(outputs[0], Remark) and outputs[0].reason.waits
