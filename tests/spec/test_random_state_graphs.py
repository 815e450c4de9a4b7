"""The state graphs of three hundred settings drawn at random are the same, by TLC and by the core.

They are compared in parts, so that a slow machine can take them one by one.
"""

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
import tlc
from compared import compare, count
from covered import Case, missing, nearest_profile
from drawn import OF_A_PART, PARTS, part

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("number", range(PARTS))
def test_both_have_the_same_state_graph(
    number: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    for place, (network, setting, expected) in enumerate(part(number)):
        compared = compare(setting, network, expected, tmp_path / str(place))
        count(record_property, compared)


@pytest.mark.long
def test_the_drawn_settings_have_everything() -> None:
    """Nodes, networks, profiles, placements of the faulty node, values of readings."""
    drawn = list(chain.from_iterable(part(number) for number in range(PARTS)))
    assert len(drawn) == PARTS * OF_A_PART == 300
    cases = [Case(one.network, nearest_profile(one.setting), one.setting) for one in drawn]
    assert list(missing(cases)) == []
