"""What breaks without each part of the repaired protocol: one reading taken back at a time.

    python benchmarks/ablations.py [NAME ...]

For each repair the checker finds a shortest counterexample within bounds; the table goes to the
standard output, the traces to ``docs/ablations``.  ``--whole`` asks the same questions of the whole
protocol, in which everything must hold.
"""

import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import traces
from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from poqi.files import write_whole
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, with_changes

FOLDER = Path(__file__).parent.parent / "docs" / "ablations"


class Ablation(NamedTuple):
    """A repair that is taken away, and the question by which that is seen.

    The adversary is bounded to one label and a few pieces of evidence, which is enough here and
    keeps the search short.
    """

    repair: str
    reading: str
    value: str
    broken: str
    pattern: str
    ballots: int
    evidence: int
    network: str = "asynchronous"

    @property
    def file(self) -> Path:
        """Where its trace is."""
        return FOLDER / f"{self.reading}-{self.value}.itf.json".replace("+", "p")

    def question(self, *, whole: bool = False) -> Question:
        """The question, of the protocol without the repair, or of the ``whole`` protocol."""
        changes = {} if whole else {self.reading: self.value}
        return Question(
            len(self.pattern),
            1,
            with_changes(HARDENED, changes),
            network=self.network,
            predictions=parse_patterns(self.pattern),
            ballots=self.ballots,
            adversary_labels=1,
            adversary_evidence=self.evidence,
            properties=(property_named(self.broken),),
        )


ABLATIONS = (
    Ablation(
        "a quorum is more than (N+f)/2",
        "quorum",
        "2f+1",
        "agreement",
        "?BBBA",
        ballots=1,
        evidence=2,
    ),
    Ablation(
        "a node prepares once in a ballot",
        "prepare_once",
        "no",
        "agreement",
        "?BBA",
        ballots=1,
        evidence=2,
    ),
    Ablation(
        "a later leader is bound by the locks",
        "lock",
        "none",
        "agreement",
        "?BBA",
        ballots=2,
        evidence=2,
    ),
    Ablation(
        "it is bound by the highest lock", "lock", "any", "agreement", "AB?B", ballots=3, evidence=2
    ),
    Ablation(
        "a lock carries the signatures of a quorum",
        "lock_proof",
        "no",
        "agreement",
        "B?BA",
        ballots=2,
        evidence=2,
    ),
    Ablation(
        "a quorum has changed to the ballot",
        "ballot_changes",
        "2",
        "agreement",
        "B?BA",
        ballots=2,
        evidence=2,
    ),
    Ablation(
        "nobody commits in a ballot that it has left",
        "commit_late",
        "yes",
        "agreement",
        "B?BA",
        ballots=2,
        evidence=2,
    ),
    Ablation(
        "evidence is of N-f nodes",
        "evidence_size",
        "2",
        "acceptance",
        "?BBB",
        ballots=1,
        evidence=5,
    ),
    Ablation(
        "each node is in it once",
        "evidence_distinct",
        "no",
        "decided-validity",
        "?BBB",
        ballots=1,
        evidence=1,
    ),
    Ablation(
        "who is not in it does not object",
        "absent",
        "objectors",
        "acceptance",
        "?BBB",
        ballots=1,
        evidence=2,
    ),
    Ablation(
        "a label needs more than f supporters",
        "support",
        "1",
        "decided-validity",
        "?BCD",
        ballots=1,
        evidence=2,
    ),
    Ablation(
        "who waits too long changes the ballot",
        "timeout",
        "none",
        "termination",
        "?AAA",
        ballots=1,
        evidence=1,
    ),
    Ablation(
        "the leaders take turns",
        "ballot_leader",
        "fixed",
        "termination",
        "?AAA",
        ballots=2,
        evidence=1,
        network="rounds",
    ),
    Ablation(
        "who decides shows the proof",
        "decision_proof",
        "no",
        "termination",
        "?AAA",
        ballots=2,
        evidence=1,
        network="rounds",
    ),
)


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
            profile="hardened",
            scope=f"A shortest run for {ablation.pattern} and {ablation.ballots} ballot(s), the "
            f"adversary using one label and {ablation.evidence} piece(s) of evidence.",
            command="python benchmarks/ablations.py",
        )
        write_whole(ablation.file, traces.write(trace))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    whole = "--whole" in arguments
    names = [argument for argument in arguments if argument != "--whole"]
    for ablation in ABLATIONS:
        if not names or ablation.reading in names:
            _explore(ablation, whole=whole)
