"""What the tests of single readings have in common."""

from fractions import Fraction

from core_world import World

from poqi_core import Config, Readings
from poqi_core.messages import (
    Message,
    Prepare,
)
from poqi_core.outputs import Send
from poqi_core.register import with_changes

A, B, C = range(3)
ONE = Fraction(1)
PREPARE = Prepare(0, A, A, 0, ONE)


def world(
    base: Readings,
    predictions: str,
    changes: dict[str, str] | None = None,
    *,
    faults: int = 1,
    samples: int | None = 1,
) -> World:
    """Nodes with a sample; those without a label are faulty."""
    readings = with_changes(base, changes or {})
    faulty = [node for node, label in enumerate(predictions) if label == "?"]
    made = World(Config(len(predictions), faults, readings, samples), faulty)
    made.sample(0, predictions)
    return made


def recipients(messages: World, kind: type[Message]) -> set[tuple[int, ...]]:
    """To whom messages of a kind were sent."""
    return {
        output.recipients
        for done in messages.steps
        for output in done.outputs
        if isinstance(output, Send) and isinstance(output.message, kind)
    }
