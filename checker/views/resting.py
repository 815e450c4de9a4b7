"""How views can come to rest: no honest step is left, and some nodes are still in a view.

Here every message of an honest node arrives sooner or later, so who has *not* sent something
matters, and leaving early can harm others.  So every step is followed, leaving among them, and
none is taken for another.
"""

from collections.abc import Iterator
from enum import Enum
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from checker.setting import Setting
from checker.views.named import Members, NamedViews
from checker.views.occasion import Occasion
from checker.views.relation import Relation, Relations


class Rest(Enum):
    """What has become of a node in a view in which no honest step is left."""

    STUCK = "it is still in the view"
    REJECTED = "it has rejected the primary"
    DECIDED = "it has decided"


Rests: TypeAlias = tuple[tuple[Rest, ...], ...]
"""For each group what has become of its nodes, in a fixed order; the primary first."""


class _Exploration(NamedTuple):
    """What an exploration has found, and the rest of it."""

    found: list[Rests]
    left: Iterator[Rests]


class Resting:
    """How the views of a configuration can come to rest, each relation explored once."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._known: dict[Occasion, _Exploration] = {}

    def rests(self, relation: Relation) -> Iterator[Rests]:
        """How the view of ``relation`` can come to rest, for the nodes of a group in any order.

        It is explored only as far as somebody asks.
        """
        occasion = relation.cast.occasion
        if occasion not in self._known:
            self._known[occasion] = _Exploration([], _explore(relation))
        found, left = self._known[occasion]
        place = 0
        while True:
            if place == len(found):
                following = next(left, None)
                if following is None:
                    return
                found.append(following)
            yield found[place]
            place += 1

    def blockable(self, setting: Setting) -> frozenset[int]:
        """The honest nodes that can be left in a view with no honest step left anywhere.

        ``setting`` has one sample.  Where some nodes rest in a view, the others go on, and come to
        rest in a later one; what the views before did is over by then.
        """
        views, blocked = NamedViews(self._relations, setting), set[int]()
        level = {sum(1 << node for node in setting.honest)}
        for place in range(setting.views):
            following: set[int] = set()
            for entrants in level:
                relation, members = views.relation(place, entrants)
                for outcome in self.rests(relation):
                    for nodes, ends in zip(members, outcome, strict=True):
                        if Rest.STUCK in ends:
                            blocked.update(nodes)
                    if len(blocked) == len(setting.honest):
                        return frozenset(blocked)
                    following.update(_rejecting(members, outcome))
            level = following
        return frozenset(blocked)


def _explore(relation: Relation) -> Iterator[Rests]:
    """Every way to rest once, depth first: what happens at once is mostly the first."""
    seen = {relation.start}
    stack = [relation.start]
    told: set[Rests] = set()
    while stack:
        state = stack.pop()
        if next(relation.enabled(state, byzantine=False), None) is None:
            rests = tuple(_ends(relation, place, shapes) for place, shapes in enumerate(state))
            if rests not in told:
                told.add(rests)
                yield rests
        for move in relation.enabled(state):
            following = relation.after(state, move)
            if following not in seen:
                seen.add(following)
                stack.append(following)


def _ends(relation: Relation, place: int, shapes: tuple[int, ...]) -> tuple[Rest, ...]:
    player = relation.players[place]
    ends = []
    for shape in shapes:
        assert player is not None
        leave = player.role.shapes[shape].leave
        if leave is None:
            ends.append(Rest.STUCK)
        else:
            ends.append(Rest.REJECTED if leave.label is None else Rest.DECIDED)
    return tuple(sorted(ends, key=lambda end: end.name))


def _rejecting(members: Members, outcome: Rests) -> Iterator[int]:
    """Masks of the nodes that can be those that reject the primary, but the empty one."""
    ways = [
        combinations(nodes, ends.count(Rest.REJECTED))
        for nodes, ends in zip(members, outcome, strict=True)
    ]
    for chosen in product(*ways):
        mask = sum(1 << node for nodes in chosen for node in nodes)
        if mask:
            yield mask
