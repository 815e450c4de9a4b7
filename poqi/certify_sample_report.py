"""What ``poqi certify --sample`` prints, and the trace that it writes."""

import json
import shlex
import sys
from pathlib import Path

import traces
from checker.certification.attainable import Bounds
from checker.certification.views import SampleCertifier
from poqi.certification import Placement, Request
from poqi.certify_report import scope_of
from poqi.certify_sample import Demonstration, demonstrate
from poqi.files import write_whole
from poqi_core.readings import Readings
from runner.aggregation import labels_of

SCHEMA = 1


def sample_report(
    request: Request, readings: Readings, sample: int, trace: Path | None, *, as_json: bool
) -> str:
    """What can be attained for ``sample`` with each choice of faulty nodes, and the worst of it.

    With ``trace`` a run in which it is attained is written there.

    Raises:
        QuestionError: views cannot be composed with these readings or this network.
        CommandError: the trace cannot be written.
    """
    answers: list[int] = labels_of(request.outputs.vectors)[:, sample].tolist()
    certifier = SampleCertifier(request.outputs.nodes, request.faults, readings, request.network)
    attained = [
        (placement, certifier.bounds(answers, placement, request.start_views))
        for placement in request.placements
    ]
    worst = demonstrate(request, readings, sample)
    written = trace if trace is not None and worst is not None else None
    if written is not None and worst is not None:
        _write(scope_of(request, sample), worst, written)
    tell = _as_json if as_json else _as_text
    return tell(request, sample, answers, attained, worst, written)


def _write(scope: str, worst: Demonstration, path: Path) -> None:
    command = shlex.join(["poqi", *sys.argv[1:]])
    trace = traces.record(worst.run, worst.property, profile="paper", scope=scope, command=command)
    write_whole(path, traces.write(trace))


def _as_text(
    request: Request,
    sample: int,
    answers: list[int],
    attained: list[tuple[Placement, Bounds]],
    worst: Demonstration | None,
    written: Path | None,
) -> str:
    truth = int(request.labels.values[sample])
    lines = [f"sample {sample}, true label {truth}"]
    lines += [
        f"  node {node} {source.name:<20} answers {answer}"
        for node, (source, answer) in enumerate(zip(request.outputs.sources, answers, strict=True))
    ]
    exact = all(bounds.least == bounds.most for _, bounds in attained)
    heading = "can be decided" if exact else "at most decided"
    lines += ["", f"{'faulty':<12}{heading:<18}also"]
    for placement, bounds in attained:
        one = bounds.most
        labels = "any label" if one.every_label else ", ".join(map(str, sorted(one.labels))) or "-"
        also = [
            word
            for word, holds in (
                ("differ", one.differ),
                ("blocked", one.blocked),
                ("conflict", one.conflict),
            )
            if holds
        ]
        verdict = "" if not bounds.is_certified(truth) else "certified"
        listed = ",".join(map(str, placement)) or "none"
        lines.append(f"{listed:<12}{labels:<18}{', '.join([*filter(None, [verdict]), *also])}")
    lines.append("")
    if worst is not None:
        who = ",".join(map(str, worst.placement)) or "none"
        lines.append(
            f"the worst: {worst.claim}, with nodes {who} faulty, from view {worst.start_view}, "
            f"in {len(worst.run.acts)} steps"
        )
    if written is not None:
        lines.append(f"the run is in {written}; poqi show {written}")
    return "\n".join([*lines, scope_of(request, sample)])


def _as_json(
    request: Request,
    sample: int,
    answers: list[int],
    attained: list[tuple[Placement, Bounds]],
    worst: Demonstration | None,
    written: Path | None,
) -> str:
    truth = int(request.labels.values[sample])
    return json.dumps(
        {
            "schema": SCHEMA,
            "sample": sample,
            "truth": truth,
            "answers": answers,
            "placements": [
                {
                    "faulty": list(placement),
                    "labels": sorted(bounds.most.labels),
                    "every_label": bounds.most.every_label,
                    "certified": bounds.is_certified(truth),
                    "breakable": bounds.most.is_breakable(truth),
                    "differ": bounds.most.differ,
                    "blocked": bounds.most.blocked,
                    "conflict": bounds.most.conflict,
                }
                for placement, bounds in attained
            ],
            "worst": None
            if worst is None
            else {
                "claim": worst.claim,
                "property": worst.property,
                "faulty": list(worst.placement),
                "start_view": worst.start_view,
                "steps": len(worst.run.acts),
                "trace": None if written is None else str(written),
            },
            "scope": scope_of(request, sample),
        },
        indent=1,
    )
