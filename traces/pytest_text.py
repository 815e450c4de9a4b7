"""A trace as a test that replays its run on the core."""

import textwrap
from collections.abc import Iterator

from poqi_core.properties import property_named
from poqi_core.readings import PROFILES
from traces.python_source import (
    Brackets,
    Imports,
    Source,
    call,
    import_lines,
    laid_out,
    quoted,
    source_of,
)
from traces.trace import Trace


def pytest_text(trace: Trace) -> str:
    """The source of a test module that needs the core and nothing else."""
    imports: Imports = {
        "poqi_core.config": {"Config"},
        "poqi_core.properties": {"property_named"},
        "poqi_core.readings": {"PROFILES"},
        "poqi_core.run": {"Act", "Execution", "Run"},
    }
    run = call(
        "Run",
        config=_config(trace, imports),
        network=quoted(trace.run.network),
        start_view=str(trace.run.start_view),
        honest=source_of(trace.run.honest, imports),
        predicted=source_of(trace.run.predicted, imports),
        acts=source_of(trace.run.acts, imports),
        views=str(trace.run.views),
    )
    name = trace.property_name
    lines = [
        f'"""The run along which {name} breaks, as poqi show --pytest printed it."""',
        "",
        *import_lines(imports),
        "",
        *laid_out("RUN = ", run),
        "",
        "",
        f"def test_{name.replace('-', '_')}_breaks() -> None:",
        "    execution = Execution(RUN)",
        "    for act in RUN.acts:",
        "        execution.perform(act)",
    ]
    if property_named(name).when_stuck:
        lines.append("    assert not list(execution.honest_steps())")
    lines += [
        f"    promised = property_named({quoted(name)})",
        "    violation = promised.violation(execution.records, RUN.predicted)",
        "    assert violation is not None",
        *_conjunct(trace.violation.conjunct),
    ]
    return "\n".join(lines) + "\n"


def _config(trace: Trace, imports: Imports) -> Source:
    config, profile = trace.run.config, trace.origin.profile
    readings: Source = f"PROFILES[{quoted(profile)}]"
    usual = dict(PROFILES[profile].items())
    changed = {
        name: source_of(value, imports)
        for name, value in config.readings.items()
        if value != usual[name]
    }
    if changed:
        imports.setdefault("dataclasses", set()).add("replace")
        changes = tuple((f"{name}=", value) for name, value in changed.items())
        readings = Brackets("replace(", (("", readings), *changes), ")")
    return call(
        "Config",
        nodes=str(config.nodes),
        faults=str(config.faults),
        readings=readings,
        samples=str(config.samples),
        keep_early=str(config.keep_early),
    )


def _conjunct(conjunct: str) -> Iterator[str]:
    line = f"    assert violation.conjunct == {quoted(conjunct)}"
    if len(line) <= 100:
        yield line
        return
    pieces = textwrap.wrap(conjunct, 80, break_long_words=False, break_on_hyphens=False)
    yield "    assert violation.conjunct == ("
    for piece in pieces[:-1]:
        yield f"        {quoted(piece + ' ')}"
    yield f"        {quoted(pieces[-1])}"
    yield "    )"
