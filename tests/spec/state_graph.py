"""A state graph with verdicts, wherever it comes from, and what two of them differ in."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from tla_value import Function, Value, entries, written

World: TypeAlias = tuple[Value, ...]
"""The values of the variables of a module of the specification, in a fixed order."""


class Transition(NamedTuple):
    """A step of the system by an action of the specification."""

    action: str
    before: World
    after: World


class StateGraph(NamedTuple):
    """Everything that a system can do.

    Attributes:
        initial: the states in which it can begin.
        broken: for every state that it can reach the properties that are broken there.
        transitions: how many events lead from one state to another by an action.
    """

    initial: frozenset[World]
    broken: Mapping[World, frozenset[str]]
    transitions: Counter[Transition]

    def levels(self, free: str = "") -> list[set[World]]:
        """The states by their distance from the initial ones; an action ``free`` takes no step."""
        following: dict[World, list[Transition]] = {}
        for transition in self.transitions:
            following.setdefault(transition.before, []).append(transition)
        reached, level, levels = set(self.initial), list(self.initial), []
        while level:
            later: list[World] = []
            for world in level:
                for action, _, after in following.get(world, ()):
                    if action == free and after not in reached:
                        reached.add(after)
                        level.append(after)
            for world in level:
                for _, _, after in following.get(world, ()):
                    if after not in reached:
                        reached.add(after)
                        later.append(after)
            levels.append(set(level))
            level = later
        return levels

    def shortest(self, free: str = "") -> dict[str, int]:
        """For each property that is broken somewhere the fewest steps to such a state."""
        found: dict[str, int] = {}
        for depth, level in enumerate(self.levels(free)):
            for world in level:
                for name in self.broken[world]:
                    found.setdefault(name, depth)
        return found


def differences(tlc: StateGraph, core: StateGraph) -> Iterator[str]:
    """Whatever is not the same in the graph of TLC and in that of the core, in words."""
    yield from _only("an initial state", tlc.initial, core.initial)
    yield from _only("a state", tlc.broken.keys(), core.broken.keys())
    for transition in tlc.transitions.keys() | core.transitions.keys():
        mine, theirs = tlc.transitions[transition], core.transitions[transition]
        if mine != theirs:
            action, before, after = transition
            change = "; ".join(_departures(before, after, ""))
            yield f"{action} leads {mine} times in TLC and {theirs} in the core to {change}"
    for world, names in tlc.broken.items():
        expected = core.broken.get(world, names)
        if names != expected:
            yield f"broken are {sorted(names)} in TLC and {sorted(expected)} in the core"


def _only(what: str, mine: Iterable[World], theirs: Iterable[World]) -> Iterator[str]:
    one, other = set(mine), set(theirs)
    for world in one - other:
        yield f"only TLC reaches {what}: {_beside(world, other)}"
    for world in other - one:
        yield f"only the core reaches {what}: {_beside(world, one)}"


def _beside(world: World, others: Iterable[World]) -> str:
    """The world as it departs from that of the others which is most like it."""
    least: list[str] | None = None
    for other in others:
        departures = list(_departures(other, world, ""))
        if least is None or len(departures) < len(least):
            least = departures
    return "there is no other" if least is None else "; ".join(least)


def _departures(one: Value, other: Value, path: str) -> Iterator[str]:
    """Where two values depart from each other."""
    if one == other:
        return
    if isinstance(one, Function) and isinstance(other, Function):
        mine, theirs = dict(one.pairs), dict(other.pairs)
        if mine.keys() == theirs.keys():
            for key in mine:
                yield from _departures(mine[key], theirs[key], f"{path}.{key}")
            return
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        after = entries(other)
        for place, content in entries(one).items():
            yield from _departures(content, after[place], f"{path}[{place}]")
        return
    yield f"{path} {written(one)} -> {written(other)}"
