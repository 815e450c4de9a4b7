"""The networks in which a run can happen, and what a network may lose.

``docs/networks-and-faults.md`` says of each what is explored, and how they contain each other.
"""

import re
from typing import NamedTuple

from poqi_core.messages import (
    Commit,
    Decision,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    ViewChange,
)

NETWORKS = {
    "asynchronous": "what was sent arrives at any later time or never, in any order, any number "
    "of times",
    "rounds": "lock-step: what honest nodes send arrives in the next round, in any order",
    "ordered": "lock-step rounds in which everyone receives the same messages in the same order",
    "lossy": "lock-step rounds in which a few messages are lost, or a partition holds",
}
"""Every network by name, with its meaning."""

_PARTITION = re.compile(
    r"(?P<groups>\d{1,4}(?:,\d{1,4})*(?:/\d{1,4}(?:,\d{1,4})*)+)"
    r"(?:@(?P<unit>rounds|views)=(?P<first>\d{1,4})(?:-(?P<last>\d{1,4}))?)?"
)


class Partition(NamedTuple):
    """Groups of nodes between which nothing arrives for as long as the partition holds."""

    groups: tuple[tuple[int, ...], ...]
    unit: str | None = None
    """``rounds``: it holds in some of them; ``views``: for messages of some; None: always."""
    first: int = 0
    last: int = 0
    """The last of those rounds, in which messages arrive, or views."""

    def separates(self, sender: int, recipient: int, arrival: int, message: Message) -> bool:
        """Whether ``message``, which would arrive in round ``arrival``, is lost between them."""
        if any(sender in group and recipient in group for group in self.groups):
            return False
        where = arrival if self.unit == "rounds" else _view_of(message)
        return self.unit is None or (where is not None and self.first <= where <= self.last)

    def is_over(self, arrival: int) -> bool:
        """Whether nothing that arrives in round ``arrival`` or later is lost."""
        return self.unit == "rounds" and arrival > self.last

    def text(self) -> str:
        """The partition as :func:`parse_partition` reads it."""
        groups = "/".join(",".join(map(str, group)) for group in self.groups)
        until = "" if self.first == self.last else f"-{self.last}"
        return groups if self.unit is None else f"{groups}@{self.unit}={self.first}{until}"


def _view_of(message: Message) -> int | None:
    """The view that a message belongs to; None where it belongs to none."""
    if isinstance(message, ViewChange):
        return message.view - 1
    if isinstance(message, PrePrepare | NodePrediction | Prepare | Commit | Decision):
        return message.view
    return None


def parse_partition(text: str) -> Partition:
    """The partition that ``text`` writes: ``0,1/2,3``, ``0/1,2@rounds=2-4``, ``0/1@views=0``.

    Raises:
        ValueError: it writes none; the message says what is expected.
    """
    found = _PARTITION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text[:60]!r} is no partition; write the groups, such as 0,1/2,3, and if it holds "
            "only for a time @rounds=2-4 or @views=0-1"
        )
    groups = tuple(
        tuple(sorted(int(node) for node in group.split(",")))
        for group in found["groups"].split("/")
    )
    named = [node for group in groups for node in group]
    if len(set(named)) < len(named):
        raise ValueError(f"partition {text!r} names a node twice")
    if found["unit"] is None:
        return Partition(groups)
    first = int(found["first"])
    last = first if found["last"] is None else int(found["last"])
    if last < first:
        raise ValueError(f"partition {text!r} ends before it begins")
    return Partition(groups, found["unit"], first, last)


def check_network(
    network: str, losses: int, partition: Partition | None, nodes: int, *, on_evidence: bool
) -> str | None:
    """Why the network cannot lose what it is said to lose among ``nodes`` nodes; None if it can.

    ``on_evidence``: the nodes agree on evidence, and their messages belong to no view.
    """
    if network != "lossy":
        if losses or partition is not None:
            return f"only the network lossy loses messages, not {network}"
        return None
    if losses < 0:
        return f"the number of losses must be at least 0: {losses}"
    if partition is None:
        return None
    named = sorted(node for group in partition.groups for node in group)
    if named != list(range(nodes)):
        return (
            f"partition {partition.text()} must name each of the nodes 0 to {nodes - 1} once, "
            "the faulty ones included"
        )
    if partition.unit == "views" and on_evidence:
        return (
            "where nodes agree on evidence their messages belong to no view; let the partition "
            "hold for @rounds"
        )
    return None
