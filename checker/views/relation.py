"""The relation of one view: who can leave it how, for each way in which messages can flow.

Within a view a global state says in which shape each node is; nodes of a group are alike, so
it is a multiset for each group.  Leaving a view sends nothing that is heeded in it (where it
does, the step is followed like any other), so it is put off until everything else has
happened, and each node chooses by itself among the ways that are open to it then.  A step to a
shape that simulates the one before is taken at once, as it closes no way.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, TypeAlias

from checker.question import QuestionError
from checker.views.occasion import (
    Cast,
    Faulty,
    Group,
    Occasion,
    Player,
    answering_closes_no_way,
)
from checker.views.roles import Edge, Leave, Role, Sent
from checker.views.tabulation import tabulate
from poqi_core.config import Config

Options: TypeAlias = frozenset[Leave | None]
"""The ways in which a node can end a view; None: it never leaves it."""

State: TypeAlias = tuple[tuple[int, ...], ...]
"""The shapes of the nodes of each group in ascending order, those of the primary first."""


class Move(NamedTuple):
    """A node of a group takes an edge.

    Attributes:
        place: the group, counted from 1; 0 is the primary.
        shape: the shape in which the node is.
        edge: the edge that it takes.
    """

    place: int
    shape: int
    edge: Edge


class Row(NamedTuple):
    """What can have come about at the end of a view.

    Attributes:
        options: for each node of each group, the primary first, how it can end the view.
        shapes: the shapes of those nodes.
    """

    options: tuple[tuple[Options, ...], ...]
    shapes: State

    def covers(self, other: "Row") -> bool:
        """Whether each node can be matched with one of ``other`` that has no more options.

        False may be wrong: nodes are compared in the order of their options.
        """
        return all(
            theirs <= mine
            for group, others in zip(self.options, other.options, strict=True)
            for mine, theirs in zip(
                sorted(group, key=_rank), sorted(others, key=_rank), strict=True
            )
        )


def _rank(options: Options) -> tuple[int, list[str]]:
    return len(options), sorted(map(repr, options))


class _Effect(Enum):
    """What a move closes to the node that makes it, and so when it is followed."""

    GAINS = "it closes no way and opens some: made at once"
    LOSES = "it opens no way: never made"
    CHOOSES = "it opens ways and closes others: both are followed"
    ENDS = "it leaves the view without telling anybody anything: put off"
    TELLS = "it leaves the view and is heard: both are followed"


_FOLLOWED = (_Effect.CHOOSES, _Effect.TELLS)


class _Way(NamedTuple):
    """A move, and what must have been sent for it.

    Attributes:
        move: the move.
        effect: what it means to the node that makes it.
        sent: the message that is needed, by its number in the relation; None: no message is.
        at_least: so many must have sent it, the node itself among them if it has.
        forged: whether a Byzantine node can have sent it.
        from_primary: whether the primary must have sent it as well.
    """

    move: Move
    effect: _Effect
    sent: int | None
    at_least: int
    forged: bool
    from_primary: bool


class Relation:
    """The rows of an occasion, and the moves that lead to each."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.players: tuple[Player | None, ...] = (cast.primary, *cast.players)
        """What the nodes of each group can do, the primary first."""
        self._numbers: dict[Sent, int] = {}
        self._sent = [
            [] if player is None else [self._numbered(player, shape) for shape in _shapes(player)]
            for player in self.players
        ]
        self._ways = [
            []
            if player is None
            else [self._ways_of(place, player, shape) for shape in _shapes(player)]
            for place, player in enumerate(self.players)
        ]
        self._came_from: dict[State, tuple[State, tuple[Move, ...]]] = {}
        self.start: State = tuple(
            () if player is None else (player.start,) * player.count for player in self.players
        )
        self.first_moves: tuple[Move, ...]
        """What happens at once when the view begins."""
        self.rows = self._explore()

    @property
    def states(self) -> int:
        """How many global states of the view were followed."""
        return 1 + len(self._came_from)

    def moves(self, row: Row) -> tuple[Move, ...]:
        """The moves that lead to ``row`` from the beginning of the view."""
        parts: list[tuple[Move, ...]] = []
        state = row.shapes
        while state in self._came_from:
            state, moves = self._came_from[state]
            parts.append(moves)
        parts.append(self.first_moves)
        return tuple(move for moves in reversed(parts) for move in moves)

    def _explore(self) -> tuple[Row, ...]:
        first, self.first_moves = self._at_once(self.start, ())
        queue = [first]
        rows: dict[tuple[tuple[Options, ...], ...], Row] = {}
        for state in queue:
            ways = list(self._open(state))
            row = Row(self._options(state, ways), state)
            rows.setdefault(tuple(tuple(sorted(group, key=_rank)) for group in row.options), row)
            for way in ways:
                if way.effect in _FOLLOWED:
                    move = way.move
                    following, moves = self._at_once(self.after(state, move), (move,))
                    if following != first and following not in self._came_from:
                        self._came_from[following] = state, moves
                        queue.append(following)
        kept: list[Row] = []
        for row in reversed(rows.values()):
            if not any(other.covers(row) for other in kept):
                kept = [other for other in kept if not row.covers(other)]
                kept.append(row)
        return tuple(kept)

    def enabled(self, state: State, *, byzantine: bool = True) -> Iterator[Move]:
        """What the nodes can do, one of each shape of a group for all.

        Without ``byzantine`` by what honest nodes have sent alone.
        """
        return (way.move for way in self._open(state, byzantine=byzantine))

    @staticmethod
    def after(state: State, move: Move) -> State:
        """The global state after a move."""
        group = list(state[move.place])
        group.remove(move.shape)
        group.append(move.edge.target)
        group.sort()
        return (*state[: move.place], tuple(group), *state[move.place + 1 :])

    def _numbered(self, player: Player, shape: int) -> frozenset[int]:
        return frozenset(self._number(sent) for sent in player.sent(shape))

    def _number(self, sent: Sent) -> int:
        return self._numbers.setdefault(sent, len(self._numbers))

    def _ways_of(self, place: int, player: Player, shape: int) -> tuple[_Way, ...]:
        """What a node of that group in ``shape`` can do, whatever was sent."""
        own = self._sent[place][shape] if place else frozenset()
        ways = []
        for edge in player.edges[shape]:
            kind, from_primary, others = edge.guard
            effect = self._effect(player, shape, edge)
            sent = None if kind is None else self._number(Sent(kind, place == 0))
            forged = kind is not None and self.cast.forged(kind)
            at_least = others + (sent in own)
            ways.append(
                _Way(Move(place, shape, edge), effect, sent, at_least, forged, from_primary)
            )
        return tuple(ways)

    def _effect(self, player: Player, shape: int, edge: Edge) -> _Effect:
        if edge.leave is not None:
            news = player.sent(edge.target) - player.sent(shape)
            return _Effect.TELLS if news & self.cast.heeded else _Effect.ENDS
        if (edge.target, shape) in player.simulations:
            return _Effect.LOSES
        gains = (shape, edge.target) in player.simulations
        return _Effect.GAINS if gains else _Effect.CHOOSES

    def _open(self, state: State, *, byzantine: bool = True) -> Iterator[_Way]:
        """The ways that are open, one of each shape of a group for all."""
        occasion = self.cast.occasion
        liars = occasion.byzantine if byzantine else 0
        primary_lies = byzantine and occasion.primary is Faulty.BYZANTINE
        counts = [0] * len(self._numbers)
        for shapes, sent_in in zip(state[1:], self._sent[1:], strict=True):
            for shape in shapes:
                for sent in sent_in[shape]:
                    counts[sent] += 1
        by_primary = self._sent[0][state[0][0]] if state[0] else frozenset()
        for shapes, ways in zip(state, self._ways, strict=True):
            for shape in dict.fromkeys(shapes):
                for way in ways[shape]:
                    needed = way.sent
                    if needed is not None:
                        if counts[needed] + (liars if way.forged else 0) < way.at_least:
                            continue
                        led = needed in by_primary or (way.forged and primary_lies)
                        if way.from_primary and not led:
                            continue
                    yield way

    def _at_once(self, state: State, moves: tuple[Move, ...]) -> tuple[State, tuple[Move, ...]]:
        """``state`` after all that closes no way, and the moves so far with those."""
        while True:
            move = next(
                (way.move for way in self._open(state) if way.effect is _Effect.GAINS), None
            )
            if move is None:
                return state, moves
            state = self.after(state, move)
            moves = (*moves, move)

    def _options(self, state: State, ways: list[_Way]) -> tuple[tuple[Options, ...], ...]:
        """How each node can end the view when all of that has been sent."""
        ends: dict[tuple[int, int], set[Leave | None]] = {}
        for way in ways:
            if way.effect is _Effect.ENDS:
                move = way.move
                ends.setdefault((move.place, move.shape), {None}).add(move.edge.leave)
        return tuple(
            tuple(frozenset(ends.get((place, shape), self._gone(place, shape))) for shape in shapes)
            for place, shapes in enumerate(state)
        )

    def _gone(self, place: int, shape: int) -> set[Leave | None]:
        """The one way of a node that has left already, or that has no other than to stay."""
        player = self.players[place]
        assert player is not None
        return {player.role.shapes[shape].leave}


def _shapes(player: Player) -> range:
    return range(len(player.edges))


class Relations:
    """The relations of a configuration, each computed once."""

    def __init__(self, config: Config, labels: int) -> None:
        """Relations of views in which one of ``labels`` labels is named."""
        self._config = config
        self._labels = labels
        self._roles: dict[tuple[Group, bool], Role] = {}
        self._plain: dict[tuple[bool, bool], Role] = {}
        self._known: dict[Occasion, Relation] = {}

    def of(self, occasion: Occasion) -> Relation:
        """The relation of ``occasion``."""
        known = self._known.get(occasion)
        if known is None:
            primary = occasion.primary
            cast = Cast(
                occasion,
                self.role(primary, is_primary=True) if isinstance(primary, Group) else None,
                tuple(self.role(group, is_primary=False) for group, _ in occasion.groups),
            )
            known = self._known[occasion] = Relation(cast)
        return known

    @property
    def states(self) -> int:
        """The global states of views that were followed so far."""
        return sum(relation.states for relation in self._known.values())

    def role(self, group: Group, *, is_primary: bool) -> Role:
        """What a node of ``group`` can do in a view, as its primary or as a validator.

        Raises:
            QuestionError: a node whose network has answered can do less than before.
        """
        key = group._replace(classified=False), is_primary
        if key not in self._roles:
            plain = is_primary, group.hears
            if plain not in self._plain:
                self._plain[plain] = self._tabulated(is_primary=is_primary, hears=group.hears)
            self._roles[key] = self._plain[plain].relabelled(group.label)
        return self._roles[key]

    def _tabulated(self, *, is_primary: bool, hears: bool) -> Role:
        role = tabulate(self._config, self._labels, is_primary=is_primary, hears=hears)
        if not hears and not answering_closes_no_way(role):
            raise QuestionError(
                "with these readings a node whose network has answered can no longer do all that "
                "it could have done before; views can be composed where it can"
            )
        return role
