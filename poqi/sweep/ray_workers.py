"""Working off jobs on a Ray cluster, by its address (an extra)."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from poqi.errors import CommandError
from poqi.sweep.job import Job, do_job
from poqi.sweep.local_workers import Failure, Outcome

_MODULES = ("poqi", "poqi_core", "checker", "traces")
"""What the machines of the cluster are sent; they need Python and nothing of ours."""

_TRIES = 3
"""How often a job is begun before it is given up, its worker having died."""

_OBJECT_BYTES = 200_000_000
"""Memory for objects in transit, of a cluster of one's own."""

_PATIENCE = 10.0
"""Seconds in which a machine must accept a connection."""


def work_off_on_ray(jobs: Sequence[Job], address: str) -> Iterator[tuple[Job, Outcome]]:
    """What came of each job, as they end, one on each core of the cluster.

    ``address`` is that of a cluster, ``auto`` or ``local``.

    Raises:
        CommandError: Ray is not installed, or no cluster answers there.
    """
    with connected(address, "--ray"):
        yield from _work_off(jobs)


@contextmanager
def connected(address: str, option: str, least_cores: int = 1) -> Iterator[None]:
    """A connection to the cluster that ``option`` names; ``local`` makes one of its own.

    Raises:
        CommandError: Ray is not installed, no cluster answers there, or it has too few cores.
    """
    if find_spec("ray") is None:
        raise CommandError(
            f"{option} needs Ray, which is not installed: pip install 'poqi[cluster]'"
        )
    _check_reachable(address)
    import ray

    local = address == "local"
    try:
        ray.init(
            address=address,
            runtime_env={"py_modules": [_folder(name) for name in _MODULES]},
            log_to_driver=False,
            logging_level="error",
            num_cpus=max(least_cores, len(os.sched_getaffinity(0))) if local else None,
            object_store_memory=_OBJECT_BYTES if local else None,
            include_dashboard=False if local else None,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise CommandError(
            f"no Ray cluster takes this machine in at {address} (one that asks for a token takes "
            f"it from Ray's own settings): {reason}"
        ) from None
    try:
        cores = int(ray.cluster_resources().get("CPU", 0))
        if cores < least_cores:
            raise CommandError(f"the cluster at {address} has {cores} cores, not {least_cores}")
        yield
    finally:
        ray.shutdown()


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


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes.

    Raises:
        CommandError: the address is of a machine, and nothing listens there.
    """
    host, separator, port = address.removeprefix("ray://").rpartition(":")
    if not separator:
        return
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except (OSError, ValueError) as error:
        raise CommandError(f"no Ray cluster answers at {address}: {error}") from None


def _folder(name: str) -> str:
    """The folder of a package of ours."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return spec.submodule_search_locations[0]
