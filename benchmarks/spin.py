"""The compiled engine beside Spin's verifier and the plain engine, on one model, in one run.

    python benchmarks/spin.py              # three rounds
    python benchmarks/spin.py --rounds 5 --threads 2

Spin (Holzmann, The SPIN Model Checker, 2004) gets the automata that the checker tabulated
(``benchmarks/promela.py``); its verifier is compiled by gcc with -O2 -DSAFETY -DNOREDUCE, so
that it explores every interleaving, and given a hash table that fits.  The counts of
states must be equal.  Times are of the exploration alone: neither the tabulation nor gcc counts.
In each round every engine runs once, one after the other (the plain one in the first alone), so
that what else the machine does hits all of them; the best round of each is compared, and the ratio
within each round is shown.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time
from typing import NamedTuple

from promela import model_of

from checker.compiled.engine import FastEngine
from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.question import Question, parse_patterns
from checker.table import Tables
from poqi_core.history import Record
from poqi_core.state import NodeState

SETTINGS = (("AAABB", 1), ("A?AB", 2))
GCC_OPTIONS = ("-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=16000")
DEPTH = 100_000
PLAIN = "plain Python"


class Watcher(RecordObserver):
    """Watches what the properties look at and judges nothing, so that nothing is cut short."""

    @property
    def properties(self) -> Sequence[str]:
        """One that is never broken."""
        return ("nothing",)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        """None."""
        return ()


class Measured(NamedTuple):
    """What an engine did."""

    states: int
    transitions: int
    seconds: float
    processor: float
    """Seconds of processor time, which other work on the machine disturbs less."""
    bytes_a_state: float | None


class Case:
    """One setting: tabulated once, then explored by each engine as often as wanted."""

    def __init__(self, pattern: str, views: int, threads: int) -> None:
        predictions = parse_patterns(pattern)
        question = Question(len(pattern), 1, predictions=predictions, views=views)
        (setting,) = question.settings()
        self.title = f"{pattern}, {views} view{'s' if views > 1 else ''}"
        tables = Tables(PoqiSystem(setting))
        watcher = Watcher(setting, question.properties)
        self._full = FullEngine(tables, watcher)
        self._fast = FastEngine(tables, watcher)
        self._threaded = FastEngine(tables, watcher, threads)
        for engine in self._fast, self._threaded:
            engine.explore(Budget(), {})

    def full(self) -> Measured:
        """The plain engine, which reads the same tables."""
        return _measure(self._full)

    def fast(self) -> Measured:
        """The compiled engine on one core."""
        return _measure(self._fast)

    def threaded(self) -> Measured:
        """The compiled engine with threads."""
        return _measure(self._threaded)

    def make_verifier(self, folder: Path) -> Path:
        """Spin's verifier for the automata of this setting."""
        model = model_of(self._fast.automata, self._fast.edges())
        (folder / "tables.h").write_text(model.tables, encoding="utf-8")
        (folder / "model.pml").write_text(model.promela, encoding="utf-8")
        _run(["spin", "-a", "model.pml"], folder)
        _run(["gcc", *GCC_OPTIONS, "-o", "pan", "pan.c"], folder)
        return folder / "pan"


def _measure(
    engine: FullEngine[NodeState, Happening, Packet, Facts, Record]
    | FastEngine[NodeState, Happening, Packet, Facts, Record],
) -> Measured:
    started, processor = perf_counter(), process_time()
    explored = engine.explore(Budget(), {})
    seconds, processor = perf_counter() - started, process_time() - processor
    size = engine.state_bytes / explored.states if isinstance(engine, FastEngine) else None
    return Measured(explored.states, explored.transitions, seconds, processor, size)


def _run(command: Sequence[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def run_verifier(verifier: Path, hash_bits: int) -> Measured:
    """What Spin's verifier says of its own run; it counts the initial state as a transition."""
    options = ["-E", "-c0", f"-m{DEPTH}", f"-w{hash_bits}"]
    before = getrusage(RUSAGE_CHILDREN)
    shown = _run([str(verifier), *options], verifier.parent)
    after = getrusage(RUSAGE_CHILDREN)

    def number(pattern: str) -> float:
        found = re.search(pattern, shown)
        if found is None:
            raise SystemExit(f"the output of Spin's verifier has no {pattern!r}:\n{shown}")
        return float(found.group(1))

    if "max search depth too small" in shown or "Search not completed" in shown:
        raise SystemExit(f"Spin's verifier did not finish:\n{shown}")
    states = int(number(r"([\d.e+]+) states, stored"))
    return Measured(
        states,
        int(number(r"([\d.e+]+) transitions")) - 1,
        number(r"elapsed time ([\d.]+) seconds"),
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        number(r"([\d.]+)\s+total actual memory usage") * 2**20 / states,
    )


def compare(pattern: str, views: int, rounds: int, threads: int) -> None:
    """Let every engine explore one setting a few times, in turn; print the best and the ratios."""
    case = Case(pattern, views, threads)
    with tempfile.TemporaryDirectory() as folder:
        verifier = case.make_verifier(Path(folder))
        hash_bits = case.fast().states.bit_length() + 1
        engines: dict[str, Callable[[], Measured]] = {
            PLAIN: case.full,
            "Spin": lambda: run_verifier(verifier, hash_bits),
            "compiled": case.fast,
            f"compiled, {threads} threads": case.threaded,
        }
        taken: dict[str, list[Measured]] = {name: [] for name in engines}
        for turn in range(rounds):
            for name, explore in engines.items():
                if turn == 0 or name != PLAIN:
                    taken[name].append(explore())
    counts = {
        (measured.states, measured.transitions)
        for results in taken.values()
        for measured in results
    }
    if len(counts) > 1:
        raise SystemExit(f"{case.title}: the engines differ in states or transitions: {counts}")
    ((states, transitions),) = counts
    print(f"\n{case.title}: {states:,} states, {transitions:,} transitions")
    print(
        f"{'engine':<22}{'seconds':>8}{'M/s':>7}{'cpu s':>8}{'M/s':>7}{'bytes':>7}{'x Spin':>8}"
        "  in each round"
    )
    for name, results in taken.items():
        best = min(results, key=lambda measured: measured.seconds)
        least = min(measured.processor for measured in results)
        each = [
            spin.seconds / own.seconds for own, spin in zip(results, taken["Spin"], strict=False)
        ]
        size = "" if best.bytes_a_state is None else f"{best.bytes_a_state:.0f}"
        ratio = min(measured.seconds for measured in taken["Spin"]) / best.seconds
        print(
            f"{name:<22}{best.seconds:>8.2f}{states / best.seconds / 1e6:>7.2f}"
            f"{least:>8.2f}{states / least / 1e6:>7.2f}{size:>7}{ratio:>8.1f}"
            f"  {' '.join(f'{one:.1f}' for one in each)}",
            flush=True,
        )


def main() -> None:
    """Compare the engines on every setting."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that each engine runs (3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of the last line (2)")
    arguments = parser.parse_args()
    for program in "spin", "gcc":
        if shutil.which(program) is None:
            sys.exit(f"this comparison needs {program}: apt-get install {program}")
    for pattern, views in SETTINGS:
        compare(pattern, views, arguments.rounds, arguments.threads)


if __name__ == "__main__":
    main()
