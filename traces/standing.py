"""How a node stands between two steps, in words."""

from typing import NamedTuple

from poqi_core.config import Config
from poqi_core.history import Record
from poqi_core.state import BallotLog, BroadcastLog, NodeState, finished, initial, nothing_heard
from traces.changes import between
from traces.labels import letter
from traces.words import predicted


class Standing(NamedTuple):
    """What there is to say about a node."""

    position: str
    """The view and the sample that it is in."""
    decided: str
    rewards: str
    remembers: tuple[str, ...]
    """What it remembers of its view, each in a clause whose subject is the node."""

    def in_a_line(self) -> str:
        """All of it but what it remembers."""
        return f"{self.position}; {self.decided}; {self.rewards}"


def standing(config: Config, state: NodeState, record: Record) -> Standing:
    """How a node in ``state`` stands that has shown ``record``."""
    decided = [f"{letter(label)} for sample {sample}" for sample, label in record.history]
    decided += [f"that sample {sample} has no label" for sample in record.undecided]
    step = f", ballot {state.ballots.ballot}" if config.has_ballots else ""
    step = f", round {state.broadcast.round}" if config.has_broadcast else step
    return Standing(
        f"in view {state.view} with sample {state.sample}{step}"
        if not finished(config, state)
        else "has finished",
        f"decided {', '.join(decided) or 'nothing'}",
        f"rewards {' '.join(str(reward) for reward in state.rewards)}",
        tuple(_remembers(config, state)),
    )


def _remembers(config: Config, state: NodeState) -> list[str]:
    """What sets the node apart from one that has just entered its view with its prediction."""
    blank = initial(config, state.node, state.view)._replace(
        sample=state.sample,
        opened=state.opened,
        prediction=state.prediction,
        rewards=state.rewards,
        heard=nothing_heard(config, state.sample),
        ballots=BallotLog(state.ballots.ballot),
        broadcast=BroadcastLog(state.broadcast.round),
    )
    remembered = list(between(config, blank, state))
    if finished(config, state):
        return remembered
    if state.prediction is None:
        return ["has not classified its sample", *remembered]
    return [f"predicts {predicted(state.prediction)}", *remembered]
