"""Faulty nodes that run the core, and networks that lose messages: one event at a time.

What is withheld, lost, changed or sent to one copy of a node is chosen when it is sent, while
the engine chooses when it arrives, or does not.  Nothing is tabulated, multiplied out or dropped.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, product
from typing import NamedTuple, TypeAlias

from checker.evidence_adversary import EvidenceAdversary, Quoting
from checker.poqi_system import Adversary
from checker.setting import Setting
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import Event, Message, Received, Sample, TieBreak
from poqi_core.outputs import Output, Remark, Send
from poqi_core.properties import PROPERTIES
from poqi_core.signatures import Statement, statements
from poqi_core.state import NodeState, awaited_sample, finished, initial
from poqi_core.step import step
from poqi_core.timers import collection_timer, time_out


class Mail(NamedTuple):
    """Something that befalls a process in a round."""

    event: Event
    changed: bool = False
    """Whether a faulty sender has changed it; then the network does not keep it."""


class Node(NamedTuple):
    """A process in the midst of a round."""

    state: NodeState
    record: Record
    due: frozenset[Mail]
    next_round: frozenset[Mail] = frozenset()
    crashed: bool = False
    doomed: bool = False
    """Whether it was interrupted in the midst of a broadcast, and is about to crash."""
    signed: frozenset[Statement] = frozenset()
    """What it had signed before this round, for Byzantine nodes to quote, if there are any."""
    signing: frozenset[Statement] = frozenset()
    """What it has signed in this round and not before."""


class World(NamedTuple):
    """All processes in the midst of a round."""

    nodes: tuple[Node, ...]
    losses: int
    round: int
    lost: frozenset[tuple[int, Message]] = frozenset()
    """What has been lost in this round, by its recipient: both copies of a node can send it."""


Copies: TypeAlias = tuple[tuple[int, Mail], ...]
"""Who receives what of one send."""

Lost: TypeAlias = tuple[tuple[int, Message], ...]
"""What the network loses of one send: the recipients with the message."""


class PlainFaults:
    """Every run of a setting in lock-step rounds, or as many as ``most`` worlds allow.

    Attributes:
        complete: whether every world was reached.
        shortest: for each violated property the fewest events to a violation.
    """

    def __init__(self, setting: Setting, most: int) -> None:
        self._setting = setting
        self._fault = setting.fault
        self._run = setting.run("lossy", ())
        self._processes = setting.processes
        self._places = {process: place for place, process in enumerate(setting.processes)}
        self._byzantine: tuple[Quoting, ...] = ()
        if setting.fault.forges:
            if setting.config.has_ballots:
                self._byzantine = tuple(EvidenceAdversary(setting).messages())
            else:
                self._byzantine = tuple(Quoting(sent, ()) for sent in Adversary(setting).messages())
        self.shortest: dict[str, int] = {}
        start = self._begin_round(
            World(tuple(self._start(process) for process in self._processes), setting.losses, -1)
        )
        self.complete = self._explore(start, most)

    def _explore(self, start: World, most: int) -> bool:
        """Reach every world, the cheapest first; whether they are no more than ``most``."""
        costs = {start: 0}
        cost, worlds = 0, [start]
        while worlds:
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
                    if len(costs) > most:
                        return False
            cost, worlds = cost + 1, later
        return True

    def _start(self, process: int) -> Node:
        node = process % self._setting.config.nodes
        state = initial(self._setting.config, node, self._setting.start_view)
        return Node(state, Record(), frozenset())

    def _step(self, state: NodeState, event: Event) -> tuple[NodeState, tuple[Output, ...]]:
        return step(self._setting.config, state, event)

    def _changes(self, state: NodeState, event: Event) -> bool:
        return self._step(state, event)[0] != state

    def _is_early(self, state: NodeState, event: Event) -> bool:
        first = self._step(state, event)[1][0]
        return isinstance(first, Remark) and first.reason.waits

    def _follows(self, node: Node) -> bool:
        return not node.crashed and self._run.follows(node.state)

    def _is_honest(self, place: int) -> bool:
        return self._processes[place] in self._setting.honest

    def _answers(self, place: int, event: Event) -> Sequence[Event]:
        """The event; if it is a faulty node's sample, that sample with every label."""
        if isinstance(event, Sample) and not self._is_honest(place):
            return [Sample(event.index, label) for label in range(self._setting.labels)]
        return [event]

    def _ties(self, state: NodeState) -> Iterator[Event]:
        for conflict in state.conflicts:
            for node in range(self._setting.config.nodes):
                tie = TieBreak(conflict.sample, node)
                if self._changes(state, tie):
                    yield tie

    def _gave_up(self, state: NodeState) -> bool:
        """Whether a node has used up its ballots, which were promised to be enough."""
        most = self._run.ballots
        return most is not None and state.ballots.ballot >= most

    def _pending(self, world: World, place: int) -> bool:
        """Whether something must still befall a process in this round."""
        node = world.nodes[place]
        return self._follows(node) and any(
            self._changes(node.state, mail.event) for mail in node.due
        )

    def _round_can_end(self, world: World) -> bool:
        doomed = any(node.doomed for node in world.nodes)
        return not doomed and not any(
            self._pending(world, place) for place in range(len(world.nodes))
        )

    def _successors(self, world: World) -> Iterator[World]:
        signed = frozenset(chain.from_iterable(node.signed for node in world.nodes))
        byzantine = [Mail(sent) for sent, quotes in self._byzantine if signed.issuperset(quotes)]
        for place, node in enumerate(world.nodes):
            if not self._follows(node):
                continue
            if self._fault.crashes and not self._is_honest(place):
                yield self._with(world, place, node._replace(crashed=True, doomed=False))
            if node.doomed:
                continue
            offered = chain(byzantine, map(Mail, self._ties(node.state)))
            for mail in {*node.due, *(mail for mail in offered)}:
                arrives = mail in node.due
                if self._is_early(node.state, mail.event):
                    continue
                for event in self._answers(place, mail.event):
                    if arrives or self._changes(node.state, event):
                        yield from self._happen(world, place, mail, event)

    @staticmethod
    def _with(world: World, place: int, node: Node) -> World:
        return world._replace(nodes=(*world.nodes[:place], node, *world.nodes[place + 1 :]))

    def _happen(self, world: World, place: int, mail: Mail, event: Event) -> Iterator[World]:
        """What can come of an event; sending decides who will receive what."""
        node = world.nodes[place]
        after, outputs = self._step(node.state, event)
        record = node.record
        if self._is_honest(place):
            record = follow(record, outputs, after, EVERY_FACET)
        node = node._replace(state=after, record=record, due=node.due - {mail})
        world = self._with(world, place, self._with_signatures(node, outputs))
        yield from self._send(world, place, outputs, doomed=False)
        if self._fault.crashes and not self._is_honest(place):
            interrupted = world.nodes[place]._replace(doomed=True)
            yield from self._send(
                self._with(world, place, interrupted), place, outputs, doomed=True
            )

    def _with_signatures(self, node: Node, outputs: tuple[Output, ...]) -> Node:
        if not (self._fault.forges and self._setting.byzantine):
            return node
        messages = [output.message for output in outputs if isinstance(output, Send)]
        said = frozenset(chain.from_iterable(map(statements, messages)))
        own = {statement for statement in said if statement.node == node.state.node}
        return node._replace(signing=node.signing | (own - node.signed))

    def _send(
        self, world: World, place: int, outputs: tuple[Output, ...], *, doomed: bool
    ) -> Iterator[World]:
        """The ways in which a node can send, to the end or not."""
        sends = [output for output in outputs if isinstance(output, Send)]
        choices = [list(self._copies(world, place, send, doomed=doomed)) for send in sends]
        for chosen in product(*choices):
            lost = frozenset(chain.from_iterable(missed for missed, _ in chosen)) - world.lost
            if len(lost) <= world.losses:
                yield self._posted(world, chain.from_iterable(mails for _, mails in chosen), lost)

    def _posted(
        self, world: World, mails: Iterator[tuple[int, Mail]], lost: frozenset[tuple[int, Message]]
    ) -> World:
        nodes = list(world.nodes)
        for place, mail in mails:
            nodes[place] = nodes[place]._replace(next_round=nodes[place].next_round | {mail})
        remembered = world.lost | lost if self._fault.copies == 2 else frozenset()
        return World(tuple(nodes), world.losses - len(lost), world.round, remembered)

    def _copies(
        self, world: World, place: int, send: Send, *, doomed: bool
    ) -> Iterator[tuple[Lost, Copies]]:
        """The ways in which a send can be received, each with what is lost."""
        sender = self._processes[place] % self._setting.config.nodes
        ways = [
            list(self._ways(sender, recipient, send.message, doomed=doomed))
            for recipient in send.recipients
            if not self._run.separates(sender, recipient, world.round + 1, send.message)
        ]
        for chosen in product(*ways):
            lost = tuple(chain.from_iterable(missed for missed, _ in chosen))
            yield lost, tuple(chain.from_iterable(copies for _, copies in chosen))

    def _ways(
        self, sender: int, recipient: int, message: Message, *, doomed: bool
    ) -> Iterator[tuple[Lost, Copies]]:
        """The ways in which one recipient can receive a message, or not."""
        places = [self._places[process] for process in self._run.processes_of(recipient)]
        if not places:
            yield (), ()
            return
        faulty = sender not in self._setting.honest
        forms = [Mail(Received(sender, message))]
        if faulty and self._fault.changes:
            changed = self._run.forms(message)
            forms += [Mail(Received(sender, form), changed=True) for form in changed]
        for form in forms:
            for number in range(1, len(places) + 1):
                for some in combinations(places, number):
                    yield (), tuple((place, form) for place in some)
        if doomed or (faulty and self._fault.withholds):
            yield (), ()
        yield ((recipient, message),), ()

    def _begin_round(self, world: World) -> World:
        nodes = []
        for place, node in enumerate(world.nodes):
            due: frozenset[Mail] = frozenset()
            if self._follows(node):
                held = {
                    mail
                    for mail in node.due
                    if isinstance(mail.event, Received)
                    and self._is_early(node.state, mail.event)
                    and not mail.changed
                }
                due = node.next_round.union(held, map(Mail, self._sample(place, node.state)))
            signed = node.signed | node.signing
            nodes.append(
                node._replace(due=due, next_round=frozenset(), signed=signed, signing=frozenset())
            )
        clock = world.round + 1
        partition = self._setting.partition
        if partition is None or partition.unit != "rounds" or partition.is_over(clock):
            clock = 0 if partition is None or partition.unit != "rounds" else partition.last + 1
        begun = World(tuple(nodes), world.losses, clock)
        if not any(self._pending(begun, place) for place in range(len(nodes))):
            for timer in (collection_timer, time_out):
                ends = [timer(self._setting.config, node.state) for node in nodes]
                out = [
                    self._follows(node) and self._changes(node.state, end)
                    for node, end in zip(nodes, ends, strict=True)
                ]
                if any(out):
                    timed = tuple(
                        node._replace(due=node.due | {Mail(end)}) if runs_out else node
                        for node, end, runs_out in zip(nodes, ends, out, strict=True)
                    )
                    return begun._replace(nodes=timed)
        return begun

    def _sample(self, place: int, state: NodeState) -> Iterator[Event]:
        """The next sample, once the node waits for it; with label 0 at a faulty node."""
        awaited = awaited_sample(state)
        if awaited is None or awaited >= len(self._setting.predicted):
            return
        if not finished(self._setting.config, state):
            label = self._setting.predicted[awaited][state.node]
            yield Sample(awaited, 0 if label is None else label)

    def _is_stuck(self, world: World) -> bool:
        """Whether nothing is on its way, no timer is left and no choice to be made."""
        for place, node in enumerate(world.nodes):
            if node.crashed:
                continue
            changes = any(self._changes(node.state, mail.event) for mail in node.due)
            if not self._run.follows(node.state):
                if self._is_honest(place):
                    if not self._gave_up(node.state) or changes or node.next_round:
                        return False
                continue
            timers = (collection_timer, time_out)
            if (
                changes
                or node.next_round
                or any(self._ties(node.state))
                or any(self._sample(place, node.state))
                or any(
                    self._changes(node.state, timer(self._setting.config, node.state))
                    for timer in timers
                )
            ):
                return False
        return True

    def _judge(self, world: World, cost: int) -> None:
        records = {
            process: node.record
            for process, node in zip(self._processes, world.nodes, strict=True)
            if process in self._setting.honest
        }
        stuck = self._is_stuck(world)
        for entry in PROPERTIES:
            if entry.name not in self.shortest and (stuck or not entry.when_stuck):
                if entry.violation(records, self._setting.predicted_by_honest) is not None:
                    self.shortest[entry.name] = cost
