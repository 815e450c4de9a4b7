"""Ordered rounds, one event at a time: what can happen next, and when a round is over.

A message is delivered at one moment to everybody whom it is sent to, a Byzantine node's to all
honest ones (:mod:`poqi_core.ordered_rounds`).  So nodes do not act independently, and a round is no
product: every order of what arrives, of what Byzantine nodes put in between, and of what faulty
nodes that run the core withhold, change or leave out as they crash, is followed.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple, TypeAlias

from checker.behaviour import EVERYTHING
from checker.cycles import acyclic
from checker.node_calls import NodeCalls
from checker.poqi_observer import RecordObserver
from checker.setting import Setting
from checker.standing import Numbers, Standing, Timers
from checker.table import Numbering
from poqi_core.faults import original_of
from poqi_core.history import Record
from poqi_core.messages import Crash, Received, Sample
from poqi_core.run import Act
from poqi_core.signatures import Statement


class _Node(NamedTuple):
    state: int
    seen: int
    postponed: Numbers
    """The messages that it could not use when they came, in that order."""
    due: Numbers
    """What is to befall it by itself in this round."""
    latest: "frozenset[Delivery]" = frozenset()
    """Of a node that can crash: what it has sent in this round by its latest event."""
    crashed: bool = False


Delivery: TypeAlias = tuple[int, int]
"""The number of a message, and the place of a node that it is sent to."""


class OrderedWorld(NamedTuple):
    """Everything that runs the core in the midst of a round, the honest nodes first."""

    nodes: tuple[_Node, ...]
    arriving: frozenset[Delivery]
    """What must take its place in the order of this round, or have no effect at its end."""
    sent: frozenset[Delivery]
    """What will arrive in the next round."""
    partial: frozenset[Delivery] = frozenset()
    """What was being sent, of all that, when its sender crashed."""
    record: int = 0
    """Mask of what honest nodes had signed when the round began, for others to quote."""
    signing: int = 0
    """The same with what they have signed in this round."""


Acts: TypeAlias = tuple[Delivery, ...]
"""The places of nodes, each with the number of an event that befalls it."""


class OrderedNetwork:
    """The nodes of a setting in ordered rounds."""

    def __init__(self, setting: Setting, observer: RecordObserver) -> None:
        self._setting = setting
        signed: Numbering[Statement] = Numbering()
        self.nodes = [
            NodeCalls(setting, process, observer, signed, EVERYTHING)
            for process in setting.processes
        ]
        places = range(len(self.nodes))
        self._places = sorted(places, key=lambda place: self.nodes[place].process)
        """The places of nodes in the order in which those receive what they receive together."""
        self._crashes = [node.events.number(Crash()) for node in self.nodes]
        self._messages: Numbering[Received] = Numbering()
        self._known_forms: dict[int, Sequence[int]] = {}
        self._bounds = setting.run("ordered", ())
        self._byzantine = {
            self._messages.number(received): quotes for received, quotes in self.nodes[0].forged()
        }
        """What Byzantine nodes can make up, with the mask of what it quotes."""
        self._quotable = reduce(or_, self._byzantine.values(), 0)

    def start(self) -> OrderedWorld:
        """The first round before anything has happened in it."""
        starts = [node.start(0) for node in self.nodes]
        blank = tuple(_Node(start.state, start.seen, (), ()) for start in starts)
        return self._begun(OrderedWorld(blank, frozenset(), frozenset()))

    def records(self, world: OrderedWorld, acts: Acts = ()) -> list[Record]:
        """What is seen of each node after ``acts``, which befall the nodes of ``world``."""
        seen = [own.seen for own in world.nodes]
        states = [own.state for own in world.nodes]
        for place, event in acts:
            effect = self.nodes[place].effect(states[place], event)
            states[place] = effect.state
            if effect.facts is not None:
                seen[place] = self.nodes[place].observe(seen[place], effect.facts)
        return [node.seen.values[number] for node, number in zip(self.nodes, seen, strict=True)]

    def acts(self, acts: Acts, number: int) -> Iterator[Act]:
        """The same as acts of a run, in the round of that number."""
        for place, event in acts:
            yield Act(self.nodes[place].process, self.nodes[place].events.values[event], number)

    def never_return(self) -> bool:
        """Whether no node can come back to a state that it has left."""
        return all(acyclic(node.moves()) for node in self.nodes)

    def following(self, world: OrderedWorld) -> Iterator[tuple[Acts | None, OrderedWorld]]:
        """What can happen next: something at one node, a message, or the end of the round.

        With each the world that it leads to; None stands for the end of the round.
        """
        for place, own in enumerate(world.nodes):
            if own.due and isinstance(self.nodes[place].events.values[own.due[0]], Sample):
                begun = _with(world, place, own._replace(due=()))
                for sample in self.nodes[place].samples(own.due[0]):
                    yield self._closed(begun, [(place, sample)])
                yield from self._crashed(world, place)
                return
        for place, own in enumerate(world.nodes):
            node = self.nodes[place]
            yield from self._crashed(world, place)
            if self._is_followed(own, node):
                for event in (*own.due, *node.choices(own.state)):
                    left = own._replace(due=tuple(due for due in own.due if due != event))
                    begun = _with(world, place, left)
                    yield self._closed(begun, [(place, event)])
        sent = {message for message, _ in world.arriving}
        made_up = [
            message for message, quotes in self._byzantine.items() if not quotes & ~world.record
        ]
        for message in (*sorted(sent), *made_up):
            for form in (message, *self._forms(world, message)):
                moment = self._moment(world, message, form)
                if moment is not None:
                    yield self._closed(*moment)
        if not self._is_owed(world):
            yield None, self._begun(world)

    def _crashed(self, world: OrderedWorld, place: int) -> Iterator[tuple[Acts, OrderedWorld]]:
        """The world in which a node stops for ever, if it can."""
        own, node = world.nodes[place], self.nodes[place]
        if own.crashed or not (node.faulty and self._setting.fault.crashes):
            return
        stopped = _with(world, place, _Node(0, own.seen, (), (), crashed=True))
        arriving = frozenset(delivery for delivery in world.arriving if delivery[1] != place)
        partial = world.partial | own.latest
        yield ((place, self._crashes[place]),), stopped._replace(arriving=arriving, partial=partial)

    def _forms(self, world: OrderedWorld, message: int) -> Iterator[int]:
        """What a faulty node can have made of a message by changing one value."""
        received = self._messages.values[message]
        if not (self._setting.fault.changes and received.sender in self._setting.byzantine):
            return
        sent = [
            other.message
            for other in (self._messages.values[number] for number, _ in world.arriving)
            if other.sender == received.sender
        ]
        for form in self._forms_of(message):
            changed = self._messages.values[form].message
            if changed not in sent and original_of(changed, sent) == received.message:
                yield form

    def _forms_of(self, message: int) -> Sequence[int]:
        known = self._known_forms.get(message)
        if known is None:
            received = self._messages.values[message]
            known = self._known_forms[message] = [
                self._messages.number(Received(received.sender, form))
                for form in self._bounds.forms(received.message)
            ]
        return known

    def _moment(
        self, world: OrderedWorld, message: int, form: int
    ) -> tuple[OrderedWorld, list[Delivery]] | None:
        """The world in which a message has its place in the order, and whom it still changes.

        It arrives as ``form``.  None: it concerns nobody now, or comes from a Byzantine node
        before anybody can use it.
        """
        made_up = message in self._byzantine
        reached = [place for place in self._places if made_up or (message, place) in world.arriving]
        recipients = [place for place in reached if form not in world.nodes[place].postponed]
        changed = [place for place in recipients if self._matters(world, place, form)]
        waiting = [
            place
            for place in recipients
            if form == message and self._is_early(world, place, message)
        ]
        if not changed and (not waiting or (made_up and len(waiting) == len(recipients))):
            return None
        nodes = list(world.nodes)
        for place in waiting:
            nodes[place] = nodes[place]._replace(postponed=(*nodes[place].postponed, message))
        arriving = world.arriving - {(message, place) for place in reached}
        acts = [(place, self._event(place, form)) for place in changed or waiting[:1]]
        return world._replace(nodes=tuple(nodes), arriving=arriving), acts

    def _closed(self, world: OrderedWorld, first: list[Delivery]) -> tuple[Acts, OrderedWorld]:
        """The world after some acts, and after all that nodes take up at once by then."""
        acts: list[Delivery] = []
        for place, event in first:
            world = self._happen(world, place, event)
            acts.append((place, event))
        while (taken := self._taken_up(world)) is not None:
            place, message = taken
            own = world.nodes[place]
            left = tuple(other for other in own.postponed if other != message)
            world = _with(world, place, own._replace(postponed=left))
            event = self._event(place, message)
            world = self._happen(world, place, event)
            acts.append((place, event))
        return tuple(acts), world

    def _taken_up(self, world: OrderedWorld) -> Delivery | None:
        """The first node that can use what it could not, and the first such message."""
        for place in self._places:
            for message in world.nodes[place].postponed:
                if self._matters(world, place, message):
                    return place, message
        return None

    def _happen(self, world: OrderedWorld, place: int, event: int) -> OrderedWorld:
        own, node = world.nodes[place], self.nodes[place]
        effect = node.effect(own.state, event)
        seen = own.seen if effect.facts is None else node.observe(own.seen, effect.facts)
        sent, signing = world.sent, world.signing
        for send in effect.sends:
            signing |= node.signs(send) & self._quotable
            value = node.sends.values[send]
            message = self._messages.number(Received(node.node, value.message))
            sent |= {
                (message, other)
                for other, recipient in enumerate(self.nodes)
                if recipient.node in value.recipients
            }
        latest: frozenset[Delivery] = frozenset()
        if node.faulty and self._setting.fault.crashes and not self._setting.fault.withholds:
            latest = sent - world.sent
        changed = _with(world, place, own._replace(state=effect.state, seen=seen, latest=latest))
        return changed._replace(sent=sent, signing=signing)

    def _event(self, place: int, message: int) -> int:
        """A message as an event of a node."""
        return self.nodes[place].events.number(self._messages.values[message])

    def _matters(self, world: OrderedWorld, place: int, message: int) -> bool:
        own, node = world.nodes[place], self.nodes[place]
        return self._is_followed(own, node) and (
            node.effect(own.state, self._event(place, message)).state != own.state
        )

    def _is_early(self, world: OrderedWorld, place: int, message: int) -> bool:
        own, node = world.nodes[place], self.nodes[place]
        return (
            self._is_followed(own, node)
            and node.effect(own.state, self._event(place, message)).waits
        )

    @staticmethod
    def _is_followed(own: _Node, node: NodeCalls[Record]) -> bool:
        """Whether a node has not crashed, and the question still covers what it does."""
        return not own.crashed and node.in_scope(own.state)

    def _is_sure(self, world: OrderedWorld, message: int, place: int) -> bool:
        """Whether no faulty node need have kept a message from a node, or made it idle."""
        fault = self._setting.fault
        if self._messages.values[message].sender in self._setting.honest:
            return True
        if fault.withholds or (message, place) in world.partial:
            return False
        recipients = [other for number, other in world.arriving if number == message]
        return not fault.changes or all(
            any(self._matters(world, other, form) for other in recipients)
            for form in self._forms_of(message)
        )

    def _is_owed(self, world: OrderedWorld) -> bool:
        """Whether something must still happen in this round."""
        return any(
            self._matters(world, place, message) and self._is_sure(world, message, place)
            for message, place in world.arriving
        ) or any(
            self._is_followed(own, node) and node.effect(own.state, event).state != own.state
            for node, own in zip(self.nodes, world.nodes, strict=True)
            for event in own.due
        )

    def _begun(self, world: OrderedWorld) -> OrderedWorld:
        """The world after the end of its round."""
        held = {
            (message, place)
            for message, place in world.arriving
            if self._is_early(world, place, message)
        }
        nodes = tuple(
            own._replace(
                postponed=tuple(
                    message for message in own.postponed if self._is_early(world, place, message)
                ),
                due=self._due(place, own, Timers.NONE),
                latest=frozenset(),
            )
            for place, own in enumerate(world.nodes)
        )
        arriving = frozenset(
            (message, place)
            for message, place in held | world.sent
            if self._is_followed(world.nodes[place], self.nodes[place])
        )
        begun = OrderedWorld(
            nodes,
            arriving,
            frozenset(),
            world.partial & arriving,
            record=world.signing,
            signing=world.signing,
        )
        timers = self._timers(begun)
        if timers is Timers.NONE:
            return begun
        return begun._replace(
            nodes=tuple(
                own._replace(due=self._due(place, own, timers)) for place, own in enumerate(nodes)
            )
        )

    def _due(self, place: int, own: _Node, timers: Timers) -> Numbers:
        if own.crashed:
            return ()
        return self.nodes[place].due(Standing(own.state, own.seen, (), 0), timers)

    def _timers(self, world: OrderedWorld) -> Timers:
        """Which timers run out in a round that begins."""
        samples = any(self._due(place, own, Timers.NONE) for place, own in enumerate(world.nodes))
        if samples or any(
            self._matters(world, place, message) for message, place in world.arriving
        ):
            return Timers.NONE
        closing = any(
            self._due(place, own, Timers.COLLECTIONS) for place, own in enumerate(world.nodes)
        )
        return Timers.COLLECTIONS if closing else Timers.TIME_OUTS

    def is_beyond(self, world: OrderedWorld) -> bool:
        """Whether an honest node is beyond the question."""
        return not all(
            node.faulty or node.in_scope(own.state) or node.gave_up(own.state)
            for node, own in zip(self.nodes, world.nodes, strict=True)
        )

    def is_stuck(self, world: OrderedWorld) -> bool:
        """Whether nothing honest is left to happen, and every node is within the question."""
        return (
            not world.sent
            and self._timers(world) is Timers.TIME_OUTS
            and not self.is_beyond(world)
            and not any(
                self._due(place, own, Timers.TIME_OUTS) or node.choices(own.state)
                for place, (node, own) in enumerate(zip(self.nodes, world.nodes, strict=True))
                if self._is_followed(own, node)
            )
        )


def _with(world: OrderedWorld, place: int, node: _Node) -> OrderedWorld:
    return world._replace(nodes=(*world.nodes[:place], node, *world.nodes[place + 1 :]))
