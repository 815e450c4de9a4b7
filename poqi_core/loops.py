"""A run that never ends: its last acts happen again and again, each time a lap further.

Such a run is written down as a run whose acts from :attr:`~poqi_core.run.Run.loop` on come round
again.  :func:`endless_violation` verifies on the core that they can, in the quotient of
:mod:`poqi_core.quotient`, and that the run is one of a fair network, in which whatever stays
possible for a node comes to pass (faulty nodes owe nothing).

What is verified, and why it is enough for a run without end:

- The states at the end of the lap are those at its beginning in the quotient, and in lock-step
  rounds so is what is on its way.  Nothing is decided in the lap by a node at which a conflict
  sample waits, so the quotient is exact there.
- The acts of the lap happen a second time on the core, that much later, and lead a lap further.
  Of what was sent before the loop began nothing is delivered then but what the first lap
  delivered just so, and that can arrive for ever where messages persist.  Whatever else the
  second lap delivers is sent anew by every lap, and the third is as possible as the second.
- In an asynchronous network no event stays enabled from the beginning of the lap to its end
  without happening in it.  One that stayed enabled for ever would do so through a whole lap.
  Lock-step rounds are fair by themselves.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Decision,
    Event,
    Message,
    NextSample,
    NodePrediction,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    ViewChange,
)
from poqi_core.outputs import Decided, Settled, Undecided
from poqi_core.prediction import Label
from poqi_core.properties import Property, Violation
from poqi_core.quotient import NOWHERE, WORDS, Lap, quotient
from poqi_core.run import Act, DepartureError, Execution, Moment, Run
from poqi_core.timers import collection_timer, round_end, time_out


def endless_violation(run: Run, entry: Property) -> Violation:
    """How ``entry`` is violated by ``run``, whose last acts repeat for ever.

    Raises:
        DepartureError: the acts cannot happen, or not again, or an event is owed for ever, or
            the property is none that such a run violates.
    """
    return _Unending(run).violation(entry)


def lap_of(run: Run) -> Lap:
    """How much further the nodes are after the acts that repeat than they were before.

    Raises:
        DepartureError: an act cannot happen, or the nodes do not get equally far.
    """
    return _Unending(run).lap


def events_again(execution: Execution, act: Act, further: Lap) -> Iterator[Event]:
    """What ``act`` is for the node now, that much ``further``: events that are the same event.

    What an honest node sends can differ in its reward, which has no effect.
    """
    node, event = act.node, act.event
    wanted = quotient(event)
    if isinstance(event, Received) and event.sender not in execution.states:
        message = _later(event.message, further)
        if message is not None:
            yield Received(event.sender, message)
        return
    for candidate in _candidates(execution, node, event):
        if quotient(candidate, further) == wanted:
            yield candidate


def _candidates(execution: Execution, node: int, event: Event) -> Iterator[Event]:
    config, state = execution.run.config, execution.states[node]
    if isinstance(event, Received):
        yield from (received for to, received in execution.available() if to == node)
    elif isinstance(event, Sample):
        for index, predicted in enumerate(execution.run.predicted):
            yield Sample(index, predicted[node])
    elif isinstance(event, TieBreak):
        for conflict in state.conflicts:
            yield TieBreak(conflict.sample, event.node)
    else:
        yield time_out(config, state)
        yield collection_timer(config, state)
        end = round_end(config, state)
        if end is not None:
            yield end


def _later(message: Message, further: Lap) -> Message | None:
    """A faulty node's message that much later; None: of a kind that no loop is known with."""
    match message:
        case (
            PrePrepare() | NodePrediction() | ViewChange() | Prepare() | Commit() | Decision() as of
        ):
            return replace(of, view=of.view + further.views)
        case ConflictDecision():
            return replace(message, sample=message.sample + further.samples)
        case _:
            return None


class _Boundary(NamedTuple):
    """The nodes, and in lock-step rounds what is on its way, between two laps."""

    states: Hashable
    on_its_way: Hashable


class _Lapped(NamedTuple):
    """What came of the acts of one lap."""

    moments: tuple[Moment, ...]
    owed: frozenset[tuple[int, Event]]
    """What was possible for a node all the time and did not happen."""


class _Unending:
    """A run whose acts from a place on repeat."""

    def __init__(self, run: Run) -> None:
        steps = len(run.acts)
        if run.loop is None or not 0 <= run.loop < steps:
            raise DepartureError(steps, "there are no acts that could repeat for ever")
        self._run = run
        self._prefix, self._acts = run.acts[: run.loop], run.acts[run.loop :]
        self._steps = steps
        self._lock_step = run.network == "rounds"

    def _refuse(self, reason: str) -> DepartureError:
        return DepartureError(self._steps, reason)

    @cached_property
    def lap(self) -> Lap:
        """How far one lap leads."""
        execution = Execution(self._run)
        self._begin(execution)
        before = dict(execution.states)
        for act in self._acts:
            execution.perform(act)
        after = execution.states
        laps = {
            Lap(
                after[node].view - before[node].view,
                after[node].sample - before[node].sample,
                after[node].ballots.ballot - before[node].ballots.ballot,
            )
            for node in before
        }
        if len(laps) != 1:
            raise self._refuse("the nodes do not get equally far, so the acts cannot repeat")
        return laps.pop()

    def violation(self, entry: Property) -> Violation:
        """Verify that the acts repeat in a fair network, and say who waits for ever."""
        if not entry.when_stuck:
            raise self._refuse(f"{entry.name} is not violated by a run that never ends")
        lap = self.lap
        self._check_lap(lap)
        execution = Execution(replace(self._run, predicted=self._unrolled(lap)))
        self._begin(execution)
        before = set(execution.available())
        start = self._boundary(execution, NOWHERE)
        first = self._follow(execution, self._acts)
        self._end_rounds(execution, 1)
        records = dict(execution.records)
        if self._boundary(execution, lap) != start:
            raise self._refuse(f"the acts do not lead back to where they began ({WORDS})")
        if first.owed and not self._lock_step:
            node, event = min(first.owed, key=str)
            raise self._refuse(f"node {node} is owed {event}, which stays possible all the time")
        self._check_quotient(first.moments)
        second = self._follow(execution, self._again(execution, before, lap))
        self._end_rounds(execution, 2)
        if self._boundary(execution, lap.times(2)) != start or len(second.moments) != len(
            first.moments
        ):
            raise self._refuse("the acts do not lead another lap further")
        deciding = {
            moment.act.node
            for moment in first.moments
            for output in moment.outputs
            if isinstance(output, Decided) or (isinstance(output, Undecided) and output.agreed)
        }
        for sample in range(len(self._run.predicted)):
            waiting = tuple(
                node
                for node, record in sorted(records.items())
                if node not in deciding
                and all(held.sample != sample for held in record.history)
                and sample not in record.undecided
            )
            if waiting:
                plural, them = ("s", "they") if len(waiting) > 1 else ("", "it")
                return Violation(
                    f"sample {sample} is undecided at node{plural} "
                    f"{', '.join(str(node) for node in waiting)}, and {them} decide"
                    f"{'' if plural else 's'} nothing in the steps from {len(self._prefix) + 1} "
                    f"to {self._steps}, which repeat for ever",
                    waiting,
                )
        raise self._refuse("every honest node decides in the acts that repeat")

    def _check_lap(self, lap: Lap) -> None:
        config = self._run.config
        turns = lap.samples + lap.ballots if config.has_ballots else lap.views
        rotates = not config.has_ballots or config.readings.ballot_leader == "rotates"
        if min(lap) < 0 or (rotates and turns % config.nodes):
            raise self._refuse("the primaries do not come round in the acts that repeat")
        if lap.samples and config.samples is not None:
            raise self._refuse("the samples of the run end, so its acts cannot repeat for ever")

    def _unrolled(self, lap: Lap) -> tuple[Mapping[int, Label], ...]:
        """What is predicted, with the samples of the lap a second and a third time."""
        predicted = list(self._run.predicted)
        if lap.samples:
            for sample in range(len(predicted), len(predicted) + 2 * lap.samples):
                predicted.append(predicted[sample - lap.samples])
        return tuple(predicted)

    def _begin(self, execution: Execution) -> None:
        for act in self._prefix:
            execution.perform(act)
        if self._lock_step:
            execution.reach(self._acts[0].round)

    def _end_rounds(self, execution: Execution, laps: int) -> None:
        """Let the last round of that lap end."""
        if self._lock_step:
            execution.reach(self._acts[0].round + laps * self._rounds)

    @property
    def _rounds(self) -> int:
        """How many rounds a lap takes."""
        return self._acts[-1].round + 1 - self._acts[0].round

    def _boundary(self, execution: Execution, further: Lap) -> _Boundary:
        on_its_way = (
            frozenset(quotient(pair, further) for pair in execution.available())
            if self._lock_step
            else frozenset()
        )
        return _Boundary(quotient(tuple(execution.states.values()), further), on_its_way)

    def _follow(self, execution: Execution, acts: Iterable[Act]) -> _Lapped:
        always: set[tuple[int, Event]] | None = None
        moments = []
        for act in acts:
            possible = {(owed.node, owed.event) for owed in execution.honest_steps()}
            always = possible if always is None else always & possible
            moments.append(execution.perform(act))
        possible = {(owed.node, owed.event) for owed in execution.honest_steps()}
        taken = {(moment.act.node, moment.act.event) for moment in moments}
        return _Lapped(tuple(moments), frozenset((always or set()) & possible - taken))

    def _again(
        self, execution: Execution, before: Collection[tuple[int, Received]], lap: Lap
    ) -> Iterator[Act]:
        """The acts of the lap a second time, each found when it is due."""
        for act in self._acts:
            for event in events_again(execution, act, lap):
                old = isinstance(event, Received) and (act.node, event) in before
                if not old or event == act.event or self._lock_step:
                    yield Act(act.node, event, act.round + (self._rounds if self._lock_step else 0))
                    break
            else:
                raise self._refuse(f"{act.event} does not come to node {act.node} a second time")

    def _check_quotient(self, moments: Sequence[Moment]) -> None:
        """Refuse what the quotient leaves out: rewards and conflict samples that are read."""
        for moment in moments:
            if isinstance(moment.act.event, TieBreak | NextSample):
                raise self._refuse("an intervention is no part of acts that repeat by themselves")
            for output in moment.outputs:
                reads = isinstance(output, Decided) and moment.before.conflicts
                if reads or isinstance(output, Settled):
                    raise self._refuse(
                        "something is decided by rewards in the acts that repeat, and of rewards "
                        "only the order does"
                    )
