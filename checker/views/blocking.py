"""A run that leaves a node in a view for ever, to its end: until no honest step is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from checker.setting import Setting
from checker.views.expansion import Expansion, named_moves
from checker.views.named import Members, NamedViews
from checker.views.relation import Move, Relation, Relations, State
from checker.views.roles import Leave
from poqi_core.run import Run


@dataclass(frozen=True)
class _Rest:
    """A view that has come to rest, and the shape of each node that entered it."""

    place: int
    relation: Relation
    members: Members
    moves: tuple[Move, ...]
    shapes: dict[int, int]
    before: "_Rest | None"


def block(relations: Relations, setting: Setting, node: int) -> Run | None:
    """A run of ``setting`` that leaves ``node`` undecided in a view, with no honest step left.

    None if there is none: the node can leave every view that it can enter.
    """
    views = NamedViews(relations, setting)
    level: dict[int, _Rest | None] = {sum(1 << honest for honest in setting.honest): None}
    for place in range(setting.views):
        following: dict[int, _Rest | None] = {}
        for entrants, before in level.items():
            relation, members = views.relation(place, entrants)
            # Only sets with the node in them are followed, so it has entered.
            for state, moves in _resting(relation):
                for shapes in _named(state, members):
                    rest = _Rest(place, relation, members, moves, shapes, before)
                    if _leave(rest, node) is None:
                        return _played(setting, rest)
                    going = sum(1 << other for other in shapes if _rejects(rest, other))
                    if going >> node & 1:
                        following.setdefault(going, rest)
        level = following
    return None


def _leave(rest: _Rest, node: int) -> Leave | None:
    """How ``node`` has left the view, if it has."""
    place = next(place for place, nodes in enumerate(rest.members) if node in nodes)
    player = rest.relation.players[place]
    assert player is not None
    return player.role.shapes[rest.shapes[node]].leave


def _rejects(rest: _Rest, node: int) -> bool:
    leave = _leave(rest, node)
    return leave is not None and leave.label is None


def _resting(relation: Relation) -> Iterator[tuple[State, tuple[Move, ...]]]:
    """The states in which no honest step is left, each with moves that lead there."""
    seen: dict[State, tuple[Move, ...]] = {relation.start: ()}
    stack = [relation.start]
    while stack:
        state = stack.pop()
        if next(relation.enabled(state, byzantine=False), None) is None:
            yield state, seen[state]
        for move in relation.enabled(state):
            following = relation.after(state, move)
            if following not in seen:
                seen[following] = (*seen[state], move)
                stack.append(following)


def _named(state: State, members: Members) -> Iterator[dict[int, int]]:
    """The ways to give the nodes of each group the shapes of a state."""
    ways = [list(_orders(shapes, nodes)) for shapes, nodes in zip(state, members, strict=True)]
    for chosen in product(*ways):
        yield {name: shape for group in chosen for name, shape in group}


def _orders(
    shapes: tuple[int, ...], nodes: tuple[int, ...]
) -> Iterator[tuple[tuple[int, int], ...]]:
    if not shapes:
        yield ()
        return
    first, count = shapes[0], shapes.count(shapes[0])
    for chosen in combinations(nodes, count):
        rest = tuple(name for name in nodes if name not in chosen)
        for others in _orders(shapes[count:], rest):
            yield (*((name, first) for name in chosen), *others)


def _played(setting: Setting, last: _Rest) -> Run:
    """The run through the views up to ``last``, and on until no honest step is left."""
    rests: list[_Rest] = []
    rest: _Rest | None = last
    while rest is not None:
        rests.append(rest)
        rest = rest.before
    expansion = Expansion(setting)
    for rest in reversed(rests):
        expansion.enter(rest.place)
        expansion.follow(named_moves(rest.relation, rest.moves, rest.members, rest.shapes))
    return expansion.rest()
