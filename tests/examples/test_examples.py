"""The examples that a newcomer copies: every engine agrees, mistakes are found, counts are right.

``POQI_REWRITE_SCENARIOS=1 pytest tests/examples`` writes the golden counterexamples anew; a
reviewer reads the difference.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from plain_explorer import PlainExplorer

from checker.examples import paxos, pbft, reliable_broadcast, two_phase_commit
from checker.examples.catalogue import EXAMPLES
from checker.examples.example import Example, ParameterError, Published
from checker.examples.paxos import Paxos
from checker.examples.pbft import Pbft
from checker.examples.reliable_broadcast import ReliableBroadcast
from checker.examples.two_phase_commit import TwoPhaseCommit
from checker.exploration import Budget, Resource
from checker.model import ENGINES, EngineError, Findings, Model
from checker.simple_system import SimpleSystem
from checker.system import Event, Message, Outcome, Shown, State
from checker.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden"

NAMED = {example.name: example for example in EXAMPLES}

MISTAKES = [(example.name, mistake) for example in EXAMPLES for mistake in example.mistakes]


class Right(NamedTuple):
    """An example without a mistake, small enough for every engine."""

    name: str
    chosen: Mapping[str, int]


RIGHT = [
    Right("two-phase-commit", {}),
    Right("reliable-broadcast", {}),
    Right("reliable-broadcast", {"broadcast": 0}),
    Right("reliable-broadcast", {"broadcast": 2}),
    Right("reliable-broadcast", {"faulty": 0, "broadcast": 2}),
    Right("paxos", {}),
    Right("pbft", {"views": 1}),
    Right("pbft", {"views": 1, "faulty": 0}),
]


def found_by(engine: str, example: Example, chosen: Mapping[str, int]) -> Findings:
    return example.build(example.values(chosen), None).check(engine)


@pytest.mark.parametrize(("name", "chosen"), RIGHT)
def test_every_engine_finds_that_it_holds(name: str, chosen: Mapping[str, int]) -> None:
    found = {engine: found_by(engine, NAMED[name], chosen) for engine in ENGINES}
    assert {one.verdict for one in found.values()} == {Verdict.HOLDS}
    assert (found["fast"].states, found["fast"].transitions, found["fast"].depth) == (
        found["full"].states,
        found["full"].transitions,
        found["full"].depth,
    )
    assert found["reduced"].states <= found["full"].states


def assert_a_plain_search_agrees(
    model: Model[State, Event, Message, Shown, frozenset[Shown]],
) -> None:
    plain = PlainExplorer(model.system, model.observer)
    for engine in ENGINES:
        found = model.explore(engine, Budget())
        shortest = {name: len(run.deliveries) for name, run in found.counterexamples.items()}
        assert shortest == plain.shortest()
    counted = model.explore("full", Budget())
    if not plain.shortest():
        assert (counted.states, counted.transitions) == (len(plain.depths), plain.transitions)


def test_a_plain_search_without_tables_agrees() -> None:
    """The oracle that knows nothing of the engines: every example, right and with its mistakes."""
    for mistake in (None, "hasty"):
        assert_a_plain_search_agrees(two_phase_commit.model({"resource-managers": 3}, mistake))
    for broadcast, mistake in (1, None), (0, "credulous"), (2, None):
        values = {"processes": 4, "tolerated": 1, "faulty": 1, "broadcast": broadcast}
        assert_a_plain_search_agrees(reliable_broadcast.model(values, mistake))
    small = {"acceptors": 2, "values": 2, "ballots": 2}
    for mistake in (None, "forgetful", "headstrong"):
        assert_a_plain_search_agrees(paxos.model(small, mistake))
    values = {"replicas": 4, "tolerated": 1, "faulty": 1, "values": 2, "views": 1}
    for mistake in (None, "small-quorum"):
        assert_a_plain_search_agrees(pbft.model(values, mistake))


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_the_shortest_run_to_a_mistake_is_told_as_written(name: str, mistake: str) -> None:
    example = NAMED[name]
    found = example.build(example.values({}, mistake), mistake).check("full")
    assert found.verdict is Verdict.VIOLATED
    text = "\n".join(
        line
        for result in found.results
        if result.run is not None
        for line in (f"{result.name} is violated", "", str(result.run), "")
    )
    assert all(len(line) <= 110 for line in text.splitlines())
    path = GOLDEN / f"{name}-{mistake}.txt"
    if os.environ.get("POQI_REWRITE_SCENARIOS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        # The larger ones take ten seconds each.
        pytest.param(*one, marks=pytest.mark.long if one[0] in ("paxos", "pbft") else ())
        for one in MISTAKES
    ],
)
def test_every_engine_finds_the_mistake_by_a_run_of_the_same_length(
    name: str, mistake: str
) -> None:
    example = NAMED[name]
    model = example.build(example.values({}, mistake), mistake)
    runs = {engine: [one.run for one in model.check(engine).results] for engine in ENGINES}
    assert runs["full"] == runs["reduced"] == runs["fast"]


@pytest.mark.long
def test_every_engine_finds_that_pbft_agrees_in_two_views() -> None:
    found = [found_by(engine, NAMED["pbft"], {}) for engine in ENGINES]
    assert [(one.verdict, one.states) for one in found] == [(Verdict.HOLDS, 35_588)] * 3


COUNTED = [(example.name, entry) for example in EXAMPLES for entry in example.published]


@pytest.mark.parametrize(("name", "entry"), COUNTED)
def test_the_states_are_as_many_as_others_have_published(name: str, entry: Published) -> None:
    found = found_by("fast", NAMED[name], entry.parameters)
    assert found.verdict is Verdict.HOLDS
    assert found.states * entry.copies == entry.states


def test_every_example_has_a_published_count_and_a_mistake() -> None:
    assert all(example.published and example.mistakes for example in EXAMPLES)


def test_paxos_has_the_levels_that_tlc_reports() -> None:
    """MCPaxosTiny in the manifest of TLA+ Examples: a depth of 17, the initial level included."""
    assert found_by("full", NAMED["paxos"], {}).depth + 1 == 17


@pytest.mark.parametrize("faulty", [0, 1])
def test_fewer_than_3f_plus_1_replicas_are_not_enough_where_one_lies(faulty: int) -> None:
    values = {"replicas": 3, "tolerated": 1, "views": 1, "faulty": faulty}
    expected = Verdict.VIOLATED if faulty else Verdict.HOLDS
    assert found_by("full", NAMED["pbft"], values).verdict is expected


def test_more_faulty_processes_than_are_tolerated_break_what_is_promised() -> None:
    values = {"processes": 4, "faulty": 2, "broadcast": 0}
    assert found_by("full", NAMED["reliable-broadcast"], values).verdict is Verdict.VIOLATED


def assert_keeps_the_laws(system: SimpleSystem[State, Event, Message, Shown]) -> None:
    """What the interface asks: pure steps, needs of others only, events that never go away."""
    owner: dict[Message, int] = {}
    sent: list[Message] = []
    states = {process: list(system.initial(process)) for process in system.processes}
    for _ in range(4):
        for process in system.processes:
            events = list(system.events(process, tuple(sent)))
            assert set(system.events(process, tuple(sent[: len(sent) // 2]))) <= set(events)
            for event in events:
                assert set(system.needs(event)) <= set(sent)
                assert all(owner[message] != process for message in system.needs(event))
                for state in states[process][:40]:
                    outcome = system.step(process, state, event)
                    assert outcome == system.step(process, state, event)
                    if not isinstance(outcome, Outcome):
                        continue
                    if outcome.state not in states[process]:
                        states[process].append(outcome.state)
                    for message in outcome.sends:
                        assert owner.setdefault(message, process) == process
                        if message not in sent:
                            sent.append(message)


def test_the_examples_keep_the_laws_of_the_interface() -> None:
    assert_keeps_the_laws(TwoPhaseCommit(3))
    assert_keeps_the_laws(ReliableBroadcast(4, 1, frozenset({3}), ["V0", "V1"]))
    assert_keeps_the_laws(Paxos(3, 2, 2, None))
    assert_keeps_the_laws(Pbft(4, 1, 1, 2, 2))


def test_a_budget_that_runs_out_leaves_the_verdict_open() -> None:
    example = NAMED["paxos"]
    for engine in ENGINES:
        budget = Budget(states=500)
        found = example.build(example.values({"ballots": 3}), None).check(engine, budget)
        assert found.verdict is Verdict.UNDETERMINED
        assert found.exhausted is Resource.STATES
        assert 0 < found.covered <= found.depth


def test_parameters_that_make_no_sense_are_refused() -> None:
    broadcast = NAMED["reliable-broadcast"]
    with pytest.raises(ParameterError, match="faulty"):
        broadcast.build(broadcast.values({"faulty": 5}), None)
    with pytest.raises(ParameterError, match="broadcast must be 0, 1 or 2"):
        broadcast.build(broadcast.values({"broadcast": 3}), None)
    with pytest.raises(ParameterError, match="at least 1"):
        NAMED["paxos"].values({"acceptors": 0})
    with pytest.raises(ParameterError, match="no parameter"):
        NAMED["paxos"].values({"learners": 1})
    replicas = NAMED["pbft"]
    with pytest.raises(ParameterError, match="faulty"):
        replicas.build(replicas.values({"faulty": 5}), None)


def test_without_numba_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.model.find_spec", lambda name: None)
    with pytest.raises(EngineError, match="pip install 'poqi\\[fast\\]'"):
        found_by("fast", NAMED["paxos"], {})
