"""What a step changed of the broadcast of predictions at a node, in words."""

from collections.abc import Iterator

from poqi_core.config import Config
from poqi_core.state import NodeState
from traces.words import evidence_letters, listed, members


def in_the_broadcast(config: Config, before: NodeState, after: NodeState) -> Iterator[str]:
    """Changes of what the node remembers for the sample that it stays with."""
    old, new = before.broadcast, after.broadcast
    if new.equivocators != old.equivocators:
        contradicting = list(members(new.equivocators & ~old.equivocators))
        yield f"has two predictions of {listed(contradicting)} and counts neither"
    if new.accepted and new.accepted != old.accepted:
        yield f"has accepted {evidence_letters(new.accepted)}"
    if new.round != old.round:
        yield f"goes on to round {new.round} of {config.broadcast_rounds}"
