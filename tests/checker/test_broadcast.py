"""Predictions broadcast in lock-step rounds: what holds for N >= 2f+1, and what needs each part."""

from itertools import product

import pytest

import traces
from checker.broadcast_adversary import BroadcastAdversary
from checker.question import Question, QuestionError, parse_patterns
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.messages import Relay
from poqi_core.properties import property_named
from poqi_core.readings import SYNCHRONOUS
from poqi_core.register import with_changes
from traces.document import from_document
from traces.json_text import parse


def broken(question: Question) -> dict[str, int | None]:
    """The violated properties with their lengths; each counterexample replays as a trace."""
    found = answer(question)
    assert found.exhausted is None
    for result in found.results:
        assert result.verdict in (Verdict.HOLDS, Verdict.VIOLATED)
        if result.run is not None:
            trace = traces.record(result.run, result.name, profile="synchronous")
            assert traces.faithful(from_document(parse(traces.write(trace))))
    return {
        result.name: result.steps for result in found.results if result.verdict is Verdict.VIOLATED
    }


def test_three_nodes_of_which_one_is_faulty_keep_every_promise() -> None:
    """Every pattern of up to three labels, every faulty node: every property holds."""
    question = Question(3, 1, SYNCHRONOUS, network="rounds", labels=3)
    found = answer(question)
    assert {result.name for result in found.results} >= {
        *("agreement", "integrity", "total-order-strict", "decided-validity", "unanimity"),
        *("acceptance", "view-consistency", "reward-consistency", "evidence-agreement"),
        "termination",
    }
    assert {result.verdict for result in found.results} == {Verdict.HOLDS}
    assert not any(result.vacuous for result in found.results)
    assert found.exhausted is None
    assert found.states == 1_206


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_without_faults_there_is_one_run(engine: str) -> None:
    question = Question(4, 1, SYNCHRONOUS, network="rounds", engine=engine, byzantine=(), samples=1)
    assert broken(question) == {}


def test_two_samples_of_three_nodes() -> None:
    """The second one begins at once, in the same round at every honest node."""
    question = Question(
        3,
        1,
        SYNCHRONOUS,
        network="rounds",
        predictions=parse_patterns("?AB,?BA"),
        samples=2,
        adversary_labels=2,
    )
    assert broken(question) == {}


def test_five_nodes_of_which_two_are_faulty_agree_on_what_one_of_them_says() -> None:
    """Both sign two predictions of one of them, and show them to whom and when they like."""
    question = Question(
        5,
        2,
        SYNCHRONOUS,
        network="rounds",
        predictions=parse_patterns("??AAA"),
        adversary_evidence=2,
        adversary_labels=2,
        properties=(property_named("evidence-agreement"), property_named("termination")),
    )
    assert broken(question) == {}


@pytest.mark.parametrize(
    ("reading", "value", "breaks"),
    [
        ("broadcast_rounds", "1", "evidence-agreement"),
        ("broadcast_signatures", "author", "evidence-agreement"),
        ("broadcast_signatures", "none", "unanimity"),
        ("relay_second", "no", "evidence-agreement"),
        ("support", "1", "decided-validity"),
    ],
)
def test_every_part_is_needed(reading: str, value: str, breaks: str) -> None:
    """Without it a promise breaks, and with it the same question holds."""
    for changes, violated in (({reading: value}, True), ({}, False)):
        question = Question(
            3,
            1,
            with_changes(SYNCHRONOUS, changes),
            network="rounds",
            predictions=parse_patterns("?AB" if breaks != "unanimity" else "?AA"),
            properties=(property_named(breaks),),
            adversary_labels=3 if breaks == "decided-validity" else 2,
        )
        assert (breaks in broken(question)) is violated


def test_two_faulty_nodes_are_too_many_for_the_rounds_of_one() -> None:
    """Five nodes that count on one faulty node only."""
    question = Question(
        5,
        1,
        SYNCHRONOUS,
        network="rounds",
        predictions=parse_patterns("??AAA"),
        adversary_labels=2,
        adversary_evidence=1,
        properties=(property_named("evidence-agreement"),),
    )
    assert set(broken(question)) == {"evidence-agreement"}


def test_no_round_is_over_in_an_asynchronous_network() -> None:
    with pytest.raises(QuestionError, match="nobody can tell that a round is over"):
        Question(3, 1, SYNCHRONOUS)


def test_what_the_adversary_signs_and_quotes() -> None:
    """Every prediction of a faulty author, with the signatures that a round can ask for."""
    question = Question(
        3, 1, SYNCHRONOUS, network="rounds", predictions=parse_patterns("?AB"), adversary_labels=2
    )
    (setting,) = question.settings()
    sent = []
    for received, quotes in BroadcastAdversary(setting).messages():
        relay = received.message
        assert isinstance(relay, Relay)
        signed = relay.prediction
        sent.append((signed.node, signed.label, relay.signers, len(quotes)))
    assert sent == [
        (0, label, 0b001 | helper, int(helper > 0))
        for helper, label in product((0, 0b010, 0b100), (0, 1))
    ]
