"""What ``poqi certify`` prints."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poqi.certification import Marks, Method, Placement, Request

SCHEMA = 1

_COLUMNS = ("certified", "breakable", "differ", "blocked", "conflict")


def scope_of(request: Request, sample: int | None = None) -> str:
    """One sentence that states exactly what the figures, or those of one sample, are about."""
    count = len(request.placements)
    size = len(request.placements[0])
    who = (
        f"nodes {_listed(request.placements[0])} faulty and"
        if count == 1
        else f"every choice of {size} faulty {'node' if size == 1 else 'nodes'} ({count}),"
    )
    views = request.start_views
    begin = (
        "every start view"
        if len(views) == request.outputs.nodes
        else "start views " + ", ".join(map(str, views))
    )
    what = f"{len(request.labels.values):,} samples" if sample is None else f"sample {sample}"
    return (
        f"Scope: {what} of {request.outputs.nodes} nodes with quorums for f={request.faults}, "
        f"{who} free to do anything, {begin}, every schedule of the "
        f"{_NETWORKS[request.network]}, each sample by itself through all views up to a conflict."
    )


_NETWORKS = {"asynchronous": "asynchronous network", "rounds": "lock-step network"}


def as_text(request: Request, methods: Sequence[Method], seconds: float) -> str:
    """The table for a person; the last line is the scope."""
    lines = [
        f"{len(request.labels.values):,} samples, {request.outputs.nodes} nodes, quorums for "
        f"f = {request.faults}, {request.network} network",
        "",
        f"{'% of samples':<24}" + "".join(f"{name:>11}" for name in _COLUMNS),
    ]
    for method in methods:
        if method.marks is None:
            lines += [f"{method.name:<24} undetermined: {method.reason}"]
            continue
        lines += _rows(request, method.name, method.marks)
        if method.least is not None:
            lines.append(_row("  at least", method.least, None))
    lines += ["", f"{seconds:.1f} s", scope_of(request)]
    return "\n".join(lines)


def _rows(request: Request, name: str, marks: Marks) -> list[str]:
    if len(request.placements) == 1:
        return [_row(name, marks, 0)]
    worst, best = _extremes(marks)
    if marks.certified[worst].sum() == marks.certified[best].sum():
        return [_row(name, marks, None)]
    return [
        _row(name, marks, None),
        _row(f"  most harm: {_listed(request.placements[worst])}", marks, worst),
        _row(f"  least harm: {_listed(request.placements[best])}", marks, best),
    ]


def _extremes(marks: Marks) -> tuple[int, int]:
    """The placements with the fewest and with the most certified samples."""
    shares = marks.certified.mean(axis=1)
    return int(shares.argmin()), int(shares.argmax())


def _row(title: str, marks: Marks, placement: int | None) -> str:
    shares = _shares(marks, placement)
    return f"{title:<24}" + "".join(
        f"{'-' if share is None else f'{100 * share:.2f}':>11}" for share in shares.values()
    )


def _shares(marks: Marks, placement: int | None) -> dict[str, float | None]:
    """The shares of the samples for a placement, or for every one."""

    def share(values: NDArray[np.bool_] | None, *, always: bool = False) -> float | None:
        if values is None:
            return None
        if placement is not None:
            return float(values[placement].mean())
        return float((values.all(axis=0) if always else values.any(axis=0)).mean())

    return {
        "certified": share(marks.certified, always=True),
        "breakable": share(marks.breakable),
        "differ": share(marks.differ),
        "blocked": share(marks.blocked),
        "conflict": share(marks.conflict),
    }


def as_json(request: Request, methods: Sequence[Method], seconds: float) -> str:
    """The figures as one JSON object; shares from 0 to 1, placements as lists of nodes."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "nodes": [source.name for source in request.outputs.sources],
            "samples": len(request.labels.values),
            "faults": request.faults,
            "network": request.network,
            "start_views": list(request.start_views),
            "methods": [_method(request, method) for method in methods],
            "seconds": round(seconds, 3),
            "scope": scope_of(request),
        },
        indent=1,
    )


def _method(request: Request, method: Method) -> dict[str, object]:
    if method.marks is None:
        return {"method": method.name, "undetermined": method.reason}
    return {
        "method": method.name,
        "every_placement": _shares(method.marks, None),
        "at_least": None if method.least is None else _shares(method.least, None),
        "placements": [
            {"faulty": list(placement), **_shares(method.marks, place)}
            for place, placement in enumerate(request.placements)
        ],
    }


def _listed(placement: Placement) -> str:
    return ",".join(map(str, placement)) or "none"
