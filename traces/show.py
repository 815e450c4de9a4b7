"""A trace as text for a person: what was checked, a line a step, what broke and why."""

import textwrap
from collections.abc import Iterator

from poqi_core.properties import property_named
from poqi_core.readings import PROFILES
from poqi_core.state import NodeState, finished
from traces.labels import letter, pattern
from traces.paint import PLAIN, Paint
from traces.story import Step, reason, story
from traces.trace import Trace
from traces.words import counted, listed

WIDTH = 96
"""The most columns of a line."""

_KEY = 14


def show(trace: Trace, *, everything: bool = False, paint: Paint = PLAIN) -> str:
    """``trace`` in words.

    Only the steps that the violation depends on are shown, unless ``everything`` is asked for.

    Raises:
        DepartureError: the trace departs from the core.
    """
    steps = story(trace)
    shown = [step for step in steps if step.needed or everything]
    blocks = [
        list(_header(trace, paint)),
        list(_steps(shown, len(steps), trace.run.network, paint)),
        list(_omitted(len(steps) - len(shown))),
        list(_ending(trace)),
        list(_violation(trace, paint)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _wrapped(first: str, rest: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _header(trace: Trace, paint: Paint) -> Iterator[str]:
    run, config = trace.run, trace.run.config
    entry = property_named(trace.property_name)
    yield paint.line(paint.fact, f"{entry.name} is violated after {counted(trace.steps, 'step')}")
    facts = [
        ("property", f"{entry.name}: {entry.meaning}"),
        ("nodes", f"N = {config.nodes}, f = {config.faults}, quorum {config.quorum}"),
        ("Byzantine", listed(trace.byzantine) if trace.byzantine else "none"),
        (
            "predictions",
            ", ".join(pattern(predicted, config.nodes) for predicted in run.predicted)
            + "   (a letter a node, from node 0; ? is Byzantine)",
        ),
        ("network", f"{run.network}, from view {run.start_view}{_bounds(trace)}"),
        ("readings", _readings(trace)),
        ("found by", trace.origin.command),
        ("recorded by", trace.origin.version and f"poqi {trace.origin.version}"),
    ]
    for key, value in facts:
        if value:
            yield from _wrapped(f"  {key:<{_KEY - 2}}", " " * _KEY, value)


def _bounds(trace: Trace) -> str:
    views, samples = trace.run.views, trace.run.config.samples
    bounds = []
    if samples is not None:
        bounds.append(counted(samples, "sample"))
    if views is not None:
        bounds.append(f"at most {counted(views, 'view')} a sample")
    return "".join(f"; {bound}" for bound in bounds)


def _readings(trace: Trace) -> str:
    usual = dict(PROFILES[trace.origin.profile].items())
    changed = [
        f"{name} = {value}"
        for name, value in trace.run.config.readings.items()
        if value != usual[name]
    ]
    return f"profile {trace.origin.profile}" + (f", but {', '.join(changed)}" if changed else "")


def _steps(shown: list[Step], total: int, network: str, paint: Paint) -> Iterator[str]:
    wide = len(str(total))
    inner = " " * (wide + 6)
    last_round: int | None = None
    for step in shown:
        if network == "rounds" and step.round != last_round:
            yield f"{'round':>{wide + 3}} {step.round}"
            last_round = step.round
        style = "" if step.byzantine is None else paint.faulty
        for line in _wrapped(f"  {step.number:>{wide}}  ", inner, step.what):
            yield paint.line(style, line)
        if step.changes:
            fact = any(change.startswith(("DECIDES", "REJECTS")) for change in step.changes)
            for line in _wrapped(inner, inner, "; ".join(step.changes)):
                yield paint.line(paint.fact if fact else "", line)
        for sent in step.sent:
            for line in _wrapped(f"{inner}sends ", f"{inner}      ", sent):
                yield paint.line(paint.faint, line)


def _omitted(omitted: int) -> Iterator[str]:
    if omitted:
        steps = counted(omitted, "step")
        yield f"  (left out: {steps} on which the violation does not depend; see --all)"


def _ending(trace: Trace) -> Iterator[str]:
    yield "in the end"
    end = trace.snapshots[-1]
    for node, state in end.nodes.items():
        history = end.records[node].history
        decided = ", ".join(f"{letter(label)} for sample {sample}" for sample, label in history)
        yield from _wrapped(
            f"  node {node}  ",
            " " * 12,
            f"{_position(trace, state)}; decided {decided or 'nothing'}; "
            f"rewards {' '.join(str(reward) for reward in state.rewards)}",
        )


def _position(trace: Trace, state: NodeState) -> str:
    if finished(trace.run.config, state):
        return "has finished"
    return f"in view {state.view} with sample {state.sample}"


def _violation(trace: Trace, paint: Paint) -> Iterator[str]:
    entry = property_named(trace.property_name)
    yield paint.line(paint.fact, f"{entry.name} breaks at step {trace.steps}")
    yield from _wrapped("  promised: ", "            ", entry.meaning)
    yield from _wrapped("  but:      ", "            ", reason(trace))
    if trace.origin.scope:
        yield ""
        yield from _wrapped("", "", trace.origin.scope)
