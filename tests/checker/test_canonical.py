"""The canonical counterexample: found by a search, against one found by trying every run.

It is the same for every engine and for every number of workers.
"""

from dataclasses import replace
from itertools import groupby
from random import Random

import pytest
from plain_canonical import PlainCanonical, TooManyError
from plain_explorer import PlainExplorer
from random_questions import random_question
from random_system import Occurrence, RandomSystem, random_watch

from checker.canonical import CanonicalSearch
from checker.exploration import Budget
from checker.order import Key, order_of
from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from checker.table import Tables
from poqi_core.messages import Received, Sample
from poqi_core.properties import property_named

MOST_RUNS = 3_000
"""Systems with more shortest runs than that are passed over."""


def _order(event: Occurrence) -> Key:
    return order_of(event.number)


def _compared(seed: int) -> int:
    """How many conditions of a random system were broken, and canonically as the oracle says."""
    random = Random(seed)
    system = RandomSystem(random, attentive=True)
    watch = random_watch(random, len(system.processes))
    plain = PlainExplorer(system, watch)
    oracle = PlainCanonical(plain, watch, _order, MOST_RUNS)
    about_stuck = {condition.name: condition.when_stuck for condition in watch.conditions}
    compared = 0
    for name, length in sorted(plain.shortest().items()):
        try:
            expected = oracle.least(name, length)
        except TooManyError:
            continue
        search = CanonicalSearch(Tables(system), watch, name, _order, when_stuck=about_stuck[name])
        found = search.find(length, Budget())
        assert found is not None
        assert found.deliveries == expected, f"seed {seed}, {name}"
        compared += 1
    return compared


def test_the_search_finds_what_trying_every_shortest_run_finds() -> None:
    assert sum(_compared(seed) for seed in range(250)) > 250


@pytest.mark.long
def test_the_search_finds_what_trying_every_shortest_run_finds_on_many_systems() -> None:
    assert sum(_compared(seed) for seed in range(1_000, 9_000)) > 8_000


def _shown_alike(seeds: range) -> int:
    """How many counterexamples both engines showed, to questions drawn at random."""
    shown = 0
    for seed in seeds:
        question = random_question(Random(seed), most_nodes=3)
        full = answer(_by(question, "full"), Limits(workers=1, states=5_000))
        if full.exhausted is not None:
            continue
        reduced = answer(_by(question, "reduced"), Limits(workers=1))
        runs = [[result.run for result in found.results] for found in (reduced, full)]
        assert runs[0] == runs[1], f"seed {seed}"
        shown += sum(run is not None for run in runs[0])
    return shown


def test_both_engines_show_the_same_run() -> None:
    assert _shown_alike(range(12)) > 7


@pytest.mark.long
def test_both_engines_show_the_same_run_for_many_questions() -> None:
    assert _shown_alike(range(100, 200)) > 100


def _by(question: Question, engine: str) -> Question:
    return replace(question, engine=engine)


@pytest.mark.long
def test_of_all_settings_the_one_with_the_fewest_byzantine_acts_is_shown() -> None:
    entry = property_named("view-consistency")
    question = Question(4, 1, labels=2, views=1, properties=(entry,))
    one, two = (answer(question, Limits(workers=workers)) for workers in (1, 2))
    assert one.results == two.results
    run = one.results[0].run
    assert run is not None
    faulty = [
        act
        for act in run.acts
        if isinstance(act.event, Received) and act.event.sender not in run.honest
    ]
    assert (len(run.acts), len(faulty)) == (12, 4)


def test_a_shortest_run_tells_each_node_s_part_in_one_piece_where_it_can() -> None:
    """Five nodes: two pairs decide apart from each other, one after the other."""
    question = Question(
        5, 1, predictions=parse_patterns("?AABB"), properties=(property_named("agreement"),)
    )
    run = answer(question, Limits(workers=1)).results[0].run
    assert run is not None
    blocks = [(node, len(list(acts))) for node, acts in groupby(run.acts, lambda act: act.node)]
    assert blocks == [(1, 3), (2, 4), (1, 3), (3, 3), (4, 4), (3, 3)]


def test_a_property_of_stuck_states_ends_with_every_node_at_rest() -> None:
    question = Question(
        4, 1, predictions=parse_patterns("?AAB"), properties=(property_named("termination"),)
    )
    run = answer(question, Limits(workers=1)).results[0].run
    assert run is not None
    assert [(act.node, type(act.event)) for act in run.acts] == [
        (1, Sample),
        (2, Sample),
        (3, Sample),
    ]


def test_events_have_an_order_whatever_they_are_made_of() -> None:
    values = [None, -1, 2, "A", (1, "x"), (2, None), Sample(0, 1), Sample(1, 0)]
    keys = [order_of(value) for value in values]
    assert sorted(keys) == keys
    with pytest.raises(TypeError, match="there is no order for object"):
        order_of(object())
