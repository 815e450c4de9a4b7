"""What a conflict sample falls to, given rewards and the next primary, outside of any run."""

from fractions import Fraction

from poqi_core.config import Config
from poqi_core.conflict import fall
from poqi_core.outputs import Decided
from poqi_core.prediction import Label
from poqi_core.state import Conflict, initial
from poqi_core.turn import Turn


def fallen(
    config: Config,
    node: int,
    heard: tuple[Label | None, ...],
    rewards: tuple[Fraction, ...],
    primary: int,
) -> Label | None:
    """The label that ``node`` decides at once when the next sample is decided; None if it does not.

    Args:
        config: of the run.
        node: an honest node that has taken a sample for a conflict sample.
        heard: by node, the label that it has heard; None: none.
        rewards: by node, what it then holds to be the reward of that node.
        primary: under which the next sample is decided (section III.3).
    """
    state = initial(config, node)._replace(conflicts=(Conflict(0, heard),), rewards=rewards)
    turn = Turn(config, state)
    fall(turn, primary)
    return next((fact.label for fact in turn.outputs if isinstance(fact, Decided)), None)
