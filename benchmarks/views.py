"""The checker at the paper's own scale: views composed up to a conflict, and certificates.

    python benchmarks/views.py          # everything (minutes)
    python benchmarks/views.py 7        # N=7 alone; or rounds, 10, samples, samples-at-7,
                                        # certificates, certificates-in-rounds, 13

Each command is a process of its own, start included.  Beside the wall time stands the time of
processors, of all workers together: on a machine that others use as well it says more.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

from checker.question import Pattern, Question
from checker.sweep import answer
from checker.verdict import Verdict

COMMANDS = {
    "7": tuple(f"check -n 7 -f {f} --labels 3 --engine composed --workers 2" for f in (1, 2, 3)),
    "rounds": tuple(
        f"check -n 7 -f {f} --labels 3 --network rounds --engine composed --workers 2"
        for f in (1, 2, 3)
    ),
    "10": ("check -n 10 -f 3 --labels 2 --engine composed --workers 2",),
    "samples": ("check -n 4 -f 1 --labels 3 --samples 2 --engine composed --workers 2",),
    "samples-at-7": tuple(
        f"check -n 7 -f {f} --samples 2 --predictions {patterns} --engine composed"
        for f, patterns in (
            (1, "?AAAAAA,?AAAAAB"),
            (1, "?AAABBB,?AAABBB"),
            (2, "??AAABB,??AABBB"),
            (2, "??AABCC,??AABBC"),
            (3, "???AABB,???AABB"),
        )
    ),
    "certificates": tuple(f"certify -f {f} --profile paper" for f in (1, 2, 3)),
    "certificates-in-rounds": tuple(
        f"certify -f {f} --profile paper --network rounds" for f in (1, 2, 3)
    ),
}


def processor_seconds() -> float:
    """The time that processors have spent on this process and its children."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def time_commands(names: tuple[str, ...]) -> None:
    """Run each command and print what it took; of a check, what it said of each property."""
    for arguments in names:
        started, spent = perf_counter(), processor_seconds()
        ran = subprocess.run(
            [sys.executable, "-m", "poqi", *arguments.split()],
            capture_output=True,
            text=True,
            check=False,
        )
        took, cost = perf_counter() - started, processor_seconds() - spent
        print(f"{took:8.1f} s {cost:8.1f} s of processors  poqi {arguments}", flush=True)
        if ran.returncode not in (0, 1):
            sys.exit(ran.stderr)
        if not arguments.startswith("check"):
            continue
        verdicts, _, rest = ran.stdout.partition("\n\n")
        broken = [line.split()[0] for line in verdicts.splitlines() if " violated " in line]
        print(f"{'':12}violated: {', '.join(broken) or 'nothing'}; {rest.splitlines()[0]}")


def divided(nodes: int, faulty: int) -> Iterator[Pattern]:
    """The honest nodes divided among up to three labels in every way, in six orders each.

    Faulty nodes are the first primaries, the last, or spread; labels lie together or in turn.
    """
    honest = nodes - faulty
    for first in range(honest, 0, -1):
        for second in range(min(first, honest - first), -1, -1):
            third = honest - first - second
            if third > second:
                continue
            together = [0] * first + [1] * second + [2] * third
            in_turn = [
                label
                for place in range(first)
                for label in range(3)
                if place < (first, second, third)[label]
            ]
            for labels in (together, in_turn):
                for placement in (
                    range(faulty),
                    range(honest, nodes),
                    range(0, nodes, nodes // faulty),
                ):
                    places = set(list(placement)[:faulty])
                    left = iter(labels)
                    yield tuple(None if node in places else next(left) for node in range(nodes))


def time_divisions(nodes: int, faulty: int) -> None:
    """Explore every division of the honest nodes up to a conflict."""
    started, spent = perf_counter(), processor_seconds()
    patterns = list(dict.fromkeys(divided(nodes, faulty)))
    broken: set[str] = set()
    states = 0
    for pattern in patterns:
        found = answer(Question(nodes, faulty, engine="composed", predictions=(pattern,)))
        states += found.states
        broken |= {r.name for r in found.results if r.verdict is Verdict.VIOLATED}
    took, cost = perf_counter() - started, processor_seconds() - spent
    what = f"N={nodes}, f={faulty}: {len(patterns)} divisions"
    print(f"{took:8.1f} s {cost:8.1f} s of processors  {what}")
    print(f"{'':12}violated: {', '.join(sorted(broken)) or 'nothing'}; {states:,} states")


def main() -> None:
    """Print what was asked for."""
    asked = sys.argv[1:] or [*COMMANDS, "13"]
    for name, commands in COMMANDS.items():
        if name in asked:
            time_commands(commands)
    if "13" in asked:
        time_divisions(13, 4)


if __name__ == "__main__":
    main()
