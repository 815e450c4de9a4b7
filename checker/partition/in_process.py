"""Workers of a partitioned exploration in this very process: the oracle of those elsewhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from checker.observer import Observer, Seen
from checker.partition.exchange import Ask, Reply, Request
from checker.partition.worker import PartitionWorker
from checker.system import Event, Message, Shown, State, System
from checker.table import Tables


class InProcess:
    """So many workers, one after the other."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @contextmanager
    def __call__(
        self, system: System[State, Event, Message, Shown], observer: Observer[Shown, Seen]
    ) -> Iterator[Ask[State, Message, Seen, Event]]:
        """Workers for a system."""
        crew = [
            PartitionWorker(Tables(system), observer, self.workers) for _ in range(self.workers)
        ]

        def ask(
            requests: Sequence[Request[State, Message, Seen]],
        ) -> list[Reply[State, Message, Seen, Event]]:
            return [worker.handle(request) for worker, request in zip(crew, requests, strict=True)]

        yield ask
