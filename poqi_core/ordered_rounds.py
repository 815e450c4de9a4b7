"""Rounds in which everyone receives the same messages in the same order: nobody can equivocate.

What a node's own network answers comes before anything else in a round.  Then a message is
delivered at one moment to everybody whom it is sent to, a Byzantine node's to all; whatever a
faulty node that runs the core withholds or changes, it does for all of them, and both copies of a
node hear everything.
Whoever cannot use it yet takes it up as soon as it can, before anything else happens, and of
several such messages the first.  So what changes a node at that moment must do so before another
message takes its place in the order.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from poqi_core.faults import original_of
from poqi_core.messages import Event, Received, Sample
from poqi_core.outputs import Output
from poqi_core.rounds import Rounds
from poqi_core.standing import Delivery, Standing
from poqi_core.state import NodeState

if TYPE_CHECKING:
    from poqi_core.run import Run


class _Moment(NamedTuple):
    """A message that is being delivered to all."""

    event: Received
    remaining: tuple[int, ...]
    """The processes to which it has not been delivered."""


class OrderedRounds(Rounds):
    """The rounds of a run in which deliveries are ordered; see :class:`Rounds`."""

    def __init__(self, run: "Run", states: dict[int, NodeState]) -> None:
        super().__init__(run, states)
        self._moment: _Moment | None = None
        self._postponed: dict[int, tuple[Received, ...]] = {}
        """For each process what it could not use when it came, in that order."""

    def copy(self, states: dict[int, NodeState]) -> "OrderedRounds":
        """The same rounds, of nodes that can go another way from here."""
        other = OrderedRounds(self._run, states)
        self._copy_into(other)
        other._moment, other._postponed = self._moment, dict(self._postponed)
        return other

    @property
    def standing(self) -> Standing:
        """What sets this moment apart from others in which the nodes stand the same."""
        postponed = tuple(
            (key, self._postponed[key]) for key in sorted(self._postponed) if self._postponed[key]
        )
        return super().standing._replace(
            postponed=postponed,
            pending=self._moment if any(self._lacking(self._moment)) else None,
        )

    def _lacking(self, moment: _Moment | None) -> Iterator[Delivery]:
        """The deliveries of a moment that have not happened, and would change somebody."""
        if moment is not None:
            for process in moment.remaining:
                if self._matters(process, moment.event):
                    yield process, moment.event

    def next_delivery(self) -> Delivery | None:
        """The delivery that must come before anything else, if there is one."""
        lacking = next(self._lacking(self._moment), None)
        if lacking is not None:
            return lacking
        for process in sorted(self._postponed):
            for event in self._postponed[process]:
                if self._matters(process, event):
                    return process, event
        return None

    def obstacle(self, process: int, event: Event) -> str | None:
        """Why ``event`` cannot befall ``process`` now; None if it can."""
        due = self.next_delivery()
        if due is not None:
            if due == (process, event):
                return None
            return f"node {due[0]} is to receive {due[1]} before anything else happens"
        if not isinstance(event, Sample):
            for node, sample in self._due:
                if self._matters(node, sample):
                    return f"node {node} is to classify its sample before anything else happens"
        reason = super().obstacle(process, event)
        if reason is not None or not isinstance(event, Received):
            return reason
        first = self.first_to_receive(event)
        if first == process:
            return None
        if first is None:
            return f"nobody can use {event} yet, so that it does not come now"
        return f"node {first} is to receive {event} first, as everyone receives the same"

    def _twin_of(self, process: int) -> int | None:
        """Nobody: what one copy of a node hears the other hears as well."""
        return None

    def _source(self, event: Received) -> Received:
        """What was sent that arrives as ``event``: that itself, or what it is a changed form of."""
        if self._is_changeable(event):
            sent = [other.message for _, other in self._arriving if other.sender == event.sender]
            source = original_of(event.message, sent)
            if source is not None:
                return Received(event.sender, source)
        return event

    def _recipients(self, event: Received) -> Sequence[int]:
        """Who receives a message that takes its place in the order now."""
        if event.sender in self._run.senders:
            source = self._source(event)
            return [process for process, other in self._arriving if other == source]
        return self._run.honest

    def _has_effect(
        self, process: int, event: Received, form: Received, pending: Collection[Delivery]
    ) -> bool:
        """Whether a message still has an effect as ``form``, on anybody who is to receive it."""
        return any(other == event and self._matters(one, form) for one, other in pending)

    def obstacle_to_crash(self) -> str | None:
        """Why no process can stop at this moment; None: one can."""
        due = self.next_delivery()
        if due is None:
            return None
        return f"node {due[0]} is to receive {due[1]} before anything else happens"

    def first_to_receive(self, event: Received) -> int | None:
        """The first of those whom a message concerns now: whom it changes, or else who waits.

        What a faulty node sends before anybody has got so far does not come.
        """
        recipients = sorted(
            process
            for process in self._recipients(event)
            if event not in self._postponed.get(process, ())
        )
        changed = next((one for one in recipients if self._matters(one, event)), None)
        if changed is not None:
            return changed
        if self._source(event) != event:
            return None  # What was changed is not kept for anybody.
        waiting = [one for one in recipients if self._is_early(one, event)]
        if event.sender not in self._run.senders and len(waiting) == len(recipients):
            return None
        return next(iter(waiting), None)

    def took(self, process: int, event: Event, outputs: Sequence[Output], *, effect: bool) -> None:
        """Account for a step that a process has taken, and whether it had an effect."""
        if isinstance(event, Received):
            self._deliver(process, event, effect=effect)
        super().took(process, event, outputs, effect=effect)

    def _is_changeable(self, event: Received) -> bool:
        """Whether a message can be one that its faulty sender has changed."""
        return self._run.fault.changes and event.sender not in self._run.honest

    def _arrive(self, process: int, event: Received) -> None:
        """Account for a message that has arrived; what can be changed has arrived at everybody."""
        if not self._is_changeable(event):
            self._arriving.pop((process, event), None)

    def _deliver(self, process: int, event: Received, *, effect: bool) -> None:
        if event in self._postponed.get(process, ()):
            left = tuple(other for other in self._postponed[process] if other != event)
            self._postponed[process] = left
            return
        if self._moment is not None and self._moment.event == event:
            if process in self._moment.remaining:
                left_over = tuple(one for one in self._moment.remaining if one > process)
                self._moment = _Moment(event, left_over)
                return
        recipients, source = sorted(self._recipients(event)), self._source(event)
        for other in recipients:
            if self._is_changeable(event):
                self._arriving.pop((other, source), None)
            if (other != process or not effect) and self._is_early(other, event):
                known = self._postponed.get(other, ())
                if event not in known and source == event:
                    self._postponed[other] = (*known, event)
            elif other != process and not self._matters(other, event):
                self._arriving.pop((other, event), None)
        later = [one for one in recipients if one > process]
        if source != event:
            later = [one for one in later if self._matters(one, event)]
        self._moment = _Moment(event, tuple(later))

    def end(self) -> str | None:
        """Go on to the next round; why that is not possible, if so."""
        due = self.next_delivery()
        if due is not None:
            return f"round {self.number} is over, but node {due[0]} lacks {due[1]}"
        reason = super().end()
        if reason is None:
            self._moment = None
            self._postponed = {
                process: tuple(event for event in events if self._is_early(process, event))
                for process, events in self._postponed.items()
            }
        return reason

    def available(self) -> Sequence[Delivery]:
        """What arrives in this round or in the next, and what has its place but did not arrive."""
        available, due = super().available(), self.next_delivery()
        return [*available, due] if due is not None and due not in available else available

    def progress(self, process: int) -> Iterator[Event]:
        """What can still befall a process without anybody's help."""
        yield from super().progress(process)
        due = self.next_delivery()
        if due is not None and due[0] == process:
            yield due[1]
