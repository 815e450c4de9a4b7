"""What a trace exercised: clauses of section III, kinds of messages, readings."""

from collections import Counter
from typing import NamedTuple

from poqi_core.alternatives import begins_differently, effect, readings_of
from poqi_core.clauses import Clause
from poqi_core.messages import Received
from poqi_core.outputs import Cited, Send
from traces.replay import faithful
from traces.trace import Trace


class Exercised(NamedTuple):
    """What the steps of a run exercised."""

    clauses: Counter[Clause]
    """How often the core applied each clause."""
    sent: Counter[str]
    """How often honest nodes sent each kind of message."""
    heard: Counter[str]
    """How often each kind had an effect on an honest node."""
    idle: frozenset[str]
    """The readings of which no other value that was tried would have changed a step."""


def coverage(trace: Trace) -> Counter[Clause]:
    """How often the core applied each clause along ``trace``.

    Raises:
        DepartureError: the trace departs from the core.
    """
    return exercised(trace).clauses


def exercised(trace: Trace) -> Exercised:
    """What the steps of ``trace`` exercised.

    Raises:
        DepartureError: the trace departs from the core.
    """
    moments, config = faithful(trace), trace.run.config
    outputs = [output for moment in moments for output in moment.outputs]
    steps = [
        (moment.before, moment.act.event, effect(config, moment.before, moment.act.event))
        for moment in moments
    ]
    return Exercised(
        Counter(output.clause for output in outputs if isinstance(output, Cited)),
        Counter(type(output.message).__name__ for output in outputs if isinstance(output, Send)),
        Counter(
            type(moment.act.event.message).__name__
            for moment in moments
            if isinstance(moment.act.event, Received) and moment.after != moment.before
        ),
        frozenset(
            name
            for name, others in readings_of(config)
            if not any(
                begins_differently(config, other)
                or any(effect(other, state, event) != known for state, event, known in steps)
                for other in others
            )
        ),
    )
