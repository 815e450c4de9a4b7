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


class Case(NamedTuple):
    """A configuration, and the profile of which it departs least."""

    network: str
    profile: str
    setting: Setting

    @property
    def kind(self) -> str:
        """Whether the first primary is Byzantine, or another node, or nobody."""
        byzantine = self.setting.byzantine
        if not byzantine:
            return KINDS[0]
        first = self.setting.config.primary(self.setting.start_view)
        return KINDS[1] if first in byzantine else KINDS[2]


def nearest_profile(setting: Setting) -> str:
    """The profile from which a setting departs in the fewest readings."""
    taken = dict(setting.config.readings.items())

    def departures(name: str) -> int:
        return sum(taken[reading] != value for reading, value in PROFILES[name].items())

    return min(SPECIFIED, key=departures)


def missing(cases: Iterable[Case]) -> Iterator[str]:
    """Whatever is not among the cases, in words."""
    known = list(cases)
    had = {(case.network, case.profile, case.setting.config.nodes, case.kind) for case in known}
    for case in product(("asynchronous", "rounds"), SPECIFIED, (3, 4), KINDS):
        if case not in had:
            network, profile, nodes, kind = case
            yield f"{network}, {profile}, N={nodes}, {kind}"
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
