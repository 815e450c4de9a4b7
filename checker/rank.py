"""Which of the counterexamples of different settings is shown."""

from itertools import pairwise
from typing import NamedTuple

from poqi_core.messages import Received
from poqi_core.run import Run


class Rank(NamedTuple):
    """What the counterexamples of different settings are compared by; the lesser is shown."""

    acts: int
    byzantine: int
    switches: int


def rank_of(run: Run) -> Rank:
    """Its acts, the faulty nodes' messages among them, and how often the acts change nodes."""
    faulty = (
        isinstance(act.event, Received) and act.event.sender not in run.honest for act in run.acts
    )
    switches = (one.node != other.node for one, other in pairwise(run.acts))
    return Rank(len(run.acts), sum(faulty), sum(switches))
