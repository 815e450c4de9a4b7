"""Simulated networks: in which order what was sent arrives.

Both deliver every message exactly once and lose none, so nodes keep what comes too early
(``Config.keep_early``).
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias

from runner.steps import Parcel

Delivery: TypeAlias = tuple[int, Parcel]
"""To whom, and what."""


class Network(Protocol):
    """What the simulation asks of a network."""

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        """Take ``parcel`` on its way to each of ``recipients``."""

    def deliver(self) -> Delivery | None:
        """What arrives next; None if nothing is on its way."""

    def __len__(self) -> int:
        """How many messages are on their way."""


class Rounds:
    """Lock-step, as the paper assumes: what is sent in one round arrives in the next one.

    One queue in the order of sending is lock-step: all that was sent in a round stands before
    all that is sent in the next.  Within a round everyone receives in the same order, as
    section III has it ("every DNN node receives inference predictions in the same order").
    """

    def __init__(self) -> None:
        self._queue: deque[Delivery] = deque()

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        """Put ``parcel`` at the end of the queue, once for each recipient."""
        for recipient in recipients:
            self._queue.append((recipient, parcel))

    def deliver(self) -> Delivery | None:
        """What has waited longest."""
        return self._queue.popleft() if self._queue else None

    def __len__(self) -> int:
        """How many messages are on their way."""
        return len(self._queue)


class Asynchronous:
    """Any delay and any order: each time, one of all the messages on their way, by lot.

    Messages of one sender overtake each other too.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(f"delivery {seed}").random
        self._pending: list[Delivery] = []

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        """Add ``parcel`` to what is on its way, once for each recipient."""
        for recipient in recipients:
            self._pending.append((recipient, parcel))

    def deliver(self) -> Delivery | None:
        """One of the messages on their way, all equally likely."""
        pending = self._pending
        if not pending:
            return None
        last = pending.pop()
        place = int(self._draw() * (len(pending) + 1))
        if place == len(pending):
            return last
        chosen = pending[place]
        pending[place] = last
        return chosen

    def __len__(self) -> int:
        """How many messages are on their way."""
        return len(self._pending)


NETWORKS: dict[str, Callable[[int], Network]] = {
    "rounds": lambda seed: Rounds(),
    "asynchronous": Asynchronous,
}
"""How to set up each network, by name, from a seed."""
