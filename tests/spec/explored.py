"""The state graph that the core gives, by the checker's engines that reduce nothing."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import NamedTuple, Protocol, TypeVar

from plain_faults import Mail, PlainFaults
from plain_faults import World as LossyRounds
from plain_ordered import PlainOrdered
from plain_rounds import PlainRounds
from plain_rounds import World as Rounds
from state_graph import StateGraph, Transition, World
from tla_value import Value, function, record
from translation import of_event, of_packet, of_patterns, of_record, of_state

from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.setting import Setting
from checker.table import Tables
from poqi_core.history import Record
from poqi_core.messages import (
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Endorsement,
    Event,
    Received,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.properties import PROPERTIES
from poqi_core.run import Execution
from poqi_core.signatures import Statement

_OF_ROUNDS = ("predicted", "state", "shown", "due", "next_round", "on_record", "signing")

VARIABLES = {
    "asynchronous": ("predicted", "state", "sent", "shown"),
    "rounds": _OF_ROUNDS,
    "lossy": (*_OF_ROUNDS, "losses", "round"),
    "ordered": (
        *("predicted", "state", "shown", "inputs", "arriving", "next_round", "timers"),
        *("postponed", "moment"),
    ),
}
"""The variables of the module of each network, in the order of a world's values."""


Point = TypeVar("Point", bound=Hashable)


class Explored(NamedTuple):
    """What an engine found, in values of the specification.

    Attributes:
        graph: the state graph.
        states: how many states the engine counted.
        transitions: how many transitions it counted; None if it counts none.
        depth: the number of its levels beyond the first; None if it keeps none.
        shortest: for each broken property the fewest steps, by the engine itself.
    """

    graph: StateGraph
    states: int
    transitions: int | None
    depth: int | None
    shortest: dict[str, int]


class _Onlooker:
    """Watches everything and judges nothing, so that nothing is cut short."""

    def __init__(self, watched: RecordObserver) -> None:
        self._watched = watched

    @property
    def properties(self) -> Sequence[str]:
        return ("nothing",)

    def start(self) -> Record:
        return self._watched.start()

    def observe(self, seen: Record, shown: Facts) -> Record:
        return self._watched.observe(seen, shown)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        return ()


def explored(setting: Setting, network: str, most: int) -> Explored | None:
    """Everything that a setting can do; None if that is more than ``most`` states."""
    searches = {
        "asynchronous": _asynchronous,
        "rounds": _rounds,
        "lossy": _lossy,
        "ordered": _ordered,
    }
    return searches[network](setting, most)


def _action(happening: Happening) -> str:
    """The action of module PoQI in which something happens."""
    match happening.event:
        case Received():
            return "DeliverByzantine" if happening.packet is None else "Deliver"
        case Sample():
            return "Classify"
        case TimeOut() | CollectionClosed() | BallotTimeOut() | BallotCollectionClosed():
            return "RunOut"
    return "Choose"


def _asynchronous(setting: Setting, most: int) -> Explored | None:
    watched = RecordObserver(setting, PROPERTIES)
    tables = Tables(PoqiSystem(setting))
    engine = FullEngine(tables, _Onlooker(watched))
    exploration = engine.explore(Budget(states=most), {})
    if not exploration.complete:
        return None
    automata = list(enumerate(engine.automata))
    predicted = of_patterns(setting.predicted_by_honest)
    messages = [of_packet(packet) for packet in tables.messages.values]
    shown = [[of_record(seen) for seen in automaton.seen.values] for _, automaton in automata]
    states = [[of_state(state) for state in table.states.values] for table in tables.processes]
    actions = [[_action(event) for event in table.events.values] for table in tables.processes]

    def world(locals_: Sequence[int], sent: int) -> World:
        places = list(zip(setting.honest, automata, locals_, strict=True))
        return (
            predicted,
            function(
                {
                    node: states[place][automaton.locals.values[local].state]
                    for node, (place, automaton), local in places
                }
            ),
            frozenset(message for bit, message in enumerate(messages) if sent >> bit & 1),
            function(
                {
                    node: shown[place][automaton.seen_number[local]]
                    for node, (place, automaton), local in places
                }
            ),
        )

    worlds = {
        tuple(engine.unpack(state)): world(engine.unpack(state), engine.sent(state))
        for state in engine.visited
    }
    broken: dict[World, frozenset[str]] = {}
    transitions: Counter[Transition] = Counter()
    for state in engine.visited:
        missing = ~engine.sent(state)
        locals_ = tuple(engine.unpack(state))
        progressed, in_scope = False, True
        for place, automaton in automata:
            in_scope = in_scope and automaton.in_scope[locals_[place]]
            for edge in automaton.edges(locals_[place]):
                if not edge.needs & missing:
                    target = (*locals_[:place], edge.target, *locals_[place + 1 :])
                    action = actions[place][edge.event]
                    transitions[Transition(action, worlds[locals_], worlds[target])] += 1
                    progressed = progressed or edge.progress
        seen = engine.seen(state)
        names = watched.broken(seen, stuck=False)
        if in_scope and not progressed:
            names = (*names, *watched.broken(seen, stuck=True))
        broken[worlds[locals_]] = frozenset(names)
    initial = frozenset(
        worlds[locals_] for locals_ in product(*(automaton.initial() for _, automaton in automata))
    )
    judged = FullEngine(tables, watched).explore(Budget(), {})
    return Explored(
        StateGraph(initial, broken, transitions),
        exploration.states,
        exploration.transitions,
        exploration.depth,
        {name: len(found.deliveries) for name, found in judged.counterexamples.items()},
    )


class _Steps(PlainRounds):
    """The plain search in rounds, asked for every step that it takes."""

    def __init__(self, setting: Setting, most: int) -> None:
        self.reached: dict[Rounds, None] = {}
        self._event: Event | None = None
        super().__init__(setting, most)

    def _judge(self, world: Rounds, cost: int) -> None:
        self.reached[world] = None
        super()._judge(world, cost)

    def _happen(self, world: Rounds, place: int, event: Event) -> Rounds:
        self._event = event
        return super()._happen(world, place, event)

    def steps(self, world: Rounds) -> Iterator[tuple[str, Rounds]]:
        """Every step from ``world``: the action of module Rounds, and where it leads."""
        due = frozenset[Event]().union(*(node.due for node in world))
        for after in self._successors(world):
            if self._event in due:
                yield "Arrive", after
            else:
                yield "Choose" if isinstance(self._event, TieBreak) else "DeliverByzantine", after
        if self._round_can_end(world):
            after = self._begin_round(world)
            if after != world:
                yield "EndRound", after

    def broken(self, world: Rounds) -> frozenset[str]:
        """The properties that are broken in ``world``."""
        return broken(self._setting, (node.record for node in world), stuck=self._is_stuck(world))


class _LossySteps(PlainFaults):
    """The plain search where messages are lost, asked for every step that it takes."""

    def __init__(self, setting: Setting, most: int) -> None:
        self.reached: dict[LossyRounds, None] = {}
        self._event: tuple[Event, bool] | None = None
        super().__init__(setting, most)

    def _judge(self, world: LossyRounds, cost: int) -> None:
        self.reached[world] = None
        super()._judge(world, cost)

    def _happen(
        self, world: LossyRounds, place: int, mail: Mail, event: Event
    ) -> Iterator[LossyRounds]:
        for after in super()._happen(world, place, mail, event):
            self._event = event, mail in world.nodes[place].due
            yield after

    def steps(self, world: LossyRounds) -> Iterator[tuple[str, LossyRounds]]:
        """Every step from ``world``: the action of module Rounds, and where it leads."""
        for after in self._successors(world):
            assert self._event is not None
            event, due = self._event
            if due:
                yield "Arrive", after
            else:
                yield "Choose" if isinstance(event, TieBreak) else "DeliverByzantine", after
        if self._round_can_end(world):
            after = self._begin_round(world)
            if after != world:
                yield "EndRound", after

    def broken(self, world: LossyRounds) -> frozenset[str]:
        """The properties that are broken in ``world``."""
        return broken(
            self._setting, (node.record for node in world.nodes), stuck=self._is_stuck(world)
        )


def broken(setting: Setting, shown: Iterable[Record], *, stuck: bool) -> frozenset[str]:
    """The properties that are broken where honest nodes have shown that."""
    records = dict(zip(setting.honest, shown, strict=True))
    return frozenset(
        entry.name
        for entry in PROPERTIES
        if (stuck or not entry.when_stuck)
        and entry.violation(records, setting.predicted_by_honest) is not None
    )


def _on_record(signed: Iterable[frozenset[Statement]]) -> Value:
    """Statements that can be quoted, as the specification keeps them."""
    packets = set[Value]()
    for said in chain.from_iterable(signed):
        assert not isinstance(said, Endorsement), "the specification has no broadcast"
        packets.add(of_packet(Packet(said.node, (), said)))
    return frozenset(packets)


def _rounds(setting: Setting, most: int) -> Explored | None:
    search = _Steps(setting, most)
    if not search.complete:
        return None
    predicted = of_patterns(setting.predicted_by_honest)

    def world(nodes: Rounds) -> World:
        by_node = list(zip(setting.honest, nodes, strict=True))
        return (
            predicted,
            function({place: of_state(node.state) for place, node in by_node}),
            function({place: of_record(node.record) for place, node in by_node}),
            function({place: frozenset(map(of_event, node.due)) for place, node in by_node}),
            function({place: frozenset(map(of_event, node.next_round)) for place, node in by_node}),
            _on_record(node.signed for node in nodes),
            _on_record(node.signing for node in nodes),
        )

    return _of_search(search, world)


def _lossy(setting: Setting, most: int) -> Explored | None:
    search = _LossySteps(setting, most)
    if not search.complete:
        return None
    predicted = of_patterns(setting.predicted_by_honest)

    def world(rounds: LossyRounds) -> World:
        by_node = list(zip(setting.honest, rounds.nodes, strict=True))
        return (
            predicted,
            function({place: of_state(node.state) for place, node in by_node}),
            function({place: of_record(node.record) for place, node in by_node}),
            function({place: _of_mail(node.due) for place, node in by_node}),
            function({place: _of_mail(node.next_round) for place, node in by_node}),
            _on_record(node.signed for node in rounds.nodes),
            _on_record(node.signing for node in rounds.nodes),
            rounds.losses,
            rounds.round,
        )

    return _of_search(search, world)


def _of_mail(mails: frozenset[Mail]) -> Value:
    return frozenset(of_event(mail.event) for mail in mails)


class _OrderedSteps:
    """Brute force in ordered rounds, asked for every step that it takes."""

    def __init__(self, search: PlainOrdered) -> None:
        self._search = search
        self.reached = dict.fromkeys(search.reached)
        self.shortest = search.shortest

    def steps(self, point: Hashable) -> Iterator[tuple[str, Hashable]]:
        """Every step from there: the action of module OrderedRounds, and where it leads."""
        execution = self._search.reached[point]
        for event, following in self._search.following(execution):
            after = self._search.key(following)
            if after != point:
                yield self._action(execution, event), after
        ended = self._search.ended(execution)
        if ended is not None and self._search.key(ended) != point:
            yield "EndRound", self._search.key(ended)

    @staticmethod
    def _action(execution: Execution, event: Event) -> str:
        match event:
            case Received(sender):
                return "Deliver" if sender in execution.run.honest else "DeliverByzantine"
            case Sample():
                return "Classify"
            case TieBreak():
                return "Choose"
        return "RunOut"

    def broken(self, point: Hashable) -> frozenset[str]:
        """The properties that are broken there."""
        execution = self._search.reached[point]
        return broken(
            self._search.setting,
            execution.records.values(),
            stuck=self._search.is_stuck(execution),
        )


def _ordered(setting: Setting, most: int) -> Explored | None:
    search = PlainOrdered(setting, most)
    if not search.complete:
        return None
    predicted = of_patterns(setting.predicted_by_honest)

    def befalling(node: int, events: Iterable[tuple[int, Event]]) -> Value:
        return frozenset(of_event(event) for to, event in events if to == node)

    def world(point: Hashable) -> World:
        execution = search.reached[point]
        rounds = execution.rounds
        assert rounds is not None
        standing, postponed = rounds.standing, dict(rounds.standing.postponed)
        by_node = execution.states.items()
        return (
            predicted,
            function({node: of_state(state) for node, state in by_node}),
            function({node: of_record(shown) for node, shown in execution.records.items()}),
            function({node: befalling(node, standing.due) for node, _ in by_node}),
            function({node: befalling(node, standing.arriving) for node, _ in by_node}),
            function({node: befalling(node, standing.sent) for node, _ in by_node}),
            function({node: befalling(node, standing.timers) for node, _ in by_node}),
            function(
                {
                    node: tuple(of_event(event) for event in postponed.get(node, ()))
                    for node, _ in by_node
                }
            ),
            frozenset(
                record(event=of_event(event), remaining=frozenset(remaining))
                for event, remaining in ([standing.pending] if standing.pending else [])
            ),
        )

    return _of_search(_OrderedSteps(search), world)


class _Search(Protocol[Point]):
    """A plain search that has reached everything, in the order of the fewest steps."""

    @property
    def reached(self) -> Mapping[Point, None]:
        """Every point, an initial one first."""

    @property
    def shortest(self) -> dict[str, int]:
        """For each violated property the fewest steps to it."""

    def steps(self, world: Point, /) -> Iterator[tuple[str, Point]]:
        """Every step from there: its action, and where it leads."""

    def broken(self, world: Point, /) -> frozenset[str]:
        """The properties that are broken there."""


def _of_search(search: _Search[Point], world: Callable[[Point], World]) -> Explored:
    worlds = {point: world(point) for point in search.reached}
    first = next(iter(search.reached))
    return Explored(
        StateGraph(
            frozenset([worlds[first]]),
            {worlds[point]: search.broken(point) for point in search.reached},
            Counter(
                Transition(action, worlds[point], worlds[after])
                for point in search.reached
                for action, after in search.steps(point)
            ),
        ),
        len(search.reached),
        None,
        None,
        search.shortest,
    )
