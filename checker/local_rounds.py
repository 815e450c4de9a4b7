"""One lock-step round of one node: everything that the adversary can make of it.

In a round every message that honest nodes sent in the round before arrives, in any order, and
Byzantine messages besides.  A message of a later step waits in the network until the node
gets there; one that has no effect when the round ends has arrived without effect.

States, records, events and sends are numbers here, each node having its own numbering.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checker.exploration import Spending, spend_or_stop
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, PoqiSystem, Setting
from checker.table import Numbering
from poqi_core.history import Record
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TieBreak, TimeOut
from poqi_core.outputs import Output, Reason, Remark, Send
from poqi_core.state import NodeState, awaited_sample, finished, initial, tied
from poqi_core.step import step

Numbers: TypeAlias = tuple[int, ...]
"""Some numbers, in ascending order."""

_EARLY = (Remark(Reason.EARLY),)


class Standing(NamedTuple):
    """A node between two rounds."""

    state: int
    seen: int
    inbox: Numbers
    """The honest messages that it is to receive."""


class Finish(NamedTuple):
    """How a node can come out of a round."""

    state: int
    seen: int
    held: Numbers
    """Messages of a later step, which the network keeps."""
    sends: Numbers
    """What it sent, each message once."""


@dataclass(frozen=True)
class LocalRound:
    """What one node can do in one round.

    Attributes:
        finishes: every way out of the round, with the fewest events and such events.
        glimpses: everything that can be seen of the node during the round, likewise.
    """

    finishes: Mapping[Finish, Numbers]
    glimpses: Mapping[int, Numbers]


class _Effect(NamedTuple):
    """What an event does to a state; ``state`` is the same where it has no effect."""

    state: int
    sends: frozenset[int]
    facts: Facts | None
    early: bool


class _Place(NamedTuple):
    state: int
    seen: int
    waiting: Numbers
    """What must still happen in this round."""
    sends: frozenset[int]


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
        self.states: Numbering[NodeState] = Numbering()
        self.seen: Numbering[Record] = Numbering()
        self.events: Numbering[Event] = Numbering()
        self.sends: Numbering[Send] = Numbering()
        self._byzantine = [
            self.events.number(happening.event)
            for happening in self._system.events(node, ())
            if isinstance(happening.event, Received)
        ]
        self._effects: dict[tuple[int, int], _Effect] = {}
        self._byzantine_effects: dict[int, list[int]] = {}
        self._rounds: dict[tuple[Standing, bool], LocalRound] = {}

    def start(self) -> Standing:
        """The node before its first round."""
        state = initial(self._setting.config, self._node, self._setting.start_view)
        return Standing(self.states.number(state), self.seen.number(self._observer.start()), ())

    def in_scope(self, state: int) -> bool:
        """Whether the question covers a state."""
        return self._system.in_scope(self._node, self.states.values[state])

    def due(self, standing: Standing, *, quiet: bool) -> Numbers:
        """What befalls the node by itself: its sample, or in a quiet round its timer."""
        setting, state = self._setting, self.states.values[standing.state]
        if finished(setting.config, state) or not self.in_scope(standing.state):
            return ()
        awaited = awaited_sample(state)
        if awaited is not None and awaited < len(setting.predicted):
            label = setting.predicted[awaited][self._node]
            assert label is not None
            return (self.events.number(Sample(awaited, label)),)
        if quiet:
            for timer in (CollectionClosed(state.view), TimeOut(state.view)):
                number = self.events.number(timer)
                if self._effect(standing.state, number).state != standing.state:
                    return (number,)
        return ()

    def choices(self, state: int) -> list[int]:
        """The ties that the environment can break now (reading ``tie=free``)."""
        return [
            self.events.number(TieBreak(conflict.sample, node))
            for conflict in self.states.values[state].conflicts
            if tied(conflict)
            for node in range(self._setting.config.nodes)
            if conflict.deciders >> node & 1
        ]

    def play(self, standing: Standing, budget: Spending, *, quiet: bool) -> LocalRound:
        """Everything that the node can do in a round; ``quiet``: nothing arrives anywhere.

        Raises:
            ExhaustedError: the budget has run out.
        """
        key = standing, quiet
        known = self._rounds.get(key)
        if known is None:
            known = self._rounds[key] = self._play(standing, budget, quiet=quiet)
        return known

    def _effect(self, state: int, event: int) -> _Effect:
        key = state, event
        known = self._effects.get(key)
        if known is None:
            before = self.states.values[state]
            after, outputs = step(self._setting.config, before, self.events.values[event])
            known = self._effects[key] = self._as_effect(after, outputs)
        return known

    def _as_effect(self, after: NodeState, outputs: tuple[Output, ...]) -> _Effect:
        facts = self._system.facts(outputs)
        return _Effect(
            self.states.number(after),
            frozenset(self.sends.number(output) for output in outputs if isinstance(output, Send)),
            Facts(facts, after) if facts else None,
            outputs == _EARLY,
        )

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that had an effect in some round, with the state that it befell."""
        for (state, event), effect in self._effects.items():
            if effect.state != state:
                yield self.states.values[state], self.events.values[event]

    def _follow(self, place: _Place, event: int) -> _Place:
        """Where ``event`` leads from ``place``."""
        effect = self._effect(place.state, event)
        seen = place.seen
        if effect.facts is not None:
            seen = self.seen.number(self._observer.observe(self.seen.values[seen], effect.facts))
        waiting = place.waiting
        if event in waiting:
            waiting = tuple(other for other in waiting if other != event)
        sends = place.sends | effect.sends if effect.sends else place.sends
        return _Place(effect.state, seen, waiting, sends)

    def _effective_byzantine(self, state: int) -> list[int]:
        """The Byzantine messages that have an effect on ``state``."""
        known = self._byzantine_effects.get(state)
        if known is None:
            known = self._byzantine_effects[state] = [
                event for event in self._byzantine if self._effect(state, event).state != state
            ]
        return known

    def _events(self, place: _Place) -> Iterator[int]:
        if self.in_scope(place.state):
            for event in place.waiting:
                if not self._effect(place.state, event).early:
                    yield event
            yield from self.choices(place.state)
            yield from self._effective_byzantine(place.state)

    def _play(self, standing: Standing, budget: Spending, *, quiet: bool) -> LocalRound:
        waiting = tuple(sorted({*standing.inbox, *self.due(standing, quiet=quiet)}))
        start = _Place(standing.state, standing.seen, waiting, frozenset())
        came_by: dict[_Place, Numbers] = {start: ()}
        queue = [start]
        for count, place in enumerate(queue, 1):
            spend_or_stop(budget, count, 0)
            trail = came_by[place]
            for event in self._events(place):
                following = self._follow(place, event)
                if following not in came_by:
                    came_by[following] = (*trail, event)
                    queue.append(following)
        finishes: dict[Finish, Numbers] = {}
        glimpses: dict[int, Numbers] = {}
        for place in queue:
            glimpses.setdefault(place.seen, came_by[place])
            finish = self._finish(place)
            if finish is not None:
                finishes.setdefault(finish, came_by[place])
        if self._dominate:
            finishes = self._without_dominated(finishes)
        return LocalRound(finishes, glimpses)

    def _finish(self, place: _Place) -> Finish | None:
        """How the round can end in ``place``, if nothing that matters is still to happen."""
        held: Numbers = ()
        if self.in_scope(place.state):
            effects = {event: self._effect(place.state, event) for event in place.waiting}
            if any(effect.state != place.state for effect in effects.values()):
                return None
            held = tuple(
                event
                for event, effect in effects.items()
                if effect.early and isinstance(self.events.values[event], Received)
            )
        return Finish(place.state, place.seen, held, tuple(sorted(place.sends)))

    def _without_dominated(self, finishes: dict[Finish, Numbers]) -> dict[Finish, Numbers]:
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

    def _silently_reached(self, finish: Finish) -> dict[int, int]:
        """States that Byzantine messages lead to from a finish without output or trace.

        The held messages must still be of a later step there.
        """
        distances = {finish.state: 0}
        queue = [finish.state]
        for state in queue:
            for event in self._effective_byzantine(state):
                effect = self._effect(state, event)
                if (
                    not effect.sends
                    and effect.facts is None
                    and effect.state not in distances
                    and all(self._effect(effect.state, held).early for held in finish.held)
                ):
                    distances[effect.state] = distances[state] + 1
                    queue.append(effect.state)
        return distances
