"""What ``poqi check`` prints: for a person, or as one JSON object."""

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import traces
from checker.question import Question
from checker.verdict import Answer, PropertyResult, Verdict
from poqi.coverage_report import coverage_lines, coverage_object
from poqi.files import write_whole
from poqi.scope import RAN_OUT, scope_of, who

SCHEMA = 1


@dataclass(frozen=True)
class Reported:
    """An answer with its scope and the traces of its counterexamples."""

    question: Question
    answer: Answer
    scope: str
    traces: Mapping[str, traces.Trace]
    files: Mapping[str, Path]


def with_traces(arguments: argparse.Namespace, question: Question, answer: Answer) -> Reported:
    """Record every counterexample, and write the files that ``--trace`` asks for."""
    scope = scope_of(arguments, question, answer)
    command = shlex.join(["poqi", *sys.argv[1:]])
    recorded = {
        result.name: traces.record(
            result.run,
            result.name,
            profile=arguments.profile,
            scope=scope,
            command=command,
        )
        for result in answer.results
        if result.run is not None
    }
    files: dict[str, Path] = {}
    asked: Path | None = arguments.trace
    if asked is not None:
        for name, trace in recorded.items():
            files[name] = asked if not files else beside(asked, name)
            write_whole(files[name], traces.write(trace))
    return Reported(question, answer, scope, recorded, files)


def beside(path: Path, name: str) -> Path:
    """``out.itf.json`` becomes ``out.NAME.itf.json``."""
    stem, dot, rest = path.name.partition(".")
    return path.with_name(f"{stem}.{name}{dot}{rest}")


def as_json(reported: Reported) -> str:
    """The answer as one JSON object."""
    answer, question = reported.answer, reported.question
    return json.dumps(
        {
            "schema": SCHEMA,
            "verdict": answer.verdict.value,
            "results": [
                {
                    "property": result.name,
                    "verdict": result.verdict.value,
                    "vacuous": result.vacuous,
                    "steps": result.steps,
                    "loop": None if result.run is None else result.run.loop,
                    "predictions": None
                    if result.predictions is None
                    else ",".join(result.predictions),
                    "byzantine": None if result.byzantine is None else list(result.byzantine),
                    "conjunct": reported.traces[result.name].violation.conjunct
                    if result.name in reported.traces
                    else None,
                    "trace": str(reported.files[result.name])
                    if result.name in reported.files
                    else None,
                }
                for result in answer.results
            ],
            "network": question.network,
            "fault": question.fault.name,
            "losses": question.losses,
            "partition": None if question.partition is None else question.partition.text(),
            "engine": question.engine,
            "settings": answer.settings,
            "settings_finished": answer.finished,
            "states": answer.states,
            "transitions": answer.transitions,
            "steps_covered": answer.covered or None,
            "exhausted": None if answer.exhausted is None else answer.exhausted.value,
            "coverage": coverage_object(answer.coverage, question.config)
            if question.coverage
            else None,
            "seconds": round(answer.seconds, 3),
            "scope": reported.scope,
        },
        indent=1,
    )


def as_text(reported: Reported) -> str:
    """The answer for a person; the last line is the scope."""
    answer = reported.answer
    lines = []
    if len(answer.results) == 1 and answer.results[0].name in reported.traces:
        lines += [traces.show(reported.traces[answer.results[0].name]).rstrip(), ""]
    width = max(len(result.name) for result in answer.results)
    adjective = reported.question.fault.adjective
    lines += [_line(answer, result, width, adjective) for result in answer.results]
    lines.append("")
    if reported.question.coverage:
        lines += [*coverage_lines(answer.coverage, reported.question.config), ""]
    for name, path in reported.files.items():
        lines.append(f"the counterexample to {name} is in {path}; poqi show {path}")
    unfinished = "" if answer.exhausted is None else f", stopped: {RAN_OUT[answer.exhausted]}"
    lines.append(
        f"{answer.states:,} states, {answer.transitions:,} transitions, "
        f"{answer.finished} of {answer.settings} settings finished, "
        f"{answer.seconds:.1f} s{unfinished}"
    )
    lines.append(reported.scope)
    return "\n".join(lines)


def _line(answer: Answer, result: PropertyResult, width: int, adjective: str) -> str:
    line = f"{result.name:<{width}}  {result.verdict.value}"
    if result.verdict is Verdict.VIOLATED and result.predictions is not None:
        steps = "step" if result.steps == 1 else "steps"
        patterns = ", ".join(result.predictions)
        loop = None if result.run is None else result.run.loop
        line += (
            f" in {result.steps} {steps}"
            if loop is None
            else f" without end: {loop} {steps}, then {(result.steps or 0) - loop} for ever"
        )
        line += f", predictions {patterns}, {who(result.byzantine or (), adjective)}"
    elif result.verdict is Verdict.UNDETERMINED and not result.beyond and answer.exhausted is None:
        line += " (violated by asynchronous messages; no run in rounds was found)"
    elif result.vacuous:
        line += " (vacuously: its premise never occurs)"
    elif result.beyond:
        line += " (some run leaves the bounds of the question; what it does then is unknown)"
    return line
