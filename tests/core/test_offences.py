"""Offences convict nobody who is honest, whatever the others send, under whatever readings.

One honest node among faulty ones is every run of every honest node: what other honest nodes
could send it, faulty ones could have sent as well.
"""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from core_strategies import Chance, configs
from hypothesis import given, settings
from hypothesis import strategies as st

from poqi_core import LITERAL, PAPER, Config, initial, step
from poqi_core.evidence_offences import EVIDENCE_OFFENCES, OFFENCES
from poqi_core.messages import (
    BallotChange,
    Commit,
    ConflictDecision,
    Decision,
    DecisionProof,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NextSample,
    NodePrediction,
    Prepare,
    PreparedCertificate,
    PrePrepare,
    Proposal,
    Sample,
    SignedPrediction,
    ViewChange,
)
from poqi_core.offences import LABEL_OFFENCES, convictions
from poqi_core.outputs import Send
from poqi_core.properties import BLAME_SOUNDNESS
from poqi_core.readings import HARDENED

NOTHING = Fraction(0)


def signed_by_one(config: Config, seed: int, length: int) -> tuple[int, dict[Message, None]]:
    """A node, and what it sends while anything befalls it.

    A sample that is given up is followed by a view that nobody has been in.
    """
    random = Random(seed)
    node = random.randrange(config.nodes)
    state = initial(config, node, random.randrange(3))
    chance = Chance(random, config)
    sent: dict[Message, None] = {}
    for _ in range(length):
        event = chance.event(state)
        if random.random() < 0.1:
            event = Sample(state.sample + state.decided, chance.prediction(random.randrange(2)))
        if isinstance(event, NextSample) and event.view <= state.view:
            continue
        state, outputs = step(config, state, event)
        sent.update((output.message, None) for output in outputs if isinstance(output, Send))
    return node, sent


@settings(max_examples=150, deadline=None)
@given(config=configs(), seed=st.integers(0, 2**32 - 1), length=st.integers(1, 200))
def test_no_honest_node_is_ever_convicted(config: Config, seed: int, length: int) -> None:
    node, sent = signed_by_one(config, seed, length)
    assert list(convictions(config, {node: sent}, OFFENCES)) == []


@pytest.mark.parametrize(
    "name",
    [
        "double-prepare",
        "vote-against-own-agreement",
        "vote-against-own-prepare",
        "not-its-role",
    ],
)
def test_an_offence_that_takes_no_account_of_the_readings_convicts_an_honest_node(
    name: str,
) -> None:
    """The same search finds what a careless list gets wrong: it judges by the readings of paper."""
    strict = replace(PAPER, timeout="none")
    convicted = 0
    for seed in range(150):
        lenient = Config(4, 1, replace(LITERAL, timeout="vote"), 2)
        node, sent = signed_by_one(lenient, seed, 150)
        careless = replace(lenient, readings=strict)
        offences = [offence for offence in LABEL_OFFENCES if offence.name == name]
        convicted += bool(list(convictions(careless, {node: sent}, offences)))
    assert convicted > 0


def paper(**changes: str) -> Config:
    return Config(4, 1, replace(PAPER, **changes), 1)  # type: ignore[arg-type]


def names(config: Config, node: int, *messages: Message) -> list[str]:
    """The offences that the messages of ``node`` prove; nothing is known of the others."""
    return [
        offence.name
        for _, offence, _ in convictions(config, {node: dict.fromkeys(messages)}, OFFENCES)
    ]


A, B = 0, 1
AGREED = NodePrediction(1, A, 0)
AGAINST = ViewChange(1, 1, True, NOTHING)
RELAYED = Prepare(0, A, A, 0, NOTHING)


@pytest.mark.parametrize(
    ("offence", "node", "messages", "innocent"),
    [
        (
            "double-proposal",
            0,
            (PrePrepare(0, A, 0, NOTHING), PrePrepare(0, B, 0, NOTHING)),
            None,
        ),
        ("double-prepare", 0, (RELAYED, Prepare(0, B, B, 0, NOTHING)), None),
        (
            "double-prepare",
            1,
            (RELAYED, Prepare(0, A, B, 0, NOTHING)),
            {"prepare_once": "no"},
        ),
        (
            "double-commit",
            1,
            (Commit(1, A, A, 0, NOTHING), Commit(1, A, B, 0, NOTHING)),
            {"prepare_once": "no"},
        ),
        ("double-prediction", 1, (AGREED, NodePrediction(1, B, 0)), None),
        (
            "double-decision",
            0,
            (Decision(0, A, 0), Decision(0, B, 0)),
            {"stop_after_decision": "no"},
        ),
        ("double-word", 1, (ConflictDecision(1, 0, A), ConflictDecision(1, 0, B)), None),
        ("two-labels", 1, (AGREED, Commit(1, B, B, 0, NOTHING)), None),
        ("two-labels", 1, (AGREED, NodePrediction(1, B, 2)), None),
        ("vote-against-own-agreement", 1, (AGREED, AGAINST), {"timeout": "vote"}),
        (
            "vote-against-own-agreement",
            1,
            (AGREED, AGAINST),
            {"first_preprepare_only": "no"},
        ),
        (
            "vote-against-own-prepare",
            1,
            (RELAYED, AGAINST),
            {"prepare_needs_preprepare": "no"},
        ),
        (
            "vote-against-own-commit",
            1,
            (Commit(1, A, A, 0, NOTHING), AGAINST),
            {"commit_needs_prepare": "no"},
        ),
        (
            "commit-without-prepare",
            1,
            (RELAYED, Commit(1, A, B, 0, NOTHING)),
            {"commit_needs_prepare": "no"},
        ),
        ("other-final", 0, (Prepare(0, A, B, 0, NOTHING),), None),
        ("other-final", 1, (Prepare(0, A, B, 0, NOTHING),), {"check_final": "no"}),
        ("other-final", 1, (Commit(1, A, B, 0, NOTHING),), {"commit_needs_prepare": "no"}),
        ("not-its-role", 1, (PrePrepare(1, A, 0, NOTHING),), None),
        ("not-its-role", 1, (Decision(1, A, 0),), None),
        ("not-its-role", 0, (Decision(0, A, 0),), None),
        ("not-its-role", 0, (NodePrediction(0, A, 0),), None),
        ("not-its-role", 0, (ViewChange(0, 1, True, NOTHING),), None),
        ("not-its-role", 1, (ViewChange(1, 1, False, NOTHING),), {"wrong_view": "vote"}),
        ("not-its-role", 1, (Prepare(2, A, A, 0, NOTHING),), None),
        ("not-its-role", 1, (ConflictDecision(1, 0, A),), {"expert_label": "told"}),
        ("not-its-role", 1, (SignedPrediction(1, 0, A),), None),
        ("false-name", 1, (Commit(2, A, A, 0, NOTHING),), None),
        ("false-name", 1, (PrePrepare(0, A, 0, NOTHING),), None),
    ],
)
def test_each_offence_of_the_published_flow(
    offence: str, node: int, messages: tuple[Message, ...], innocent: dict[str, str] | None
) -> None:
    config = paper(decide="primary") if messages == (Decision(0, A, 0),) else paper()
    assert offence in names(config, node, *messages)
    if innocent is not None:
        assert offence not in names(paper(**innocent), node, *messages)


def test_a_relay_is_forged_if_the_primary_has_not_signed_the_prepare() -> None:
    relay = {1: [RELAYED]}
    signature = replace(RELAYED, reward=Fraction(1))
    found = {
        reason: [offence.name for _, offence, _ in convictions(paper(), signed, OFFENCES)]
        for reason, signed in {
            "nothing is known of the primary": relay,
            "it has signed the prepare": {**relay, 0: [signature]},
            "it has signed nothing": {**relay, 0: []},
        }.items()
    }
    assert found == {
        "nothing is known of the primary": [],
        "it has signed the prepare": [],
        "it has signed nothing": ["forged-relay"],
    }


def test_in_a_view_that_two_samples_can_share_two_labels_are_nobody_s_fault() -> None:
    two = (PrePrepare(0, A, 0, NOTHING), PrePrepare(0, B, 0, NOTHING))
    several = Config(4, 1, replace(PAPER, late_messages="yes"), 2)
    assert names(several, 0, *two) == []
    assert names(replace(several, samples=1), 0, *two) == ["double-proposal"]


AAA = tuple(SignedPrediction(node, 0, A) for node in range(3))
BBB = tuple(SignedPrediction(node, 0, B) for node in range(3))
LOCK = PreparedCertificate(0, AAA, 0b0111)


def hardened(**changes: str) -> Config:
    return Config(4, 1, replace(HARDENED, **changes), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("offence", "node", "messages", "innocent"),
    [
        (
            "double-prepare",
            1,
            (EvidencePrepare(1, 0, 0, AAA), EvidencePrepare(1, 0, 0, BBB)),
            {"prepare_once": "no"},
        ),
        (
            "double-commit",
            1,
            (EvidenceCommit(1, 0, 0, AAA), EvidenceCommit(1, 0, 0, BBB)),
            {"prepare_once": "no"},
        ),
        (
            "commit-without-prepare",
            1,
            (EvidencePrepare(1, 0, 0, AAA), EvidenceCommit(1, 0, 0, BBB)),
            {"prepare_once": "no"},
        ),
        (
            "hidden-lock",
            1,
            (EvidenceCommit(1, 0, 0, AAA), BallotChange(1, 0, 1, None)),
            {"commit_late": "yes"},
        ),
        ("double-proposal", 0, (Proposal(0, 0, 0, AAA, None), Proposal(0, 0, 0, BBB, None)), None),
        ("double-change", 1, (BallotChange(1, 0, 1, None), BallotChange(1, 0, 1, LOCK)), None),
        ("double-prediction", 1, (SignedPrediction(1, 0, A), SignedPrediction(1, 0, B)), None),
        (
            "forged-certificate",
            1,
            (BallotChange(1, 0, 1, replace(LOCK, signers=0b0011)),),
            {"lock_proof": "no"},
        ),
        ("forged-certificate", 1, (BallotChange(1, 0, 1, replace(LOCK, ballot=1)),), None),
        ("forged-certificate", 1, (DecisionProof(1, 0, 0, AAA, 0b0011),), None),
        ("no-evidence", 1, (EvidencePrepare(1, 0, 0, AAA[:2]),), None),
        ("not-the-lock", 1, (Proposal(1, 0, 1, BBB, LOCK),), None),
        ("not-its-role", 1, (Proposal(1, 0, 0, AAA, None),), None),
        ("not-its-role", 1, (BallotChange(1, 0, 0, None),), None),
        (
            "not-its-role",
            1,
            (DecisionProof(1, 0, 0, AAA, 0b0111),),
            {"decision_proof": "yes"},
        ),
        ("not-its-role", 1, (Commit(1, A, A, 0, NOTHING),), None),
        ("false-name", 1, (Proposal(0, 0, 0, AAA, None),), None),
    ],
)
def test_each_offence_of_the_repaired_flow(
    offence: str, node: int, messages: tuple[Message, ...], innocent: dict[str, str] | None
) -> None:
    changes = {name: "no" for name, value in (innocent or {}).items() if value == "yes"}
    assert offence in names(hardened(**changes), node, *messages)
    if innocent is not None:
        assert offence not in names(hardened(**innocent), node, *messages)


def test_a_lock_that_is_shown_is_not_hidden() -> None:
    shown = (EvidenceCommit(1, 0, 0, AAA), BallotChange(1, 0, 1, LOCK), BallotChange(1, 0, 2, LOCK))
    later = (EvidenceCommit(1, 0, 1, AAA), BallotChange(1, 0, 1, None))
    assert names(hardened(), 1, *shown) == []
    assert names(hardened(), 1, *later) == []


def test_every_offence_has_a_name_of_its_own_in_its_flow() -> None:
    for offences in (LABEL_OFFENCES, EVIDENCE_OFFENCES):
        assert len({offence.name for offence in offences}) == len(offences)


def test_a_property_of_what_is_signed_says_who_was_convicted_and_by_what() -> None:
    assert BLAME_SOUNDNESS.of_signed is not None
    assert BLAME_SOUNDNESS.of_signed(paper(), {1: [AGREED]}) is None
    violation = BLAME_SOUNDNESS.of_signed(paper(), {1: [AGREED, AGAINST]})
    assert violation is not None
    assert violation.nodes == (1,)
    assert violation.conjunct.startswith("the honest node 1 agreed with the primary and voted")
