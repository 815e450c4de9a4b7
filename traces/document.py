"""A trace as a document of the Informal Trace Format, and back.

The format is that of ADR-015 of Apalache: an object with ``#meta``, ``vars`` and ``states``.
The variables are the fields of :class:`~traces.trace.Snapshot`.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from poqi_core.faults import FAULTS
from poqi_core.messages import NextSample
from poqi_core.run import Act, Run
from traces.codec import decode, encode
from traces.compounds import check_fields, field_of
from traces.difference import described
from traces.errors import TraceError
from traces.header import (
    ADDED,
    SCHEMA,
    Header,
    check,
    config_of,
    header_of,
    partition_of,
    predictions_of,
)
from traces.json_text import Json
from traces.scalars import misfit
from traces.trace import Origin, Snapshot, Trace
from traces.words import counted

ADR = "https://apalache-mc.org/docs/adr/015adr-trace.html"
_VARIABLES: list[Json] = list(Snapshot._fields)
_HEADER = "#meta.poqi"
_QUIET_ROUNDS = 10
"""How many rounds can pass before something happens; honest nodes fall silent before that."""


def write(trace: Trace) -> str:
    """``trace`` as the text of a trace file: a state a line, always the same for one trace.

    Raises:
        TraceError: a number or a text in it is too long for a trace file.
    """
    header = encode(Header, header_of(trace))
    assert isinstance(header, dict)
    for name, value in ADDED.items():
        if header[name] == value:
            del header[name]
    meta: Json = {
        "format": "ITF",
        "format-description": ADR,
        "description": f"PoQI: {_description(trace)}",
        "poqi": header,
    }
    lines = [_line(index, snapshot) for index, snapshot in enumerate(trace.snapshots)]
    return (
        "{\n"
        f'"#meta": {json.dumps(meta, indent=1)},\n'
        f'"vars": {json.dumps(_VARIABLES)},\n'
        + ("" if trace.run.loop is None else f'"loop": {trace.run.loop + 1},\n')
        + '"states": [\n'
        + ",\n".join(lines)
        + "\n]\n}\n"
    )


def _description(trace: Trace) -> str:
    steps = counted(trace.steps, "step")
    if trace.breach is None:
        return f"a walk of {steps}"
    if trace.run.loop is not None:
        return f"{trace.breach.property} is violated by {steps}, the last of which repeat for ever"
    return f"{trace.breach.property} is violated after {steps}"


def _line(index: int, snapshot: Snapshot) -> str:
    values = encode(Snapshot, snapshot)
    assert isinstance(values, dict)
    return json.dumps({"#meta": {"index": index}, **values})


def from_document(document: Json) -> Trace:
    """The trace that a document of the format holds.

    Raises:
        TraceError: it holds none, or one of another version; the message names the place.
    """
    if not isinstance(document, dict):
        raise misfit("the file", "an object", document)
    if document.get("params", []) != []:
        raise misfit("params", "nothing, as a run has no parameters", document["params"])
    fields = {name: document[name] for name in document if name not in ("params", "loop")}
    check_fields(fields, {"#meta": None, "vars": None, "states": None}, "the file")
    header = _header(document["#meta"])
    if document["vars"] != _VARIABLES:
        raise misfit("vars", json.dumps(_VARIABLES), document["vars"])
    states = document["states"]
    if not isinstance(states, list) or not states:
        raise misfit("states", "a list that is not empty", states)
    config, predicted = config_of(header, _HEADER), predictions_of(header, _HEADER)
    run = Run(
        config,
        header.network,
        header.start_view,
        tuple(predicted[0]),
        predicted,
        (),
        header.views,
        header.ballots,
        _loop(document.get("loop"), len(states)),
        FAULTS[header.fault],
        header.losses,
        partition_of(header, _HEADER),
    )
    snapshots = tuple(_snapshot(state, index, run) for index, state in enumerate(states))
    run = replace(run, acts=tuple(shot.act for shot in snapshots if shot.act is not None))
    check_acts(run, lambda step: f"states[{step}].act")
    return Trace(
        run,
        header.violated,
        Origin(header.version, header.profile, header.scope, header.command),
        snapshots,
    )


def _loop(json: Json, states: int) -> int | None:
    """How many acts come before those that repeat; the state after the first of them is named."""
    if json is None:
        return None
    if isinstance(json, bool) or not isinstance(json, int) or not 1 <= json < states:
        raise misfit("loop", f"the number of a state from 1 to {states - 1}", json)
    return json - 1


def _header(meta: Json) -> Header:
    if field_of(meta, "format", "#meta") != "ITF":
        raise misfit("#meta.format", '"ITF"', field_of(meta, "format", "#meta"))
    json_header = field_of(meta, "poqi", "#meta")
    schema = field_of(json_header, "schema", _HEADER)
    if schema != SCHEMA or isinstance(schema, bool):
        raise misfit(
            f"{_HEADER}.schema",
            f"the version of the format that this PoQI reads, {SCHEMA} "
            "(the field command says how to record it again)",
            schema,
        )
    assert isinstance(json_header, dict)
    header = decode(Header, {**ADDED, **json_header}, _HEADER)
    check(header, _HEADER)
    return header


def _snapshot(state: Json, index: int, run: Run) -> Snapshot:
    place = f"states[{index}]"
    if not isinstance(state, dict):
        raise misfit(place, "an object", state)
    if state.get("#meta", {"index": index}) != {"index": index}:
        raise misfit(f"{place}.#meta", f'{{"index": {index}}}', state["#meta"])
    values = {name: value for name, value in state.items() if name != "#meta"}
    snapshot = decode(Snapshot, values, place)
    if (snapshot.act is None) != (index == 0):
        raise TraceError(f"{place}.act: every state but the initial one has an act")
    running = tuple(sorted((*run.honest, *run.runners)))
    for name, given, expected, kind in (
        ("nodes", tuple(snapshot.nodes), running, "honest nodes" if not run.runners else "nodes"),
        ("records", tuple(snapshot.records), run.honest, "honest nodes"),
    ):
        if given != expected:
            raise TraceError(
                f"{place}.{name}: it is about the nodes {described(list(given))}, "
                f"but the {kind} are {described(list(expected))}"
            )
    return snapshot


def check_acts(run: Run, place: Callable[[int], str]) -> None:
    """Refuse acts that would keep the core busy for long, or mean nothing in the network.

    ``place`` names the place of the act of a step, counted from 1.

    Raises:
        TraceError: an act is of that kind.
    """
    number = 0
    for step, act in enumerate(run.acts, 1):
        _check_act(act, number, run, place(step))
        number = act.round


def _check_act(act: Act, number: int, run: Run, place: str) -> None:
    """Check one act; ``number`` is the round of the act before."""
    if run.network == "asynchronous" and act.round != 0:
        raise TraceError(
            f"{place}.round: an asynchronous network has no rounds, so it is 0, not {act.round}"
        )
    if act.round > number + _QUIET_ROUNDS:
        raise TraceError(
            f"{place}.round: nothing happens from round {number} to {act.round}; "
            f"at most {_QUIET_ROUNDS} rounds can pass like that"
        )
    samples = len(run.predicted)
    if isinstance(act.event, NextSample) and act.event.index > samples:
        raise TraceError(f"{place}.event.index: there are only {samples} samples")
