"""The parts of the repaired protocol, each with a question that is answered badly without it.

``benchmarks/ablations.py`` answers them; ``docs/hardened.md`` has what came out.
"""

from typing import NamedTuple

from checker.question import Question, parse_patterns
from poqi_core.properties import property_named
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes


class Ablation(NamedTuple):
    """A repair that is taken away, and the question by which that is seen.

    The adversary is bounded to a few labels and pieces of evidence, which is enough here and
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
    labels: int = 1
    profile: str = "hardened"

    @property
    def file_name(self) -> str:
        """What its trace is called."""
        return f"{self.reading}-{self.value}.itf.json".replace("+", "p")

    def question(self, *, whole: bool = False) -> Question:
        """The question, of the protocol without the repair, or of the ``whole`` protocol."""
        changes = {} if whole else {self.reading: self.value}
        return Question(
            len(self.pattern),
            1,
            with_changes(PROFILES[self.profile], changes),
            network=self.network,
            predictions=parse_patterns(self.pattern),
            ballots=self.ballots,
            adversary_labels=self.labels,
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
        ballots=2,
        evidence=1,
        network="rounds",
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
"""Every part that the search can show to be needed."""


def _in_rounds(
    repair: str, reading: str, value: str, broken: str, pattern: str, evidence: int
) -> Ablation:
    """A part of the broadcast that is taken away."""
    return Ablation(
        repair,
        reading,
        value,
        broken,
        pattern,
        ballots=1,
        evidence=evidence,
        network="rounds",
        labels=2,
        profile="synchronous",
    )


BROADCAST_ABLATIONS = (
    _in_rounds(
        "predictions arrive in f+1 rounds",
        "broadcast_rounds",
        "1",
        "agreement",
        "?AB",
        evidence=2,
    ),
    _in_rounds(
        "in round r a prediction needs r signatures",
        "broadcast_signatures",
        "author",
        "agreement",
        "?AB",
        evidence=2,
    ),
    _in_rounds(
        "it needs its author's signature",
        "broadcast_signatures",
        "none",
        "unanimity",
        "?AA",
        evidence=6,
    ),
    _in_rounds(
        "a second prediction is passed on, too",
        "relay_second",
        "no",
        "agreement",
        "?AB",
        evidence=2,
    ),
)
"""The parts of the profile synchronous that the profile hardened has not."""
