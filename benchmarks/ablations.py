"""What breaks without each part of the repaired protocol: one reading taken back at a time.

    python benchmarks/ablations.py [NAME ...]

For each repair the checker finds a shortest counterexample within bounds; the table goes to the
standard output, the traces to ``docs/ablations``.  ``--whole`` asks the same questions of the whole
protocol, in which everything must hold.
"""

import sys
from pathlib import Path
from time import perf_counter

import traces
from checker.ablations import ABLATIONS, BROADCAST_ABLATIONS, Ablation
from checker.sweep import Limits, answer
from poqi.files import write_whole

FOLDER = Path(__file__).parent.parent / "docs" / "ablations"


def _ballots(ablation: Ablation) -> str:
    return f" and {ablation.ballots} ballot(s)" if ablation.profile == "hardened" else ""


def _explore(ablation: Ablation, *, whole: bool) -> None:
    started = perf_counter()
    found = answer(ablation.question(whole=whole), Limits(workers=1))
    (result,) = found.results
    steps = "" if result.steps is None else f" in {result.steps} steps"
    change = "whole" if whole else f"{ablation.reading}={ablation.value}"
    print(
        f"{change:<24}{ablation.broken:<18}{result.verdict.value}{steps}, "
        f"{found.states:,} states, {perf_counter() - started:.1f} s",
        flush=True,
    )
    if result.run is not None and not whole:
        trace = traces.record(
            result.run,
            ablation.broken,
            profile=ablation.profile,
            scope=f"A shortest run for {ablation.pattern}{_ballots(ablation)}, the adversary using "
            f"{ablation.labels} label(s) and {ablation.evidence} piece(s) of evidence.",
            command="python benchmarks/ablations.py",
        )
        write_whole(FOLDER / ablation.file_name, traces.write(trace))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    whole = "--whole" in arguments
    names = [argument for argument in arguments if argument != "--whole"]
    for ablation in (*ABLATIONS, *BROADCAST_ABLATIONS):
        if not names or ablation.reading in names:
            _explore(ablation, whole=whole)
