"""One lock-step round of one node: everything that the adversary can make of it.

In a round every message that honest nodes sent in the round before arrives, in any order, and
Byzantine messages besides.  A message of a later step waits in the network until the node
gets there; one that has no effect when the round ends has arrived without effect.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, PoqiSystem, Setting
from poqi_core.history import Record
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TieBreak, TimeOut
from poqi_core.outputs import Output, Reason, Remark, Send
from poqi_core.state import NodeState, finished
from poqi_core.step import step

Inbox: TypeAlias = tuple[Received, ...]
"""The honest messages that a node is to receive, in a fixed order."""


class Standing(NamedTuple):
    """A node between two rounds."""

    state: NodeState
    seen: Record
    inbox: Inbox


class Finish(NamedTuple):
    """How a node can come out of a round."""

    state: NodeState
    seen: Record
    held: Inbox
    """Messages of a later step, which the network keeps."""
    sends: tuple[Send, ...]
    """What it sent, each message once, in a fixed order."""


@dataclass(frozen=True)
class LocalRound:
    """What one node can do in one round.

    Attributes:
        finishes: every way out of the round, with the fewest events and such events.
        glimpses: everything that can be seen of the node during the round, likewise.
        steps: how many steps of the core were followed.
    """

    finishes: Mapping[Finish, tuple[Event, ...]]
    glimpses: Mapping[Record, tuple[Event, ...]]
    steps: int


class _Place(NamedTuple):
    state: NodeState
    seen: Record
    waiting: frozenset[Event]
    """What must still happen in this round."""
    sends: frozenset[Send]


class RoundOfNode:
    """The rounds of one honest node, each computed once."""

    def __init__(
        self, setting: Setting, node: int, observer: RecordObserver, *, dominate: bool
    ) -> None:
        self._setting = setting
        self._node = node
        self._observer = observer
        self._dominate = dominate
        self._system = PoqiSystem(setting)
        self._byzantine: list[Event] = [
            happening.event
            for happening in self._system.events(node, ())
            if isinstance(happening.event, Received)
        ]
        self._rounds: dict[tuple[Standing, bool], LocalRound] = {}
        self._outcomes: dict[tuple[NodeState, Event], tuple[NodeState, tuple[Output, ...]]] = {}
        self._effective: dict[NodeState, list[Event]] = {}

    def due(self, standing: Standing, *, quiet: bool) -> list[Event]:
        """What befalls the node by itself: its sample, or in a quiet round its timers."""
        state, setting = standing.state, self._setting
        if finished(setting.config, state) or not self._system.in_scope(self._node, state):
            return []
        awaited = state.sample + (1 if state.decided else 0)
        if awaited < len(setting.predicted) and (state.prediction is None or state.decided):
            label = setting.predicted[awaited][self._node]
            assert label is not None
            return [Sample(awaited, label)]
        if not quiet:
            return []
        timers: list[Event] = [CollectionClosed(state.view), TimeOut(state.view)]
        for timer in timers:
            if self._step(state, timer)[0] != state:
                return [timer]
        return []

    def choices(self, state: NodeState) -> list[Event]:
        """The ties that the environment can break now (reading ``tie=free``)."""
        return [
            TieBreak(conflict.sample, node)
            for conflict in state.conflicts
            if conflict.deciders & (conflict.deciders - 1)
            for node in range(self._setting.config.nodes)
            if conflict.deciders >> node & 1
        ]

    def play(self, standing: Standing, *, quiet: bool) -> LocalRound:
        """Everything that the node can do in a round; ``quiet``: nothing arrives anywhere."""
        key = standing, quiet
        known = self._rounds.get(key)
        if known is None:
            known = self._rounds[key] = self._play(standing, quiet=quiet)
        return known

    def _step(self, state: NodeState, event: Event) -> tuple[NodeState, tuple[Output, ...]]:
        key = state, event
        known = self._outcomes.get(key)
        if known is None:
            known = self._outcomes[key] = step(self._setting.config, state, event)
        return known

    def _follow(self, place: _Place, event: Event) -> _Place:
        """Where ``event`` leads from ``place``."""
        after, outputs = self._step(place.state, event)
        facts = self._system.facts(outputs)
        return _Place(
            after,
            self._observer.observe(place.seen, Facts(facts, after)) if facts else place.seen,
            place.waiting - {event},
            place.sends | {output for output in outputs if isinstance(output, Send)},
        )

    def _byzantine_events(self, state: NodeState) -> list[Event]:
        """The Byzantine messages that have an effect on ``state``."""
        known = self._effective.get(state)
        if known is None:
            known = self._effective[state] = [
                event for event in self._byzantine if self._step(state, event)[0] != state
            ]
        return known

    def _is_early(self, state: NodeState, event: Event) -> bool:
        return self._step(state, event)[1] == (Remark(Reason.EARLY),)

    def _events(self, place: _Place) -> Iterable[Event]:
        if not self._system.in_scope(self._node, place.state):
            return
        for event in sorted(place.waiting, key=repr):
            if not self._is_early(place.state, event):
                yield event
        yield from self.choices(place.state)
        yield from self._byzantine_events(place.state)

    def _play(self, standing: Standing, *, quiet: bool) -> LocalRound:
        waiting = frozenset([*standing.inbox, *self.due(standing, quiet=quiet)])
        start = _Place(standing.state, standing.seen, waiting, frozenset())
        came_by: dict[_Place, tuple[Event, ...]] = {start: ()}
        queue = [start]
        steps = 0
        for place in queue:
            trail = came_by[place]
            for event in self._events(place):
                steps += 1
                following = self._follow(place, event)
                if following not in came_by:
                    came_by[following] = (*trail, event)
                    queue.append(following)
        finishes: dict[Finish, tuple[Event, ...]] = {}
        glimpses: dict[Record, tuple[Event, ...]] = {}
        for place in queue:
            glimpses.setdefault(place.seen, came_by[place])
            finish = self._finish(place)
            if finish is not None:
                finishes.setdefault(finish, came_by[place])
        if self._dominate:
            finishes = self._without_dominated(finishes)
        return LocalRound(finishes, glimpses, steps)

    def _finish(self, place: _Place) -> Finish | None:
        """How the round can end in ``place``, if nothing that matters is still to happen."""
        held = []
        if self._system.in_scope(self._node, place.state):
            for event in place.waiting:
                if self._step(place.state, event)[0] != place.state:
                    return None
                if isinstance(event, Received) and self._is_early(place.state, event):
                    held.append(event)
        return Finish(
            place.state,
            place.seen,
            tuple(sorted(held, key=repr)),
            tuple(sorted(place.sends, key=repr)),
        )

    def _without_dominated(
        self, finishes: dict[Finish, tuple[Event, ...]]
    ) -> dict[Finish, tuple[Event, ...]]:
        """Drop what another finish still gets to by silent Byzantine messages at no higher cost."""
        kept = dict(finishes)
        for finish, trail in finishes.items():
            if finish not in kept or len(kept) == 1:
                continue
            for state, distance in self._silently_reached(finish).items():
                other = finish._replace(state=state)
                if other != finish and other in kept:
                    if len(trail) + distance <= len(kept[other]):
                        del kept[other]
        return kept

    def _silently_reached(self, finish: Finish) -> dict[NodeState, int]:
        """States that Byzantine messages lead to from a finish without output or trace.

        The held messages must still be of a later step there.
        """
        distances = {finish.state: 0}
        queue = [finish.state]
        for state in queue:
            for event in self._byzantine_events(state):
                after, outputs = self._step(state, event)
                silent = not any(isinstance(output, Send) for output in outputs)
                if (
                    silent
                    and not self._system.facts(outputs)
                    and after not in distances
                    and all(self._is_early(after, held) for held in finish.held)
                ):
                    distances[after] = distances[state] + 1
                    queue.append(after)
        return distances
