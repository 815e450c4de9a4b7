"""How long ``poqi check`` takes, start included, and how fast the engines are.

    python benchmarks/check.py

The first table times whole commands, each once after the other.  The second explores one
setting with both engines in one process: the same question, the ratio of states and of time.
"""

import subprocess
import sys
from time import perf_counter

from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import PoqiSystem
from checker.question import Question, parse_patterns
from checker.reduced import ReducedEngine
from checker.table import Tables
from poqi_core.properties import PROPERTIES

COMMANDS = (
    ("--help", 0.3),
    ("check -n 4 -f 1 --predictions ?AAB --property agreement", 1.0),
    ("check -n 4 -f 1 --predictions ?AAB", 1.0),
    ("check -n 4 -f 1 --byzantine 0 --predictions ?AAB --views 2 --reading check_final=no", 1.0),
    ("check -n 4 -f 1", 60.0),
    ("check -n 4 -f 1 --profile literal", 60.0),
    ("check -n 4 -f 1 --network rounds --views 1", 60.0),
    ("check --profile paper --nodes 5 --faulty 1 --property agreement", 60.0),
)

COMPARED = (("AAA?", 1), ("?AAB", 1), ("A?AB", 2))


def time_commands() -> None:
    """Run each command as a process of its own and print what it took beside the aim."""
    print(f"{'seconds':>8} {'aim':>6}  command")
    for arguments, aim in COMMANDS:
        started = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "poqi", *arguments.split()], capture_output=True, check=False
        )
        print(f"{perf_counter() - started:8.2f} {aim:6.1f}  poqi {arguments}", flush=True)


def compare_engines() -> None:
    """Explore whole settings with both engines and print the ratios."""
    print(
        f"\n{'setting':<14}{'engine':<9}{'states':>10}{'transitions':>13}{'seconds':>9}{'k/s':>7}"
    )
    for pattern, views in COMPARED:
        question = Question(4, 1, predictions=parse_patterns(pattern), views=views)
        (setting,) = question.settings()
        for name, engine in (("full", FullEngine), ("reduced", ReducedEngine)):
            observer = RecordObserver(setting, PROPERTIES)
            started = perf_counter()
            explored = engine(Tables(PoqiSystem(setting)), observer).explore(Budget(), {})
            seconds = perf_counter() - started
            print(
                f"{pattern}, {views} view{'s' if views > 1 else ' '} {name:<9}"
                f"{explored.states:>10,}{explored.transitions:>13,}{seconds:>9.2f}"
                f"{explored.states / seconds / 1000:>7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    time_commands()
    compare_engines()
