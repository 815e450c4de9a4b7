"""From a composed run to a run of the core, event by event.

The relation of a view counts nodes; here each of them gets its name back, and each counted
message a sender: a Byzantine node where one can send it, else an honest one that has.  The
core is run along, so what cannot happen is noticed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from checker.setting import Setting
from checker.views.kinds import Kind, kind_of, message_of, view_of
from checker.views.named import Members, NamedRow
from checker.views.one_sample import Stage
from checker.views.relation import Move, Relation
from checker.views.roles import Edge, Hears, Leave, Link
from poqi_core.messages import CollectionClosed, Event, Message, Received, Sample, TimeOut
from poqi_core.run import Act, Execution, Run


def expand(setting: Setting, stages: Sequence[Stage]) -> Run:
    """The run of ``setting`` that goes through ``stages``.

    Raises:
        poqi_core.run.DepartureError: it is no run of the core; a bug of the composition.
    """
    return expanded(setting, stages).run


def expanded(setting: Setting, stages: Sequence[Stage]) -> "Expansion":
    """The same, to be gone on with."""
    expansion = Expansion(setting)
    for stage in stages:
        row = stage.row
        moves = row.relation.moves(row.row)
        expansion.enter(stage.place)
        expansion.follow(named_moves(row.relation, moves, row.members, row.shapes))
        expansion.leave(row, stage.leaving)
    return expansion


class Expansion:
    """Runs the core along the moves of single views, one view after the other."""

    def __init__(self, setting: Setting) -> None:
        """Begins where no node has done anything."""
        self._setting = setting
        self.execution = Execution(setting.run("asynchronous", ()))
        self._acts: list[Act] = []
        self._counted: dict[tuple[int, Kind], set[int]] = {}
        """By node and kind: whose messages of the current view it has been given."""
        self._view = 0

    @property
    def run(self) -> Run:
        """The run so far."""
        return self._setting.run("asynchronous", tuple(self._acts))

    def rest(self) -> Run:
        """Go on until no honest step is left; the run up to there."""
        while (act := next(self.execution.honest_steps(), None)) is not None:
            self.perform(act)
        return self.run

    def enter(self, place: int) -> None:
        """The moves that follow are those of the view at ``place``, counted from 0."""
        self._view = self._setting.start_view + place
        self._counted = {}

    def follow(self, moves: Iterable[tuple[int, Edge]]) -> None:
        """Let each node take its edge."""
        for node, edge in moves:
            self._take(node, edge)

    def leave(self, row: NamedRow, leaving: Iterable[tuple[int, Leave]]) -> None:
        """Let the nodes leave the view, but for those that have left it already."""
        for node, leave in leaving:
            if self.execution.states[node].view == self._view:
                self._take(node, self._way_out(row, node, leave))

    def perform(self, act: Act) -> None:
        """Let anything else happen."""
        self.execution.perform(act)
        self._acts.append(act)

    @property
    def _primary(self) -> int:
        return self._setting.config.primary(self._view)

    def _take(self, node: int, edge: Edge) -> None:
        for link in edge.chain:
            self.perform(Act(node, self._event(node, link)))

    def _event(self, node: int, link: Link) -> Event:
        match link:
            case Sample():
                sample = self.execution.states[node].sample
                label = self._setting.predicted[sample][node]
                assert label is not None
                return Sample(sample, label)
            case TimeOut():
                return TimeOut(self._view)
            case CollectionClosed():
                return CollectionClosed(self._view)
        counted = self._counted.setdefault((node, link.kind), set())
        sender, message = next(
            (sender, message)
            for sender, message in self._senders(node, link)
            if sender not in counted
        )
        counted.add(sender)
        return Received(sender, message)

    def _senders(self, node: int, link: Hears) -> Iterator[tuple[int, Message]]:
        """Who could have sent that to ``node`` by now, Byzantine nodes first."""
        setting, primary = self._setting, self._primary
        for sender in chain(setting.byzantine, setting.honest):
            if sender == node or (sender == primary) != link.from_primary:
                continue
            if sender not in setting.honest:
                if all(label < setting.labels for label in link.kind.labels):
                    yield sender, message_of(link.kind, sender, primary, self._view)
                continue
            for message in self.execution.signed[sender]:
                if kind_of(message) == link.kind and view_of(message) == self._view:
                    if self._arrives(node, Received(sender, message)):
                        yield sender, message

    def _arrives(self, node: int, received: Received) -> bool:
        return self.execution.obstacle(Act(node, received)) is None

    def _way_out(self, row: NamedRow, node: int, leave: Leave) -> Edge:
        """An edge by which ``node`` can leave as ``leave`` says, with what has been sent."""
        place = next(place for place, nodes in enumerate(row.members) if node in nodes)
        player = row.relation.players[place]
        assert player is not None
        ways = (edge for edge in player.edges[row.shapes[node]] if edge.leave == leave)
        return next(edge for edge in ways if self._can_hear(node, edge.chain))

    def _can_hear(self, node: int, links: Sequence[Link]) -> bool:
        """Whether somebody is left to send each of ``links``, which are of one kind."""
        counted = {
            kind: set(senders) for (who, kind), senders in self._counted.items() if who == node
        }
        for link in links:
            if isinstance(link, Hears):
                used = counted.setdefault(link.kind, set())
                free = (sender for sender, _ in self._senders(node, link) if sender not in used)
                sender = next(free, None)
                if sender is None:
                    return False
                used.add(sender)
        return True


def named_moves(
    relation: Relation, moves: Sequence[Move], members: Members, shapes: Mapping[int, int]
) -> Iterator[tuple[int, Edge]]:
    """The moves from the beginning of a view, each with the node that makes it.

    Nodes of a group begin alike, so it does not matter which one goes which way as long as each
    of its ``members`` ends up in its shape.
    """
    slots = [list(starts) for starts in relation.start]
    taken: list[tuple[int, int, Edge]] = []
    for place, shape, edge in moves:
        slot = slots[place].index(shape)
        slots[place][slot] = edge.target
        taken.append((place, slot, edge))
    names: dict[tuple[int, int], int] = {}
    for place, nodes in enumerate(members):
        left = list(nodes)
        for slot, shape in enumerate(slots[place]):
            name = next(node for node in left if shapes[node] == shape)
            left.remove(name)
            names[place, slot] = name
    for place, slot, edge in taken:
        yield names[place, slot], edge
