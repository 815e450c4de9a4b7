"""Lock-step rounds, searched one event at a time by calling the core: the rules and no more.

Nodes are interleaved in every order, though they cannot influence each other within a round,
and nothing is tabulated, multiplied out or dropped.
"""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple, TypeAlias

from checker.evidence_adversary import EvidenceAdversary, Quoting
from checker.poqi_system import Adversary
from checker.setting import Setting
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import Event, Message, Received, Sample, TieBreak
from poqi_core.offences import bare
from poqi_core.outputs import Remark, Send
from poqi_core.properties import BLAME_SOUNDNESS, PROPERTIES, VALIDITY
from poqi_core.signatures import Statement, statements
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step
from poqi_core.timers import collection_timer, time_out


class Node(NamedTuple):
    """A node in the midst of a round."""

    state: NodeState
    record: Record
    due: frozenset[Event]
    """What is to befall it in this round."""
    next_round: frozenset[Event]
    """What honest nodes have sent it in this round."""
    signed: frozenset[Statement] = frozenset()
    """What it had signed before this round, for Byzantine nodes to quote, if there are any."""
    signing: frozenset[Statement] = frozenset()
    """What it has signed in this round and not before."""
    said: frozenset[Message] = frozenset()
    """The messages that it has sent, if somebody wants to know."""


World: TypeAlias = tuple[Node, ...]

OF_SIGNED = (VALIDITY, BLAME_SOUNDNESS)


class PlainRounds:
    """Every run of a setting in lock-step rounds, or as many as ``most`` worlds allow.

    Attributes:
        complete: whether every world was reached.
        shortest: for each violated property the fewest events to a violation.
    """

    def __init__(self, setting: Setting, most: int, *, remembers_sends: bool = False) -> None:
        self._setting = setting
        self._remembers_sends = remembers_sends
        if setting.config.has_ballots:
            self._byzantine = tuple(EvidenceAdversary(setting).messages())
        else:
            self._byzantine = tuple(Quoting(sent, ()) for sent in Adversary(setting).messages())
        self.shortest: dict[str, int] = {}
        nothing = frozenset[Event]()
        start = self._begin_round(
            tuple(
                Node(initial(setting.config, node, setting.start_view), Record(), nothing, nothing)
                for node in setting.honest
            )
        )
        costs = {start: 0}
        cost, worlds = 0, [start]
        while worlds and len(costs) <= most:
            later: list[World] = []
            for world in worlds:
                if costs[world] < cost:
                    continue
                self._judge(world, cost)
                if self._round_can_end(world):
                    following = self._begin_round(world)
                    if costs.get(following, cost + 1) > cost:
                        costs[following] = cost
                        worlds.append(following)
                for following in self._successors(world):
                    if following not in costs:
                        costs[following] = cost + 1
                        later.append(following)
            cost, worlds = cost + 1, later
        self.complete = not worlds

    def _in_scope(self, state: NodeState) -> bool:
        return self._setting.run("rounds", ()).follows(state)

    def _gave_up(self, state: NodeState) -> bool:
        """Whether a node has used up its ballots, which were promised to be enough."""
        setting = self._setting
        return setting.config.has_ballots and state.ballots.ballot >= setting.ballots

    def _changes(self, state: NodeState, event: Event) -> bool:
        return step(self._setting.config, state, event)[0] != state

    def _is_early(self, state: NodeState, event: Event) -> bool:
        outputs = step(self._setting.config, state, event)[1]
        return isinstance(outputs[0], Remark) and outputs[0].reason.waits

    def _ties(self, state: NodeState) -> Iterator[Event]:
        for conflict in state.conflicts:
            for node in range(self._setting.config.nodes):
                tie = TieBreak(conflict.sample, node)
                if self._changes(state, tie):
                    yield tie

    def _successors(self, world: World) -> Iterator[World]:
        """The worlds after one more event of this round."""
        signed = frozenset(chain.from_iterable(node.signed for node in world))
        byzantine = [sent for sent, quotes in self._byzantine if signed.issuperset(quotes)]
        for place, node in enumerate(world):
            if not self._in_scope(node.state):
                continue
            arriving = [event for event in node.due if not self._is_early(node.state, event)]
            offered = chain(byzantine, self._ties(node.state))
            possible = [event for event in offered if self._changes(node.state, event)]
            for event in {*arriving, *possible}:
                yield self._happen(world, place, event)

    def _happen(self, world: World, place: int, event: Event) -> World:
        node = world[place]
        after, outputs = step(self._setting.config, node.state, event)
        record = follow(node.record, outputs, after, EVERY_FACET)
        nodes = list(world)
        nodes[place] = node._replace(state=after, record=record, due=node.due - {event})
        for output in outputs:
            if isinstance(output, Send):
                if self._setting.byzantine:
                    author = self._setting.honest[place]
                    own = {said for said in statements(output.message) if said.node == author}
                    new = nodes[place].signing | (own - node.signed)
                    nodes[place] = nodes[place]._replace(signing=new)
                if self._remembers_sends:
                    said = nodes[place].said | {bare(output.message)}
                    nodes[place] = nodes[place]._replace(said=said)
                arrival = Received(self._setting.honest[place], output.message)
                for other, recipient in enumerate(self._setting.honest):
                    if recipient in output.recipients:
                        inbox = nodes[other].next_round | {arrival}
                        nodes[other] = nodes[other]._replace(next_round=inbox)
        return tuple(nodes)

    def _round_can_end(self, world: World) -> bool:
        """Whether all that is due has happened, or would change nothing."""
        return not any(
            self._in_scope(node.state) and self._changes(node.state, event)
            for node in world
            for event in node.due
        )

    def _begin_round(self, world: World) -> World:
        nodes = []
        for place, node in enumerate(world):
            due: frozenset[Event] = frozenset()
            if self._in_scope(node.state):
                held = {
                    event
                    for event in node.due
                    if isinstance(event, Received) and self._is_early(node.state, event)
                }
                due = node.next_round.union(held, self._sample(place, node.state))
            signed = node.signed | node.signing
            nodes.append(
                node._replace(due=due, next_round=frozenset(), signed=signed, signing=frozenset())
            )
        if not any(self._has_something_due(node) for node in nodes):
            for timer in (collection_timer, time_out):
                ends = [timer(self._setting.config, node.state) for node in nodes]
                runs_out = [
                    self._in_scope(node.state) and self._changes(node.state, end)
                    for node, end in zip(nodes, ends, strict=True)
                ]
                if any(runs_out):
                    return tuple(
                        node._replace(due=node.due | {end}) if out else node
                        for node, end, out in zip(nodes, ends, runs_out, strict=True)
                    )
        return tuple(nodes)

    def _has_something_due(self, node: Node) -> bool:
        return any(self._changes(node.state, event) for event in node.due)

    def _sample(self, place: int, state: NodeState) -> Iterator[Event]:
        """The next sample, once the node waits for it."""
        awaited = state.sample + (1 if state.decided else 0)
        waits = state.prediction is None or state.decided
        if waits and awaited < len(self._setting.predicted):
            if not finished(self._setting.config, state):
                honest = self._setting.honest[place]
                yield Sample(awaited, self._setting.predicted_by_honest[awaited][honest])

    def _timers(self, state: NodeState) -> Iterator[Event]:
        for timer in (collection_timer, time_out):
            end = timer(self._setting.config, state)
            if self._in_scope(state) and self._changes(state, end):
                yield end

    def _is_stuck(self, world: World) -> bool:
        """Whether nothing is on its way, no timer is left and no choice to be made."""
        return not any(
            self._has_something_due(node)
            or node.next_round
            or not (self._in_scope(node.state) or self._gave_up(node.state))
            or any(self._ties(node.state))
            or any(self._sample(place, node.state))
            or any(self._timers(node.state))
            for place, node in enumerate(world)
        )

    def _judge(self, world: World, cost: int) -> None:
        records = dict(zip(self._setting.honest, (node.record for node in world), strict=True))
        stuck = self._is_stuck(world)
        for entry in PROPERTIES:
            if entry.name not in self.shortest and (stuck or not entry.when_stuck):
                if entry.violation(records, self._setting.predicted_by_honest) is not None:
                    self.shortest[entry.name] = cost
        said = dict(zip(self._setting.honest, (node.said for node in world), strict=True))
        for entry in OF_SIGNED if self._remembers_sends else ():
            assert entry.of_signed is not None
            if entry.name not in self.shortest:
                if entry.of_signed(self._setting.config, said) is not None:
                    self.shortest[entry.name] = cost
