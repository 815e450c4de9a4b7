"""The reward system (section III.1, eq. 4).  Rewards are exact rational numbers."""

from fractions import Fraction

from poqi_core.clauses import Clause
from poqi_core.turn import Turn


def _record(turn: Turn, node: int, reward: Fraction) -> None:
    rewards = turn.state.rewards
    turn.state = turn.state._replace(rewards=(*rewards[:node], reward, *rewards[node + 1 :]))


def reward(turn: Turn, primary: int) -> None:
    """``primary`` has kept the majority: it earns q (reading ``reward``)."""
    turn.cite(Clause.REWARD)
    readings = turn.config.readings
    collected = turn.state.rewards[primary] if readings.reward == "accumulate" else Fraction(0)
    _record(turn, primary, collected + readings.q)


def keep_majority(turn: Turn) -> None:
    """The node goes on without having rejected the primary of its view: it earns q, once a view.

    The condition of eq. (4) is the vote alone, so a validator that voted against the primary
    and was outnumbered grants the reward like the others (reading
    ``reward_when=not_rejected``; nothing happens under ``decided``).
    """
    log = turn.state.log
    granted = log.prepared or log.decided
    if turn.config.readings.reward_when == "not_rejected" and not granted:
        reward(turn, turn.primary)


def penalise(turn: Turn, primary: int) -> None:
    """``primary`` was rejected: half of its reward is lost."""
    turn.cite(Clause.PENALTY)
    _record(turn, primary, turn.state.rewards[primary] / 2)
