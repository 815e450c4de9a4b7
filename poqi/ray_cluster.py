"""A connection to a Ray cluster, by its address (an extra)."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec

from poqi.errors import CommandError

_MODULES = ("poqi", "poqi_core", "checker", "traces")
"""What the machines of the cluster are sent; they need Python and nothing of ours."""

_OBJECT_BYTES = 200_000_000
"""Memory for objects in transit, of a cluster of one's own."""

_PATIENCE = 10.0
"""Seconds in which a machine must accept a connection."""


@contextmanager
def connected(address: str, option: str, least_cores: int = 1) -> Iterator[None]:
    """A connection to the cluster that ``option`` names; ``local`` makes one of its own.

    While it lasts, what is printed goes to stderr: Ray prints whatever befalls its machines, and
    stdout is for the answer.

    Raises:
        CommandError: Ray is not installed, no cluster answers there, or it has too few cores.
    """
    if find_spec("ray") is None:
        raise CommandError(
            f"{option} needs Ray, which is not installed: pip install 'poqi[cluster]'"
        )
    _check_reachable(address)
    with redirect_stdout(sys.stderr):
        yield from _connection(address, least_cores)


def _connection(address: str, least_cores: int) -> Iterator[None]:
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
    except Exception as error:  # Ray raises plain ones, as when a machine is too busy to start it.
        reason = str(error).partition("\n")[0] or type(error).__name__
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
