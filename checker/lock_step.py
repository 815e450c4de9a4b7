"""The lock-step networks: how the rounds of the nodes make a round of all of them.

What the paper assumes: every message that an honest node sends arrives in the next round.
Byzantine nodes choose for each receiver what it hears besides, and in which order; faulty nodes
that run the core are nodes like the others here.  Nodes act independently within a round, so a
global round is the product of the rounds of the nodes (:mod:`checker.local_rounds`), less what
would lose more messages than may be lost.  Timers run out in rounds in which nothing else
happens anywhere.
"""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeAlias

from checker.behaviour import EVERYTHING, Behaviour
from checker.cycles import acyclic
from checker.exploration import Spending
from checker.local_rounds import RoundOfNode
from checker.observer import Observer, Seen
from checker.poqi_system import Facts
from checker.setting import Setting
from checker.standing import Finish, LocalRound, Numbers, Standing, Timers
from checker.table import Numbering
from poqi_core.messages import Event, Received
from poqi_core.run import Act, Run
from poqi_core.signatures import Statement
from poqi_core.state import NodeState

World: TypeAlias = tuple[Standing, ...]
"""The processes that run the core between two rounds, the honest nodes first."""

Trails: TypeAlias = tuple[Numbers, ...]
"""The numbers of the events that befall each of them in one round."""


class LockStep(Generic[Seen]):
    """The nodes of a setting in lock-step rounds; the same round is played once."""

    def __init__(
        self,
        setting: Setting,
        observer: Observer[Facts, Seen],
        *,
        network: str,
        dominate: bool,
        behaviour: Behaviour = EVERYTHING,
        shows_sends: bool = False,
    ) -> None:
        """The nodes of ``setting``, watched by ``observer``: also in what they send, if asked."""
        self._setting = setting
        self._name = network
        signed: Numbering[Statement] = Numbering()
        dominates = dominate and not setting.config.has_timers
        self.nodes = [
            RoundOfNode(
                setting,
                node,
                observer,
                signed,
                dominate=dominates,
                behaviour=behaviour,
                shows_sends=shows_sends,
            )
            for node in setting.processes
        ]
        places = {node.process: place for place, node in enumerate(self.nodes)}
        self._twins = [
            (places[process], places[process + setting.config.nodes])
            for process in setting.processes
            if process + setting.config.nodes in places
        ]
        self._impatient = behaviour.impatient
        self._signs: dict[tuple[int, int], int] = {}
        self._routes: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def start(self) -> World:
        """The nodes before the first round."""
        return tuple(node.start(self._setting.losses) for node in self.nodes)

    def play(self, world: World, budget: Spending) -> list[LocalRound]:
        """What each node can do in the round that follows.

        Raises:
            ExhaustedError: the budget has run out.
        """
        timers = Timers.TIME_OUTS if self._impatient else self._timers(world)
        return [
            node.play(standing, budget, timers)
            for node, standing in zip(self.nodes, world, strict=True)
        ]

    def _timers(self, world: World) -> Timers:
        pairs = list(zip(self.nodes, world, strict=True))
        if any(node.busy(standing) for node, standing in pairs):
            return Timers.NONE
        if any(
            not standing.crashed and node.due(standing, Timers.COLLECTIONS)
            for node, standing in pairs
        ):
            return Timers.COLLECTIONS
        return Timers.TIME_OUTS

    def deliver(self, world: World, finishes: Sequence[Finish]) -> World | None:
        """The world after a round: what was sent is in the inboxes of its recipients.

        None: the nodes cannot come out of the round like that together, as more would be lost
        than may be.
        """
        losses = world[0].losses - self._lost(finishes)
        if losses < 0:
            return None
        partition, number, record = self._setting.partition, world[0].round + 1, world[0].record
        inboxes = [set(finish.held) for finish in finishes]
        offers = [set(finish.kept) for finish in finishes]
        for place, finish in enumerate(finishes):
            for send in finish.sends:
                record |= self._signed_by(place, send)
                for recipient, event in self._deliveries(place, send, number):
                    inboxes[recipient].add(event)
            for send in finish.offers:
                for recipient, event in self._deliveries(place, send, number):
                    offers[recipient].add(event)
        clock = 0
        if partition is not None and partition.unit == "rounds":
            clock = world[0].round if partition.is_over(number) else number
        following = [
            self._standing(node, finish, inbox, offer - inbox, record, losses, clock)
            for node, finish, inbox, offer in zip(
                self.nodes, finishes, inboxes, offers, strict=True
            )
        ]
        for pair in self._twins:
            for one, other in (pair, pair[::-1]):
                untaken = self._untaken(world[one], one, other, finishes)
                following[one] = following[one]._replace(untaken_by_twin=untaken)
        return tuple(following)

    def _untaken(
        self, before: Standing, one: int, other: int, finishes: Sequence[Finish]
    ) -> Numbers:
        """What is kept for one copy of a node since the other has not taken it."""
        events = self.nodes[one].events.values
        missed = {self.nodes[other].events.values[event] for event in finishes[other].missed}
        return tuple(
            event
            for event in finishes[one].held
            if event in before.untaken_by_twin or events[event] in missed
        )

    def _standing(
        self,
        node: RoundOfNode[Seen],
        finish: Finish,
        inbox: set[int],
        offers: set[int],
        record: int,
        losses: int,
        clock: int,
    ) -> Standing:
        listens = not finish.crashed and node.in_scope(finish.state)
        return Standing(
            finish.state,
            finish.seen,
            tuple(sorted(inbox)) if listens else (),
            record,
            tuple(sorted(offers)) if listens else (),
            losses,
            clock,
            finish.crashed,
        )

    def _lost(self, finishes: Sequence[Finish]) -> int:
        """How many messages are lost in a round: what misses both copies of a node is as well."""
        lost = sum(finish.lost for finish in finishes)
        for one, other in self._twins:
            missed = {self.nodes[one].events.values[event] for event in finishes[one].missed}
            lost += sum(
                self.nodes[other].events.values[event] in missed for event in finishes[other].missed
            )
        return lost

    def _signed_by(self, place: int, send: int) -> int:
        key = place, send
        known = self._signs.get(key)
        if known is None:
            known = self._signs[key] = self.nodes[place].signs(send)
        return known

    def _deliveries(self, place: int, send: int, arrival: int) -> Sequence[tuple[int, int]]:
        """Where a send arrives in round ``arrival``, by place, with the event that it is to each.

        Whatever a partition keeps from a node does not arrive.
        """
        key = place, send
        known = self._routes.get(key)
        sender, value = self.nodes[place].node, self.nodes[place].sends.values[send]
        if known is None:
            received = Received(sender, value.message)
            known = self._routes[key] = [
                (recipient, node.events.number(received))
                for recipient, node in enumerate(self.nodes)
                if node.node in value.recipients
            ]
        partition = self._setting.partition
        if partition is None:
            return known
        return [
            (recipient, event)
            for recipient, event in known
            if not partition.separates(sender, self.nodes[recipient].node, arrival, value.message)
        ]

    def is_stuck(self, world: World) -> bool:
        """Whether nothing honest is left to happen, and every node is within the question.

        A node that has used up its ballots was promised that they would do: it is stuck.
        """
        return self._timers(world) is Timers.TIME_OUTS and all(
            self._is_at_rest(node, standing)
            for node, standing in zip(self.nodes, world, strict=True)
        )

    def _is_at_rest(self, node: RoundOfNode[Seen], standing: Standing) -> bool:
        if standing.crashed or node.gave_up(standing.state):
            return True
        if not node.in_scope(standing.state):
            return node.faulty
        return not node.due(standing, Timers.TIME_OUTS) and not node.choices(standing.state)

    def is_beyond(self, world: World) -> bool:
        """Whether a node is beyond the question; to have used up its ballots is to be stuck."""
        return any(
            not node.faulty and not (node.in_scope(standing.state) or node.gave_up(standing.state))
            for node, standing in zip(self.nodes, world, strict=True)
        )

    def seen(self, numbers: Sequence[int]) -> list[Seen]:
        """What is seen of each node, by its number."""
        return [node.seen.values[number] for node, number in zip(self.nodes, numbers, strict=True)]

    def run(self, rounds: Sequence[Sequence[tuple[int, Numbers]]]) -> Run:
        """The run in which trails befall nodes, given by place, round after round."""
        acts = tuple(
            Act(self.nodes[place].process, self.nodes[place].events.values[event], number)
            for number, trails in enumerate(rounds)
            for place, trail in trails
            for event in trail
        )
        return self._setting.run(self._name, acts)

    def never_return(self) -> bool:
        """Whether no node can come back to a state that it has left."""
        return all(acyclic(node.moves()) for node in self.nodes)

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that was followed, with the state of the node that it befell."""
        for node in self.nodes:
            yield from node.followed()
