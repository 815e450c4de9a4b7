"""The specification and the core are the same thing: their state graphs are the same graphs.

TLC, a model checker that we did not write, exhausts the specification.  Its states, its
transitions with the action that each belongs to, and the properties broken in each state are
compared with those of the checker's engines that reduce nothing and call the core.
"""

from itertools import count
from pathlib import Path
from random import Random

import pytest
import tlc
from configurations import Configuration, model_of, table
from explored import VARIABLES, Explored, explored
from random_questions import random_question
from state_graph import StateGraph, differences

from checker.setting import Setting
from poqi_core.readings import PROFILES
from poqi_core.register import REGISTER

ROWS = list(table())
MOST = 100_000

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())


def graph_of_tlc(setting: Setting, network: str, folder: Path) -> tuple[tlc.Checked, StateGraph]:
    checked = tlc.run(model_of(setting, network), folder, graph=True)
    return checked, checked.graph(VARIABLES[network])


def assert_same(setting: Setting, network: str, expected: Explored, folder: Path) -> None:
    checked, graph = graph_of_tlc(setting, network, folder)
    assert list(differences(graph, expected.graph)) == []
    assert checked.states == expected.states
    assert checked.depth == len(graph.levels())
    assert graph.shortest(free="EndRound") == expected.shortest
    if expected.transitions is not None and expected.depth is not None:
        assert checked.generated - 1 == expected.transitions
        assert checked.depth - 1 == expected.depth


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_core_finds_what_the_table_says(row: Configuration) -> None:
    found = explored(row.setting, row.network, MOST)
    assert found is not None
    assert found.shortest == row.breaks


@needs_tlc
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_both_have_the_same_state_graph(row: Configuration, tmp_path: Path) -> None:
    """State by state, transition by transition, with the same levels and verdicts."""
    expected = explored(row.setting, row.network, MOST)
    assert expected is not None
    assert_same(row.setting, row.network, expected, tmp_path)


@pytest.mark.long
@needs_tlc
def test_both_have_the_same_state_graph_on_three_hundred_settings(tmp_path: Path) -> None:
    """Drawn at random: profiles with readings changed, placements, patterns, networks."""
    compared = 0
    for seed in count(50_000):
        network = ("asynchronous", "asynchronous", "rounds")[seed % 3]
        question = random_question(Random(seed), network)
        if question.readings.agree_on != "label" and network == "rounds":
            continue
        (setting,) = question.settings()
        expected = explored(setting, network, 20_000 if network == "asynchronous" else 3_000)
        if expected is None or expected.states < 10:
            continue
        assert_same(setting, network, expected, tmp_path / str(seed))
        compared += 1
        if compared == 300:
            break


BROADCAST = {"broadcast_rounds", "broadcast_signatures", "relay_second"}
BROADCAST_WORDS = {"broadcast", "f+1-absent"}
"""What only the broadcast in lock-step rounds uses, which the specification does not have."""


def test_the_table_has_every_value_of_every_reading() -> None:
    taken = {name: set[str]() for name in PROFILES["paper"].__slots__}
    for row in ROWS:
        for name, value in row.setting.config.readings.items():
            taken[name].add(str(value))
    for entry in REGISTER:
        if entry.name in BROADCAST:
            continue
        assert set(entry.words) - BROADCAST_WORDS <= taken[entry.name], entry.name
        assert not entry.numbers or len(taken[entry.name]) > 1, entry.name


def test_the_table_has_every_profile_network_and_kind_of_primary() -> None:
    assert {row.profile for row in ROWS} == set(PROFILES) - {"synchronous"}
    for profile in ("paper", "literal"):
        rows = [row for row in ROWS if row.profile == profile]
        assert {row.network for row in rows} == {"asynchronous", "rounds"}
        assert {3, 4} <= {row.nodes for row in rows}
        byzantine = [
            row.start_view % row.nodes in row.setting.byzantine for row in rows if "?" in str(row)
        ]
        assert set(byzantine) == {True, False}
    assert len({str(row) for row in ROWS}) == len(ROWS) >= 40


CHANGES_NO_STEP = {"combine", "authentication"}
"""These readings change vectors, and what can be proved; no step of a node."""

CHANGES = [(row, name) for row in ROWS for name in row.changes if name not in CHANGES_NO_STEP]


@pytest.mark.parametrize(
    ("row", "name"), CHANGES, ids=[f"{name} in {row}" for row, name in CHANGES]
)
def test_each_changed_reading_makes_a_difference(row: Configuration, name: str) -> None:
    """So a specification that took the other value would be noticed."""
    with_it = explored(row.setting, row.network, MOST)
    without_it = explored(row.without(name).setting, row.network, MOST)
    assert with_it is not None
    assert without_it is not None
    assert without_it.graph != with_it.graph
