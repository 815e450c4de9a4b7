"""What another answer to an open question would have changed, step by step.

If no step that could have been taken differs under another value of a reading, then neither does
anything that the steps lead to: the same states are reached, and the same is sent and shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from poqi_core.config import Config, ConfigError
from poqi_core.messages import Event
from poqi_core.outputs import Cited, Output, Remark
from poqi_core.register import REGISTER, Reading, with_changes
from poqi_core.state import NodeState, initial
from poqi_core.step import step
from poqi_core.timers import collection_timer, time_out

Effect: TypeAlias = tuple[NodeState, tuple[Output, ...]]
"""The state after a step, and what it sends and shows."""

NUMBERS = {"count": ("1", "2", "3"), "amount": ("0", "1/2", "1", "2")}
"""The numbers that are tried where a reading takes any."""


def alternatives(config: Config, entry: Reading) -> Iterator[Config]:
    """``config`` with each other value of a reading; what does not fit the others is left out."""
    present = getattr(config.readings, entry.name)
    for text in (*entry.words, *NUMBERS.get(entry.numbers, ())):
        readings = with_changes(config.readings, {entry.name: text})
        if getattr(readings, entry.name) != present:
            try:
                yield replace(config, readings=readings)
            except ConfigError:
                continue


def begins_differently(one: Config, other: Config) -> bool:
    """Whether nodes begin in another state."""
    return any(initial(one, node) != initial(other, node) for node in range(one.nodes))


def timers_differ(one: Config, other: Config, states: Iterable[NodeState]) -> bool:
    """Whether a timer runs out otherwise in one of the states."""
    return any(
        effect(one, state, timer) != effect(other, state, timer)
        for state in states
        for timer in (time_out(other, state), collection_timer(other, state))
    )


def effect(config: Config, state: NodeState, event: Event) -> Effect:
    """What ``event`` does to a node in ``state``, without the remarks and clauses."""
    after, outputs = step(config, state, event)
    words = Cited | Remark
    return after, tuple(output for output in outputs if not isinstance(output, words))


def readings_of(config: Config) -> Iterator[tuple[str, list[Config]]]:
    """Each reading that has another value which fits, with the configurations that take one."""
    for entry in REGISTER:
        others = list(alternatives(config, entry))
        if others:
            yield entry.name, others
