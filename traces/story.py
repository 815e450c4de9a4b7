"""A trace as a story: for each step who did what, what changed, and what was sent."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from poqi_core.messages import Received
from poqi_core.outputs import Send
from poqi_core.properties import property_named
from poqi_core.run import Moment, Run
from traces.causes import causal_past
from traces.changes import changes
from traces.replay import faithful
from traces.trace import Trace
from traces.words import act_of_run_in_words, listed, message_in_words


class Step(NamedTuple):
    """One step of a trace in words."""

    number: int
    """From 1."""
    round: int
    node: int
    """The node that it happens to."""
    byzantine: int | None
    """The faulty node that did it, if one did."""
    what: str
    """Who did what."""
    changes: tuple[str, ...]
    """What became different at the node."""
    sent: tuple[str, ...]
    """What the node sent, and to whom."""
    needed: bool
    """Whether the violation depends on it; in an ordinary walk it does for every step."""


def story(trace: Trace) -> tuple[Step, ...]:
    """Every step of ``trace``, told from the run of the core.

    Raises:
        DepartureError: the trace departs from the core.
    """
    return tell(trace, faithful(trace))


def tell(trace: Trace, moments: Sequence[Moment]) -> tuple[Step, ...]:
    """Every step of ``trace``, whose run is ``moments``."""
    needed = _needed(trace, moments)
    return tuple(
        step_of(trace.run, place, moment, needed=place in needed)
        for place, moment in enumerate(moments)
    )


def _needed(trace: Trace, moments: Sequence[Moment]) -> Collection[int]:
    """The places of the steps that the violation depends on; in an ordinary walk all."""
    if trace.breach is None:
        return range(len(moments))
    entry = property_named(trace.breach.property)
    return causal_past(entry, trace.breach.nodes, moments, trace.run.network)


def step_of(run: Run, place: int, moment: Moment, *, needed: bool) -> Step:
    """The step of ``run`` at ``place`` of its acts, which is ``moment``, in words."""
    act, event, node = moment.act, moment.act.event, run.node_of(moment.act.node)
    from_faulty = isinstance(event, Received) and event.sender not in run.honest
    return Step(
        place + 1,
        act.round,
        node,
        event.sender if isinstance(event, Received) and from_faulty else None,
        act_of_run_in_words(act, run),
        tuple(changes(run.config, moment)),
        tuple(
            f"{message_in_words(output.message, node)} -> {_to(output, run.config.nodes)}"
            for output in moment.outputs
            if isinstance(output, Send)
        ),
        needed,
    )


def _to(send: Send, nodes: int) -> str:
    return "all" if len(send.recipients) == nodes - 1 > 1 else listed(send.recipients)
