"""What ``poqi simulate`` prints, and the traces that it writes."""

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import traces
from checker.simulation.campaign import FoundViolation, Simulated, SimulatedProperty
from poqi.check_report import beside
from poqi.files import write_whole
from poqi.scope import subject_of

SCHEMA = 1

_BYTES_A_STATE = 700
"""The least that a node's state takes in a trace file, by measurement."""


def scope_of(arguments: argparse.Namespace, simulated: Simulated) -> str:
    """One sentence that states exactly what the verdict is about."""
    campaign = simulated.campaign
    last = campaign.first + simulated.runs - 1
    which = f"runs {campaign.first} to {last}" if simulated.runs else "no run"
    return (
        f"Scope: {which} of seed {campaign.seed}, drawn at random, of "
        f"{subject_of(arguments, campaign.question)}; finding nothing in them proves nothing."
    )


def write_traces(arguments: argparse.Namespace, simulated: Simulated) -> Mapping[str, Path]:
    """Write the traces that ``--trace`` asks for, by property; those too large are left out."""
    files: dict[str, Path] = {}
    asked: Path | None = arguments.trace
    if asked is None:
        return files
    scope, command = scope_of(arguments, simulated), shlex.join(["poqi", *sys.argv[1:]])
    for result in simulated.results:
        if result.found is None or _is_too_large(result.found):
            continue
        trace = traces.record(
            result.found.run, result.name, profile=arguments.profile, scope=scope, command=command
        )
        path = beside(asked, result.name) if files else asked
        write_whole(path, traces.write(trace))
        files[result.name] = path
    return files


def _is_too_large(found: FoundViolation) -> bool:
    """Whether a file of the run would be more than ``poqi replay`` reads."""
    run = found.run
    size = _BYTES_A_STATE + 8 * run.config.nodes
    return (1 + len(run.acts)) * len(run.honest) * size > traces.LARGEST_FILE


def as_json(arguments: argparse.Namespace, simulated: Simulated, files: Mapping[str, Path]) -> str:
    """What came of it as one JSON object."""
    campaign = simulated.campaign
    return json.dumps(
        {
            "schema": SCHEMA,
            "verdict": simulated.verdict.value,
            "seed": campaign.seed,
            "first_run": campaign.first,
            "runs": simulated.runs,
            "results": [
                {
                    "property": result.name,
                    "verdict": result.verdict.value,
                    "violating_runs": result.violated,
                    "vacuous_runs": result.vacuous,
                    "run": None if result.found is None else result.found.number,
                    "steps": None if result.found is None else len(result.found.run.acts),
                    "predictions": None
                    if result.found is None
                    else ",".join(result.found.predictions),
                    "byzantine": None if result.found is None else list(result.found.byzantine),
                    "trace": str(files[result.name]) if result.name in files else None,
                }
                for result in simulated.results
            ],
            "steps": simulated.acts,
            "disturbances": dict(sorted(simulated.disturbances.items())),
            "decided_samples": simulated.decided,
            "seconds": round(simulated.seconds, 3),
            "scope": scope_of(arguments, simulated),
        },
        indent=1,
    )


def as_text(arguments: argparse.Namespace, simulated: Simulated, files: Mapping[str, Path]) -> str:
    """What came of it for a person."""
    width = max(len(result.name) for result in simulated.results)
    lines = [
        f"{result.name:<{width}}  {_finding(result, simulated)}" for result in simulated.results
    ]
    lines.append("")
    for result in simulated.results:
        if result.name in files:
            name = files[result.name]
            lines.append(f"run {_number(result)} is in {name}; poqi shrink {name} | poqi show -")
        elif result.found is not None and arguments.trace is not None:
            lines.append(
                f"run {_number(result)}, which violates {result.name}, is too long for a trace "
                f"file; --seed {simulated.campaign.seed} --first-run {_number(result)} --runs 1 "
                "repeats it"
            )
    seconds = max(simulated.seconds, 0.001)
    lines.append(
        f"seed {simulated.campaign.seed}: {_counted(simulated.runs, 'run')}, "
        f"{_counted(simulated.acts, 'step')}, "
        f"{_disturbances(simulated)}; "
        f"{_counted(simulated.decided, 'sample')} decided by every honest node; "
        f"{simulated.seconds:.1f} s, {simulated.runs / seconds:,.1f} runs/s"
    )
    lines.append(scope_of(arguments, simulated))
    return "\n".join(lines)


def _number(result: SimulatedProperty) -> int:
    assert result.found is not None
    return result.found.number


def _finding(result: SimulatedProperty, simulated: Simulated) -> str:
    found = result.found
    if found is None:
        if simulated.runs and result.vacuous == simulated.runs:
            return "undetermined: its premise never occurred"
        return "undetermined: no violation was found"
    who = ", ".join(str(node) for node in found.byzantine)
    plural = "s" if len(found.byzantine) > 1 else ""
    faulty = f"node{plural} {who} Byzantine" if found.byzantine else "no fault"
    return (
        f"violated in {result.violated:,} of {_counted(simulated.runs, 'run')}, first in run "
        f"{found.number} after {_counted(len(found.run.acts), 'step')}, "
        f"predictions {','.join(found.predictions)}, {faulty}"
    )


def _disturbances(simulated: Simulated) -> str:
    """What faulty nodes and the network did, with how often."""
    counted = [
        _counted(times, noun) for noun, times in sorted(simulated.disturbances.items()) if times
    ]
    return ", ".join(counted) if counted else "no fault occurred"


def _counted(number: int, noun: str) -> str:
    """``1 run``, ``2,000 runs``, ``3 messages withheld``."""
    first, space, rest = noun.partition(" ") if noun.startswith("message") else (noun, "", "")
    plural = "" if number == 1 else "es" if first == "crash" else "s"
    return f"{number:,} {first}{plural}{space}{rest}"
