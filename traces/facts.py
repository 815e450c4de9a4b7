"""What the header of a trace says, in words: what was promised, what broke, in which run."""

from typing import NamedTuple

from poqi_core.properties import property_named
from poqi_core.readings import PROFILES
from poqi_core.run import Run
from traces.labels import pattern
from traces.reasons import reason
from traces.trace import Trace
from traces.words import counted, listed


class Fact(NamedTuple):
    """A line of the header."""

    key: str
    value: str


class Claim(NamedTuple):
    """What a trace shows of a property."""

    property: str
    promised: str
    but: str
    """The conjunct that broke, with labels as letters."""


def claim(trace: Trace) -> Claim | None:
    """The property that ``trace`` violates; None for an ordinary walk."""
    if trace.breach is None:
        return None
    entry = property_named(trace.property_name)
    return Claim(entry.name, entry.meaning, reason(trace))


def headline(trace: Trace) -> str:
    """The verdict in one line."""
    steps = counted(trace.steps, "step")
    if trace.breach is None:
        return f"a walk of {steps}"
    loop = trace.run.loop
    if loop is not None:
        again = counted(trace.steps - loop, "step")
        return (
            f"{trace.breach.property} is violated: after {counted(loop, 'step')}, {again} for ever"
        )
    return f"{trace.breach.property} is violated after {steps}"


def facts(trace: Trace) -> tuple[Fact, ...]:
    """The run in which it happened; a fact that is unknown is left out."""
    run, config = trace.run, trace.run.config
    shown = claim(trace)
    lines = [
        Fact("property", "" if shown is None else f"{shown.property}: {shown.promised}"),
        Fact("nodes", f"N = {config.nodes}, f = {config.faults}, quorum {config.quorum}"),
        Fact("Byzantine" if run.fault.forges else "faulty", _faulty(trace)),
        Fact(
            "predictions",
            ", ".join(pattern(predicted, config.nodes) for predicted in run.predicted)
            + f"   (a letter a node, from node 0; ? is {run.fault.adjective})",
        ),
        Fact("network", f"{_network(run)}, from view {run.start_view}{_bounds(trace)}"),
        Fact("readings", _readings(trace)),
        Fact("found by", trace.origin.command),
        Fact("recorded by", trace.origin.version and f"poqi {trace.origin.version}"),
    ]
    return tuple(fact for fact in lines if fact.value)


def _faulty(trace: Trace) -> str:
    fault = trace.run.fault
    nodes = listed(trace.byzantine) if trace.byzantine else "none"
    return nodes if fault.forges else f"{nodes}; fault {fault.name}: {fault.meaning}"


def _network(run: Run) -> str:
    if run.network != "lossy":
        return run.network
    partition = "" if run.partition is None else f", partition {run.partition.text()}"
    return f"lossy (at most {counted(run.losses, 'message')} lost{partition})"


def _bounds(trace: Trace) -> str:
    run, samples = trace.run, trace.run.config.samples
    bounds = []
    if samples is not None:
        bounds.append(counted(samples, "sample"))
    if run.views is not None:
        bounds.append(f"at most {counted(run.views, 'view')} a sample")
    if run.ballots is not None:
        bounds.append(f"at most {counted(run.ballots, 'ballot')} a sample")
    return "".join(f"; {bound}" for bound in bounds)


def _readings(trace: Trace) -> str:
    usual = dict(PROFILES[trace.origin.profile].items())
    changed = [
        f"{name} = {value}"
        for name, value in trace.run.config.readings.items()
        if value != usual[name]
    ]
    return f"profile {trace.origin.profile}" + (f", but {', '.join(changed)}" if changed else "")
