"""What ``poqi check`` prints: for a person, or as one JSON object."""

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import traces
from checker.exploration import Resource
from checker.liveness.conditions import can_change_for_ever
from checker.question import Question, pattern_text
from checker.verdict import Answer, PropertyResult, Verdict
from checker.views.conditions import composes
from poqi.files import write_whole
from poqi.readings_options import changes_of
from poqi_core.clauses import Clause

SCHEMA = 1

_RAN_OUT = {
    Resource.SECONDS: "the budget of time ran out",
    Resource.STATES: "the budget of states ran out",
    Resource.MEMORY: "the budget of memory ran out",
    Resource.PATIENCE: "Ctrl-C was pressed",
}


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


def scope_of(arguments: argparse.Namespace, question: Question, answer: Answer) -> str:
    """One sentence that states exactly what the verdict is about."""
    return f"Scope: {_extent(answer)} {subject_of(arguments, question)}."


def subject_of(arguments: argparse.Namespace, question: Question) -> str:
    """What the runs of a question have in common, in words."""
    changes = "".join(f", {name}={value}" for name, value in changes_of(arguments).items())
    network = {
        "asynchronous": "asynchronous network (the paper assumes synchrony)",
        "rounds": "network of lock-step rounds (the synchrony that the paper assumes)",
    }[question.network]
    samples = f"{question.samples} sample{'s' if question.samples > 1 else ''}"
    if question.endless:
        samples += " again and again for ever"
    views = question.views_a_sample
    conflict = " (up to a conflict)" if views == question.config.conflict_after else ""
    each = f"{views} view{'s' if views > 1 else ''} a sample{conflict}"
    if question.config.has_ballots:
        ballots = question.ballots_a_sample
        each = f"{ballots} ballot{'s' if ballots > 1 else ''} a sample"
        stuck = any(entry.when_stuck for entry in question.properties)
        if stuck and can_change_for_ever(question.config, question.network):
            each += " (termination: any number)"
    start = f"from view {question.start_view}"
    composed = any(composes(question, entry) for entry in question.properties)
    if composed and question.covers_every_start_view:
        start += " (or any other, by rotation)"
    return (
        f"profile {arguments.profile}{changes}, "
        f"N={question.nodes} with quorums for f={question.faults}, {network}, "
        f"{_sweep(question)}, {samples} {start}, "
        f"{each}"
    )


def _extent(answer: Answer) -> str:
    if answer.exhausted is None:
        return "every run of"
    reached = f", every run of fewer than {answer.covered} steps was judged"
    return (
        f"{answer.finished} of {answer.settings} settings were finished when "
        f"{_RAN_OUT[answer.exhausted]}{reached if answer.covered else ''}, of"
    )


def _sweep(question: Question) -> str:
    """The patterns, and who is faulty and how."""
    if question.predictions is not None:
        patterns = ", ".join(pattern_text(pattern) for pattern in question.predictions)
        swept = f"predictions {patterns}"
    else:
        every = "random" if question.drawn else "all"
        swept = f"{every} predictions of up to {question.labels} labels"
    if question.sweeps_placements:
        plural = "s" if question.faults > 1 else ""
        every = "random placements" if question.drawn else "every placement"
        who = f"{every} of {question.faults} Byzantine node{plural}"
    elif question.placements == ((),):
        return f"{swept}, no faulty node"
    else:
        who = _who(question.placements[0])
    labels = question.adversary_labels
    bound = (
        "one label more than the honest use"
        if labels is None
        else f"{labels} label{'s' if labels > 1 else ''}"
    )
    evidence = question.adversary_evidence
    if evidence is not None:
        bound += f" and {evidence} piece{'s' if evidence > 1 else ''} of evidence"
    return f"{swept}, {who} free to equivocate and collude, with {bound}"


def _who(nodes: tuple[int, ...]) -> str:
    """``node 0 Byzantine``, ``nodes 0 and 2 Byzantine``, ``no fault``."""
    if not nodes:
        return "no fault"
    names = [str(node) for node in nodes]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"node{'s' if len(nodes) > 1 else ''} {listed} Byzantine"


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
            "engine": question.engine,
            "settings": answer.settings,
            "settings_finished": answer.finished,
            "states": answer.states,
            "transitions": answer.transitions,
            "steps_covered": answer.covered or None,
            "exhausted": None if answer.exhausted is None else answer.exhausted.value,
            "clauses": _clauses(reported),
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
    lines += [_line(answer, result, width) for result in answer.results]
    lines.append("")
    clauses = _clauses(reported)
    if clauses is not None:
        lines += ["clauses exercised: " + ", ".join(clauses["exercised"])]
        lines += ["clauses not exercised: " + (", ".join(clauses["not_exercised"]) or "none"), ""]
    for name, path in reported.files.items():
        lines.append(f"the counterexample to {name} is in {path}; poqi show {path}")
    unfinished = "" if answer.exhausted is None else f", stopped: {_RAN_OUT[answer.exhausted]}"
    lines.append(
        f"{answer.states:,} states, {answer.transitions:,} transitions, "
        f"{answer.finished} of {answer.settings} settings finished, "
        f"{answer.seconds:.1f} s{unfinished}"
    )
    lines.append(reported.scope)
    return "\n".join(lines)


def _clauses(reported: Reported) -> dict[str, list[str]] | None:
    """The names of the clauses that were exercised and that were not, if they were asked for."""
    if not reported.question.coverage:
        return None
    exercised = reported.answer.clauses
    return {
        "exercised": [clause.name for clause in Clause if clause in exercised],
        "not_exercised": [clause.name for clause in Clause if clause not in exercised],
    }


def _line(answer: Answer, result: PropertyResult, width: int) -> str:
    line = f"{result.name:<{width}}  {result.verdict.value}"
    if result.verdict is Verdict.VIOLATED and result.predictions is not None:
        steps = "step" if result.steps == 1 else "steps"
        patterns, who = ", ".join(result.predictions), _who(result.byzantine or ())
        loop = None if result.run is None else result.run.loop
        line += (
            f" in {result.steps} {steps}"
            if loop is None
            else f" without end: {loop} {steps}, then {(result.steps or 0) - loop} for ever"
        )
        line += f", predictions {patterns}, {who}"
    elif result.verdict is Verdict.UNDETERMINED and not result.beyond and answer.exhausted is None:
        line += " (violated by asynchronous messages; no run in rounds was found)"
    elif result.vacuous:
        line += " (vacuously: its premise never occurs)"
    elif result.beyond:
        line += " (some run leaves the bounds of the question; what it does then is unknown)"
    return line
