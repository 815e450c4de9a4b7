"""A node before and after a lock-step round, and everything that it can do in one.

States, records, events and sends are numbers here, each node having its own numbering.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

Numbers: TypeAlias = tuple[int, ...]
"""Some numbers, in ascending order."""


class Timers(Enum):
    """Which timers run out in a round; a time-out is longer than a collection is open."""

    NONE = "none: something else happens"
    COLLECTIONS = "nothing else happens, and somebody's collection is closed"
    TIME_OUTS = "nothing else happens, and no collection is open"


class Standing(NamedTuple):
    """A node between two rounds."""

    state: int
    seen: int
    inbox: Numbers
    """The honest messages that it is to receive."""
    record: int
    """Mask of what honest nodes, whichever, have signed by then for others to quote."""
    offers: Numbers = ()
    """What faulty nodes that run the core have sent it, and may withhold or change."""
    losses: int = 0
    """How many messages the network may still lose, whoever is to receive them."""
    round: int = 0
    """The number of the round that follows, where a partition holds for some rounds."""
    crashed: bool = False
    untaken_by_twin: Numbers = ()
    """Of a copy of a faulty node: what is kept for it and must reach it."""


class Finish(NamedTuple):
    """How a node can come out of a round."""

    state: int
    seen: int
    held: Numbers
    """Messages of a later step, which the network keeps."""
    sends: Numbers
    """What it sent, each message once."""
    kept: Numbers = ()
    """Offers of a later step, which the network keeps."""
    offers: Numbers = ()
    """What it sent that it may withhold or change."""
    lost: int = 0
    """How many messages to it the network has lost."""
    missed: Numbers = ()
    """What did not reach this copy of a node, and so must have reached the other."""
    crashed: bool = False


@dataclass(frozen=True)
class LocalRound:
    """What one node can do in one round.

    Attributes:
        finishes: every way out of the round, with the fewest events; of those with the fewest
            Byzantine ones; of those with the least in the order of events.
        glimpses: everything that can be seen of the node during the round, likewise.
    """

    finishes: Mapping[Finish, Numbers]
    glimpses: Mapping[int, Numbers]
