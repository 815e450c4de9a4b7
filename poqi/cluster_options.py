"""The options of ``poqi check`` that partition an exploration over a Ray cluster (an extra)."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from checker.partition.exchange import Recruit
from checker.question import Question
from poqi.errors import CommandError
from poqi.ray_cluster import connected

_PARTITIONS = 3


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    group = parser.add_argument_group("beyond one machine")
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="partition each exploration of --engine full over a Ray cluster: its address, auto, "
        "or local for one on this machine",
    )
    group.add_argument(
        "--partitions", type=int, metavar="K", help=f"how many workers hold a part ({_PARTITIONS})"
    )


@contextmanager
def recruit_of(arguments: argparse.Namespace, question: Question) -> Iterator[Recruit | None]:
    """Who brings up the workers that the arguments ask for, connected to the cluster.

    Raises:
        CommandError: the question cannot be partitioned, or the cluster not be used.
    """
    address: str | None = arguments.cluster
    partitions: int | None = arguments.partitions
    if address is None:
        if partitions is not None:
            raise CommandError("--partitions needs --cluster ADDRESS, whose workers hold the parts")
        yield None
        return
    if partitions is not None and partitions < 1:
        raise CommandError(f"--partitions must be 1 or more, not {partitions}")
    _check(question)
    if arguments.checkpoint is not None:
        raise CommandError("--cluster keeps no checkpoint; leave one of the two out")
    workers = partitions or _PARTITIONS
    with connected(address, "--cluster", workers):
        # Only a cluster pays for the import, and needs ray.
        from checker.partition.ray_crew import RayCrew

        yield RayCrew(workers)


def _check(question: Question) -> None:
    if question.engine != "full" or question.network != "asynchronous":
        raise CommandError(
            "--cluster partitions the engine full in the asynchronous network: add --engine full"
        )
    if question.coverage:
        raise CommandError("--cluster tells no clauses; leave out --coverage")
    for entry in question.properties:
        if entry.when_stuck:
            raise CommandError(
                f"--cluster cannot tell whether runs come to an end, as {entry.name} asks; name "
                "other properties with --property"
            )
