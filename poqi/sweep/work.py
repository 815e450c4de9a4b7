"""Working off a sweep: what is there already is taken, the rest is done, and kept at once."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from checker.exploration import Resource
from poqi.sweep.description import Sweep
from poqi.sweep.job import Job
from poqi.sweep.local_workers import Failure, Outcome
from poqi.sweep.local_workers import work_off as work_off_here
from poqi.sweep.report import Outcomes
from poqi.sweep.store import Store


class Workers(NamedTuple):
    """Who works.

    Attributes:
        processes: how many there are on this machine.
        mebibytes: memory of all of them together.
        ray: the address of a Ray cluster that works instead; None: this machine.
    """

    processes: int
    mebibytes: int
    ray: str | None


def work_off(
    sweep: Sweep, store: Store, workers: Workers, report: Callable[[int], None]
) -> Outcomes:
    """What came of each job; ``report`` is told how many are done.

    Ctrl-C (``KeyboardInterrupt``) ends it; what is done by then is kept.
    """
    outcomes: dict[str, Outcome] = {}
    jobs = [_within(job, workers) for job in sweep.jobs]
    for job in jobs:
        known = store.load(job)
        if known is not None:
            outcomes[job.command] = known
    taken = len(outcomes)
    report(taken)
    interrupted = False
    try:
        for job, outcome in _do([job for job in jobs if job.command not in outcomes], workers):
            if not isinstance(outcome, Failure):
                if outcome.exhausted == Resource.PATIENCE.value:
                    continue
                store.save(job, outcome)
            outcomes[job.command] = outcome
            report(len(outcomes))
    except KeyboardInterrupt:
        interrupted = True
    return Outcomes(outcomes, taken, interrupted)


def _within(job: Job, workers: Workers) -> Job:
    """``job`` with its share of the memory of this machine, unless it has a budget of its own."""
    if job.budget.mebibytes is not None or workers.ray is not None:
        return job
    share = max(1, workers.mebibytes // workers.processes)
    return job._replace(budget=job.budget._replace(mebibytes=share))


def _do(jobs: list[Job], workers: Workers) -> Iterator[tuple[Job, Outcome]]:
    if workers.ray is None:
        return work_off_here(jobs, workers.processes)
    # Only a cluster pays for the import, and needs Ray.
    from poqi.sweep.ray_workers import work_off_on_ray

    return work_off_on_ray(jobs, workers.ray)
