"""How the faulty nodes of one random run go about it, and what the network loses in it.

Like :mod:`checker.simulation.habits`, for faults that run the core and for networks that lose
messages: each run keeps its own to its end, since runs that are all alike miss what only a
lopsided one shows.
"""

from collections.abc import Mapping
from typing import NamedTuple

from checker.setting import Setting
from checker.simulation.chance import Chance
from poqi_core.prediction import Label

BOTH = None
"""What is sent to a node that runs twice reaches both copies of it."""


class FaultHabits(NamedTuple):
    """What is kept for one run."""

    answers: Mapping[int, Label | None]
    """What the own network of each process of a faulty node answers; None: now this, now that."""
    patience: Mapping[int, int | None]
    """How many steps each of them takes before it stops, where nothing obliges it to go on."""
    crashes: float
    """How likely a process is to crash in a round."""
    withholds: float
    """How likely a recipient is to be left out, where one can be."""
    changes: float
    """How likely a message is to be changed for a recipient."""
    sides: Mapping[int, int | None]
    """Which copy of a twinned node hears each node, if not :data:`BOTH`."""
    strays: float
    """How likely the other copy, or both, hear it all the same."""
    loses: float
    """How likely the network is to lose a message while it may."""


def draw_fault_habits(setting: Setting, chance: Chance) -> FaultHabits:
    """The habits of a run of ``setting``; nothing is drawn that means nothing in it."""
    fault = setting.fault
    runners = setting.run("rounds", ()).runners
    return FaultHabits(
        answers={
            process: None if chance.happens(0.2) else chance.below(setting.labels)
            for process in runners
        },
        patience={
            process: None if chance.happens(0.6) else chance.below(12) for process in runners
        },
        crashes=chance.pick((0.05, 0.2, 0.5)) if fault.crashes else 0.0,
        withholds=chance.pick((0.2, 0.5, 0.9)) if fault.crashes else 0.0,
        changes=chance.pick((0.1, 0.4, 0.8)) if fault.changes else 0.0,
        sides={
            node: chance.pick((0, 1, BOTH)) if fault.copies > 1 else BOTH
            for node in range(setting.config.nodes)
        },
        strays=chance.pick((0.0, 0.2, 0.5)) if fault.copies > 1 else 0.0,
        loses=chance.pick((0.02, 0.1, 0.4)) if setting.losses else 0.0,
    )
