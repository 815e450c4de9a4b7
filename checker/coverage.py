"""What an exploration exercised: clauses, kinds of messages, readings."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import get_args

from poqi_core.alternatives import begins_differently, effect, readings_of, timers_differ
from poqi_core.clauses import Clause
from poqi_core.config import Config
from poqi_core.messages import Event, EvidenceMessage, LabelMessage, Received, Relay
from poqi_core.outputs import Cited, Send
from poqi_core.state import NodeState
from poqi_core.step import step

_MOST_PAIRS = 60_000
"""How many pairs of a state and an event are tried under other readings."""


@dataclass(frozen=True)
class Coverage:
    """What the steps of one or more explorations exercised.

    Attributes:
        clauses: the clauses of section III that were applied.
        sent: the kinds of messages that honest nodes sent.
        heard: the kinds of messages that had an effect on an honest node.
        idle: the readings of which no other value that was tried would have made a difference
            to any step; such an exploration is the same under all of them.
        compared: whether all steps were tried under other values; else nothing is idle.
    """

    clauses: frozenset[Clause] = frozenset()
    sent: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    compared: bool = False


def kinds_of(config: Config) -> tuple[str, ...]:
    """The kinds of messages that there are where nodes agree as ``config`` says."""
    if config.has_broadcast:
        return (Relay.__name__,)
    kinds = get_args(EvidenceMessage if config.has_ballots else LabelMessage)
    return tuple(kind.__name__ for kind in kinds)


def united(coverages: Collection[Coverage]) -> Coverage:
    """What several explorations exercised together."""
    every = list(coverages)
    compared = bool(every) and all(coverage.compared for coverage in every)
    return Coverage(
        frozenset[Clause]().union(*(coverage.clauses for coverage in every)),
        frozenset[str]().union(*(coverage.sent for coverage in every)),
        frozenset[str]().union(*(coverage.heard for coverage in every)),
        frozenset.intersection(*(coverage.idle for coverage in every)) if compared else frozenset(),
        compared,
    )


def exercised(
    config: Config,
    followed: Iterable[tuple[NodeState, Event]],
    possible: Iterable[tuple[NodeState, Event]] | None,
) -> Coverage:
    """What the steps that were ``followed`` exercised.

    ``possible`` are all pairs of a state and an event that the exploration has come across, those
    without effect among them: under another reading they might have one.  None: readings are not
    compared.
    """
    clauses: set[Clause] = set()
    sent: set[str] = set()
    heard: set[str] = set()
    for state, event in followed:
        after, outputs = step(config, state, event)
        if isinstance(event, Received) and after != state:
            heard.add(type(event.message).__name__)
        for output in outputs:
            if isinstance(output, Cited):
                clauses.add(output.clause)
            elif isinstance(output, Send):
                sent.add(type(output.message).__name__)
    pairs = [] if possible is None else list(islice(possible, _MOST_PAIRS + 1))
    compared = possible is not None and len(pairs) <= _MOST_PAIRS
    idle = frozenset(_idle(config, pairs)) if compared else frozenset[str]()
    return Coverage(frozenset(clauses), frozenset(sent), frozenset(heard), idle, compared)


def _idle(config: Config, pairs: Sequence[tuple[NodeState, Event]]) -> Iterator[str]:
    steps = [(state, event, effect(config, state, event)) for state, event in pairs]
    states = list(dict.fromkeys(state for state, _ in pairs))
    for name, others in readings_of(config):
        if not any(
            begins_differently(config, other)
            or timers_differ(config, other, states)
            or any(effect(other, state, event) != known for state, event, known in steps)
            for other in others
        ):
            yield name
