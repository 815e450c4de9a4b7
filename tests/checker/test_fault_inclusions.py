"""What one fault or network reaches, another that includes it reaches as well: everything."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import TypeAlias

import pytest
from random_questions import random_pattern, random_readings

from checker.exploration import Budget
from checker.inclusions import inclusions, ranked
from checker.ordered_engine import OrderedEngine
from checker.poqi_observer import RecordObserver
from checker.question import Question
from checker.rounds import RoundsEngine
from checker.setting import Setting
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.config import Config, ConfigError
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
from poqi_core.history import EVERY_FACET, Record
from poqi_core.networks import Partition
from poqi_core.occurrence import Records
from poqi_core.properties import Predicted, Property, Violation
from poqi_core.readings import PAPER, Readings

Outcomes: TypeAlias = frozenset[tuple[Record, ...]]
"""What can be seen of the honest nodes between two rounds."""

BEHAVING = Fault(
    "behaving", "behaving", "faulty nodes run the protocol, and do as it says", copies=1
)


def _never(records: Records, predicted: Predicted) -> Violation | None:
    return None


EVERYTHING = Property(
    "everything", "holds of anything, so that all is explored", EVERY_FACET, _never
)


def outcomes(
    setting: Setting,
    network: str = "rounds",
    *,
    but: int | None = None,
    most: int = 1_000,
    seconds: float | None = None,
) -> Outcomes | None:
    """What is reached, with the records of all honest nodes ``but`` one; None: it is too much."""
    engine = RoundsEngine(
        setting, RecordObserver(setting, [EVERYTHING]), network=network, dominate=True
    )
    if not engine.explore(Budget(states=most, seconds=seconds), {}).complete:
        return None
    honest = [node for node in setting.honest if node != but]
    return frozenset(
        tuple(
            record
            for node, record in zip(setting.honest, engine.seen(world), strict=False)
            if node in honest
        )
        for world in engine.costs
    )


def random_settings(first_seed: int, *, timers: bool, nodes: int = 3) -> Iterator[Setting]:
    """Settings of that many nodes, one of them faulty."""
    for seed in count(first_seed):
        random = Random(seed)
        readings = random_readings(random, most_changes=3)
        try:
            config = Config(nodes, 1, readings, samples=1)
        except ConfigError:
            continue
        if readings.agree_on == "label" and (timers or not config.has_timers):
            pattern = random_pattern(random, nodes, random.randrange(nodes))
            yield Setting(config, (pattern,), random.choice((1, 1, 2)), random.choice((0, 1)))


def assert_includes(setting: Setting, lower: Fault, higher: Fault) -> int:
    """Whether it was possible to compare, as a number."""
    less = outcomes(replace(setting, fault=lower))
    more = outcomes(replace(setting, fault=higher))
    if less is None or more is None:
        return 0
    assert less <= more, (lower.name, higher.name, setting)
    return 1


def test_the_smaller_faults_include_each_other_with_timers_or_without() -> None:
    compared = 0
    for setting in islice(random_settings(0, timers=True, nodes=2), 4):
        for lower, higher in ((SILENCE, CRASH), (CRASH, OMISSION), (SILENCE, BYZANTINE)):
            compared += assert_includes(setting, lower, higher)
        for higher in (CRASH, TWINS, MUTATION):
            compared += assert_includes(setting, BEHAVING, higher)
    assert compared >= 15


def compare_with_byzantine(
    first_seed: int, settings: int, most: int, nodes: int, seconds: float | None = None
) -> int:
    """How many comparisons were made of what other faults reach with what Byzantine nodes do."""
    compared = 0
    for setting in islice(random_settings(first_seed, timers=False, nodes=nodes), settings):
        ignores = replace(setting.config.readings, wrong_view="ignore")
        sure = replace(setting, config=replace(setting.config, readings=ignores))
        most_of_all = outcomes(replace(sure, fault=BYZANTINE), most=most, seconds=seconds)
        if most_of_all is None:
            continue
        for lower in (OMISSION, TWINS, MUTATION):
            less = outcomes(replace(sure, fault=lower), most=20_000, seconds=seconds)
            if less is None:
                assert seconds is not None, (lower.name, sure)
                continue
            assert less <= most_of_all, (lower.name, sure)
            compared += 1
    return compared


def test_a_byzantine_node_can_do_all_that_the_others_can() -> None:
    assert compare_with_byzantine(100, settings=4, most=400, nodes=2) >= 6


@pytest.mark.long
def test_a_byzantine_node_can_do_all_that_the_others_can_in_many_settings() -> None:
    """A world can have very many rounds, so what takes over ten seconds is passed over."""
    assert compare_with_byzantine(1_000, settings=100, most=20_000, nodes=3, seconds=10) > 100


def test_faulty_nodes_that_behave_are_as_good_as_honest_ones() -> None:
    """What is seen of the others is the same, whichever label such a node predicts."""
    for setting in islice(random_settings(200, timers=True), 12):
        (pattern,) = setting.predicted
        faulty = pattern.index(None)
        honest: set[tuple[Record, ...]] = set()
        for label in range(setting.labels):
            whole = (*pattern[:faulty], label, *pattern[faulty + 1 :])
            found = outcomes(replace(setting, predicted=(whole,), fault=NONE), but=faulty)
            assert found is not None
            honest |= found
        assert outcomes(replace(setting, fault=BEHAVING)) == frozenset(honest)


def test_a_network_that_loses_nothing_is_that_of_rounds_and_more_losses_reach_more() -> None:
    compared = 0
    for setting in islice(random_settings(300, timers=True), 6):
        for fault in (SILENCE, CRASH, TWINS):
            faulty = replace(setting, fault=fault)
            assert outcomes(faulty, "lossy") == outcomes(faulty)
            before: Outcomes | None = outcomes(faulty)
            for losses in (1, 2):
                more = outcomes(replace(faulty, losses=losses), "lossy")
                if before is not None and more is not None:
                    assert before <= more
                    compared += 1
                before = more
    assert compared > 20


def test_a_partition_that_is_over_before_anything_arrives_changes_nothing() -> None:
    """And one that cuts nobody off from nobody else neither; a real one does."""
    config = Config(3, 1, PAPER, samples=1)
    setting = Setting(config, ((0, 0, 0),), 1, fault=NONE)
    over = Partition(((0,), (1, 2)), "rounds", 0, 0)
    assert outcomes(replace(setting, partition=over), "lossy") == outcomes(setting)
    whole = Partition(((0, 1, 2),))
    assert outcomes(replace(setting, partition=whole), "lossy") == outcomes(setting)
    apart = outcomes(replace(setting, partition=Partition(((0,), (1, 2)))), "lossy")
    assert apart != outcomes(setting)


def _violated(question: Question) -> dict[str, int | None]:
    return {
        result.name: result.steps
        for result in answer(question).results
        if result.verdict is Verdict.VIOLATED
    }


@pytest.mark.parametrize(
    ("network", "readings"),
    [("rounds", PAPER), ("rounds", replace(PAPER, check_final="no")), ("asynchronous", PAPER)],
    ids=["rounds", "a final decision that is not checked", "asynchronous"],
)
def test_the_verdicts_of_whole_sweeps_follow_the_order(network: str, readings: Readings) -> None:
    question = Question(3, 1, readings, network=network, views=1)
    violated = {fault.name: _violated(replace(question, fault=fault)) for fault in ranked(question)}
    for higher, below in inclusions(question).items():
        for lower in below:
            for name in violated[lower]:
                assert name in violated[higher], f"{lower} breaks {name}, {higher} does not"
    assert violated["byzantine"].keys() > {"termination"} or readings == PAPER


def test_the_order_is_transitive_and_has_no_circle() -> None:
    question = Question(4, 1, PAPER, network="rounds")
    order = inclusions(question)
    assert set(order) == set(FAULTS)
    for higher, below in order.items():
        assert higher not in below
        assert all(order[lower] <= below for lower in below)
    assert order["byzantine"] == set(FAULTS) - {"byzantine"}
    assert order["crash"] == {"none", "silence"}
    assert "omission" not in order["twins"] | order["mutation"]


def test_in_ordered_rounds_what_is_said_to_some_cannot_be_said_by_a_byzantine_node() -> None:
    question = Question(4, 1, PAPER, network="ordered")
    assert inclusions(question)["byzantine"] == {"silence"}
    assert inclusions(question)["omission"] == {"crash", "silence", "none"}


def ordered_outcomes(setting: Setting) -> Outcomes | None:
    """What is reached in ordered rounds; None: it is too much."""
    engine = OrderedEngine(setting, [EVERYTHING])
    if not engine.explore(Budget(states=2_000), {}).complete:
        return None
    honest = len(setting.honest)
    return frozenset(tuple(engine.seen(world)[:honest]) for world in engine.costs)


def compare_in_ordered_rounds(first_seed: int, settings: int, nodes: int) -> int:
    """How many comparisons were made."""
    compared = 0
    pairs = [(SILENCE, CRASH), (CRASH, OMISSION), (SILENCE, BYZANTINE)]
    pairs += [(BEHAVING, higher) for higher in (CRASH, TWINS, MUTATION)]
    for setting in islice(random_settings(first_seed, timers=True, nodes=nodes), settings):
        for lower, higher in pairs:
            less = ordered_outcomes(replace(setting, fault=lower))
            more = ordered_outcomes(replace(setting, fault=higher))
            if less is not None and more is not None:
                assert less <= more, (lower.name, higher.name, setting)
                compared += 1
    return compared


def test_in_ordered_rounds_the_smaller_faults_include_each_other() -> None:
    assert compare_in_ordered_rounds(0, settings=3, nodes=2) > 10


@pytest.mark.long
def test_in_ordered_rounds_the_smaller_faults_include_each_other_in_many_settings() -> None:
    assert compare_in_ordered_rounds(1_000, settings=60, nodes=3) > 150


def test_with_time_outs_a_byzantine_node_is_not_said_to_include_those_that_run_the_core() -> None:
    """What they send keeps a round from being quiet, and a Byzantine message does not."""
    question = Question(4, 1, replace(PAPER, timeout="vote"), network="rounds")
    assert inclusions(question)["byzantine"] == {"silence"}
