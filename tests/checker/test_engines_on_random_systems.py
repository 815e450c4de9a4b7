"""The reductions lose nothing: every engine against a plain search, on systems without meaning.

Compared are everything that can ever be seen of the processes at once, the fewest deliveries to
each such sight, the verdict on every property, those about stuck states too, and the length of
its shortest counterexample, which must happen when it is played.
"""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple, TypeAlias

import pytest
from plain_explorer import PlainExplorer, Visible
from random_system import Occurrence, RandomSystem, Watch, Word, random_watch

from checker.bisimulation import Bisimulation, close
from checker.exploration import Budget, Exploration
from checker.full import FullEngine
from checker.reduced import ReducedEngine
from checker.table import Tables

Plain: TypeAlias = PlainExplorer[int, Occurrence, Word, str, str]

SEEDS = range(500)
MANY_SEEDS = range(1_000, 9_000)


class Case(NamedTuple):
    """A system, what watches it, and what a plain search finds."""

    system: RandomSystem
    watch: Watch
    plain: Plain


@cache
def draw(seed: int, *, attentive: bool = False) -> Case:
    random = Random(seed)
    system = RandomSystem(random, attentive=attentive)
    watch = random_watch(random, len(system.processes))
    return Case(system, watch, PlainExplorer(system, watch))


class Reduced:
    """The reduced engine on a case, with bisimilar states merged or not."""

    def __init__(self, case: Case, *, merge: bool) -> None:
        self._tables = Tables(case.system)
        if merge:
            assert close(self._tables, 1_000, Budget())
        merged = [Bisimulation(self._tables, table, case.watch) for table in self._tables.processes]
        self.engine = ReducedEngine(self._tables, case.watch, merged if merge else None)

    def visible(self) -> dict[Visible, int]:
        """Every vector of what was seen, with the fewest deliveries that lead to it."""
        least: dict[Visible, int] = {}
        for state, cost in self.engine.costs.items():
            visible = tuple(self.engine.seen(state))
            least[visible] = min(cost, least.get(visible, cost))
        return least

    def sent(self) -> dict[Visible, int]:
        """The same with what each process has sent."""
        least: dict[Visible, int] = {}
        for state, cost in self.engine.costs.items():
            masks = [
                automaton.sent_mask[local]
                for automaton, local in zip(self.engine.automata, state, strict=True)
            ]
            sent = [frozenset(self._messages(mask)) for mask in masks]
            visible = tuple(zip(sent, self.engine.seen(state), strict=True))
            least[visible] = min(cost, least.get(visible, cost))
        return least

    def _messages(self, mask: int) -> Iterator[Word]:
        for number, message in enumerate(self._tables.messages.values):
            if mask >> number & 1:
                yield message


def assert_same_verdicts(case: Case, found: Exploration[Occurrence]) -> None:
    assert found.complete
    counterexamples = found.counterexamples
    shortest = {name: len(entry.deliveries) for name, entry in counterexamples.items()}
    assert shortest == case.plain.shortest()
    for name, counterexample in counterexamples.items():
        assert counterexample.property_name == name
        assert case.plain.violates(name, counterexample.deliveries)


def assert_unreduced_is_plain(case: Case) -> None:
    engine = FullEngine(Tables(case.system), case.watch)
    found = engine.explore(Budget(), {})
    assert found.states == len(engine.visited) == len(case.plain.depths)
    assert found.transitions == case.plain.transitions
    assert found.depth == max(case.plain.depths.values())
    assert {tuple(engine.seen(state)) for state in engine.visited} == set(case.plain.visible())
    assert_same_verdicts(case, found)


def assert_reduced_loses_nothing(case: Case, *, merge: bool) -> None:
    reduced = Reduced(case, merge=merge)
    found = reduced.engine.explore(Budget(), {})
    assert reduced.visible() == case.plain.visible()
    assert_same_verdicts(case, found)


def test_the_unreduced_engine_finds_what_a_plain_search_finds() -> None:
    for seed in SEEDS:
        assert_unreduced_is_plain(draw(seed))


@pytest.mark.parametrize("merge", [False, True], ids=["macro-steps", "bisimulation"])
def test_the_reduced_engine_finds_what_a_plain_search_finds(merge: bool) -> None:
    for seed in SEEDS:
        assert_reduced_loses_nothing(draw(seed), merge=merge)


@pytest.mark.long
def test_every_engine_finds_what_a_plain_search_finds_in_many_systems() -> None:
    for seed in MANY_SEEDS:
        case = draw(seed)
        assert_unreduced_is_plain(case)
        assert_reduced_loses_nothing(case, merge=False)
        assert_reduced_loses_nothing(case, merge=True)


@pytest.mark.parametrize("merge", [False, True], ids=["macro-steps", "bisimulation"])
def test_where_all_is_heeded_the_reduced_engine_sends_all_that_can_be_sent(merge: bool) -> None:
    for seed in SEEDS:
        case = draw(seed, attentive=True)
        reduced = Reduced(case, merge=merge)
        reduced.engine.explore(Budget(), {})
        assert reduced.sent() == case.plain.sent()


@pytest.mark.parametrize("kind", ["unreduced", "macro-steps", "bisimulation"])
def test_a_limit_hides_no_counterexample_below_it(kind: str) -> None:
    for seed in SEEDS:
        case, random = draw(seed), Random(seed)
        limits = {name: random.randint(0, 5) for name in case.watch.properties}
        found = (
            FullEngine(Tables(case.system), case.watch).explore(Budget(), limits)
            if kind == "unreduced"
            else Reduced(case, merge=kind == "bisimulation").engine.explore(Budget(), limits)
        )
        assert found.complete
        for name, steps in case.plain.shortest().items():
            if steps < limits[name]:
                assert len(found.counterexamples[name].deliveries) == steps
        for name, counterexample in found.counterexamples.items():
            assert case.plain.violates(name, counterexample.deliveries)


@pytest.mark.parametrize("kind", ["unreduced", "macro-steps", "bisimulation"])
def test_a_counterexample_found_within_the_budget_is_a_shortest(kind: str) -> None:
    for seed in SEEDS:
        case = draw(seed)
        budget = Budget(states=Random(seed).choice((1, 5, 20, 80)))
        found = (
            FullEngine(Tables(case.system), case.watch).explore(budget, {})
            if kind == "unreduced"
            else Reduced(case, merge=kind == "bisimulation").engine.explore(budget, {})
        )
        shortest = case.plain.shortest()
        assert found.complete == (budget.exhausted is None)
        for name, counterexample in found.counterexamples.items():
            assert len(counterexample.deliveries) == shortest[name]
            assert case.plain.violates(name, counterexample.deliveries)


def test_the_systems_drawn_are_worth_the_comparison() -> None:
    """They have stuck states, violations of both kinds, sending, and states to merge."""
    cases = [draw(seed) for seed in SEEDS]
    violated = [name for case in cases for name in case.plain.shortest()]
    assert sum(len(case.plain.depths) for case in cases) > 10_000
    assert sum(bool(case.plain.stuck) for case in cases) > 50
    assert sum(int(name.split()[1]) % 2 for name in violated) > 50
    assert sum(int(name.split()[1]) % 2 == 0 for name in violated) > 50
    assert sum(max(map(len, case.plain.sent())) > 0 for case in cases) > 50
    mergeable = 0
    for case in cases:
        tables = Tables(case.system)
        close(tables, 1_000, Budget())
        for table in tables.processes:
            classes = Bisimulation(tables, table, case.watch).classes
            mergeable += len(set(classes)) < len(classes)
    assert mergeable > 50
