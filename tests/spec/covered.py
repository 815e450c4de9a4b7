"""What a set of configurations has to have so that it says something of the whole protocol."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from checker.setting import Setting
from poqi_core.readings import PROFILES
from poqi_core.register import REGISTER

BROADCAST = {"broadcast_rounds", "broadcast_signatures", "relay_second"}
BROADCAST_WORDS = {"broadcast", "f+1-absent"}
"""What only the broadcast in lock-step rounds uses, which the specification does not have."""

SPECIFIED = sorted(set(PROFILES) - {"synchronous"})
KINDS = ("everybody honest", "a Byzantine primary", "a Byzantine validator")


class Combination(NamedTuple):
    """A network, a profile, a number of nodes, and who is Byzantine: one of :data:`KINDS`."""

    network: str
    profile: str
    nodes: int
    kind: str

    def __str__(self) -> str:
        return f"{self.network}, {self.profile}, N={self.nodes}, {self.kind}"


COMBINATIONS = [
    Combination(*each) for each in product(("asynchronous", "rounds"), SPECIFIED, (3, 4), KINDS)
]
TOO_LARGE = Combination("rounds", "hardened", 4, "everybody honest")
"""In one round each of four nodes hears three others in every order: more than 10^5 states."""


OTHER_NETWORKS = [
    Combination(*each)
    for each in product(("lossy", "ordered"), SPECIFIED, (3, 4), KINDS)
    if each[:2] != ("ordered", "hardened")
]
"""Likewise; ordered rounds are for nodes that agree on labels."""


def combination(network: str, setting: Setting, profile: str | None = None) -> Combination:
    """That of a setting; the profile is the one of which it departs least, if none is given."""
    first = setting.config.primary(setting.start_view)
    if not setting.byzantine:
        kind = KINDS[0]
    else:
        kind = KINDS[1] if first in setting.byzantine else KINDS[2]
    return Combination(network, profile or nearest_profile(setting), setting.config.nodes, kind)


def nearest_profile(setting: Setting) -> str:
    """The profile from which a setting departs in the fewest readings."""
    taken = dict(setting.config.readings.items())

    def departures(name: str) -> int:
        return sum(taken[reading] != value for reading, value in PROFILES[name].items())

    return min(SPECIFIED, key=departures)


class Case(NamedTuple):
    """A configuration, and the combination that it is an example of."""

    combination: Combination
    setting: Setting


def missing(cases: Iterable[Case]) -> Iterator[str]:
    """Whatever is not among the cases, in words."""
    known = list(cases)
    had = {case.combination for case in known}
    yield from (str(each) for each in COMBINATIONS if each not in had)
    placed = {(case.setting.config.nodes, *case.setting.byzantine) for case in known}
    for nodes in (3, 4):
        for node in range(nodes):
            if (nodes, node) not in placed:
                yield f"N={nodes}, node {node} Byzantine"
    yield from missing_values(case.setting for case in known)


def missing_values(settings: Iterable[Setting]) -> Iterator[str]:
    """The values of readings that no setting takes, in words."""
    taken = {entry.name: set[str]() for entry in REGISTER}
    for setting in settings:
        for name, value in setting.config.readings.items():
            taken[name].add(str(value))
    for entry in REGISTER:
        if entry.name not in BROADCAST:
            for word in set(entry.words) - BROADCAST_WORDS - taken[entry.name]:
                yield f"{entry.name}={word}"
            if entry.numbers and len(taken[entry.name]) < 2:
                yield f"a second value of {entry.name}"
