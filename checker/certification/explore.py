"""Certifying many patterns on several cores.

Patterns that are the same up to a rotation of the nodes need the same explorations, so they go to
one worker together.
"""

import multiprocessing
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeAlias

from checker.certification.attainable import Bounds
from checker.certification.views import SampleCertifier
from checker.interruption import serve_as_worker
from checker.question import Pattern
from checker.views.certificate import plain_pattern
from poqi_core.prediction import Label

Case: TypeAlias = tuple[tuple[Label, ...], tuple[int, ...]]
"""The label of each node, and the faulty nodes."""


def explore(
    certifier: SampleCertifier, cases: Iterable[Case], start_views: Sequence[int], workers: int
) -> Generator[dict[Case, Bounds], None, None]:
    """What :meth:`SampleCertifier.bounds` says of each case, some at a time, in no fixed order.

    Closing the generator before its end ends the workers.
    """
    orbits: dict[Pattern, list[Case]] = {}
    for case in cases:
        orbits.setdefault(_orbit(*case), []).append(case)
    if workers == 1:
        for orbit in orbits.values():
            yield _certified(certifier, orbit, start_views)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _serve, (certifier,)) as pool:
        asked = [pool.submit(_certified_there, orbit, start_views) for orbit in orbits.values()]
        try:
            for future in as_completed(asked):
                yield future.result()
        finally:
            # Whoever stops before the end does not wait for what is left.
            if not all(future.done() for future in asked):
                for process in multiprocessing.active_children():
                    process.kill()


def _certified(
    certifier: SampleCertifier, cases: Sequence[Case], start_views: Sequence[int]
) -> dict[Case, Bounds]:
    return {case: certifier.bounds(*case, start_views) for case in cases}


_served: list[SampleCertifier] = []
"""In a worker process: the certifier, whose explorations are kept between cases."""


def _serve(certifier: SampleCertifier) -> None:
    serve_as_worker()
    _served.append(certifier)


def _certified_there(cases: Sequence[Case], start_views: Sequence[int]) -> dict[Case, Bounds]:
    return _certified(_served[0], cases, start_views)


def _orbit(labels: Sequence[Label], faulty: Sequence[int]) -> Pattern:
    """The same for patterns that a rotation of the nodes makes one of the other."""
    pattern = tuple(None if node in faulty else label for node, label in enumerate(labels))
    turned = (plain_pattern(len(pattern), pattern, view).pattern for view in range(len(pattern)))
    return min(turned, key=lambda plain: [-1 if label is None else label for label in plain])
