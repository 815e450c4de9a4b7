"""The repaired protocol in the checker: what it promises, and the shortcuts held to the naive path.

Three nodes of which one is faulty, with f = 1, are less than the protocol is made for, but small
enough for the unreduced engine, and every single repair can be taken away.
"""

from dataclasses import replace
from random import Random

import pytest

from checker import composition, passes
from checker.poqi_system import PoqiSystem
from checker.question import Question, parse_patterns
from checker.setting import Setting
from checker.signers import blind_message, blind_output, blind_state
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.config import Config
from poqi_core.messages import (
    BallotChange,
    DecisionProof,
    EvidenceCommit,
    EvidencePrepare,
    Received,
)
from poqi_core.outputs import Output
from poqi_core.readings import HARDENED
from poqi_core.register import REPAIRS, with_changes
from poqi_core.state import NodeState, initial
from poqi_core.step import step

ABLATIONS: tuple[dict[str, str], ...] = (
    {},
    {"support": "1"},
    {"evidence_size": "1"},
    {"evidence_distinct": "no"},
    {"absent": "objectors"},
    {"prepare_once": "no"},
    {"quorum": "majority"},
    {"timeout": "none"},
    {"decision_proof": "no"},
)

TAKEN_BACK = {
    "support": "1",
    "evidence_size": "1",
    "absent": "objectors",
    "lock": "none",
    "commit_late": "yes",
    "decision_proof": "no",
    "lock_proof": "no",
    "ballot_changes": "1",
}

Verdicts = dict[str, tuple[Verdict, int | None]]


def verdicts(question: Question) -> Verdicts:
    return {result.name: (result.verdict, result.steps) for result in answer(question).results}


def small(changes: dict[str, str], pattern: str) -> Question:
    return Question(
        3,
        1,
        with_changes(HARDENED, changes),
        predictions=parse_patterns(pattern),
        ballots=1,
        adversary_labels=1,
        adversary_evidence=2,
    )


@pytest.mark.parametrize("changes", ABLATIONS, ids=lambda changes: ",".join(changes) or "whole")
@pytest.mark.parametrize("pattern", ["?BA", "A?B"])
def test_forgetting_who_signed_changes_no_verdict_and_no_length(
    changes: dict[str, str], pattern: str
) -> None:
    """The unreduced engine names the signers; the adversary is bounded, so nothing is composed."""
    question = small(changes, pattern)
    assert not composition.applies(question)
    assert verdicts(question) == verdicts(replace(question, engine="full"))


def unbounded(changes: dict[str, str], pattern: str, ballots: int = 1) -> Question:
    return replace(
        small(changes, pattern), ballots=ballots, adversary_labels=None, adversary_evidence=None
    )


def compare_with_the_whole_search(question: Question, monkeypatch: pytest.MonkeyPatch) -> Verdicts:
    """The verdicts by the two parts, if they are those of the search that takes no shortcut."""
    assert composition.applies(question)
    composed = verdicts(question)
    with monkeypatch.context() as patch:
        patch.setattr(passes, "composition_applies", lambda question: False)
        assert verdicts(question) == composed
    return composed


@pytest.mark.parametrize(
    "changes",
    [
        changes
        for changes in (*ABLATIONS, {"lock": "none"}, {"commit_late": "yes"})
        if changes.keys().isdisjoint({"evidence_distinct", "prepare_once"})
    ],
    ids=lambda changes: ",".join(changes) or "whole",
)
@pytest.mark.parametrize("pattern", ["?AB", pytest.param("A?B", marks=pytest.mark.long)])
def test_two_parts_change_no_verdict_and_no_length(
    changes: dict[str, str], pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_with_the_whole_search(unbounded(changes, pattern), monkeypatch)


def test_two_parts_agree_with_the_whole_search_where_repairs_are_taken_back_at_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = Random(0)
    violated = set()
    for _ in range(8):
        names = random.sample([name for name in REPAIRS if name in TAKEN_BACK], 3)
        changes = {name: TAKEN_BACK[name] for name in names}
        pattern = random.choice(("?AA", "?AB", "A?A", "A?B", "AB?"))
        found = compare_with_the_whole_search(unbounded(changes, pattern), monkeypatch)
        violated |= {name for name, (verdict, _) in found.items() if verdict is Verdict.VIOLATED}
    assert {"decided-validity", "acceptance"} <= violated


@pytest.mark.long
@pytest.mark.parametrize("changes", [{}, {"lock": "none"}, {"quorum": "majority"}])
def test_two_parts_agree_with_the_whole_search_in_two_ballots(
    changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_with_the_whole_search(unbounded(changes, "A?B", ballots=2), monkeypatch)


@pytest.mark.parametrize("placement", range(4))
def test_hardened_keeps_every_promise_in_one_ballot_whoever_is_faulty(placement: int) -> None:
    found = answer(Question(4, 1, HARDENED, byzantine=(placement,), ballots=1, labels=3))
    assert {result.verdict for result in found.results} == {Verdict.HOLDS}
    assert found.settings == found.finished == 5


def test_hardened_keeps_every_promise_with_five_nodes_and_a_faulty_leader() -> None:
    found = answer(Question(5, 1, HARDENED, byzantine=(0,), ballots=1, labels=3))
    assert {result.verdict for result in found.results} == {Verdict.HOLDS}


@pytest.mark.long
def test_two_samples_have_the_leaders_of_two_placements() -> None:
    """The leader of sample 1 is node 1; that is placement 3 of sample 0 for faulty node 0."""
    one = answer(Question(4, 1, HARDENED, byzantine=(0,), ballots=1, samples=2, labels=1))
    assert {result.verdict for result in one.results} == {Verdict.HOLDS}
    parts = [
        answer(Question(4, 1, HARDENED, byzantine=(node,), ballots=1, labels=1)).states
        for node in (0, 3)
    ]
    assert one.states == sum(parts)


@pytest.mark.parametrize(("pattern", "ballots"), [("?AAB", 1), ("A?AB", 2), ("AB?A", 2)])
def test_in_rounds_f_plus_one_ballots_are_enough(pattern: str, ballots: int) -> None:
    """With one piece of evidence for the adversary; with a faulty leader one ballot is not."""
    question = Question(
        4,
        1,
        HARDENED,
        network="rounds",
        predictions=parse_patterns(pattern),
        ballots=ballots,
        adversary_labels=1,
        adversary_evidence=1,
    )
    broken = {
        result.name for result in answer(question).results if result.verdict is Verdict.VIOLATED
    }
    assert broken == ({"termination"} if ballots == 1 else set())


@pytest.mark.long
def test_in_rounds_a_faulty_leader_is_followed_by_an_honest_one() -> None:
    question = Question(
        4, 1, HARDENED, network="rounds", byzantine=(0,), adversary_labels=1, adversary_evidence=1
    )
    assert {result.verdict for result in answer(question).results} == {Verdict.HOLDS}


@pytest.mark.long
def test_hardened_keeps_every_promise_through_a_change_of_ballot() -> None:
    found = answer(Question(4, 1, HARDENED, samples=2), Limits(workers=2))
    assert {result.verdict for result in found.results} == {Verdict.HOLDS}


def blind(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    return tuple(blind_output(output) for output in outputs)


@pytest.mark.parametrize("seed", range(20))
def test_law_signers_are_forgotten_before_a_step_or_after_it(seed: int) -> None:
    """A walk of one honest node, among whatever it could be sent, with any signers."""
    random = Random(seed)
    setting = Setting(Config(4, 1, HARDENED, samples=1), ((None, 0, 0, 1),), 4, 0, 3)
    node = random.choice(setting.honest)
    state: NodeState = initial(setting.config, node)
    forgetful = state
    others = [peer for peer in range(4) if peer != node]
    events = [happening.event for happening in PoqiSystem(setting).events(node, ())]
    for _ in range(300):
        event = random.choice(events)
        told = event
        if isinstance(event, Received):
            sender = random.choice(others)
            message = event.message
            if isinstance(message, BallotChange | DecisionProof | EvidencePrepare | EvidenceCommit):
                message = replace(message, node=sender)
            event = Received(sender, message)
            told = Received(sender, blind_message(message))
        state, outputs = step(setting.config, state, event)
        forgetful, forgetful_outputs = step(setting.config, forgetful, told)
        forgetful = blind_state(forgetful)
        assert blind_state(state) == forgetful
        assert blind(outputs) == blind(forgetful_outputs)
