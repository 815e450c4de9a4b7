"""Random runs of every fault in every network: all that can occur does, and nothing else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice, product
from random import Random

import pytest
from random_questions import random_pattern, random_question
from test_fault_inclusions import EVERYTHING
from test_faults_in_rounds import random_fault_questions
from test_ordered_rounds import random_questions as random_ordered_questions

from checker.exploration import Budget
from checker.ordered_engine import OrderedEngine
from checker.poqi_observer import RecordObserver
from checker.question import Question, QuestionError, parse_patterns
from checker.rounds import RoundsEngine
from checker.simulation.campaign import Campaign, simulate
from checker.simulation.runs import random_run
from checker.simulation.stuck import first_stuck
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.config import ConfigError
from poqi_core.faults import (
    BYZANTINE,
    CRASH,
    FAULTS,
    MUTATION,
    NONE,
    OMISSION,
    SILENCE,
    TWINS,
    Fault,
)
from poqi_core.history import Record
from poqi_core.messages import Sample
from poqi_core.networks import NETWORKS, parse_partition
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, PAPER
from poqi_core.run import Execution

WHAT_OCCURS = {
    "none": set(),
    "silence": set(),
    "crash": {"crash", "message withheld"},
    "omission": {"crash", "message withheld"},
    "twins": {"message to one twin"},
    "mutation": {"message changed"},
    "byzantine": {"Byzantine message"},
}


@pytest.mark.parametrize("timeout", ["vote", pytest.param("none", marks=pytest.mark.long)])
@pytest.mark.parametrize("network", NETWORKS)
def test_everything_that_a_fault_and_a_network_can_do_occurs(network: str, timeout: str) -> None:
    asked = 0
    for fault in FAULTS.values():
        readings = replace(PAPER, timeout=timeout)
        losses = 2 if network == "lossy" else 0
        try:
            question = Question(
                4, 1, readings, network=network, fault=fault, losses=losses, drawn=True
            )
        except QuestionError:
            continue
        simulated = simulate(Campaign(question, seed=1, runs=24))
        occurs = WHAT_OCCURS[fault.name] | ({"message lost"} if losses else set())
        if network == "ordered":
            occurs = occurs - {"message to one twin"}  # Everyone receives the same.
        assert simulated.disturbances.keys() == occurs, fault
        assert simulated.acts > 80
        assert simulated.decided > 0
        asked += 1
    assert asked >= 3


def test_the_label_that_a_faulty_node_predicts_is_drawn() -> None:
    question = Question(
        4, 1, network="rounds", fault=TWINS, predictions=parse_patterns("?AAB"), drawn=True
    )
    answers: Counter[tuple[object, object]] = Counter()
    for number in range(60):
        run = random_run(question, 1, number).run
        own = {
            act.node: act.event.prediction
            for act in run.acts
            if act.node in run.runners and isinstance(act.event, Sample)
        }
        answers[own.get(0), own.get(4)] += 1
    assert set(answers) == set(product(range(3), repeat=2))


def outcome(execution: Execution) -> tuple[Record, ...]:
    """What is seen of the honest nodes."""
    return tuple(execution.records.values())


@pytest.mark.parametrize("fault", ["silence", "crash", "omission", "twins", "mutation"])
def test_at_four_nodes_a_random_run_goes_where_the_checker_goes(fault: str) -> None:
    """Every step was followed by the exhaustive search, and every end of a round was reached."""
    question = Question(
        4,
        1,
        network="rounds",
        predictions=parse_patterns("?AAA"),
        views=1,
        properties=(EVERYTHING,),
        fault=FAULTS[fault],
        drawn=True,
    )
    (setting,) = question.settings()
    engine = RoundsEngine(setting, RecordObserver(setting, [EVERYTHING]), dominate=False)
    assert engine.explore(Budget(), {}).complete
    followed = set(engine.followed())
    reached = {tuple(engine.seen(world)[: len(setting.honest)]) for world in engine.costs}
    steps = 0
    for number in range(30):
        run = random_run(question, 2, number).run
        execution = Execution(run)
        for act in run.acts:
            assert execution.rounds is not None
            if act.round > execution.rounds.number:
                assert outcome(execution) in reached
            before = execution.states[act.node]
            moment = execution.perform(act)
            if moment.after != before:
                assert (before, act.event) in followed
                steps += 1
        assert outcome(execution) in reached
    assert steps > 60


def test_ordered_runs_go_where_the_checker_goes() -> None:
    compared = 0
    for question in islice(random_ordered_questions(40), 12):
        drawn = replace(question, properties=(EVERYTHING,), drawn=True)
        (setting,) = question.settings()
        engine = OrderedEngine(setting, [EVERYTHING])
        if not engine.explore(Budget(states=2_000), {}).complete:
            continue
        followed = set(engine.followed())
        for number in range(10):
            run = random_run(drawn, 3, number).run
            execution = Execution(run)
            for act in run.acts:
                before = execution.states[act.node]
                if execution.perform(act).after != before:
                    assert (before, act.event) in followed
                    compared += 1
    assert compared > 300


def questions_of_faults(first_seed: int) -> Iterator[Question]:
    """Small questions about every fault, in rounds, lossy, ordered, and asynchronous in turn."""
    rounds = random_fault_questions(first_seed, tuple(FAULTS.values()))
    lossy = random_fault_questions(first_seed, tuple(FAULTS.values()), lossy=True)
    ordered = random_ordered_questions(first_seed)
    persistent = asynchronous_questions(first_seed)
    while True:
        for source in (rounds, lossy, ordered, persistent):
            yield next(source)


def asynchronous_questions(first_seed: int) -> Iterator[Question]:
    """Questions about two or three nodes, one of which keeps silent, is doubled, or alters."""
    for seed in count(first_seed):
        random = Random(seed)
        question = random_question(random, most_nodes=3)
        faulty = random.randrange(question.nodes)
        try:
            yield replace(
                question,
                fault=random.choice((SILENCE, TWINS, MUTATION)),
                samples=1,
                predictions=(random_pattern(random, question.nodes, faulty),),
                properties=(),
            )
        except (ConfigError, QuestionError):
            continue


def never_contradicted(first_seed: int, settings: int) -> Counter[str]:
    """For each fault how many violations were found at random, all of them known to the checker."""
    violated: Counter[str] = Counter()
    compared = 0
    for question in islice(questions_of_faults(first_seed), settings):
        exhausted = answer(question, Limits(states=3_000, seconds=20))
        drawn = simulate(Campaign(replace(question, drawn=True), seed=1, runs=25))
        for whole, some in zip(exhausted.results, drawn.results, strict=True):
            if whole.verdict is Verdict.UNDETERMINED:
                continue
            compared += 1
            if some.found is not None:
                violated[question.fault.name] += 1
                assert whole.verdict is Verdict.VIOLATED, (question, whole.name)
                assert whole.steps is not None
                assert len(some.found.run.acts) >= whole.steps
    assert compared > 3 * settings
    return violated


def test_an_exhausted_question_about_a_fault_is_never_contradicted() -> None:
    assert sum(never_contradicted(300, settings=6).values()) > 2


@pytest.mark.long
def test_many_exhausted_questions_about_faults_are_never_contradicted() -> None:
    assert never_contradicted(5_000, settings=1_000).keys() == FAULTS.keys()


def test_a_run_is_cut_where_it_was_first_stuck() -> None:
    """What takes a short cut finds what asking after every act finds."""
    termination = property_named("termination")
    shortened = 0
    for network, fault in (("rounds", BYZANTINE), ("rounds", OMISSION), ("asynchronous", TWINS)):
        question = Question(
            4, 1, network=network, fault=fault, properties=(termination,), drawn=True
        )
        for number in range(25):
            result = random_run(question, 6, number)
            if not result.violated:
                continue
            run, execution = result.violation_of("termination"), Execution(result.run)
            expected = len(run.acts)
            for acts, act in enumerate(run.acts):
                stuck = next(execution.honest_steps(), None) is None
                if stuck and execution.violation(termination) is not None:
                    expected = acts
                    break
                execution.perform(act)
            assert first_stuck(run, termination) == expected
            shortened += expected < len(run.acts)
    assert shortened > 5


def test_a_partition_that_is_over_delays_and_one_that_is_not_keeps_apart() -> None:
    termination = (property_named("termination"),)
    question = Question(
        4, 1, network="lossy", fault=NONE, properties=termination, labels=1, drawn=True
    )
    for text, broken in (("0,1/2,3", True), ("0,1/2,3@rounds=40-50", False)):
        apart = replace(question, partition=parse_partition(text))
        (result,) = simulate(Campaign(apart, seed=1, runs=10)).results
        assert (result.found is not None) is broken


@pytest.mark.parametrize(
    ("network", "fault"),
    [
        ("lossy", BYZANTINE),
        pytest.param("asynchronous", MUTATION, marks=pytest.mark.long),
        pytest.param("rounds", TWINS, marks=pytest.mark.long),
        pytest.param("rounds", CRASH, marks=pytest.mark.long),
    ],
)
def test_a_hundred_nodes(network: str, fault: Fault) -> None:
    question = Question(
        100,
        33,
        network=network,
        fault=fault,
        losses=50 if network == "lossy" else 0,
        drawn=True,
    )
    assert len(random_run(question, 1, 1).run.acts) > 200


def test_faults_where_nodes_agree_on_evidence() -> None:
    for fault in (CRASH, OMISSION, TWINS, MUTATION):
        question = Question(4, 1, HARDENED, network="rounds", fault=fault, drawn=True)
        simulated = simulate(Campaign(question, seed=1, runs=10))
        assert all(result.found is None for result in simulated.results)
        assert simulated.disturbances.keys() == WHAT_OCCURS[fault.name]
