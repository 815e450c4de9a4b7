"""Examples made wrong, one place at a time: the checker, or the published count, finds it out.

A mutant is *killed* if a property is violated, and *noticed* if its number of states is not the
published one.  Which of the two is written down for each, so that a change of either is seen.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from checker.examples.example import Example
from checker.exploration import Budget
from checker.verdict import Verdict


class Mutant(NamedTuple):
    """``original`` becomes ``mutated`` in a module of the examples."""

    module: str
    original: str
    mutated: str
    chosen: Mapping[str, int]
    killed: bool


TWO_PHASE_COMMIT = [
    ("len(state.heard) < self._wanted", "False", True),
    (
        'if state.phase != "working":\n            return None\n        if event.name == "prep',
        'if event.name == "prep',
        True,
    ),
    (
        'if state.phase != "working":\n            return None\n        if event.about',
        "if event.about",
        True,
    ),
    ("heard=state.heard | {event.about.sender}", "heard=state.heard", False),
    ('return _end(state, "aborted")', 'return _end(state, "committed")', True),
]

RELIABLE_BROADCAST = [
    (0, "processes - 2 * tolerated - fewer", "processes - 3 * tolerated", True),
    (0, "self._enough <= len(received)", "0 <= len(received)", True),
    (1, "processes - tolerated, proc", "processes - 2 * tolerated, proc", True),
    (
        1,
        'sends = () if event.action == "UponAcceptSentBefore" else (Echo(process),)',
        "sends = () if accepts else (Echo(process),)",
        True,
    ),
    (1, 'state.pc == "SE" and len(received)', 'state.pc in ("SE", "V0") and len(received)', True),
]

PAXOS = [
    ("acceptors // 2 + 1", "acceptors // 2", True),
    ("message.ballot <= state.ballot", "message.ballot < state.ballot", False),
    ("message.ballot < state.ballot and", "False and", True),
    (
        'Message("1b", process, message.ballot, state.vote)',
        'Message("1b", process, message.ballot, None)',
        True,
    ),
    ("if state.vote is not None or event.value is None", "if event.value is None", True),
    ("max(told).value != event.value", "max(told).value == event.value", True),
    (
        "return Outcome(Local(message.ballot, message.vote), (voted,)",
        "return Outcome(state._replace(vote=message.vote), (voted,)",
        False,
    ),
]

PBFT = [
    (1, "replicas - tolerated - (", "replicas - 2 * tolerated - (", True),
    (1, "if any(earlier.view >= view for earlier in state.prepared):", "if False:", True),
    (1, "(vote in state.prepared) + self._faulty", "(vote in state.prepared)", False),
    (2, "change.vote is None for change", "True for change", True),
    (2, "last.view < view or last ==", "last.view <= view or last ==", True),
    (
        2,
        "process, view, state.committed, state.prepared)",
        "process, view, None, state.prepared)",
        True,
    ),
]

MUTANTS = [
    *(Mutant("two_phase_commit", one, other, {}, kill) for one, other, kill in TWO_PHASE_COMMIT),
    *(
        Mutant("reliable_broadcast", one, other, {"broadcast": broadcast}, kill)
        for broadcast, one, other, kill in RELIABLE_BROADCAST
    ),
    *(Mutant("paxos", one, other, {}, kill) for one, other, kill in PAXOS),
    *(Mutant("pbft", one, other, {"views": views}, kill) for views, one, other, kill in PBFT),
]


def made_wrong(mutant: Mutant) -> ModuleType:
    """The module with the mutant in it, under a name of its own."""
    original = import_module(f"checker.examples.{mutant.module}")
    assert original.__file__ is not None
    source = Path(original.__file__).read_text(encoding="utf-8")
    assert source.count(mutant.original) == 1, mutant.original
    wrong = ModuleType(f"{mutant.module}_made_wrong")
    sys.modules[wrong.__name__] = wrong
    exec(source.replace(mutant.original, mutant.mutated), wrong.__dict__)
    return wrong


@pytest.mark.parametrize(
    "mutant",
    [
        # Two views of PBFT take seconds each.
        pytest.param(one, marks=pytest.mark.long if one.chosen == {"views": 2} else ())
        for one in MUTANTS
    ],
    ids=lambda one: f"{one.module}: {one.mutated[:40]}",
)
def test_a_mutant_is_found_out(mutant: Mutant) -> None:
    example = made_wrong(mutant).EXAMPLE
    assert isinstance(example, Example)
    values = example.values(mutant.chosen)
    found = example.build(values, None).check("full", Budget(states=60_000))
    assert (found.verdict is Verdict.VIOLATED) == mutant.killed
    if not mutant.killed:
        right = import_module(f"checker.examples.{mutant.module}").EXAMPLE
        assert found.states != right.build(values, None).check("full").states
