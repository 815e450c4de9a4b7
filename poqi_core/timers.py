"""The timers of a node: what runs out for it, where nothing else happens."""

from poqi_core.config import Config
from poqi_core.messages import (
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Event,
    RoundEnded,
    TimeOut,
)
from poqi_core.state import NodeState

COLLECTIONS = (CollectionClosed, BallotCollectionClosed)
"""The ends of rounds in which predictions are collected."""

TIME_OUTS = (TimeOut, BallotTimeOut)
"""The timers by which a node gives up, longer than a collection is open."""


def collection_timer(config: Config, state: NodeState) -> Event:
    """The end of the round in which predictions reach a node that waits for them."""
    if config.has_ballots:
        return BallotCollectionClosed(state.sample, state.ballots.ballot)
    return CollectionClosed(state.view)


def time_out(config: Config, state: NodeState) -> Event:
    """The timer by which a node gives up what it waits for."""
    if config.has_ballots:
        return BallotTimeOut(state.sample, state.ballots.ballot)
    return TimeOut(state.view)


def round_end(config: Config, state: NodeState) -> RoundEnded | None:
    """The end of a lock-step round, where a node counts the rounds of its sample."""
    counts = config.has_broadcast and state.prediction is not None
    return RoundEnded(state.sample, state.broadcast.round) if counts else None
