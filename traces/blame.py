"""Who provably misbehaved in a run: what an auditor finds who has nothing but messages.

On record is what honest nodes have sent and what was delivered to them, with everything signed
that it quotes.  A prepare that is passed on bears the primary's signature as well, unless it
is forged: an honest primary's signature is on what it has sent and on nothing else, and faulty
nodes are taken to sign for each other.  The offences are those of :mod:`poqi_core.offences`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from poqi_core.evidence_offences import OFFENCES
from poqi_core.messages import Endorsement, Message, Prepare, Received
from poqi_core.offences import Offence, convictions
from poqi_core.outputs import Send
from poqi_core.run import Moment, Run
from poqi_core.signatures import quoted
from traces.replay import faithful
from traces.trace import Trace


class Exhibit(NamedTuple):
    """A message that an auditor shows."""

    step: int
    """The step, from 1, in which it was first sent or delivered, by itself or as a quotation."""
    message: Message


class Culprit(NamedTuple):
    """Proof of one offence of one node."""

    node: int
    offence: Offence
    exhibits: tuple[Exhibit, ...]
    """The message, or the pair of messages, that no honest node could have sent."""


def blame(trace: Trace) -> tuple[Culprit, ...]:
    """What the messages on record prove, by node; each offence of a node once.

    It is proof for others only if messages are signed (reading ``authentication``).

    Raises:
        DepartureError: the trace departs from the core.
    """
    record = on_record(trace.run, faithful(trace))
    return tuple(
        Culprit(node, offence, tuple(Exhibit(record[node][message], message) for message in proof))
        for node, offence, proof in convictions(trace.run.config, record, OFFENCES)
    )


def on_record(run: Run, moments: tuple[Moment, ...]) -> dict[int, dict[Message, int]]:
    """For each node the messages that bear its signature, with the step that put each on record."""
    record: dict[int, dict[Message, int]] = {node: {} for node in range(run.config.nodes)}
    for step, moment in enumerate(moments, 1):
        if moment.act.node not in run.honest:
            continue
        event = moment.act.event
        heard = [(event.sender, event.message)] if isinstance(event, Received) else []
        said = [
            (moment.act.node, output.message)
            for output in moment.outputs
            if isinstance(output, Send)
        ]
        for author, message in (*heard, *said):
            for signer, statement in _signed(run, author, message):
                if signer in record:
                    record[signer].setdefault(statement, step)
    return record


def _signed(run: Run, author: int, message: Message) -> Iterator[tuple[int, Message]]:
    """Whose signatures ``message`` bears, and on what."""
    yield author, message
    if isinstance(message, Prepare) and message.primary not in (author, *run.honest):
        yield message.primary, message
    for statement in quoted(message):
        if not isinstance(statement, Endorsement):  # Whoever endorses has said nothing of its own.
            yield statement.node, statement
