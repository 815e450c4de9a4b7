"""The unreduced engine visits exactly the states that others have published for their models.

TLC reports distinct states, generated states (the initial ones and every successor of every
state, whether new or not) and the levels of the state graph, the initial one included.

Two-phase commit has 2^n + 4^n + 6^n distinct states.  While the transaction manager has not
decided, a resource manager is in one of four ways: working, prepared, prepared and heard of, or
aborted by itself.  Once it has committed, one is prepared or committed: two.  Once it has
aborted, one is in one of the four, or has prepared, heard of or not, and aborted: six.
"""

from itertools import combinations
from math import comb
from typing import NamedTuple

import pytest
from water_jugs import FourLitres, Jugs, WaterJugs

from checker.examples.reliable_broadcast import RELAY, UNFORGEABILITY, ReliableBroadcast
from checker.examples.two_phase_commit import CONSISTENCY, TwoPhaseCommit
from checker.exploration import Budget
from checker.full import FullEngine
from checker.reduced import ReducedEngine
from checker.table import Tables


class Counts(NamedTuple):
    """As TLC reports them."""

    distinct: int
    generated: int
    levels: int


def two_phase_commit(resource_managers: int) -> Counts:
    engine = FullEngine(Tables(TwoPhaseCommit(resource_managers)), CONSISTENCY)
    explored = engine.explore(Budget(), {})
    assert explored.complete
    assert not explored.counterexamples
    return Counts(explored.states, 1 + explored.transitions, explored.depth + 1)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_two_phase_commit_has_the_states_and_levels_of_its_closed_form(n: int) -> None:
    counts = two_phase_commit(n)
    assert counts.distinct == 2**n + 4**n + 6**n
    assert counts.levels == 3 * n + 2


def test_two_phase_commit_with_three_resource_managers_generates_1146_states() -> None:
    assert two_phase_commit(3) == Counts(288, 1_146, 11)


def test_two_phase_commit_with_six_resource_managers_generates_402306_states() -> None:
    assert two_phase_commit(6) == Counts(50_816, 402_306, 20)


@pytest.mark.long
def test_two_phase_commit_with_eight_resource_managers_generates_18507778_states() -> None:
    assert two_phase_commit(8) == Counts(2**8 + 4**8 + 6**8, 18_507_778, 26)


@pytest.mark.parametrize(("n", "orbits"), [(3, 80), (5, 314)])
def test_two_phase_commit_up_to_renaming_has_a_closed_form_as_well(n: int, orbits: int) -> None:
    engine = FullEngine(Tables(TwoPhaseCommit(n)), CONSISTENCY)
    engine.explore(Budget(), {})
    seen = set()
    for state in engine.visited:
        manager, *others = (
            automaton.locals.values[local]
            for automaton, local in zip(engine.automata, engine.unpack(state), strict=True)
        )
        phase, heard = engine.automata[0].table.states.values[manager.state]
        ways = sorted(
            (
                automaton.table.states.values[local.state].phase,
                local.sent > 0,
                automaton.table.process in heard,
            )
            for automaton, local in zip(engine.automata[1:], others, strict=True)
        )
        seen.add((phase, tuple(ways)))
    assert len(seen) == orbits == (n + 1) + comb(n + 3, 3) + comb(n + 5, 5)


def reliable_broadcast(n: int, t: int, f: int, first: str) -> Counts:
    """The counts of the specification, from one exploration for each placement of the faulty.

    The specification keeps ``Corr``, ``Faulty`` and the ``pc`` of faulty processes in its state
    though nothing changes them: an exploration stands for all first ``pc`` of the faulty.  Its
    step ``UNCHANGED vars`` generates every distinct state once more.
    """
    choices = first.split()
    distinct = generated = levels = 0
    copies = len(choices) ** f
    for faulty in combinations(range(n), f):
        system = ReliableBroadcast(n, t, frozenset(faulty), choices)
        explored = FullEngine(Tables(system), RELAY).explore(Budget(), {})
        assert explored.complete
        distinct += copies * explored.states
        initial = len(choices) ** (n - f)
        generated += copies * (initial + explored.transitions + explored.states)
        levels = max(levels, explored.depth + 1)
    return Counts(distinct, generated, levels)


def test_reliable_broadcast_with_one_faulty_of_four() -> None:
    assert reliable_broadcast(4, 1, 1, "V0 V1") == Counts(14_424, 227_344, 7)


def test_reliable_broadcast_in_which_nobody_broadcasts() -> None:
    assert reliable_broadcast(10, 3, 2, "V0") == Counts(45, 90, 1)


def test_reliable_broadcast_is_unforgeable_only_where_nobody_broadcasts() -> None:
    for first, forged in (["V0"], False), (["V0", "V1"], True):
        for engine in FullEngine, ReducedEngine:
            system = ReliableBroadcast(4, 1, frozenset({2}), first)
            explored = engine(Tables(system), UNFORGEABILITY).explore(Budget(), {})
            assert ("unforgeability" in explored.counterexamples) == forged


def test_two_jugs_have_16_states_and_four_litres_take_six_steps() -> None:
    """The puzzle's shortest solution is six moves long, however it is searched."""
    engine = FullEngine(Tables(WaterJugs()), FourLitres())
    explored = engine.explore(Budget(), {})
    assert Counts(explored.states, 1 + explored.transitions, explored.depth + 1) == (16, 97, 8)
    reduced = ReducedEngine(Tables(WaterJugs()), FourLitres()).explore(Budget(), {})
    for found in explored, reduced:
        moves = found.counterexamples["unsolved"].deliveries
        assert len(moves) == 6
        jugs = Jugs(0, 0)
        for move in moves:
            outcome = WaterJugs().step(0, jugs, move.event)
            assert outcome is not None
            jugs = outcome.state
        assert jugs.big == 4
