"""Working off jobs on the cores of this machine, each in a process of its own.

A process that ends takes its memory with it, so the budget of memory means the same for every job;
and whatever happens to it happens to one job.
"""

import multiprocessing
import signal
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import NamedTuple, TypeAlias

from checker.interruption import serve_as_worker
from poqi.sweep.job import Job, JobResult, do_job


class Failure(NamedTuple):
    """A job that came to no result."""

    reason: str


Outcome: TypeAlias = JobResult | Failure
"""What came of a job."""


class _AtWork(NamedTuple):
    job: Job
    process: ForkProcess


def work_off(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """What came of each job, as they end."""
    context = multiprocessing.get_context("fork")
    waiting = list(reversed(jobs))
    at_work: dict[Connection[None, Outcome], _AtWork] = {}
    try:
        while waiting or at_work:
            while waiting and len(at_work) < workers:
                job = waiting.pop()
                here, there = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(job, there), daemon=True)
                process.start()
                there.close()
                at_work[here] = _AtWork(job, process)
            for ready in wait(list(at_work)):
                assert isinstance(ready, Connection)
                job, process = at_work.pop(ready)
                yield job, _result(ready, process)
    finally:
        for _, process in at_work.values():
            process.terminate()


def _result(connection: "Connection[None, Outcome]", process: ForkProcess) -> Outcome:
    try:
        result: Outcome = connection.recv()
    except EOFError:
        process.join()
        return Failure(f"its process ended with status {process.exitcode}")
    finally:
        connection.close()
    process.join()
    return result


def _work(job: Job, connection: "Connection[Outcome, None]") -> None:
    """Do ``job`` and send what came of it; Ctrl-C is for the parent, without which this ends."""
    serve_as_worker()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        result: Outcome = do_job(job)
    except Exception:
        result = Failure(traceback.format_exc().strip())
    connection.send(result)
    connection.close()
