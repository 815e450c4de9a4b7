"""A trace as a test that replays its run on the core."""

import textwrap
from collections.abc import Iterator

from poqi_core.faults import BYZANTINE
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
from traces.trace import Breach, Trace


def pytest_text(trace: Trace) -> str:
    """The source of a test module that needs the core and nothing else."""
    imports: Imports = {
        "poqi_core.config": {"Config"},
        "poqi_core.readings": {"PROFILES"},
        "poqi_core.run": {"Act", "Execution", "Run"},
    }
    beyond: dict[str, Source] = {}
    if trace.run.fault != BYZANTINE:
        imports["poqi_core.faults"] = {"FAULTS"}
        beyond["fault"] = f"FAULTS[{quoted(trace.run.fault.name)}]"
    if trace.run.losses:
        beyond["losses"] = str(trace.run.losses)
    if trace.run.partition is not None:
        beyond["partition"] = source_of(trace.run.partition, imports)
    run = call(
        "Run",
        config=_config(trace, imports),
        network=quoted(trace.run.network),
        start_view=str(trace.run.start_view),
        honest=source_of(trace.run.honest, imports),
        predicted=source_of(trace.run.predicted, imports),
        acts=source_of(trace.run.acts, imports),
        views=str(trace.run.views),
        ballots=str(trace.run.ballots),
        **({} if trace.run.loop is None else {"loop": str(trace.run.loop)}),
        **beyond,
    )
    name = "a walk" if trace.breach is None else f"the run along which {trace.property_name} breaks"
    if trace.breach is None:
        test = list(_walk(trace, imports))
    elif trace.run.loop is None:
        test = list(_breach(trace.breach, imports))
    else:
        test = list(_endless(trace.breach, imports))
    lines = [
        f'"""{name[0].upper()}{name[1:]}, as poqi show --pytest printed it."""',
        "",
        *import_lines(imports),
        "",
        *laid_out("RUN = ", run),
        "",
        "",
        *test,
    ]
    return "\n".join(lines) + "\n"


def _performed(name: str) -> Iterator[str]:
    yield f"def test_{name}() -> None:"
    yield "    execution = Execution(RUN)"
    yield "    for act in RUN.acts:"
    yield "        execution.perform(act)"


def _breach(breach: Breach, imports: Imports) -> Iterator[str]:
    """The test that the property breaks as it did."""
    imports["poqi_core.properties"] = {"property_named"}
    yield from _performed(f"{breach.property.replace('-', '_')}_breaks")
    if property_named(breach.property).when_stuck:
        yield "    assert not list(execution.honest_steps())"
    yield f"    promised = property_named({quoted(breach.property)})"
    yield "    violation = execution.violation(promised)"
    yield "    assert violation is not None"
    yield from _conjunct(breach.conjunct)


def _endless(breach: Breach, imports: Imports) -> Iterator[str]:
    """The test that its last acts can repeat for ever, and violate the property."""
    imports["poqi_core.run"] = {"Act", "Run"}
    imports["poqi_core.loops"] = {"endless_violation"}
    imports["poqi_core.properties"] = {"property_named"}
    yield f"def test_{breach.property.replace('-', '_')}_breaks_for_ever() -> None:"
    yield f"    violation = endless_violation(RUN, property_named({quoted(breach.property)}))"
    yield from _conjunct(breach.conjunct)


def _walk(trace: Trace, imports: Imports) -> Iterator[str]:
    """The test that the walk shows at every node what it showed."""
    yield from _performed("the_walk_shows_the_same")
    for node, record in trace.snapshots[-1].records.items():
        shown = source_of(record, imports)
        yield from laid_out(f"assert execution.records[{node}] == ", shown, indent=4)


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
