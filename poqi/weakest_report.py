"""What ``poqi weakest`` prints: for a person, or as one JSON object."""

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import traces
from checker.verdict import Verdict
from checker.weakest import Finding, Ranking
from poqi.files import write_whole
from poqi.scope import extent_of, protocol_of, scope_of, who

SCHEMA = 1

_ASYNCHRONOUS = (
    "In an asynchronous network a crash, an omission and a silence add nothing to no fault for "
    "safety,\nas messages can be late for ever; crash and omission are therefore not ranked."
)


@dataclass(frozen=True)
class Reported:
    """A ranking with its scope and the traces that were written."""

    ranking: Ranking
    scope: str
    files: Mapping[tuple[str, str], Path]
    """By property and fault."""


def with_traces(arguments: argparse.Namespace, ranking: Ranking) -> Reported:
    """Record every counterexample, and write them where ``--trace-folder`` asks for it."""
    folder: Path | None = arguments.trace_folder
    files: dict[tuple[str, str], Path] = {}
    for name, findings in ranking.findings.items():
        for fault, finding in findings.items():
            if finding.result is None or finding.result.run is None:
                continue
            trace = traces.record(
                finding.result.run,
                name,
                profile=arguments.profile,
                scope=scope_of(arguments, ranking.questions[fault], ranking.answers[fault]),
                command=shlex.join(["poqi", *sys.argv[1:]]),
            )
            if folder is not None:
                files[name, fault] = folder / f"{name}.{fault}.itf.json"
                write_whole(files[name, fault], traces.write(trace))
    return Reported(ranking, _scope(arguments, ranking), files)


def _scope(arguments: argparse.Namespace, ranking: Ranking) -> str:
    question = ranking.questions["byzantine"]
    placed = question.placements
    where = (
        f"every placement of {question.faults} faulty node{'s' if question.faults > 1 else ''}"
        if question.sweeps_placements
        else who(placed[0], "faulty")
    )
    stopped = [name for name, answer in ranking.answers.items() if answer.exhausted is not None]
    unfinished = f" (stopped early: {', '.join(stopped)})" if stopped else ""
    return (
        f"Scope: every run of {protocol_of(arguments, question)}, all predictions of up to "
        f"{question.labels} labels, without a fault and with {where}, "
        f"{extent_of(question)}{unfinished}."
    )


def as_text(reported: Reported) -> str:
    """The ranking for a person; the last line is the scope."""
    ranking = reported.ranking
    width = max(len(name) for name in ranking.findings)
    lines = [f"{name:<{width}}  {_row(ranking, name)}" for name in ranking.findings]
    lines.append("")
    lines += _explained(ranking)
    for (name, fault), path in reported.files.items():
        lines.append(f"the counterexample to {name} with fault {fault} is in {path}")
    if ranking.questions["byzantine"].network == "asynchronous":
        lines.append(_ASYNCHRONOUS)
    lines.append(reported.scope)
    return "\n".join(lines)


def _row(ranking: Ranking, name: str) -> str:
    findings = ranking.findings[name]
    weakest = [f"{fault.name}{_steps(findings[fault.name])}" for fault in ranking.weakest(name)]
    undetermined = [
        fault.name
        for fault in ranking.faults
        if findings[fault.name].verdict is Verdict.UNDETERMINED
    ]
    said = "broken by " + "; ".join(weakest) if weakest else "not broken"
    if undetermined:
        said += f" (undetermined: {', '.join(undetermined)})"
    elif not weakest and all(_is_vacuous(findings[fault.name]) for fault in ranking.faults):
        said += " (vacuously: its premise never occurs)"
    return said


def _is_vacuous(finding: Finding) -> bool:
    return finding.result is None or finding.result.vacuous


def _steps(finding: Finding) -> str:
    result = finding.result
    if result is None or result.steps is None:
        return ""
    return f" in {result.steps} step{'' if result.steps == 1 else 's'}"


def _explained(ranking: Ranking) -> Iterator[str]:
    """What was explored, and what includes what."""
    yield "explored: " + "; ".join(
        f"{fault.name} ({ranking.answers[fault.name].states:,} states, "
        f"{ranking.answers[fault.name].seconds:.1f} s)"
        for fault in ranking.faults
        if fault.name in ranking.answers
    )
    included = [
        f"{fault.name} includes {', '.join(_named(ranking, fault.name))}"
        for fault in ranking.faults
        if ranking.inclusions[fault.name]
    ]
    yield "order: " + "; ".join(included)


def _named(ranking: Ranking, name: str) -> list[str]:
    """What a fault includes, in the order of the faults."""
    return [fault.name for fault in ranking.faults if fault.name in ranking.inclusions[name]]


def as_json(reported: Reported) -> str:
    """The ranking as one JSON object."""
    ranking = reported.ranking
    return json.dumps(
        {
            "schema": SCHEMA,
            "verdict": ranking.verdict().value,
            "faults": [fault.name for fault in ranking.faults],
            "includes": {fault.name: _named(ranking, fault.name) for fault in ranking.faults},
            "properties": [
                {
                    "property": name,
                    "weakest": [fault.name for fault in ranking.weakest(name)],
                    "certain": ranking.is_certain(name),
                    "faults": {
                        fault.name: _as_object(reported, name, fault.name)
                        for fault in ranking.faults
                    },
                }
                for name in ranking.findings
            ],
            "network": ranking.questions["byzantine"].network,
            "scope": reported.scope,
        },
        indent=1,
    )


def _as_object(reported: Reported, name: str, fault: str) -> dict[str, object]:
    finding = reported.ranking.findings[name][fault]
    result, path = finding.result, reported.files.get((name, fault))
    return {
        "verdict": finding.verdict.value,
        "follows_from": finding.follows_from,
        "steps": None if result is None else result.steps,
        "trace": None if path is None else str(path),
    }
