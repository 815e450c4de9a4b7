"""Where lock-step rounds stand at a moment, beside the states of the nodes."""

from typing import NamedTuple, TypeAlias

from poqi_core.messages import Event, Received

Delivery: TypeAlias = tuple[int, Received]
"""A message on its way to a process."""


class Standing(NamedTuple):
    """What sets a moment of a round apart from others in which the nodes stand the same."""

    due: tuple[tuple[int, Event], ...]
    """The samples that nodes' own networks answer in this round."""
    arriving: frozenset[Delivery]
    sent: frozenset[Delivery]
    """What will arrive in the next round."""
    timers: tuple[tuple[int, Event], ...]
    """The timers that run out in this round, and have not."""
    losses: int
    """How many messages may still be lost."""
    crashed: frozenset[int]
    postponed: tuple[tuple[int, tuple[Received, ...]], ...] = ()
    """Where deliveries are ordered: what processes could not use when it came."""
    pending: tuple[Received, tuple[int, ...]] | None = None
    """Likewise: what is being delivered to all, and the processes that have not received it."""
    partial: frozenset[Delivery] = frozenset()
    """Of what is on its way, what a node was sending when it crashed."""
    latest: frozenset[tuple[int, Delivery]] = frozenset()
    """What a crash of each process now would leave in the midst of being sent."""
    untaken_by_twin: frozenset[Delivery] = frozenset()
    """What is kept for one copy of a faulty node since the other has not taken it."""
