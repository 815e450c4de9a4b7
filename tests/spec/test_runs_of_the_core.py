"""Runs of the core are behaviours of the specification.

Random runs, with events that have no effect and say why and with samples that are given up, and
the counterexamples that the reduced engine finds, are written as sequences of moments; TLC
follows each with module Traces.  A run of which one moment is changed is not followed.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random, SystemRandom

import pytest
import tlc
from configurations import Configuration, parsed, table
from followed import Moment, followed, moments
from replayed import Core

from checker.setting import Setting
from checker.sweep import answer
from poqi_core.messages import NextSample
from poqi_core.properties import property_named

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())


def random_run(setting: Setting, random: Random, moments: int) -> list[Moment]:
    """A run in which now and then something happens to no effect or a sample is given up."""
    core, run = Core(setting), list[Moment]()
    for _ in range(moments):
        node = random.choice([node for node in setting.honest if core.followed(node)] or [-1])
        if node < 0:
            break
        events = [happening.event for happening in core.happenings(node).values()]
        events.append(NextSample(random.randint(0, len(setting.predicted)), setting.last_view))
        effective = [event for event in events[:-1] if core.has_effect(node, event)]
        chosen = random.choice(effective if effective and random.random() < 0.8 else events)
        run.append(Moment(node, chosen, core.take(node, chosen)))
    return run


ROOMY = [
    parsed(f"C{number} asynchronous {line} | nothing 0")
    for number, line in enumerate(
        (
            "paper    N=5 f=1 AABA?,ABAA?,AAAA? views=2 start=0 ballots=1 | timeout=vote",
            "literal  N=4 f=1 ABA?,ACB?         views=4 start=0 ballots=1 |",
            "literal  N=5 f=1 AABAB,CABCA       views=5 start=3 ballots=1 | late_messages=yes",
            "hardened N=4 f=1 A?BA,A?BA         views=4 start=0 ballots=3 |",
        )
    )
]


@needs_tlc
@pytest.mark.parametrize("row", ROOMY, ids=str)
def test_random_runs_of_the_core_are_behaviours(
    row: Configuration, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number = int(os.environ.get("RUNS_SEED", SystemRandom().randrange(2**31)))
    record_property("seed of runs", f"{number} for {row}")
    random = Random(number)
    runs = [random_run(row.setting, random, 60) for _ in range(2)]
    assert followed(row.setting, runs, tmp_path) == set(range(len(runs))), f"RUNS_SEED={number}"


def counterexamples(row: Configuration) -> dict[str, list[Moment]]:
    """A shortest run to each property that the row says is broken, by the reduced engine."""
    asked = tuple(property_named(name) for name in row.breaks)
    return {
        result.name: moments(row.setting, result.run.acts)
        for result in answer(replace(row.question, properties=asked)).results
        if result.run is not None
    }


BREAKING = [row for row in table() if row.network == "asynchronous" and row.breaks]
SOME = [row for row in BREAKING if len(row.breaks) > 3][:4]


def assert_counterexamples_are_followed(row: Configuration, folder: Path) -> None:
    found = counterexamples(row)
    assert {name: len(run) for name, run in found.items()} == row.breaks
    runs = list(found.values())
    assert followed(row.setting, runs, folder) == set(range(len(runs)))


@needs_tlc
@pytest.mark.parametrize("row", SOME, ids=str)
def test_counterexamples_are_behaviours(row: Configuration, tmp_path: Path) -> None:
    assert_counterexamples_are_followed(row, tmp_path)


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("row", BREAKING, ids=str)
def test_every_counterexample_of_the_table_is_a_behaviour(
    row: Configuration, tmp_path: Path
) -> None:
    assert_counterexamples_are_followed(row, tmp_path)


@needs_tlc
def test_a_run_that_departs_from_the_specification_is_not_followed(tmp_path: Path) -> None:
    row = ROOMY[0]
    run = random_run(row.setting, Random(3), 16)
    assert len(run) == 16
    departing = []
    for place, moment in enumerate(run):
        other = run[place - 1].taken
        for part in ("state", "shown", "remark", "sends"):
            taken = moment.taken._replace(**{part: getattr(other, part)})
            if taken != moment.taken:
                departing.append([*run[:place], moment._replace(taken=taken)])
    assert len(departing) > 20
    assert followed(row.setting, [run, *departing], tmp_path) == {0}
