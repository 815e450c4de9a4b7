"""A trace as a Mermaid sequence diagram, for a README, an issue or a wiki page.

Mermaid draws a message as a level arrow, so it stands where it arrives.  A faulty node's message
is dotted.
"""

from collections.abc import Iterator

from traces.diagram import Diagram, Lane, Row, diagram
from traces.trace import Trace
from traces.words import counted


def mermaid(trace: Trace, *, everything: bool = False) -> str:
    """``trace`` as the text of a ``sequenceDiagram``.

    Only the steps that the violation depends on are drawn, unless ``everything`` is asked for.

    Raises:
        DepartureError: the trace departs from the core.
    """
    told = diagram(trace)
    lines = [
        "---",
        f"title: {told.headline}",
        "---",
        "sequenceDiagram",
        *(f"    {line}" for line in _body(told, everything=everything)),
    ]
    return "\n".join(lines) + "\n"


def _body(told: Diagram, *, everything: bool) -> Iterator[str]:
    over = f"Note over {','.join(dict.fromkeys(('N0', f'N{len(told.lanes) - 1}')))}"
    for lane in told.lanes:
        yield f"participant N{lane.node} as {_safe(_name(lane))}"
    last_number, last_round = 0, -1
    for row in told.rows:
        if not (row.step.needed or everything):
            continue
        if row.step.number > last_number + 1:
            yield f"{over}: {counted(row.step.number - last_number - 1, 'step')} left out"
        if told.in_rounds and row.step.round != last_round:
            yield f"{over}: round {row.step.round}"
        last_number, last_round = row.step.number, row.step.round
        yield from _row(row)
    if told.claim is not None:
        yield f"{over}: {_safe(f'{told.claim.property} breaks: {told.claim.but}')}"


def _name(lane: Lane) -> str:
    return f"node {lane.node} ({lane.role if lane.byzantine else lane.predicted})"


def _row(row: Row) -> Iterator[str]:
    step, arrow = row.step, row.arrow
    changes = "<br/>".join(_safe(change) for change in step.changes)
    if arrow is None:
        yield f"Note over N{step.node}: {step.number}. {_safe(step.what)}<br/>{changes}"
        return
    line = "->>" if arrow.sent_at is not None else "-->>"
    yield f"N{arrow.sender}{line}N{step.node}: {step.number}. {_safe(arrow.message)}"
    yield f"Note over N{step.node}: {changes}"


def _safe(text: str) -> str:
    """``text`` without what Mermaid would take for a mark of its own."""
    return "".join(f"#{ord(letter)};" if letter in "#;<>&%" else letter for letter in text)
