"""A trace as a space-time diagram: lanes, steps and messages, before anybody draws it.

Nothing here knows a colour or a coordinate: :mod:`traces.svg` draws a diagram as a still
picture, :mod:`traces.html` as a page, :mod:`traces.mermaid` as text for others to draw.
"""

from collections.abc import Sequence
from typing import NamedTuple

from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import Received
from poqi_core.run import Moment
from traces.causes import sendings
from traces.facts import Claim, Fact, claim, facts, headline
from traces.json_text import Json
from traces.labels import letter
from traces.replay import faithful
from traces.standing import Standing, standing
from traces.story import Step, tell
from traces.trace import Trace
from traces.words import message_in_words


class Lane(NamedTuple):
    """The life line of a node."""

    node: int
    byzantine: bool
    predicted: str
    """The letter of each sample that it predicts; ``?`` for a faulty node."""
    role: str
    """What a faulty node is called, by its fault; ``honest`` for the others."""


class Arrow(NamedTuple):
    """The message that a step delivers."""

    sender: int
    sent_at: int | None
    """The number of the step that sent it; None: a faulty node did, when it pleased."""
    message: str


class Row(NamedTuple):
    """A step of the diagram."""

    step: Step
    arrow: Arrow | None
    fact: bool
    """Whether the node has shown anything that a property looks at."""
    idle: bool
    """Whether it left the node as it was."""
    standing: Standing
    """How the node stands afterwards."""


class Diagram(NamedTuple):
    """Everything that a picture of a trace says."""

    headline: str
    claim: Claim | None
    concerned: tuple[int, ...]
    """The honest nodes that the violation is about."""
    facts: tuple[Fact, ...]
    scope: str
    in_rounds: bool
    lanes: tuple[Lane, ...]
    start: tuple[Standing | None, ...]
    """How each node stands before the first step; None for one that does not run the core."""
    rows: tuple[Row, ...]


def diagram(trace: Trace) -> Diagram:
    """The diagram of ``trace``, with every step.

    Raises:
        DepartureError: the trace departs from the core.
    """
    run, moments = trace.run, faithful(trace)
    first = trace.snapshots[0]
    nodes = range(run.config.nodes)
    return Diagram(
        headline=headline(trace),
        claim=claim(trace),
        concerned=() if trace.breach is None else trace.breach.nodes,
        facts=facts(trace),
        scope=trace.origin.scope,
        in_rounds=run.network != "asynchronous",
        lanes=tuple(_lane(trace, node) for node in nodes),
        start=tuple(
            standing(run.config, first.nodes[node], first.records.get(node, Record()))
            if node in first.nodes
            else None
            for node in nodes
        ),
        rows=tuple(_rows(trace, moments)),
    )


def _lane(trace: Trace, node: int) -> Lane:
    labels = [predicted.get(node) for predicted in trace.run.predicted]
    letters = ["?" if label is None else letter(label) for label in labels]
    faulty = node not in trace.run.honest
    role = trace.run.fault.adjective if faulty else "honest"
    return Lane(node, faulty, " ".join(letters), role)


def _rows(trace: Trace, moments: Sequence[Moment]) -> list[Row]:
    sent = sendings(moments, trace.run.network)
    rows: list[Row] = []
    for place, (step, moment) in enumerate(zip(tell(trace, moments), moments, strict=True)):
        event = moment.act.event
        arrow: Arrow | None = None
        if isinstance(event, Received):
            at = sent.get((place, event.sender, event.message))
            words = message_in_words(event.message, event.sender)
            arrow = Arrow(event.sender, None if at is None else at + 1, words)
        rows.append(
            Row(
                step,
                arrow,
                fact=_has_shown(moment),
                idle=moment.after == moment.before,
                standing=standing(trace.run.config, moment.after, moment.record),
            )
        )
    return rows


def _has_shown(moment: Moment) -> bool:
    return follow(Record(), moment.outputs, moment.after, EVERY_FACET) != Record()


def plain(value: object) -> Json:
    """A diagram, or a part of one, as JSON: named tuples are objects, other tuples lists."""
    names: tuple[str, ...] = getattr(value, "_fields", ())
    if names:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    assert value is None or isinstance(value, bool | int | str)
    return value
