"""Working off jobs on a Ray cluster, by its address (an extra)."""

from collections.abc import Iterator, Sequence

from poqi.ray_cluster import connected
from poqi.sweep.job import Job, do_job
from poqi.sweep.local_workers import Failure, Outcome

_TRIES = 3
"""How often a job is begun before it is given up, its worker having died."""


def work_off_on_ray(jobs: Sequence[Job], address: str) -> Iterator[tuple[Job, Outcome]]:
    """What came of each job, as they end, one on each core of the cluster.

    ``address`` is that of a cluster, ``auto`` or ``local``.

    Raises:
        CommandError: Ray is not installed, or no cluster answers there.
    """
    with connected(address, "--ray"):
        yield from _work_off(jobs)


def _work_off(jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
    import ray

    bounded = any(job.budget.mebibytes is not None for job in jobs)
    # A budget of memory is one of a process: it must be a new one for each job.
    calls = 1 if bounded else 0
    remote = ray.remote(num_cpus=1, max_retries=_TRIES - 1, max_calls=calls)(do_job)
    pending = {remote.remote(job): job for job in jobs}
    while pending:
        (ready,), _ = ray.wait(list(pending), num_returns=1)
        job = pending.pop(ready)
        try:
            outcome: Outcome = ray.get(ready)
        except ray.exceptions.RayError as error:
            outcome = Failure(str(error).strip())
        yield job, outcome
