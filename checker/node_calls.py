"""The calls of the core for one node in lock-step rounds, each made once.

The node is an honest one, or a process by which a faulty node runs the core.  States, what is seen,
events and sends are numbers here, each node having its own numbering.
"""

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple

from checker.behaviour import Behaviour
from checker.observer import Observer, Seen
from checker.order import Key, order_of
from checker.poqi_system import Facts, PoqiSystem, byzantine_messages
from checker.setting import Setting
from checker.standing import Numbers, Standing, Timers
from checker.table import Numbering
from poqi_core.faults import original_of
from poqi_core.messages import Event, Received, Sample, TieBreak
from poqi_core.outputs import Output, Remark, Send
from poqi_core.signatures import Statement, statements
from poqi_core.state import NodeState, awaited_sample, finished, initial, tied
from poqi_core.step import step
from poqi_core.timers import collection_timer, round_end, time_out


class Effect(NamedTuple):
    """What an event does to a state; ``state`` is the same where it has no effect."""

    state: int
    sends: frozenset[int]
    facts: Facts | None
    waits: bool
    """Whether the event has no effect yet and can have one later."""


class NodeCalls(Generic[Seen]):
    """What events do to one node of a setting.

    Attributes:
        process: its number in a run.
        node: the node that it is of.
        faulty: whether it is a faulty node that runs the core.
    """

    def __init__(
        self,
        setting: Setting,
        process: int,
        observer: Observer[Facts, Seen],
        signed: Numbering[Statement],
        behaviour: Behaviour,
        *,
        shows_sends: bool = False,
    ) -> None:
        self.process = process
        self.node = process % setting.config.nodes
        self.faulty = process not in setting.honest
        self.states: Numbering[NodeState] = Numbering()
        self.seen: Numbering[Seen] = Numbering()
        self.events: Numbering[Event] = Numbering()
        self.sends: Numbering[Send] = Numbering()
        self._setting = setting
        self._observer = observer
        self._system = PoqiSystem(setting, shows_sends=shows_sends)
        self._bounds = setting.run("rounds", ())
        self._signed = signed
        self._byzantine = [
            (self.events.number(received), signed.mask(quotes))
            for received, quotes in byzantine_messages(setting)
            if not behaviour.silent
        ]
        self._is_byzantine = frozenset(event for event, _ in self._byzantine)
        self._keys: dict[int, Key] = {}
        self._effects: dict[tuple[int, int], Effect] = {}
        self._byzantine_effects: dict[int, list[tuple[int, int]]] = {}
        self._forms: dict[int, Sequence[int]] = {}

    def start(self, losses: int) -> Standing:
        """The node before its first round, where the network may lose so many messages."""
        state = initial(self._setting.config, self.node, self._setting.start_view)
        seen = self.seen.number(self._observer.start())
        return Standing(self.states.number(state), seen, (), 0, losses=losses)

    def in_scope(self, state: int) -> bool:
        """Whether the question covers a state."""
        return self._bounds.follows(self.states.values[state])

    def gave_up(self, state: int) -> bool:
        """Whether a node has used up its ballots, which a synchronous network leaves no need to."""
        ballots = self._setting.ballots
        return self._setting.config.has_ballots and (
            self.states.values[state].ballots.ballot >= ballots
        )

    def busy(self, standing: Standing) -> bool:
        """Whether something other than a timer happens to the node in this round.

        The end of a round that the node counts is something.  So is what a faulty node may
        withhold: nobody knows better.
        """
        if standing.crashed:
            return False
        return (
            bool(self.due(standing, Timers.NONE))
            or self.end(standing.state) is not None
            or any(
                self.effect(standing.state, event).state != standing.state
                for event in (*standing.inbox, *standing.offers)
            )
        )

    def end(self, state: int) -> int | None:
        """The end of the round, where a node that is followed counts its rounds."""
        if not self.in_scope(state):
            return None
        end = round_end(self._setting.config, self.states.values[state])
        return None if end is None else self.events.number(end)

    def due(self, standing: Standing, timers: Timers) -> Numbers:
        """What befalls the node by itself: its sample, or the timer that runs out.

        A faulty node's sample stands for that sample with any label.
        """
        setting, state = self._setting, self.states.values[standing.state]
        if finished(setting.config, state) or not self.in_scope(standing.state):
            return ()
        awaited = awaited_sample(state)
        if awaited is not None and awaited < len(setting.predicted):
            label = 0 if self.faulty else setting.predicted[awaited][self.node]
            assert label is not None
            return (self.events.number(Sample(awaited, label)),)
        if timers is not Timers.NONE:
            timer = collection_timer if timers is Timers.COLLECTIONS else time_out
            number = self.events.number(timer(setting.config, state))
            if self.effect(standing.state, number).state != standing.state:
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

    def samples(self, event: int) -> Sequence[int]:
        """The samples that ``event`` stands for: with any label at a faulty node."""
        sample = self.events.values[event]
        if not self.faulty or not isinstance(sample, Sample):
            return (event,)
        labels = range(self._setting.labels)
        return [self.events.number(Sample(sample.index, label)) for label in labels]

    def forms(self, event: int) -> Sequence[int]:
        """What a faulty node can make of a message to this one by changing one value."""
        known = self._forms.get(event)
        if known is None:
            received = self.events.values[event]
            assert isinstance(received, Received)
            known = self._forms[event] = [
                self.events.number(Received(received.sender, form))
                for form in self._bounds.forms(received.message)
            ]
        return known

    def stands_for(self, form: int, event: int, offers: Sequence[int]) -> bool:
        """Whether ``form`` is a changed form of ``event``, and of no other offer before it."""
        changed = self.events.values[form]
        assert isinstance(changed, Received)
        sent = [
            other.message
            for other in (self.events.values[offer] for offer in offers)
            if isinstance(other, Received) and other.sender == changed.sender
        ]
        original = self.events.values[event]
        assert isinstance(original, Received)
        return original_of(changed.message, sent) == original.message

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

    def effect(self, state: int, event: int) -> Effect:
        """What ``event`` does to ``state``."""
        key = state, event
        known = self._effects.get(key)
        if known is None:
            before = self.states.values[state]
            after, outputs = step(self._setting.config, before, self.events.values[event])
            known = self._effects[key] = self._as_effect(after, outputs)
        return known

    def _as_effect(self, after: NodeState, outputs: tuple[Output, ...]) -> Effect:
        facts = () if self.faulty else self._system.facts(outputs)
        return Effect(
            self.states.number(after),
            frozenset(self.sends.number(output) for output in outputs if isinstance(output, Send)),
            Facts(facts, after) if facts else None,
            isinstance(outputs[0], Remark) and outputs[0].reason.waits,
        )

    def observe(self, seen: int, facts: Facts) -> int:
        """What is seen of the node after it has shown ``facts``."""
        return self.seen.number(self._observer.observe(self.seen.values[seen], facts))

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that had an effect in some round, with the state that it befell."""
        for (state, event), effect in self._effects.items():
            if effect.state != state:
                yield self.states.values[state], self.events.values[event]

    def forged(self) -> Iterator[tuple[Received, int]]:
        """Every message that Byzantine nodes can make up, with the mask of what it quotes."""
        for event, quotes in self._byzantine:
            received = self.events.values[event]
            assert isinstance(received, Received)
            yield received, quotes

    def moves(self) -> Iterator[tuple[int, int]]:
        """The pairs of states such that an event that is known leads from the one to the other."""
        for (state, _), effect in self._effects.items():
            if effect.state != state:
                yield state, effect.state

    def effective_byzantine(self, state: int, record: int) -> Iterator[int]:
        """The Byzantine messages that have an effect on ``state`` and quote what is on record."""
        known = self._byzantine_effects.get(state)
        if known is None:
            known = self._byzantine_effects[state] = [
                (event, quotes)
                for event, quotes in self._byzantine
                if self.effect(state, event).state != state
            ]
        return (event for event, quotes in known if not quotes & ~record)

    def signs(self, send: int) -> int:
        """Mask of what an honest node signs by a send, for others to quote."""
        if self.faulty:
            return 0
        return self._signed.mask(
            statement
            for statement in statements(self.sends.values[send].message)
            if statement.node == self.node
        )
