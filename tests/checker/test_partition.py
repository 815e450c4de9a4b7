"""A partitioned exploration finds what a single one finds, whatever the number of workers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import pytest
from plain_explorer import PlainExplorer
from random_questions import random_question
from random_system import Occurrence, RandomSystem, Watch, Word, random_watch

from checker.examples.two_phase_commit import CONSISTENCY, TwoPhaseCommit
from checker.exploration import Budget, Exploration, Resource
from checker.full import FullEngine
from checker.observer import Observer, Seen
from checker.partition.coordinator import PartitionedEngine
from checker.partition.exchange import Ask, Reply, Request, WorkerDiedError
from checker.partition.in_process import InProcess
from checker.partition.worker import owner
from checker.poqi_observer import RecordObserver
from checker.poqi_system import PoqiSystem
from checker.system import Event, Message, Shown, State, System
from checker.table import Tables

SEEDS = range(40)
MANY_SEEDS = range(1_000, 2_000)
QUESTIONS = (2, 4, 6, 9)
"""Seeds of small questions."""


def partitioned(
    system: System[State, Event, Message, Shown],
    observer: Observer[Shown, Seen],
    workers: int,
    budget: Budget | None = None,
) -> Exploration[Event]:
    with InProcess(workers)(system, observer) as ask:
        engine = PartitionedEngine(ask, workers, observer.properties)
        return engine.explore(budget or Budget(), {})


def assert_same(
    system: System[State, Event, Message, Shown], observer: Observer[Shown, Seen]
) -> Exploration[Event]:
    """One engine, one worker and three: the same counts; one and three: the same runs."""
    full = FullEngine(Tables(system), observer).explore(Budget(), {})
    one, three = (partitioned(system, observer, workers) for workers in (1, 3))
    assert one == three
    assert one._replace(counterexamples={}) == full._replace(counterexamples={})
    assert {name: len(run.deliveries) for name, run in one.counterexamples.items()} == {
        name: len(run.deliveries) for name, run in full.counterexamples.items()
    }
    return three


def assert_random_system_agrees(seed: int) -> None:
    random = Random(seed)
    system = RandomSystem(random, attentive=False)
    watch = random_watch(random, len(system.processes))
    found = assert_same(system, watch)
    plain: PlainExplorer[int, Occurrence, Word, str, str] = PlainExplorer(system, watch)
    for name, counterexample in found.counterexamples.items():
        assert plain.violates(name, counterexample.deliveries)


def test_three_workers_find_what_one_finds_on_random_systems() -> None:
    for seed in SEEDS:
        assert_random_system_agrees(seed)


@pytest.mark.long
def test_three_workers_find_what_one_finds_on_many_random_systems() -> None:
    for seed in MANY_SEEDS:
        assert_random_system_agrees(seed)


def test_they_count_what_others_have_published() -> None:
    """Two-phase commit with three resource managers has 288 states (Lamport's TwoPhase)."""
    commit = assert_same(TwoPhaseCommit(3), CONSISTENCY)
    assert commit.states == 288


def test_three_workers_find_what_one_finds_on_poqi() -> None:
    for seed in QUESTIONS:
        question = random_question(Random(seed))
        setting = next(question.settings())
        assert_same(PoqiSystem(setting), RecordObserver(setting, question.properties))


def test_every_worker_has_its_share() -> None:
    shares = [0] * 3
    for state in range(3_000):
        shares[owner(state << 17 | state, 3)] += 1
    assert all(800 < share < 1_200 for share in shares)


class Mortal:
    """Workers in this process, of which the first does not survive a request of many."""

    def __init__(self, workers: int, lives: int) -> None:
        self.workers = workers
        self._lives = lives

    @contextmanager
    def __call__(
        self, system: System[State, Event, Message, Shown], observer: Observer[Shown, Seen]
    ) -> Iterator[Ask[State, Message, Seen, Event]]:
        with InProcess(self.workers)(system, observer) as ask:

            def ask_mortals(
                requests: Sequence[Request[State, Message, Seen]],
            ) -> Sequence[Reply[State, Message, Seen, Event]]:
                self._lives -= 1
                if self._lives < 0:
                    raise WorkerDiedError
                return ask(requests)

            yield ask_mortals


def broken_system() -> tuple[RandomSystem, Watch, Exploration[Occurrence]]:
    """A random system with some levels, in which a property is violated."""
    for seed in range(1_000):
        random = Random(seed)
        system = RandomSystem(random, attentive=False)
        watch = random_watch(random, len(system.processes))
        found = FullEngine(Tables(system), watch).explore(Budget(), {})
        if found.depth > 5 and found.counterexamples and len(watch.properties) > 1:
            return system, watch, found
    raise AssertionError("there is none")


def test_a_worker_that_dies_leaves_the_answer_undetermined_and_never_wrong() -> None:
    system, watch, expected = broken_system()
    complete = 0
    for lives in range(80):
        recruit, budget = Mortal(3, lives), Budget()
        with recruit(system, watch) as ask:
            found = PartitionedEngine(ask, 3, watch.properties).explore(budget, {})
        for name, run in found.counterexamples.items():
            assert len(run.deliveries) == len(expected.counterexamples[name].deliveries)
        if found.complete:
            complete += 1
            assert budget.exhausted is None
            assert found[:3] == expected[:3]
            assert set(found.counterexamples) == set(expected.counterexamples)
        else:
            assert budget.exhausted is Resource.WORKER
            assert found.covered <= expected.depth + 1
    assert 0 < complete < 80


def test_a_budget_that_runs_out_is_no_answer() -> None:
    system, watch, expected = broken_system()
    found = partitioned(system, watch, 3, Budget(states=10))
    assert not found.complete
    assert 0 < found.covered < expected.depth
