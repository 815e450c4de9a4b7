"""A trace as text for a person: what was checked, a line a step, what broke and why."""

import textwrap
from collections.abc import Iterator

from poqi_core.history import Record
from poqi_core.run import Run
from traces.facts import claim, facts, headline
from traces.paint import PLAIN, Paint
from traces.standing import standing
from traces.story import Step, story
from traces.trace import Trace
from traces.waiting import further, waiting
from traces.words import counted, listed, process_in_words

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
        list(_steps(shown, len(steps), trace.run, paint)),
        list(_omitted(len(steps) - len(shown))),
        list(_ending(trace)),
        list(_violation(trace, paint)),
        list(_waiting(trace)),
        list(_scope(trace)),
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
    yield paint.line(paint.fact, headline(trace))
    for key, value in facts(trace):
        yield from _wrapped(f"  {key:<{_KEY - 2}}", " " * _KEY, value)


def _steps(shown: list[Step], total: int, run: Run, paint: Paint) -> Iterator[str]:
    network, loop = run.network, run.loop
    wide = len(str(total))
    inner = " " * (wide + 6)
    last_round: int | None = None
    repeats = False
    for step in shown:
        if loop is not None and step.number > loop and not repeats:
            repeats = True
            yield from _wrapped(
                "  ",
                "  ",
                f"from here on the steps repeat for ever, each time {further(run)} further",
            )
        if network != "asynchronous" and step.round != last_round:
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
    for process, state in end.nodes.items():
        stands = standing(trace.run.config, state, end.records.get(process, Record()))
        name = f"  node {process_in_words(process, trace.run)}  "
        said = stands.in_a_line() if process in end.records else stands.position
        yield from _wrapped(name, " " * 12, said)


def _violation(trace: Trace, paint: Paint) -> Iterator[str]:
    shown = claim(trace)
    if shown is not None:
        where = f"at step {trace.steps}"
        if trace.run.loop is not None:
            where = f"as the steps from {trace.run.loop + 1} to {trace.steps} repeat for ever"
        yield paint.line(paint.fact, f"{shown.property} breaks {where}")
        yield from _wrapped("  promised: ", "            ", shown.promised)
        yield from _wrapped("  but:      ", "            ", shown.but)


def _waiting(trace: Trace) -> Iterator[str]:
    """Which guards of which nodes never become true."""
    if waits := waiting(trace):
        yield "what never comes true"
    for nodes, guards in waits:
        yield from _wrapped(f"  {listed(nodes)}: ", " " * 4, "; ".join(guards))


def _scope(trace: Trace) -> Iterator[str]:
    if trace.origin.scope:
        yield from _wrapped("", "", trace.origin.scope)
