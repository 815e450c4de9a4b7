"""Answering a question: its settings one after the other, or on several cores.

The settings are worked off in three batches: the first, the others with the same faulty nodes,
and the rest.  What is known after a batch limits the next: only counterexamples no longer than
the shortest so far are looked for.  Batches do not depend on the number of workers, so neither
does the answer.  Of the canonical counterexamples of the settings, the one that is shown is the
shortest, with the fewest Byzantine acts, with the fewest context switches, and of the first
setting.
"""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from checker import interruption
from checker.checkpoint.archive import Archive, Desk, Finished
from checker.composition import Composition
from checker.composition import applies as composition_applies
from checker.coverage import united
from checker.exploration import Budget, Resource
from checker.interruption import serve_as_worker
from checker.partition.exchange import Recruit
from checker.passes import SettingResult, answer_setting
from checker.question import Question, pattern_text
from checker.rank import Rank, rank_of
from checker.setting import Setting
from checker.verdict import Answer, PropertyResult, Verdict
from checker.views.conditions import composes
from poqi_core.loops import endless_violation
from poqi_core.properties import Property
from poqi_core.run import DepartureError, Execution, Run

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from checker.board import Board

_TELL_EVERY = 0.5
"""Seconds between two reports of progress while others work."""


@dataclass(frozen=True)
class Limits:
    """The budgets of a whole answer; None where there is none.

    Attributes:
        seconds: wall time.
        states: global states over every setting and pass.
        mebibytes: memory, of all workers together.
        workers: processes to work with; threads where one exploration is alone.
        recruit: who brings up workers for each exploration of the engine ``full``, if it is to
            be partitioned.
    """

    seconds: float | None = None
    states: int | None = None
    mebibytes: int | None = None
    workers: int = 1
    recruit: Recruit | None = None


@dataclass(frozen=True)
class Progress:
    """How far an answer has come.

    Attributes:
        done: the settings that are finished.
        settings: how many there are.
        states: the states that were reached so far.
        depth: the depth of the current ones.
        frontier: how many states wait at that depth.
        kibibytes: the memory that is occupied.
    """

    done: int
    settings: int
    states: int
    depth: int
    frontier: int
    kibibytes: int


def occupied_kibibytes() -> int:
    """The memory that this process has occupied at most, in KiB (as Linux reports it)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def answer(
    question: Question,
    limits: Limits | None = None,
    report: Callable[[Progress], None] | None = None,
    archive: Archive | None = None,
) -> Answer:
    """Explore every setting of ``question`` and judge each of its properties.

    What the ``archive`` holds is not explored again, and what is found is kept there.

    Ctrl-C ends it early like a budget that ran out, be it a wish
    (:func:`checker.interruption.heeded`) or a ``KeyboardInterrupt``.
    """
    return _Sweep(question, limits or Limits(), report, archive).answer()


class _Sweep:
    def __init__(
        self,
        question: Question,
        limits: Limits,
        report: Callable[[Progress], None] | None,
        archive: Archive | None,
    ) -> None:
        self._question = question
        self._limits = limits
        self._report = report
        self._started = time.monotonic()
        self._settings = list(question.settings())
        self._results: list[SettingResult] = []
        self._best: dict[str, tuple[Rank, Run, Setting]] = {}
        self._exhausted: Resource | None = None
        self._composition = Composition()
        self._board: Board | None = None
        """Where the workers note how far they are, if there are several."""
        self._archive = archive
        self._finished = {} if archive is None else archive.finished
        self._numbers = {setting: number for number, setting in enumerate(self._settings)}

    def answer(self) -> Answer:
        workers = min(self._limits.workers, len(self._settings))
        try:
            if workers > 1:
                # Only a sweep pays for the import.
                import multiprocessing
                from concurrent.futures import ProcessPoolExecutor

                from checker.board import Board

                context = multiprocessing.get_context("fork")
                self._board = Board(workers)
                pool = ProcessPoolExecutor(workers, context, _serve, (self._board,))
                try:
                    self._work_off(pool)
                    if self._exhausted is not None:
                        _pass_on_the_wish()
                    pool.shutdown(cancel_futures=True)
                except KeyboardInterrupt:
                    for process in multiprocessing.active_children():
                        process.kill()
                    raise
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)
            else:
                self._work_off(None)
        except KeyboardInterrupt:
            self._exhausted = Resource.PATIENCE
        return self._conclude()

    def _work_off(self, pool: "ProcessPoolExecutor | None") -> None:
        for batch in _batches(self._settings):
            for result in self._explore(batch, pool):
                self._take(result)
                if self._exhausted is not None:
                    return

    def _explore(
        self, batch: list[Setting], pool: "ProcessPoolExecutor | None"
    ) -> Iterator[SettingResult]:
        best = {name: rank.acts + 1 for name, (rank, _, _) in self._best.items()}
        shares = _shares(self._question, batch)
        if pool is None or len(shares) == 1:
            for setting in batch:
                yield self._alone(setting, best)
            return
        awaited = [self._submit(pool, share, best) for share in shares]
        for share in awaited:
            yield from share.earlier
            while share.later is not None and not share.later.done():
                with suppress(TimeoutError):
                    share.later.result(timeout=_TELL_EVERY)
                self._tell()
                if interruption.asked():
                    _pass_on_the_wish()
            if share.later is not None:
                yield from (entry.result for entry in share.later.result())

    def _alone(self, setting: Setting, best: Mapping[str, int]) -> SettingResult:
        """The result of a setting, explored in this process unless it is known."""
        number = self._numbers[setting]
        if number in self._finished:
            known = self._finished[number]
            self._composition = known.composition
            return known.result
        budget = self._budget(1)
        log = None if self._archive is None else self._archive.desk.log(number, budget)
        result = answer_setting(self._question, setting, budget, best, self._composition, log)
        if self._archive is not None:
            self._archive.finish(Finished(number, result, self._composition))
        return result

    def _submit(
        self, pool: "ProcessPoolExecutor", share: list[Setting], best: Mapping[str, int]
    ) -> "_Awaited":
        """Let a worker explore what is not known of a share."""
        numbered = [(self._numbers[setting], setting) for setting in share]
        known = [self._finished[number] for number, _ in numbered if number in self._finished]
        composition = known[-1].composition if known else Composition()
        left = [(number, setting) for number, setting in numbered if number not in self._finished]
        earlier = [entry.result for entry in known]
        if not left:
            return _Awaited(earlier, None)
        budget, archive = self._budget(self._limits.workers), self._archive
        desk = None if archive is None else archive.desk
        later = pool.submit(_work, self._question, left, budget, best, composition, desk)
        if archive is not None:
            later.add_done_callback(partial(_keep, archive))
        return _Awaited(earlier, later)

    def _budget(self, workers: int) -> Budget:
        limits, states = self._limits, sum(result.states for result in self._results)
        passed = time.monotonic() - self._started
        return Budget(
            seconds=None if limits.seconds is None else max(0.0, limits.seconds - passed),
            states=None if limits.states is None else max(0, limits.states - states),
            kibibytes=None if limits.mebibytes is None else limits.mebibytes * 1024 // workers,
            memory=occupied_kibibytes,
            progress=None if workers > 1 else self._tell,
            threads=1 if workers > 1 else self._limits.workers,
            recruit=limits.recruit,
        )

    def _tell(self, states: int = 0, depth: int = 0, frontier: int = 0) -> None:
        """Report how far this process is in its setting, and the workers in theirs."""
        if self._report is None:
            return
        states += sum(result.states for result in self._results)
        kibibytes = occupied_kibibytes()
        if self._board is not None:
            others = self._board.read()
            states, depth = states + others.states, max(depth, others.depth)
            frontier, kibibytes = frontier + others.frontier, kibibytes + others.kibibytes
        done, settings = len(self._results), len(self._settings)
        self._report(Progress(done, settings, states, depth, frontier, kibibytes))

    def _take(self, result: SettingResult) -> None:
        self._results.append(result)
        for name, run in result.runs.items():
            rank = rank_of(run)
            if name not in self._best or rank < self._best[name][0]:
                _confirm(self._question, name, run)
                self._best[name] = rank, run, result.setting
        self._tell()
        states = sum(earlier.states for earlier in self._results)
        if result.exhausted is not None:
            self._exhausted = result.exhausted
        elif self._limits.states is not None and states > self._limits.states:
            self._exhausted = Resource.STATES

    def _conclude(self) -> Answer:
        finished = sum(not result.unfinished for result in self._results)
        return Answer(
            results=tuple(self._judge(entry) for entry in self._question.properties),
            states=sum(result.states for result in self._results),
            transitions=sum(result.transitions for result in self._results),
            settings=len(self._settings),
            finished=finished,
            exhausted=self._exhausted,
            seconds=time.monotonic() - self._started,
            covered=self._results[0].covered if self._results and len(self._settings) == 1 else 0,
            coverage=united([result.coverage for result in self._results]),
        )

    def _judge(self, entry: Property) -> PropertyResult:
        name = entry.name
        if name in self._best:
            _, run, setting = self._best[name]
            return PropertyResult(
                name,
                Verdict.VIOLATED,
                predictions=tuple(
                    pattern_text(pattern) for pattern in setting.predicted[: self._question.samples]
                ),
                byzantine=setting.byzantine,
                run=run,
                shortest=not composes(self._question, entry),
            )
        whole = len(self._results) == len(self._settings) and all(
            name not in result.unfinished for result in self._results
        )
        if not whole:
            return PropertyResult(name, Verdict.UNDETERMINED)
        if any(name in result.beyond for result in self._results):
            return PropertyResult(name, Verdict.UNDETERMINED, beyond=True)
        vacuous = all(name in result.vacuous for result in self._results)
        return PropertyResult(name, Verdict.HOLDS, vacuous=vacuous)


def _batches(settings: list[Setting]) -> Iterator[list[Setting]]:
    """The first setting, those with the same faulty nodes, and the others."""
    first = settings[0].byzantine
    yield settings[:1]
    yield [setting for setting in settings[1:] if setting.byzantine == first]
    yield [setting for setting in settings if setting.byzantine != first]


def _shares(question: Question, batch: list[Setting]) -> list[list[Setting]]:
    """What one worker is given at a time: settings that have an exploration in common, or one."""
    by_views = any(composes(question, entry) for entry in question.properties)
    if not (by_views or composition_applies(question)):
        return [[setting] for setting in batch]
    shares: dict[tuple[int, ...], list[Setting]] = {}
    for setting in batch:
        shares.setdefault(setting.byzantine, []).append(setting)
    return list(shares.values())


class _Awaited(NamedTuple):
    """The results of a share that are known, and those of the others when they come."""

    earlier: list[SettingResult]
    later: "Future[list[Finished]] | None"


def _work(
    question: Question,
    share: list[tuple[int, Setting]],
    budget: Budget,
    limits: Mapping[str, int],
    composition: Composition,
    desk: Desk | None,
) -> list[Finished]:
    """A worker's share; its budget of time has started with the batch."""
    from checker.board import Line, note

    results: list[Finished] = []
    reached = 0

    def report(states: int, depth: int, frontier: int) -> None:
        note(Line(reached + states, depth, frontier, occupied_kibibytes()))

    for number, setting in share:
        own = replace(budget, progress=report)
        log = None if desk is None else desk.log(number, own)
        result = answer_setting(question, setting, own, limits, composition, log)
        reached += result.states
        results.append(Finished(number, result, composition))
    note(Line(kibibytes=occupied_kibibytes()))
    return results


def _serve(board: "Board") -> None:
    """What a worker does before its first share."""
    serve_as_worker()
    board.take_line()


def _keep(archive: Archive, share: "Future[list[Finished]]") -> None:
    """Keep the results of a share as soon as they are there, whichever is awaited."""
    if not share.cancelled() and share.exception() is None:
        for entry in share.result():
            archive.finish(entry)


def _pass_on_the_wish() -> None:
    """Ask the workers to end where they are, as Ctrl-C does."""
    import multiprocessing

    for process in multiprocessing.active_children():
        if process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)


class CheckerError(Exception):
    """The checker contradicts the core: a counterexample does not replay.  A bug of ours."""


def _confirm(question: Question, name: str, run: Run) -> None:
    """Run the core along a counterexample and find the violation there."""
    entry = next(entry for entry in question.properties if entry.name == name)
    execution = Execution(run)
    try:
        if run.loop is not None:
            endless_violation(run, entry)
            return
        for act in run.acts:
            execution.perform(act)
    except DepartureError as error:
        raise CheckerError(f"the counterexample to {name} does not replay: {error}") from error
    stuck = not entry.when_stuck or next(execution.honest_steps(), None) is None
    if not stuck or execution.violation(entry) is None:
        raise CheckerError(f"the counterexample to {name} does not violate it")
