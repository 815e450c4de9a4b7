"""The role of a node in a view, tabulated by calls of the core.

Of the peers that a node has counted for something only how many they are is kept: the lowest
ones, in every mask.  A *counted* delivery is one that does nothing but add its sender to a
count.  It can wait until something comes of it, and nothing else comes of a count than its
threshold being reached (``docs/reductions.md``, 13).  So from each
:class:`~checker.views.roles.Shape` the messages of one kind are delivered one after the other
until something happens; how many that took is the *guard* of an edge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.setting import Setting
from checker.system import Outcome
from checker.views.kinds import Kind, kind_of, kinds, message_of, view_of
from checker.views.roles import Edge, Guard, Hears, Leave, Link, Role, Sent, Shape
from poqi_core.config import Config
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TimeOut
from poqi_core.outputs import Decided
from poqi_core.state import NodeState, Tally, initial

_PRIMARY = 0
_BEYOND_ANY_CONFLICT = 1_000_000

Taken: TypeAlias = Outcome[NodeState, Packet, Facts]


class _Place(NamedTuple):
    """How far the messages of one kind have been delivered."""

    state: NodeState
    from_primary: bool
    others: int


class _Found(NamedTuple):
    guard: Guard
    chain: tuple[Link, ...]
    outcome: Taken


def tabulate(config: Config, labels: int, *, is_primary: bool, hears: bool) -> Role:
    """The role of a node with label 0, in a view in which one of ``labels`` labels is named.

    ``hears`` says that a sample follows the node's own, so that the labels that it hears from
    primaries can matter later.
    """
    return _Tabulation(config, labels, is_primary=is_primary, hears=hears).role()


class _Tabulation:
    def __init__(self, config: Config, labels: int, *, is_primary: bool, hears: bool) -> None:
        # Whether a rejection makes a conflict depends on the views before, not on this one.
        readings = replace(config.readings, conflict_after=_BEYOND_ANY_CONFLICT)
        config = replace(config, readings=readings, samples=2 if hears else 1)
        self._node = _PRIMARY if is_primary else config.nodes - 1
        self._others = [node for node in range(config.nodes) if node not in (_PRIMARY, self._node)]
        pattern = (0,) * config.nodes
        self._system = PoqiSystem(Setting(config, (pattern,) * (config.samples or 1), views=1))
        self._config = config
        self._kinds = tuple(kinds(labels))
        self._shapes: dict[Shape, int] = {}
        self._edges: list[tuple[Edge, ...]] = []

    def role(self) -> Role:
        start = Shape(initial(self._config, self._node), frozenset())
        self._shapes[start] = 0
        for shape in self._growing():
            within = shape.leave is None
            self._edges.append(tuple(self._edges_from(shape)) if within else ())
        answered = self._after(start, self._deliver(start.state, Sample(0, 0)))
        return Role(tuple(self._shapes), self._shapes[answered], tuple(self._edges))

    def _growing(self) -> Iterator[Shape]:
        """Every shape, those included that come to be known meanwhile."""
        done = 0
        while done < len(self._shapes):
            yield list(self._shapes)[done]
            done += 1

    def _deliver(self, state: NodeState, event: Event) -> Taken | None:
        outcome = self._system.step(self._node, state, Happening(event, None))
        if not isinstance(outcome, Outcome):
            return None
        return outcome._replace(state=self._counted(outcome.state))

    def _after(self, shape: Shape, outcome: Taken | None) -> Shape:
        assert outcome is not None
        sent = set(shape.sent)
        for packet in outcome.sends:
            message = packet.message
            kind = kind_of(message)
            if kind is None or view_of(message) != 0:
                continue
            if _PRIMARY in packet.recipients:
                sent.add(Sent(kind, True))
            if set(packet.recipients) - {_PRIMARY}:
                sent.add(Sent(kind, False))
        return Shape(outcome.state, frozenset(sent))

    def _edges_from(self, shape: Shape) -> Iterator[Edge]:
        timers: tuple[Sample | TimeOut | CollectionClosed, ...] = (
            Sample(0, 0),
            TimeOut(0),
            CollectionClosed(0),
        )
        for timer in timers:
            outcome = self._deliver(shape.state, timer)
            if outcome is not None:
                yield self._edge(shape, _Found(Guard(None), (timer,), outcome))
        for kind in self._kinds:
            for found in self._without_dominated(shape, kind):
                yield self._edge(shape, found)

    def _edge(self, shape: Shape, found: _Found) -> Edge:
        """The edge of what was found; its shape becomes known."""
        after = found.outcome.state
        target = self._after(shape, found.outcome)
        if after.view == 0:
            number = self._shapes.setdefault(target, len(self._shapes))
            return Edge(found.guard, found.chain, number, None)
        shown = found.outcome.shown
        assert shown is not None
        decided = [fact.label for fact in shown.outputs if isinstance(fact, Decided)]
        leave = Leave(decided[0], True, None) if decided else _rejection(after)
        left = Shape(after, target.sent, leave)
        number = self._shapes.setdefault(left, len(self._shapes))
        return Edge(found.guard, found.chain, number, leave)

    def _without_dominated(self, shape: Shape, kind: Kind) -> list[_Found]:
        """What hearing messages of ``kind`` leads to, without what comes later all the same."""
        kept: list[_Found] = []
        for found in self._by_hearing(shape, kind):
            if not any(self._leads_on(shape, earlier, found) for earlier in kept):
                kept.append(found)
        return kept

    def _leads_on(self, shape: Shape, earlier: _Found, found: _Found) -> bool:
        """Whether counted deliveries lead from what ``earlier`` led to on to ``found``."""
        if not earlier.guard.is_met_by(found.guard):
            return False
        between, after = (self._after(shape, what.outcome) for what in (earlier, found))
        if between.sent != after.sent or between.state.view != after.state.view:
            return False
        kind = earlier.guard.kind
        assert kind is not None
        start = _Place(between.state, earlier.guard.from_primary, earlier.guard.others)
        return any(
            place.state == after.state
            and place.from_primary <= found.guard.from_primary
            and place.others <= found.guard.others
            for place, _ in self._counting(kind, start)
        )

    def _by_hearing(self, shape: Shape, kind: Kind) -> Iterator[_Found]:
        """What happens when messages of ``kind`` arrive, the fewest first."""
        for place, chain in self._counting(kind, _Place(shape.state, False, 0)):
            for link, following, outcome in self._next(kind, place):
                if outcome is not None and not _only_counts(place.state, outcome):
                    guard = Guard(kind, following.from_primary, following.others)
                    yield _Found(guard, (*chain, link), outcome)

    def _counting(self, kind: Kind, start: _Place) -> Iterator[tuple[_Place, tuple[Link, ...]]]:
        """The places that counted deliveries of ``kind`` lead to from ``start``."""
        chains: dict[_Place, tuple[Link, ...]] = {start: ()}
        queue = [start]
        for place in queue:
            yield place, chains[place]
            for link, following, outcome in self._next(kind, place):
                if outcome is None:
                    chain = chains[place]
                elif _only_counts(place.state, outcome):
                    chain = (*chains[place], link)
                    following = following._replace(state=outcome.state)
                else:
                    continue
                if following not in chains:
                    chains[following] = chain
                    queue.append(following)

    def _next(self, kind: Kind, place: _Place) -> Iterator[tuple[Link, _Place, Taken | None]]:
        """The next delivery of ``kind`` by one of the others, and by the primary."""
        if place.others < len(self._others):
            sender = self._others[place.others]
            message = message_of(kind, sender, _PRIMARY, 0)
            outcome = self._deliver(place.state, Received(sender, message))
            yield Hears(kind, False), place._replace(others=place.others + 1), outcome
        if not place.from_primary and self._node != _PRIMARY:
            message = message_of(kind, _PRIMARY, _PRIMARY, 0)
            outcome = self._deliver(place.state, Received(_PRIMARY, message))
            yield Hears(kind, True), place._replace(from_primary=True), outcome

    def _counted(self, state: NodeState) -> NodeState:
        """``state`` with the lowest of the others in every mask, as many as there were."""
        log = state.log
        return state._replace(
            log=log._replace(
                objectors=self._lowest(log.objectors),
                collected_from=self._lowest(log.collected_from),
                prepares=self._of_lowest(log.prepares),
                commits=self._of_lowest(log.commits),
            )
        )

    def _of_lowest(self, tallies: Sequence[Tally]) -> tuple[Tally, ...]:
        return tuple(tally._replace(senders=self._lowest(tally.senders)) for tally in tallies)

    def _lowest(self, mask: int) -> int:
        count = sum(mask >> node & 1 for node in self._others)
        named = mask & (1 << self._node | 1 << _PRIMARY)
        return named | sum(1 << node for node in self._others[:count])


def _rejection(after: NodeState) -> Leave:
    heard = after.heard[_PRIMARY] if after.heard else None
    return Leave(None, after.prediction is not None, heard)


def _only_counts(before: NodeState, outcome: Taken) -> bool:
    """Whether a step does nothing but add to a count."""
    shows = bool(outcome.sends) or outcome.shown is not None
    return not shows and _uncounted(outcome.state) == _uncounted(before)


def _uncounted(state: NodeState) -> NodeState:
    log = state.log
    return state._replace(
        log=log._replace(objectors=0, collected=(), collected_from=0, prepares=(), commits=())
    )
