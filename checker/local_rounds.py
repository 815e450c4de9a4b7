"""One lock-step round of one node: everything that the adversary can make of it.

In a round every message that honest nodes sent in the round before arrives, in any order, and
Byzantine messages besides.  A message of a later step waits in the network until the node
gets there; one that has no effect when the round ends has arrived without effect.

States, records, events and sends are numbers here, each node having its own numbering.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from checker.behaviour import EVERYTHING, Behaviour
from checker.exploration import Spending, spend_or_stop
from checker.order import Key, order_of
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, PoqiSystem, byzantine_messages
from checker.setting import Setting
from checker.table import Numbering
from poqi_core.history import Record
from poqi_core.messages import Event, Received, Sample, TieBreak
from poqi_core.outputs import Output, Remark, Send
from poqi_core.run import collection_timer, round_end, time_out
from poqi_core.signatures import Statement, statements
from poqi_core.state import NodeState, awaited_sample, finished, initial, tied
from poqi_core.step import step

Numbers: TypeAlias = tuple[int, ...]
"""Some numbers, in ascending order."""


class Timers(Enum):
    """Which timers run out in a round; a time-out is longer than a collection is open."""

    NONE = "none: something else happens"
    COLLECTIONS = "nothing else happens, and somebody's collection is closed"
    TIME_OUTS = "nothing else happens, and no collection is open"


class Standing(NamedTuple):
    """A node between two rounds."""

    state: int
    seen: int
    inbox: Numbers
    """The honest messages that it is to receive."""
    record: int
    """Mask of what honest nodes, whichever, have signed by then for others to quote."""


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
        finishes: every way out of the round, with the fewest events; of those with the fewest
            Byzantine ones; of those with the least in the order of events.
        glimpses: everything that can be seen of the node during the round, likewise.
    """

    finishes: Mapping[Finish, Numbers]
    glimpses: Mapping[int, Numbers]


class _Effect(NamedTuple):
    """What an event does to a state; ``state`` is the same where it has no effect."""

    state: int
    sends: frozenset[int]
    facts: Facts | None
    waits: bool
    """Whether the event has no effect yet and can have one later."""


class _Place(NamedTuple):
    state: int
    seen: int
    waiting: Numbers
    """What must still happen in this round."""
    sends: frozenset[int]
    record: int


class RoundOfNode:
    """The rounds of one honest node, each computed once."""

    def __init__(
        self,
        setting: Setting,
        node: int,
        observer: RecordObserver,
        signed: Numbering[Statement],
        *,
        dominate: bool,
        behaviour: Behaviour = EVERYTHING,
    ) -> None:
        self._setting = setting
        self._node = node
        self._observer = observer
        self._dominate = dominate
        self._impatient = behaviour.impatient
        self._system = PoqiSystem(setting)
        self.states: Numbering[NodeState] = Numbering()
        self.seen: Numbering[Record] = Numbering()
        self.events: Numbering[Event] = Numbering()
        self.sends: Numbering[Send] = Numbering()
        self._signed = signed
        self._byzantine = [
            (self.events.number(received), signed.mask(quotes))
            for received, quotes in byzantine_messages(setting)
            if not behaviour.silent
        ]
        self._is_byzantine = frozenset(event for event, _ in self._byzantine)
        self._keys: dict[int, Key] = {}
        self._effects: dict[tuple[int, int], _Effect] = {}
        self._byzantine_effects: dict[int, list[tuple[int, int]]] = {}
        self._rounds: dict[tuple[Standing, Timers], LocalRound] = {}

    def start(self) -> Standing:
        """The node before its first round."""
        state = initial(self._setting.config, self._node, self._setting.start_view)
        return Standing(self.states.number(state), self.seen.number(self._observer.start()), (), 0)

    def in_scope(self, state: int) -> bool:
        """Whether the question covers a state."""
        return self._system.in_scope(self._node, self.states.values[state])

    def gave_up(self, state: int) -> bool:
        """Whether a node has used up its ballots, which a synchronous network leaves no need to."""
        ballots = self._setting.ballots
        return self._setting.config.has_ballots and (
            self.states.values[state].ballots.ballot >= ballots
        )

    def busy(self, standing: Standing) -> bool:
        """Whether something other than a timer happens to the node in this round.

        The end of a round that the node counts is something.
        """
        return (
            bool(self.due(standing, Timers.NONE))
            or self._end(standing.state) is not None
            or any(
                self._effect(standing.state, event).state != standing.state
                for event in standing.inbox
            )
        )

    def _end(self, state: int) -> int | None:
        """The end of the round, where a node that is followed counts its rounds."""
        if not self.in_scope(state):
            return None
        end = round_end(self._setting.config, self.states.values[state])
        return None if end is None else self.events.number(end)

    def due(self, standing: Standing, timers: Timers) -> Numbers:
        """What befalls the node by itself: its sample, or the timer that runs out."""
        setting, state = self._setting, self.states.values[standing.state]
        if finished(setting.config, state) or not self.in_scope(standing.state):
            return ()
        awaited = awaited_sample(state)
        if awaited is not None and awaited < len(setting.predicted):
            label = setting.predicted[awaited][self._node]
            assert label is not None
            return (self.events.number(Sample(awaited, label)),)
        if timers is not Timers.NONE:
            timer = collection_timer if timers is Timers.COLLECTIONS else time_out
            number = self.events.number(timer(setting.config, state))
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

    def byzantine(self, trail: Numbers) -> int:
        """How many of the events are Byzantine messages."""
        return sum(event in self._is_byzantine for event in trail)

    def order(self, trail: Numbers) -> tuple[Key, ...]:
        """What trails of equal length, with as many Byzantine messages, are ordered by."""
        return tuple(self._key(event) for event in trail)

    def _key(self, event: int) -> Key:
        known = self._keys.get(event)
        if known is None:
            known = self._keys[event] = order_of(self.events.values[event])
        return known

    def play(self, standing: Standing, budget: Spending, timers: Timers) -> LocalRound:
        """Everything that the node can do in a round in which those timers run out.

        Raises:
            ExhaustedError: the budget has run out.
        """
        key = standing, timers
        known = self._rounds.get(key)
        if known is None:
            known = self._rounds[key] = self._play(standing, budget, timers)
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
            isinstance(outputs[0], Remark) and outputs[0].reason.waits,
        )

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that had an effect in some round, with the state that it befell."""
        for (state, event), effect in self._effects.items():
            if effect.state != state:
                yield self.states.values[state], self.events.values[event]

    def moves(self) -> Iterator[tuple[int, int]]:
        """The pairs of states such that an event that is known leads from the one to the other."""
        for (state, _), effect in self._effects.items():
            if effect.state != state:
                yield state, effect.state

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
        return _Place(effect.state, seen, waiting, sends, place.record)

    def _effective_byzantine(self, state: int, record: int) -> Iterator[int]:
        """The Byzantine messages that have an effect on ``state`` and quote what is on record."""
        known = self._byzantine_effects.get(state)
        if known is None:
            known = self._byzantine_effects[state] = [
                (event, quotes)
                for event, quotes in self._byzantine
                if self._effect(state, event).state != state
            ]
        return (event for event, quotes in known if not quotes & ~record)

    def signs(self, send: int) -> int:
        """Mask of what the node signs by a send, for others to quote."""
        return self._signed.mask(
            statement
            for statement in statements(self.sends.values[send].message)
            if statement.node == self._node
        )

    def _events(self, place: _Place) -> Iterator[int]:
        if self.in_scope(place.state):
            # In a broadcast what has no effect has none for the rest of the round: the round
            # can end without it, and nothing is lost by leaving it.
            lasting = self._setting.config.has_broadcast
            for event in place.waiting:
                effect = self._effect(place.state, event)
                if not effect.waits and not (lasting and effect.state == place.state):
                    yield event
            yield from self.choices(place.state)
            yield from self._effective_byzantine(place.state, place.record)

    def _play(self, standing: Standing, budget: Spending, timers: Timers) -> LocalRound:
        waiting = tuple(sorted({*standing.inbox, *self.due(standing, timers)}))
        start = _Place(standing.state, standing.seen, waiting, frozenset(), standing.record)
        came_by: dict[_Place, Numbers] = {start: ()}
        if self._impatient:
            for event in self.due(standing, timers):
                start = self._follow(start, event)
                came_by = {start: (event,)}
        queue = [start]
        for count, place in enumerate(queue, 1):
            spend_or_stop(budget, count, 0)
            trail = came_by[place]
            for event in self._events(place):
                following = self._follow(place, event)
                known = came_by.get(following)
                if known is None:
                    came_by[following] = (*trail, event)
                    queue.append(following)
                elif len(known) == len(trail) + 1:
                    came_by[following] = self._lesser(known, (*trail, event))
        finishes: dict[Finish, Numbers] = {}
        glimpses: dict[int, Numbers] = {}
        for place in queue:
            trail = came_by[place]
            glimpses[place.seen] = self._lesser(glimpses.get(place.seen, trail), trail)
            finish = self._finish(place)
            if finish is None:
                continue
            end = self._end(place.state)
            if end is not None:
                trail = (*trail, end)
                finish = self._finish(self._follow(place, end))
                assert finish is not None
                glimpses[finish.seen] = self._lesser(glimpses.get(finish.seen, trail), trail)
            finishes[finish] = self._lesser(finishes.get(finish, trail), trail)
        if self._dominate:
            finishes = self._without_dominated(finishes, standing.record)
        return LocalRound(finishes, glimpses)

    def _lesser(self, known: Numbers, other: Numbers) -> Numbers:
        """The better of two trails to the same end."""
        if known == other or len(known) < len(other):
            return known
        one, two = self.byzantine(known), self.byzantine(other)
        if one != two:
            return known if one < two else other
        return known if self.order(known) <= self.order(other) else other

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
                if effect.waits and isinstance(self.events.values[event], Received)
            )
        return Finish(place.state, place.seen, held, tuple(sorted(place.sends)))

    def _without_dominated(
        self, finishes: dict[Finish, Numbers], record: int
    ) -> dict[Finish, Numbers]:
        """Drop what another finish still gets to by silent Byzantine messages at no higher cost.

        The cost is the number of events, then that of Byzantine messages.
        """
        kept = dict(finishes)
        for finish, trail in finishes.items():
            if finish not in kept or len(kept) == 1:
                continue
            for state, distance in self._silently_reached(finish, record).items():
                other = finish._replace(state=state)
                if other != finish and other in kept:
                    cost = len(trail) + distance, self.byzantine(trail) + distance
                    if cost <= (len(kept[other]), self.byzantine(kept[other])):
                        del kept[other]
        return kept

    def _silently_reached(self, finish: Finish, record: int) -> dict[int, int]:
        """States that Byzantine messages lead to from a finish without output or trace.

        The held messages must still be of a later step there.
        """
        distances = {finish.state: 0}
        queue = [finish.state]
        for state in queue:
            for event in self._effective_byzantine(state, record):
                effect = self._effect(state, event)
                if (
                    not effect.sends
                    and effect.facts is None
                    and effect.state not in distances
                    and all(self._effect(effect.state, held).waits for held in finish.held)
                ):
                    distances[effect.state] = distances[state] + 1
                    queue.append(effect.state)
        return distances
