"""Runs that TLC draws at random from the specification, replayed on the core.

The bounds are larger than anything that is exhausted: five and seven nodes, several samples,
several faulty nodes.  Every run of the tests draws new ones; the seed is printed at the end, and
``TLC_SEED`` repeats it.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import SystemRandom

import pytest
import tlc
from configurations import Configuration, parsed
from replayed import Core
from tla_value import Function, Reader, Value, entries, field
from translation import environment

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())

LARGE = [
    parsed(f"S{number} asynchronous {line} | nothing 0")
    for number, line in enumerate(
        (
            "paper    N=5 f=1 AABA?,ABAA?,AAAA? views=5 start=0 ballots=1 |",
            "paper    N=7 f=2 AAB?A?A,AAA?B?B views=2 start=1 ballots=1 | timeout=vote collect=2",
            "literal  N=5 f=1 A?ABA,A?CBA    views=5 start=0 ballots=1 | late_messages=yes",
            "literal  N=7 f=2 AAA?AAB,ABC?AAA views=7 start=0 ballots=1 labels=2 | tie=lowest",
            "hardened N=5 f=1 ?ABAC,?AABB,?AAAA views=5 start=0 ballots=3 labels=2 evidence=2 |",
            "hardened N=7 f=2 A?CABCA,A?BBAAA views=7 start=0 ballots=2 evidence=2 | lock=any",
            "hardened N=4 f=1 ?ABA            views=4 start=0 ballots=2 |",
        )
    )
]


def seed() -> int:
    return int(os.environ.get("TLC_SEED", SystemRandom().randrange(1, 2**31)))


def behaviour(path: Path) -> Iterator[dict[str, Value]]:
    """The states of a run that TLC has written."""
    reader = Reader()
    states = re.split(r"^STATE_\d+ == *$", path.read_text(encoding="utf-8"), flags=re.M)
    for text in states[1:]:
        yield dict(tlc.variables_of(text.partition("\n\n")[0].rstrip("=\n"), reader))


def replay(row: Configuration, states: Iterator[Mapping[str, Value]]) -> int:
    """Let the core take every step of a run; the number of steps."""
    core = Core(row.setting)
    next(states)
    taken = 0
    for after in states:
        last = after["last"]
        node, event = field(last, "node"), field(last, "event")
        assert isinstance(node, int)
        assert isinstance(event, Function)
        happenings = core.happenings(node)
        assert event in happenings, "the core has no such event"
        outcome = core.take(node, happenings[event].event)
        assert outcome.remark == "none"
        assert outcome.state == entries(after["state"])[node]
        assert outcome.shown == entries(after["shown"])[node]
        assert outcome.sends == field(last, "sends")
        assert outcome.facts == field(last, "facts")
        taken += 1
    return taken


def simulate(row: Configuration, folder: Path, number: int, runs: int, depth: int) -> list[int]:
    statements = ["INIT InitAndLast", "NEXT NextAndLast"]
    model = tlc.Model("Simulation", environment(row.setting), statements)
    options = ("-simulate", f"file=run,num={runs}", "-depth", str(depth), "-seed", str(number))
    tlc.run(model, folder, *options)
    return [replay(row, behaviour(path)) for path in sorted(folder.glob("run_*"))]


@needs_tlc
@pytest.mark.parametrize("row", LARGE, ids=str)
def test_the_core_takes_every_step_of_simulated_runs(
    row: Configuration, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number = seed()
    record_property("seed of TLC", f"{number} for {row}")
    steps = simulate(row, tmp_path, number, runs=3, depth=50)
    assert len(steps) == 3
    assert sum(steps) > 10, f"seed {number}"


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("row", LARGE, ids=str)
def test_the_core_takes_every_step_of_many_simulated_runs(
    row: Configuration, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number = seed()
    record_property("seed of TLC", f"{number} for {row}")
    assert len(simulate(row, tmp_path, number, runs=100, depth=200)) == 100
