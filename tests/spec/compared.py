"""The comparison of one setting: TLC's state graph and that of the core, part by part."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

import tlc
from configurations import model_of
from explored import VARIABLES, Explored
from state_graph import differences

from checker.setting import Setting


class Compared(NamedTuple):
    """What two state graphs have in common, all of it: the number of states and transitions."""

    states: int
    transitions: int


def compare(setting: Setting, network: str, expected: Explored, folder: Path) -> Compared:
    """Let TLC explore a setting in ``folder``, and demand what the core has.

    The states one by one, the transitions with their actions, the levels, the properties broken
    in every state, and the fewest steps to each.
    """
    checked = tlc.run(model_of(setting, network), folder, graph=True)
    graph = checked.graph(VARIABLES[network])
    assert list(differences(graph, expected.graph)) == []
    assert checked.states == expected.states
    assert checked.depth == len(graph.levels())
    assert graph.shortest(free="EndRound") == expected.shortest
    if expected.transitions is not None and expected.depth is not None:
        assert checked.generated - 1 == expected.transitions
        assert checked.depth - 1 == expected.depth
    rmtree(folder)
    return Compared(expected.states, expected.graph.transitions.total())


def count(record_property: Callable[[str, object], None], compared: Compared) -> None:
    """Let the end of the test run say how much was compared."""
    record_property("state graph", (compared.states, compared.transitions))
