"""The state graphs of settings drawn at random are the same, by TLC and by the core.

Three hundred are drawn freely; they are compared in parts, so that a slow machine can take them one
by one. Others are drawn until there is one of each combination of network, profile, nodes and
placement.
"""

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
import tlc
from compared import compare, count
from covered import TOO_LARGE, Case, combination, missing
from drawn import OF_A_PART, PARTS, WANTED, of_kind, part

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
@needs_tlc
@pytest.mark.parametrize("number", range(len(WANTED)), ids=map(str, WANTED))
def test_both_have_the_same_state_graph_of_every_kind(
    number: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    network, setting, expected = of_kind(number)
    count(record_property, compare(setting, network, expected, tmp_path))


@pytest.mark.long
def test_the_drawn_settings_have_everything() -> None:
    """Nodes, networks, profiles, placements of the faulty node, values of readings."""
    drawn = list(chain.from_iterable(part(number) for number in range(PARTS)))
    assert len(drawn) == PARTS * OF_A_PART == 300
    drawn += [of_kind(number) for number in range(len(WANTED))]
    cases = [Case(combination(one.network, one.setting), one.setting) for one in drawn]
    assert list(missing(cases)) == [str(TOO_LARGE)]
