"""The lock-step network: how the rounds of the honest nodes make a round of all of them.

What the paper assumes: every message that an honest node sends arrives in the next round.
Byzantine nodes choose for each receiver what it hears besides, and in which order.  Nodes act
independently within a round, so a global round is the product of the rounds of the nodes
(:mod:`checker.local_rounds`).  Timers run out in rounds in which nothing else happens anywhere.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from checker.behaviour import EVERYTHING, Behaviour
from checker.cycles import acyclic
from checker.exploration import Spending
from checker.local_rounds import Finish, LocalRound, Numbers, RoundOfNode, Standing, Timers
from checker.poqi_observer import RecordObserver
from checker.setting import Setting
from checker.table import Numbering
from poqi_core.history import Record
from poqi_core.messages import Event, Received
from poqi_core.run import Act, Run
from poqi_core.signatures import Statement
from poqi_core.state import NodeState

World: TypeAlias = tuple[Standing, ...]
"""The honest nodes between two rounds, in ascending order."""

Trails: TypeAlias = tuple[Numbers, ...]
"""The numbers of the events that befall each honest node in one round."""


class LockStep:
    """The honest nodes of a setting in lock-step rounds; the same round is played once."""

    def __init__(
        self,
        setting: Setting,
        observer: RecordObserver,
        *,
        dominate: bool,
        behaviour: Behaviour = EVERYTHING,
    ) -> None:
        self._setting = setting
        signed: Numbering[Statement] = Numbering()
        dominates = dominate and not setting.config.has_timers
        self.nodes = [
            RoundOfNode(setting, node, observer, signed, dominate=dominates, behaviour=behaviour)
            for node in setting.honest
        ]
        self._impatient = behaviour.impatient
        self._signs: dict[tuple[int, int], int] = {}
        self._routes: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def start(self) -> World:
        """The nodes before the first round."""
        return tuple(node.start() for node in self.nodes)

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
        if any(node.due(standing, Timers.COLLECTIONS) for node, standing in pairs):
            return Timers.COLLECTIONS
        return Timers.TIME_OUTS

    def deliver(self, record: int, finishes: Sequence[Finish]) -> World:
        """The world after a round: what was sent is in the inboxes of its recipients.

        ``record`` is the mask of what was signed before it.
        """
        inboxes = [set(finish.held) for finish in finishes]
        for place, finish in enumerate(finishes):
            for send in finish.sends:
                record |= self._signed_by(place, send)
                for recipient, event in self._deliveries(place, send):
                    inboxes[recipient].add(event)
        return tuple(
            Standing(
                finish.state,
                finish.seen,
                tuple(sorted(inbox)) if node.in_scope(finish.state) else (),
                record,
            )
            for node, finish, inbox in zip(self.nodes, finishes, inboxes, strict=True)
        )

    def _signed_by(self, place: int, send: int) -> int:
        key = place, send
        known = self._signs.get(key)
        if known is None:
            known = self._signs[key] = self.nodes[place].signs(send)
        return known

    def _deliveries(self, place: int, send: int) -> Sequence[tuple[int, int]]:
        """The honest nodes that a send goes to, by place, with the event that it is to each."""
        key = place, send
        known = self._routes.get(key)
        if known is None:
            value = self.nodes[place].sends.values[send]
            received = Received(self._setting.honest[place], value.message)
            known = self._routes[key] = [
                (recipient, self.nodes[recipient].events.number(received))
                for recipient, node in enumerate(self._setting.honest)
                if node in value.recipients
            ]
        return known

    def is_stuck(self, world: World) -> bool:
        """Whether nothing honest is left to happen, and every node is within the question.

        A node that has used up its ballots was promised that they would do: it is stuck.
        """
        return self._timers(world) is Timers.TIME_OUTS and all(
            node.gave_up(standing.state)
            or (
                node.in_scope(standing.state)
                and not node.due(standing, Timers.TIME_OUTS)
                and not node.choices(standing.state)
            )
            for node, standing in zip(self.nodes, world, strict=True)
        )

    def is_beyond(self, world: World) -> bool:
        """Whether a node is beyond the question; to have used up its ballots is to be stuck."""
        return any(
            not (node.in_scope(standing.state) or node.gave_up(standing.state))
            for node, standing in zip(self.nodes, world, strict=True)
        )

    def records(self, numbers: Sequence[int]) -> list[Record]:
        """What is seen of each node, by its number."""
        return [node.seen.values[number] for node, number in zip(self.nodes, numbers, strict=True)]

    def run(self, rounds: Sequence[Sequence[tuple[int, Numbers]]]) -> Run:
        """The run in which trails befall nodes, given by place, round after round."""
        acts = tuple(
            Act(self._setting.honest[place], self.nodes[place].events.values[event], number)
            for number, trails in enumerate(rounds)
            for place, trail in trails
            for event in trail
        )
        return self._setting.run("rounds", acts)

    def never_return(self) -> bool:
        """Whether no node can come back to a state that it has left."""
        return all(acyclic(node.moves()) for node in self.nodes)

    def followed(self) -> Iterator[tuple[NodeState, Event]]:
        """Every event that was followed, with the state of the node that it befell."""
        for node in self.nodes:
            yield from node.followed()
