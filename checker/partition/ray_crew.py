"""Workers of a partitioned exploration as actors of a Ray cluster, to which one is connected."""

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias

import ray

from checker.observer import Observer, Seen
from checker.partition.exchange import Ask, Reply, Request, WorkerDiedError
from checker.partition.worker import PartitionWorker
from checker.system import Event, Message, Shown, State, System
from checker.table import Tables

if TYPE_CHECKING:
    Call: TypeAlias = ray.RemoteFunction[
        [Request[State, Message, Seen]], Reply[State, Message, Seen, Event]
    ]


class _Handle(Protocol[State, Message, Seen, Event]):
    """What the driver has of an actor."""

    @property
    def handle(self) -> "Call[State, Message, Seen, Event]":
        """Lets it do what is asked for."""
        ...


class _Actor(Generic[State, Event, Message, Shown, Seen]):
    """A worker in a process of its own."""

    def __init__(
        self,
        system: System[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        workers: int,
    ) -> None:
        self._worker = PartitionWorker(Tables(system), observer, workers, _occupied_kibibytes)

    def handle(self, request: Request[State, Message, Seen]) -> Reply[State, Message, Seen, Event]:
        """Do what is asked for."""
        return self._worker.handle(request)


class RayCrew:
    """So many actors, one on each core; none comes back when it has died."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @contextmanager
    def __call__(
        self, system: System[State, Event, Message, Shown], observer: Observer[Shown, Seen]
    ) -> Iterator[Ask[State, Message, Seen, Event]]:
        """Workers for a system."""
        kind: ray.ActorClass[_Handle[State, Message, Seen, Event]] = ray.remote(
            num_cpus=1, max_restarts=0
        )(_Actor)
        actors = [kind.remote(system, observer, self.workers) for _ in range(self.workers)]

        def ask(
            requests: Sequence[Request[State, Message, Seen]],
        ) -> list[Reply[State, Message, Seen, Event]]:
            references = [
                actor.handle.remote(request)
                for actor, request in zip(actors, requests, strict=True)
            ]
            try:
                return [ray.get(reference) for reference in references]
            except ray.exceptions.RayActorError as error:
                raise WorkerDiedError from error

        try:
            yield ask
        finally:
            for actor in actors:
                ray.kill(actor)


def _occupied_kibibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
