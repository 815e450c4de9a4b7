"""Many random runs, on one core or several, and what came of them.

Runs are numbered, and a run depends on the seed and its number alone.  What is reported is
about the runs from the first number on without a gap, so it is the same for any number of
workers; only how many runs fit into a time depends on the machine.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from checker.interruption import serve_as_worker
from checker.question import Question, pattern_text
from checker.simulation.random_run import OutOfTimeError
from checker.simulation.runs import random_run
from checker.simulation.stuck import first_stuck
from checker.verdict import Verdict
from poqi_core.properties import property_named
from poqi_core.run import Execution, Run

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_CHUNK_OF_NODES = 64
"""A worker is given as many runs at a time as have so many nodes together."""


@dataclass(frozen=True)
class Campaign:
    """Which runs are to be drawn.

    Attributes:
        question: what they are runs of.
        seed: what they are drawn from.
        first: the number of the first.
        runs: how many, or None: until the time is over.
        seconds: the time, or None: until the last.
        until_violated: whether the first run that violates a property is the last.
        workers: processes to work with.
    """

    question: Question
    seed: int
    first: int = 0
    runs: int | None = None
    seconds: float | None = None
    until_violated: bool = False
    workers: int = 1


class FoundViolation(NamedTuple):
    """The first run, by number, that violates a property.

    Attributes:
        number: its number.
        predictions: the patterns of its setting.
        byzantine: the faulty nodes.
        run: it, up to where the property is violated.
    """

    number: int
    predictions: tuple[str, ...]
    byzantine: tuple[int, ...]
    run: Run


@dataclass(frozen=True)
class SimulatedProperty:
    """What was found about a property.

    Attributes:
        name: the property.
        violated: how many runs violate it.
        vacuous: in how many runs its premise did not occur.
        found: the first run that violates it, if one does.
    """

    name: str
    violated: int
    vacuous: int
    found: FoundViolation | None

    @property
    def verdict(self) -> Verdict:
        """Random runs never show that a property holds."""
        return Verdict.UNDETERMINED if self.found is None else Verdict.VIOLATED


@dataclass(frozen=True)
class Simulated:
    """What came of a campaign.

    Attributes:
        campaign: which runs were asked for.
        results: one for each property, in the order of the question.
        runs: how many runs were finished, without a gap from the first.
        acts: how many events had an effect in them.
        disturbances: how often faulty nodes and the network did what, in words.
        decided: how many samples every honest node decided.
        seconds: wall time.
    """

    campaign: Campaign
    results: tuple[SimulatedProperty, ...]
    runs: int
    acts: int
    disturbances: Mapping[str, int]
    decided: int
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """Violated if a property is, else undetermined."""
        verdicts = {result.verdict for result in self.results}
        return Verdict.VIOLATED if Verdict.VIOLATED in verdicts else Verdict.UNDETERMINED


class _Summary(NamedTuple):
    """What is kept of a run."""

    acts: int
    disturbances: Mapping[str, int]
    decided: int
    violated: tuple[str, ...]
    vacuous: frozenset[str]


class SimulationError(Exception):
    """A run that was drawn is none of the core, or violates nothing.  A bug of ours."""


def simulate(campaign: Campaign, report: Callable[[int], None] | None = None) -> Simulated:
    """Draw the runs of ``campaign``; ``report`` is told how many are done.

    Ctrl-C (``KeyboardInterrupt``) ends it early, like a time that is over.
    """
    started = time.monotonic()
    deadline = None if campaign.seconds is None else started + campaign.seconds
    summaries: list[_Summary] = []
    stream = _summaries(campaign, deadline)
    try:
        for summary in stream:
            summaries.append(summary)
            if report is not None:
                report(len(summaries))
            if campaign.until_violated and summary.violated:
                break
    except KeyboardInterrupt:
        pass
    finally:
        stream.close()
    violated = Counter(name for summary in summaries for name in summary.violated)
    vacuous = Counter(name for summary in summaries for name in summary.vacuous)
    results = tuple(
        SimulatedProperty(
            entry.name,
            violated[entry.name],
            vacuous[entry.name],
            _first(campaign, entry.name, summaries),
        )
        for entry in campaign.question.properties
    )
    return Simulated(
        campaign,
        results,
        len(summaries),
        sum(summary.acts for summary in summaries),
        dict(sum((Counter(summary.disturbances) for summary in summaries), Counter())),
        sum(summary.decided for summary in summaries),
        time.monotonic() - started,
    )


def _chunks(campaign: Campaign) -> Iterator[range]:
    """The numbers of the runs, a few at a time."""
    size = max(1, _CHUNK_OF_NODES // campaign.question.nodes)
    end = None if campaign.runs is None else campaign.first + campaign.runs
    start = campaign.first
    while end is None or start < end:
        stop = start + size if end is None else min(start + size, end)
        yield range(start, stop)
        start = stop


def _draw(
    question: Question, seed: int, numbers: range, deadline: float | None
) -> tuple[list[_Summary], bool]:
    """What came of some runs, and whether they were all finished in time."""
    summaries: list[_Summary] = []
    for number in numbers:
        try:
            result = random_run(question, seed, number, deadline)
        except OutOfTimeError:
            return summaries, False
        summaries.append(
            _Summary(
                len(result.run.acts),
                result.disturbances,
                result.decided,
                tuple(result.violated),
                result.vacuous,
            )
        )
        if deadline is not None and time.monotonic() > deadline:
            return summaries, False
    return summaries, True


def _summaries(campaign: Campaign, deadline: float | None) -> Generator[_Summary, None, None]:
    """What came of each run, in their order."""
    question, seed = campaign.question, campaign.seed
    if campaign.workers == 1:
        for numbers in _chunks(campaign):
            summaries, in_time = _draw(question, seed, numbers, deadline)
            yield from summaries
            if not in_time:
                return
        return
    # Only several workers pay for the import.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(campaign.workers, context, serve_as_worker) as pool:
        try:
            yield from _from_workers(campaign, pool, deadline)
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _from_workers(
    campaign: Campaign, pool: "ProcessPoolExecutor", deadline: float | None
) -> Iterator[_Summary]:
    """The same, from workers, of which each has a chunk in hand and one ahead."""
    chunks = _chunks(campaign)
    pending: deque[Future[tuple[list[_Summary], bool]]] = deque()
    try:
        while True:
            while len(pending) < 2 * campaign.workers:
                numbers = next(chunks, None)
                if numbers is None:
                    break
                pending.append(
                    pool.submit(_draw, campaign.question, campaign.seed, numbers, deadline)
                )
            if not pending:
                return
            summaries, in_time = pending.popleft().result()
            yield from summaries
            if not in_time:
                return
    finally:
        for future in pending:
            future.cancel()


def _first(campaign: Campaign, name: str, summaries: list[_Summary]) -> FoundViolation | None:
    """The first run that violates a property, drawn again and confirmed on the core."""
    number = next(
        (place for place, summary in enumerate(summaries) if name in summary.violated), None
    )
    if number is None:
        return None
    number += campaign.first
    result = random_run(campaign.question, campaign.seed, number)
    if name not in result.violated:
        raise SimulationError(f"run {number} of seed {campaign.seed} went another way this time")
    run = result.violation_of(name)
    entry = property_named(name)
    if entry.when_stuck:
        run = replace(run, acts=run.acts[: first_stuck(run, entry)])
    execution = Execution(run)
    for act in run.acts:
        execution.perform(act)
    stuck = not entry.when_stuck or next(execution.honest_steps(), None) is None
    if not stuck or execution.violation(entry) is None:
        raise SimulationError(f"run {number} of seed {campaign.seed} does not violate {name}")
    predictions = tuple(pattern_text(pattern) for pattern in result.setting.predicted)
    return FoundViolation(number, predictions, result.setting.byzantine, run)
