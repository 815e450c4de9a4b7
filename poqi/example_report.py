"""What ``poqi example`` prints: for a person, or as one JSON object."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from checker.examples.example import Example, Published
from checker.exploration import Resource
from checker.model import Finding, Findings
from checker.verdict import Verdict

SCHEMA = 1

_RAN_OUT = {
    Resource.SECONDS: "the budget of time ran out",
    Resource.STATES: "the budget of states ran out",
    Resource.MEMORY: "the budget of memory ran out",
    Resource.PATIENCE: "Ctrl-C was pressed",
}


class Reported(NamedTuple):
    """What was asked, and what was found."""

    example: Example
    values: Mapping[str, int]
    mistake: str | None
    engine: str
    found: Findings

    @property
    def scope(self) -> str:
        """One sentence that states exactly what the verdict is about."""
        ran_out = self.found.exhausted
        extent = (
            "every run of"
            if ran_out is None
            else f"every run of fewer than {self.found.covered} steps ({_RAN_OUT[ran_out]}) of"
        )
        mistake = "" if self.mistake is None else f" with the mistake {self.mistake}"
        return (
            f"Scope: {extent} {self.example.name}{mistake}, {self.example.scope(self.values)}; "
            "asynchronous network: messages are delayed, reordered, repeated or lost at will."
        )

    @property
    def published(self) -> Published | None:
        """What others have counted, where this is a count as well."""
        counted = self.engine != "reduced" and self.mistake is None
        counted = counted and self.found.verdict is Verdict.HOLDS
        return self.example.published_for(self.values) if counted else None


def listing(examples: Sequence[Example]) -> str:
    """The examples, their parameters and their mistakes."""
    lines = []
    for example in examples:
        lines += [f"{example.name}: {example.summary}", f"  {example.source}"]
        lines += [
            f"  --{parameter.name:<18} {parameter.help} ({parameter.default})"
            for parameter in example.parameters
        ]
        lines += [
            f"  --mistake {name:<12} {mistake.summary}"
            for name, mistake in example.mistakes.items()
        ]
        lines.append("")
    return "\n".join(lines).rstrip()


def listing_as_json(examples: Sequence[Example]) -> str:
    """The same as one JSON object."""
    document = {
        "schema": SCHEMA,
        "examples": [
            {
                "name": example.name,
                "summary": example.summary,
                "source": example.source,
                "parameters": [parameter._asdict() for parameter in example.parameters],
                "mistakes": {name: one.summary for name, one in example.mistakes.items()},
            }
            for example in examples
        ],
    }
    return json.dumps(document, indent=1)


def as_text(reported: Reported) -> str:
    """The answer for a person; the last line is the scope."""
    found = reported.found
    lines = []
    for result in found.results:
        if result.run is not None:
            lines += [f"{result.name} is violated after {_steps(result)}", "", str(result.run), ""]
    width = max(len(result.name) for result in found.results)
    for result in found.results:
        after = f" in {_steps(result)}" if result.run is not None else ""
        lines.append(f"{result.name:<{width}}  {result.verdict.value}{after}")
    lines += ["", f"{found.states:,} states, {found.transitions:,} transitions, {reported.engine}"]
    published = reported.published
    if published is not None:
        counted = found.states * published.copies
        times = f" ({published.copies} times {found.states:,})" if published.copies > 1 else ""
        agree = "the same" if counted == published.states else "NOT the same"
        lines.append(f"others: {published.states:,} states, {agree}{times}; {published.source}")
    lines.append(reported.scope)
    return "\n".join(lines)


def _steps(result: Finding) -> str:
    count = 0 if result.run is None else len(result.run.steps)
    return f"{count} step{'s' if count != 1 else ''}"


def as_json(reported: Reported) -> str:
    """The answer as one JSON object."""
    found, published = reported.found, reported.published
    document = {
        "schema": SCHEMA,
        "example": reported.example.name,
        "parameters": dict(reported.values),
        "mistake": reported.mistake,
        "verdict": found.verdict.value,
        "results": [
            {
                "property": result.name,
                "verdict": result.verdict.value,
                "steps": None if result.run is None else len(result.run.steps),
                "run": None
                if result.run is None
                else [
                    {
                        "process": step.process,
                        "event": step.event,
                        "sends": list(step.sends),
                        "faulty": step.faulty,
                    }
                    for step in result.run.steps
                ],
            }
            for result in found.results
        ],
        "engine": reported.engine,
        "states": found.states,
        "transitions": found.transitions,
        "exhausted": None if found.exhausted is None else found.exhausted.value,
        "published": None
        if published is None
        else {
            "states": published.states,
            "counted": found.states * published.copies,
            "source": published.source,
        },
        "scope": reported.scope,
    }
    return json.dumps(document, indent=1)
