"""What is left of a state if only the future counts: the quotient in which a run can repeat.

A run that never ends comes to no state twice: views and samples grow, rewards change.  But the
protocol elects the primary of a view by ``v mod N`` and compares views only with each other, so
a state and the same state N views later do the same things, N views later.  The quotient of a
value is what is left when

- views, samples and ballots are counted from a common beginning (:class:`Lap`);
- of rewards only their order is kept, and nothing in messages, where they have no effect;
- the conflict samples that wait are forgotten.

The last two are exact for as long as nothing is decided at a node at which a conflict sample
waits: nowhere else does the core read a reward, or what is known of a conflict sample.
"""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import NamedTuple

from poqi_core.state import NodeState

WORDS = "views modulo N, samples modulo the period of the predictions, the order of rewards"
"""The quotient in words, for whoever reads of a run that repeats in it."""


class Lap(NamedTuple):
    """How far the views, samples and ballots of one moment are from those of another."""

    views: int = 0
    samples: int = 0
    ballots: int = 0

    def times(self, laps: int) -> "Lap":
        """So many laps of the kind."""
        return Lap(laps * self.views, laps * self.samples, laps * self.ballots)

    def and_then(self, other: "Lap") -> "Lap":
        """The ``other`` lap after one like this."""
        return Lap(
            self.views + other.views, self.samples + other.samples, self.ballots + other.ballots
        )


NOWHERE = Lap()
"""No lap at all."""


def quotient(value: object, beginning: Lap = NOWHERE) -> Hashable:
    """What is left of a state, an event or a tuple of them, counted from ``beginning``.

    Two values that leave the same differ by nothing that the quotient keeps.
    """
    if isinstance(value, NodeState):
        value = value._replace(rewards=_order(value.rewards), conflicts=())
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    if isinstance(value, tuple):
        if names is None:
            return tuple(quotient(part, beginning) for part in value)
        parts = zip(names, value, strict=True)
        return type(value).__name__, *(_field(name, part, beginning) for name, part in parts)
    if is_dataclass(value) and not isinstance(value, type):
        held = ((field.name, getattr(value, field.name)) for field in fields(value))
        return type(value).__name__, *(_field(name, part, beginning) for name, part in held)
    assert isinstance(value, Hashable)
    return value


def _order(rewards: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """For each reward how many different ones are less."""
    ascending = sorted(set(rewards))
    return tuple(Fraction(ascending.index(reward)) for reward in rewards)


def _field(name: str, value: object, beginning: Lap) -> Hashable:
    if isinstance(value, int) and not isinstance(value, bool):
        match name:
            case "view" | "opened":
                return value - beginning.views
            case "sample" | "index":
                return value - beginning.samples
            case "ballot" if value >= 0:  # the ballot of a lock is -1 where there is none
                return value - beginning.ballots
    return 0 if name == "reward" else quotient(value, beginning)
