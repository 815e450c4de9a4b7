"""The specification and the core are the same thing: their state graphs are the same graphs.

TLC, a model checker that we did not write, exhausts the specification.  Its states, its
transitions with the action that each belongs to, and the properties broken in each state are
compared with those of the checker's engines that reduce nothing and call the core.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import tlc
from compared import compare, count
from configurations import LARGER, Configuration, table
from explored import Explored, explored

ROWS = list(table())
MOST = 100_000


@cache
def of(name: str) -> Explored | None:
    """What the core has for the row of that name; several tests ask for it."""
    row = next(row for row in ROWS if row.name == name)
    return explored(row.setting, row.network, MOST)


def assert_same(
    row: Configuration,
    expected: Explored | None,
    folder: Path,
    record_property: Callable[[str, object], None],
) -> None:
    assert expected is not None
    assert expected.shortest == row.breaks, "the core finds something else than the table says"
    if tlc.missing():
        pytest.skip(tlc.missing())
    count(record_property, compare(row.setting, row.network, expected, folder))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_both_have_the_same_state_graph(
    row: Configuration, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """State by state, transition by transition, with the same levels and verdicts."""
    assert_same(row, of(row.name), tmp_path / "run", record_property)


@pytest.mark.long
@pytest.mark.parametrize("row", list(table(LARGER)), ids=str)
def test_both_have_the_same_large_state_graph(
    row: Configuration, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    expected = explored(row.setting, row.network, MOST)
    assert_same(row, expected, tmp_path / "run", record_property)


CHANGES_NO_STEP = {"combine", "authentication"}
"""These readings change vectors, and what can be proved; no step of a node."""


CHANGES = sorted({change for row in ROWS for change in row.changes.items()})


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_each_change_of_a_reading_makes_a_difference(name: str, value: str) -> None:
    """So a specification that took the other value would be noticed."""
    differ = (
        explored(row.without(name).setting, row.network, MOST) != of(row.name)
        for row in ROWS
        if row.changes.get(name) == value
    )
    assert any(differ) is (name not in CHANGES_NO_STEP)
