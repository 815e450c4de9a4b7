"""Random runs: they are runs that the checker explores, judged as it judges them."""

import time
from dataclasses import replace
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_questions import questions_in_small_rounds, random_question

from checker.poqi_system import byzantine_messages
from checker.question import Question, parse_patterns
from checker.simulation.campaign import Campaign, simulate
from checker.simulation.chance import Chance
from checker.simulation.drawn_setting import draw_setting
from checker.simulation.forger import Forger
from checker.simulation.habits import draw_habits
from checker.simulation.random_run import OutOfTimeError
from checker.simulation.runs import random_run
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.messages import Received
from poqi_core.properties import PROPERTIES, property_named
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes
from poqi_core.run import Execution
from poqi_core.state import initial


def drawn_messages(question: Question, runs: int, of_each: int) -> set[Received]:
    """What is drawn for the honest nodes as they are at first, with many habits."""
    drawn: set[Received] = set()
    for number in range(runs):
        chance = Chance(0, number)
        setting = draw_setting(question, chance)
        execution = Execution(setting.run(question.network, ()))
        forger = Forger(setting, draw_habits(setting, chance), chance, execution)
        for _ in range(of_each):
            state = initial(setting.config, chance.pick(setting.honest), setting.start_view)
            received = forger.draw(state)
            if received is not None:
                drawn.add(received)
    return drawn


def test_every_message_of_the_published_adversary_is_drawn_and_no_other() -> None:
    question = Question(3, 1, predictions=parse_patterns("A?B"), views=2, drawn=True)
    (setting,) = question.settings()
    expected = {received for received, _ in byzantine_messages(setting)}
    assert drawn_messages(question, 200, 60) == expected


@pytest.mark.parametrize(
    ("profile", "network"),
    [
        ("literal", "asynchronous"),
        ("literal", "rounds"),
        ("hardened", "asynchronous"),
        ("hardened", "rounds"),
        ("synchronous", "rounds"),
    ],
)
@pytest.mark.parametrize("evidence", [None, 2])
def test_what_faulty_nodes_send_is_what_the_checker_lets_them_send(
    profile: str, network: str, evidence: int | None
) -> None:
    question = Question(
        4,
        1,
        PROFILES[profile],
        network=network,
        predictions=parse_patterns("A?BB"),
        adversary_evidence=evidence,
        drawn=True,
    )
    (setting,) = question.settings()
    allowed = {received for received, _ in byzantine_messages(setting)}
    sent = {
        act.event
        for number in range(40)
        for act in random_run(question, 1, number).run.acts
        if isinstance(act.event, Received) and act.event.sender == 1
    }
    assert sent <= allowed
    assert len(sent) > (1 if profile == "synchronous" else 2)


@pytest.mark.parametrize("count", [5, pytest.param(40, marks=pytest.mark.long)])
def test_an_exhausted_question_is_never_contradicted(count: int) -> None:
    """What is violated in a random run is violated, and in no fewer steps than the shortest."""
    compared = violated = 0
    seeds = range(900, 900 + count)
    asynchronous = (random_question(Random(seed), most_nodes=3) for seed in seeds)
    for question in [*asynchronous, *islice(questions_in_small_rounds(700), count // 2 + 1)]:
        exhausted = answer(question, Limits(states=3_000))
        drawn = simulate(Campaign(replace(question, drawn=True), seed=1, runs=25))
        for whole, some in zip(exhausted.results, drawn.results, strict=True):
            if whole.verdict is Verdict.UNDETERMINED:
                continue
            compared += 1
            assert whole.vacuous or some.vacuous < 25
            if some.found is not None:
                violated += 1
                assert whole.verdict is Verdict.VIOLATED, (question, whole.name)
                assert whole.steps is not None
                assert len(some.found.run.acts) >= whole.steps
    assert compared > 6 * count
    assert violated > count


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_a_run_is_judged_as_if_every_pair_of_records_was_looked_at(network: str) -> None:
    question = Question(5, 1, PROFILES["literal"], network=network, samples=2, drawn=True)
    broken = 0
    for number in range(25):
        result = random_run(question, 3, number)
        execution = Execution(result.run)
        first: dict[str, int] = {}
        for acts, act in enumerate(result.run.acts, 1):
            execution.perform(act)
            for entry in question.properties:
                if not entry.when_stuck and entry.premise(result.run.predicted):
                    if execution.violation(entry) is not None:
                        first.setdefault(entry.name, acts)
        broken += len(first)
        assert {name: acts for name, acts in result.violated.items() if name in first} == first
        assert set(result.violated) <= {*first, "termination"}
    assert broken > 10


def test_a_forged_final_decision_is_found_at_four_nodes() -> None:
    readings = with_changes(PROFILES["paper"], {"check_final": "no"})
    properties = (property_named("decided-validity"),)
    question = Question(4, 1, readings, properties=properties, drawn=True)
    (result,) = simulate(Campaign(question, seed=1, runs=600, until_violated=True)).results
    assert result.verdict is Verdict.VIOLATED
    holding = replace(question, readings=PROFILES["paper"])
    (result,) = simulate(Campaign(holding, seed=1, runs=100)).results
    assert result.verdict is Verdict.UNDETERMINED
    assert result.found is None


def test_five_nodes_are_split_by_a_random_run() -> None:
    properties = (property_named("agreement"),)
    question = Question(
        5, 1, properties=properties, predictions=parse_patterns("?AABB"), drawn=True
    )
    simulated = simulate(Campaign(question, seed=1, runs=3_000, until_violated=True))
    (result,) = simulated.results
    assert result.found is not None
    assert len(result.found.run.acts) >= 20
    assert result.violated == 1
    assert simulated.runs == result.found.number + 1


@pytest.mark.parametrize(
    ("profile", "network"),
    [("hardened", "asynchronous"), ("hardened", "rounds"), ("synchronous", "rounds")],
)
def test_the_repairs_keep_what_they_promise_in_random_runs(profile: str, network: str) -> None:
    asked = tuple(entry for entry in PROPERTIES if network == "rounds" or not entry.when_stuck)
    question = Question(
        5, 1, PROFILES[profile], network=network, samples=2, properties=asked, drawn=True
    )
    simulated = simulate(Campaign(question, seed=2, runs=40))
    assert {result.name for result in simulated.results if result.found is not None} == set()
    assert simulated.disturbances["Byzantine message"] > 40
    assert simulated.decided > 10


def test_the_report_does_not_depend_on_the_number_of_workers() -> None:
    question = Question(4, 1, PROFILES["literal"], samples=2, drawn=True)
    reports = [
        simulate(Campaign(question, seed=7, first=11, runs=40, workers=workers))
        for workers in (1, 2, 3)
    ]
    for other in reports[1:]:
        assert other.results == reports[0].results
        assert other.acts == reports[0].acts
        assert other.runs == reports[0].runs == 40


def test_a_run_is_the_same_whenever_and_after_whatever_it_is_drawn() -> None:
    question = Question(4, 1, samples=2, drawn=True)
    assert random_run(question, 9, 5) == random_run(question, 9, 5)
    assert random_run(question, 9, 5).run != random_run(question, 8, 5).run
    assert Chance(1, 2).below(10**6) == 98_190


def test_a_hundred_nodes_and_many_samples() -> None:
    faultless = random_run(Question(100, 0, samples=3, drawn=True), 1, 2)
    assert len(faultless.run.honest) == 100
    faulty = random_run(Question(100, 33, samples=2, drawn=True), 1, 0)
    assert len(faulty.run.honest) == 67
    assert len(faulty.run.acts) > 100


def test_a_run_stops_at_its_deadline() -> None:
    question = Question(40, 13, samples=5, drawn=True)
    with pytest.raises(OutOfTimeError):
        random_run(question, 1, 1, deadline=time.monotonic())
    simulated = simulate(Campaign(question, seed=1, seconds=0.001))
    assert simulated.runs == 0
    assert simulated.verdict is Verdict.UNDETERMINED


@given(st.integers(0, 1000), st.lists(st.sampled_from((0.0, 0.5, 3.0)), min_size=1))
def test_what_has_no_weight_is_never_chosen(number: int, weights: list[float]) -> None:
    chance = Chance(1, number)
    if any(weights):
        assert all(weights[chance.weighted(weights)] > 0 for _ in range(20))


@given(st.integers(0, 1000), st.lists(st.integers(), max_size=20), st.integers(0, 25))
def test_shuffling_loses_nothing_and_choosing_keeps_the_order(
    number: int, items: list[int], count: int
) -> None:
    chance = Chance(2, number)
    assert sorted(chance.shuffled(items)) == sorted(items)
    places = chance.some(range(len(items)), count)
    assert places == sorted(set(places))
    assert len(places) == min(count, len(items))
