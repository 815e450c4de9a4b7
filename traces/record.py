"""Recording a run as a trace."""

from poqi_core.properties import EVERY_PROPERTY, Property, Violation, property_named
from poqi_core.readings import PROFILES
from poqi_core.run import Execution, Run
from traces.document import from_document, write
from traces.errors import TraceError
from traces.json_text import parse
from traces.trace import Breach, Origin, Snapshot, Trace
from traces.verdict import violation_at
from traces.words import counted


def record(
    run: Run,
    property_name: str | None,
    *,
    profile: str = "paper",
    scope: str = "",
    command: str = "",
) -> Trace:
    """The trace of ``run``, at the end of which the property is violated, and not before.

    Without a property it is an ordinary walk, of which nothing is claimed.  ``profile`` is the one
    that the readings of the run were derived from, ``scope`` says in a sentence what the search
    covered, and ``command`` is the command line that found it.

    Raises:
        TraceError: the property is unknown, is not violated there, or is violated before; or
            the run is none that a trace file can hold.
        poqi_core.run.DepartureError: an act could not have happened.
    """
    trace = unfolded(run, property_name, profile=profile, scope=scope, command=command)
    if from_document(parse(write(trace))) != trace:
        raise TraceError("the run does not survive being written and read")
    return trace


def unfolded(
    run: Run, property_name: str | None, *, profile: str, scope: str = "", command: str = ""
) -> Trace:
    """The same, without trying whether a file can hold it.

    Raises:
        TraceError: the property is unknown, is not violated there, or is violated before.
        poqi_core.run.DepartureError: an act could not have happened.
    """
    if property_name not in {None, *(entry.name for entry in EVERY_PROPERTY)}:
        raise TraceError(f"there is no property {property_name!r}")
    if profile not in PROFILES:
        raise TraceError(f"there is no profile {profile!r}")
    if any(tuple(labels) != run.honest for labels in run.predicted):
        raise TraceError("the nodes that predict are not the honest nodes, in ascending order")
    entry = None if property_name is None else property_named(property_name)
    execution = Execution(run)
    snapshots = [Snapshot(None, dict(execution.states), dict(execution.records))]
    violation = _violation(entry, execution, last=not run.acts)
    for step, act in enumerate(run.acts):
        if violation is not None:
            raise TraceError(f"{property_name} is violated after {counted(step, 'step')} already")
        execution.perform(act)
        snapshots.append(Snapshot(act, dict(execution.states), dict(execution.records)))
        violation = _violation(entry, execution, last=step + 1 == len(run.acts))
    if entry is not None and violation is None:
        raise TraceError(f"the run does not violate {property_name}")
    breach = None if entry is None or violation is None else Breach(entry.name, *violation)
    origin = Origin(_version(), profile, _one_line(scope), _one_line(command))
    return Trace(run, breach, origin, tuple(snapshots))


def _violation(entry: Property | None, execution: Execution, *, last: bool) -> Violation | None:
    return None if entry is None else violation_at(entry, execution, last=last)


def _one_line(text: str) -> str:
    """``text`` with whatever is no printable character escaped, as in a Python string."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _version() -> str:
    """The version of the installed package; empty in a source tree that is not installed."""
    # Imported here since it takes longer than all the rest of this room.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("poqi")
    except PackageNotFoundError:
        return ""
