"""The repaired flow in words: every kind of message, evidence as letters, what depends on what."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
from trace_runs import by_name, evidence, no_lock, one_supporter

import traces
from poqi_core.config import Config
from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    BallotChange,
    DecisionProof,
    EvidenceCommit,
    EvidenceMessage,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    Proposal,
    Received,
    Relay,
    RoundEnded,
    Sample,
    SignedPrediction,
)
from poqi_core.readings import HARDENED, SYNCHRONOUS
from poqi_core.run import Act, Run
from traces.standing import standing
from traces.words import evidence_letters, message_in_words

LOCK = PreparedCertificate(0, evidence("A-BB"), 0b1011)

WORDS: list[tuple[EvidenceMessage, str]] = [
    (SignedPrediction(1, 2, 0), "signed prediction A, sample 2"),
    (
        Proposal(1, 0, 0, evidence("A-BB"), None),
        "proposal of evidence A-BB, sample 0, ballot 0",
    ),
    (
        Proposal(1, 0, 1, evidence("A-BB"), LOCK),
        "proposal of evidence A-BB, sample 0, ballot 1, "
        "for the lock on evidence A-BB of ballot 0 by nodes 0, 1 and 3",
    ),
    (EvidencePrepare(1, 0, 3, evidence("AA")), "prepare of evidence AA, sample 0, ballot 3"),
    (EvidenceCommit(1, 0, 3, evidence("AA")), "commit of evidence AA, sample 0, ballot 3"),
    (BallotChange(1, 0, 1, None), "change to ballot 1 of sample 0, without a lock"),
    (
        BallotChange(1, 0, 2, LOCK),
        "change to ballot 2 of sample 0, locked on evidence A-BB of ballot 0 by nodes 0, 1 and 3",
    ),
    (
        DecisionProof(1, 0, 0, evidence("AAA"), 0b111),
        "proof of evidence AAA, sample 0, ballot 0: commits by nodes 0, 1 and 2",
    ),
]


@pytest.mark.parametrize(("message", "words"), WORDS)
def test_a_message_about_evidence_in_words(message: EvidenceMessage, words: str) -> None:
    assert message_in_words(message, 1) == words


def test_every_kind_of_message_about_evidence_has_words() -> None:
    """The kinds that the core tells apart are those of its type; mypy sees to the others."""
    assert {type(message) for message, _ in WORDS} == set(EVIDENCE_MESSAGES)
    assert set(EVIDENCE_MESSAGES) == set(get_args(EvidenceMessage)) < set(get_args(Message))


def test_evidence_as_letters() -> None:
    assert evidence_letters(evidence("A-BB")) == "A-BB"
    assert evidence_letters(()) == ""
    twice = (SignedPrediction(1, 0, 0), SignedPrediction(1, 0, 1), SignedPrediction(2, 0, 26))
    assert evidence_letters(twice) == "-[AB](26)"


def test_the_evidence_that_nodes_disagree_on_is_named_by_letters() -> None:
    trace = traces.record(no_lock(), "evidence-agreement", profile="hardened")
    assert traces.reason(trace) == (
        "node 0 computes the outcome of sample 0 from the predictions (0: A, 2: A, 3: B) "
        "and node 2 from (0: A, 1: B, 3: B)"
    )


def test_a_violation_depends_on_the_predictions_that_a_faulty_node_quotes() -> None:
    """Node 3 does nothing but classify its sample; node 0 hands its signature to node 1."""
    assert not traces.story(by_name()["one supporter"].trace())[2].needed
    run = one_supporter()
    quoted, other = evidence("DAB-"), evidence("DA-C")

    def instead(act: Act) -> Act:
        match act.event:
            case Received(sender, Proposal() | EvidencePrepare() | EvidenceCommit() as message):
                assert message.evidence == quoted
                return act._replace(event=Received(sender, replace(message, evidence=other)))
            case _:
                return act

    run = replace(run, acts=tuple(map(instead, run.acts)))
    trace = traces.record(run, "decided-validity", profile="hardened")
    assert traces.story(trace)[2].needed


def test_a_decision_by_a_proof_is_told_as_one() -> None:
    run = one_supporter()
    proof = DecisionProof(0, 0, 0, evidence("DAB-"), 0b111)
    run = replace(run, acts=(*run.acts[:9], Act(2, Received(0, proof))))
    told = traces.story(traces.record(run, "decided-validity", profile="hardened"))[-1]
    assert told.changes[0] == (
        "computes the outcome from evidence DAB on the proof of a quorum of commits (3)"
    )
    assert "DECIDES D for sample 0 by the most honest rule" in told.changes


def test_an_outcome_without_a_label_is_told_as_agreed() -> None:
    """With the published support the same evidence leaves the sample undecided."""
    run = one_supporter()
    run = replace(run, config=replace(run.config, readings=HARDENED))
    trace = traces.record(run, None, profile="hardened")
    assert "leaves sample 0 undecided, as is agreed" in traces.story(trace)[-1].changes
    shown = traces.show(trace)
    assert "node 1  has finished; decided that sample 0 has no label" in shown


def test_the_bound_on_ballots_is_said_and_kept() -> None:
    trace = by_name()["no lock"].trace()
    assert trace.run.ballots == 2
    assert "at most 2 ballots a sample" in " ".join(traces.show(trace).split())


def equivocation() -> Run:
    """In a broadcast node 2 tells node 0 that it predicts A, and node 1 that it predicts B."""

    def relay(author: int, label: int, *signers: int) -> Received:
        mask = sum(1 << node for node in signers)
        return Received(signers[-1], Relay(signers[-1], SignedPrediction(author, 0, label), mask))

    def acts() -> Iterator[Act]:
        for node in (0, 1):
            yield Act(node, Sample(0, node), 0)
            yield Act(node, RoundEnded(0, 0), 0)
        for node in (0, 1):
            yield Act(node, relay(1 - node, 1 - node, 1 - node), 1)
            yield Act(node, relay(2, node, 2), 1)
            yield Act(node, RoundEnded(0, 1), 1)
        for node in (0, 1):
            yield Act(node, relay(2, 1 - node, 2, 1 - node), 2)
            yield Act(node, RoundEnded(0, 2), 2)

    config = Config(3, 1, SYNCHRONOUS, samples=1)
    return Run(config, "rounds", 0, (0, 1), ({0: 0, 1: 1},), tuple(acts()))


def test_a_broadcast_is_told_round_by_round() -> None:
    trace = traces.record(equivocation(), None, profile="synchronous")
    told = [step.changes for step in traces.story(trace)]
    assert told[0] == ("has accepted A",)
    assert told[1] == ("goes on to round 1 of 2",)
    assert told[5] == ("has accepted ABA",)
    assert told[10] == ("has two predictions of node 2 and counts neither", "has accepted AB")
    assert told[11][0] == "computes the outcome from evidence AB after round 2"
    assert told[11][1] == "DECIDES A for sample 0, the label of the primary of view 0"
    after = trace.snapshots[9]
    assert (
        "sample 0, round 2" in standing(trace.run.config, after.nodes[0], after.records[0]).position
    )


def test_two_predictions_in_a_broadcast_convict_their_author() -> None:
    trace = traces.record(equivocation(), None, profile="synchronous")
    (culprit,) = traces.blame(trace)
    assert (culprit.node, culprit.offence.name) == (2, "double-prediction")
    assert [exhibit.message for exhibit in culprit.exhibits] == [
        SignedPrediction(2, 0, 0),
        SignedPrediction(2, 0, 1),
    ]
