"""A trace as a story: for each step who did what, what changed, and what was sent."""

from typing import NamedTuple

from poqi_core.history import Entry, Outcome, Record
from poqi_core.messages import Received
from poqi_core.outputs import Send
from poqi_core.prediction import Label
from poqi_core.properties import property_named
from poqi_core.run import Moment
from traces.causes import causal_past
from traces.changes import changes
from traces.labels import letter
from traces.replay import faithful
from traces.trace import Trace
from traces.words import act_in_words, listed, message_in_words


class Step(NamedTuple):
    """One step of a trace in words."""

    number: int
    """From 1."""
    round: int
    node: int
    """The honest node that it happens to."""
    byzantine: int | None
    """The faulty node that did it, if one did."""
    what: str
    """Who did what."""
    changes: tuple[str, ...]
    """What became different at the node."""
    sent: tuple[str, ...]
    """What the node sent, and to whom."""
    needed: bool
    """Whether the violation depends on it."""


def story(trace: Trace) -> tuple[Step, ...]:
    """Every step of ``trace``, told from the run of the core.

    Raises:
        DepartureError: the trace departs from the core.
    """
    moments = faithful(trace)
    entry = property_named(trace.property_name)
    needed = causal_past(entry, trace.violation.nodes, moments, trace.run.network)
    return tuple(
        _step(trace, place, moment, place in needed) for place, moment in enumerate(moments)
    )


def _step(trace: Trace, place: int, moment: Moment, needed: bool) -> Step:
    run, act = trace.run, moment.act
    event = act.event
    from_faulty = isinstance(event, Received) and event.sender not in run.honest
    return Step(
        place + 1,
        act.round,
        act.node,
        event.sender if isinstance(event, Received) and from_faulty else None,
        act_in_words(act, run.honest),
        tuple(changes(run.config, moment)),
        tuple(
            f"{message_in_words(output.message, act.node)} -> {_to(output, run.config.nodes)}"
            for output in moment.outputs
            if isinstance(output, Send)
        ),
        needed,
    )


def _to(send: Send, nodes: int) -> str:
    return "all" if len(send.recipients) == nodes - 1 > 1 else listed(send.recipients)


class _Lettered(int):
    """A label that a property writes as its letter; it is equal to the number it stands for."""

    def __str__(self) -> str:
        return letter(int(self))


def reason(trace: Trace) -> str:
    """The conjunct that broke, with labels as letters.

    The property itself words it, over records whose labels are written as letters.
    """
    records = {node: _lettered(record) for node, record in trace.snapshots[-1].records.items()}
    predicted = [
        {node: _Lettered(label) for node, label in labels.items()} for labels in trace.run.predicted
    ]
    violation = property_named(trace.property_name).violation(records, predicted)
    return trace.violation.conjunct if violation is None else violation.conjunct


def _lettered(record: Record) -> Record:
    def name(label: Label | None) -> Label | None:
        return None if label is None else _Lettered(label)

    return record._replace(
        history=tuple(Entry(sample, _Lettered(label)) for sample, label in record.history),
        outcomes=tuple(Outcome(view, name(label)) for view, label in record.outcomes),
    )
