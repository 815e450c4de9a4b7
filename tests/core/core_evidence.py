"""What the tests of the repaired flow have in common: one honest node among four."""

from core_reading import world
from core_world import World

from poqi_core import HARDENED
from poqi_core.messages import (
    BallotChange,
    BallotTimeOut,
    Evidence,
    PreparedCertificate,
    Proposal,
    SignedPrediction,
)
from poqi_core.outputs import Reason


def evidence(labels: str) -> Evidence:
    """What ``A-BB`` stands for: the label of each node in it."""
    return tuple(
        SignedPrediction(node, 0, ord(label) - ord("A"))
        for node, label in enumerate(labels)
        if label != "-"
    )


def in_ballot(ballot: int, **readings: str) -> World:
    """Node 3 alone is honest, and has changed to that ballot."""
    asked = world(HARDENED, "???A", readings)
    for left in range(ballot):
        asked.happen(3, BallotTimeOut(0, left))
    return asked


def locked(asked: World, lock: PreparedCertificate | None, *nodes: int) -> list[Reason | None]:
    """The ballot changes of ``nodes``, which show that lock, arrive at node 3."""
    ballot = asked.states[3].ballots.ballot
    return [asked.receive(node, 3, BallotChange(node, 0, ballot, lock)).ignored for node in nodes]


def proposed(
    asked: World, labels: str, lock: PreparedCertificate | None = None, leader: int | None = None
) -> Reason | None:
    """What node 3 answers to the proposal of its ballot: None, if it prepares."""
    ballot = asked.states[3].ballots.ballot
    author = ballot if leader is None else leader
    return asked.receive(author, 3, Proposal(author, 0, ballot, evidence(labels), lock)).ignored
