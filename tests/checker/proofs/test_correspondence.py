"""The running protocol takes no step that the proved relation does not have.

Small settings are explored whole.  Deep runs, through several ballots with a Byzantine node
that signs and quotes what it can, are drawn at random.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from checker.evidence_adversary import EvidenceAdversary, Quoting
from checker.proofs.agreement import TRANSITIONS
from checker.proofs.core_steps import Comparison, compare
from checker.proofs.correspondence import Frame, NotAdmittedError, admit
from checker.question import Question, parse_patterns
from checker.setting import Setting
from poqi_core.messages import (
    BallotChange,
    BallotTimeOut,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    PreparedCertificate,
    SignedPrediction,
)
from poqi_core.outputs import Send
from poqi_core.readings import HARDENED, Readings
from poqi_core.run import Act, Execution
from poqi_core.step import step

EVERY_ACTION = {action.name for action in TRANSITIONS.actions}
SECONDS = 300.0


def setting(patterns: str, faults: int, ballots: int, readings: Readings = HARDENED) -> Setting:
    predictions = parse_patterns(patterns)
    question = Question(
        nodes=len(predictions[0]),
        faults=faults,
        readings=readings,
        predictions=predictions,
        samples=len(predictions),
        ballots=ballots,
    )
    return next(question.settings())


def explored(patterns: str, faults: int, ballots: int, readings: Readings = HARDENED) -> Comparison:
    return compare(setting(patterns, faults, ballots, readings), SECONDS)


def test_every_step_of_two_nodes_in_three_ballots_is_admitted_and_takes_every_action() -> None:
    found = explored("AB", 0, 3)
    assert found.refuted is None
    assert found.complete
    assert set(found.actions) == EVERY_ACTION


def test_every_step_with_one_byzantine_node_of_four_in_one_ballot_is_admitted() -> None:
    found = explored("A?AA", 1, 1)
    assert found.refuted is None
    assert found.complete
    assert found.transitions > 400_000
    assert {"prepare-first", "certify", "commit", "decide"} <= set(found.actions)


@pytest.mark.long
@pytest.mark.parametrize(
    ("patterns", "faults", "ballots"),
    [("AB,AA", 0, 2), ("AAA", 0, 2), ("AAB", 0, 2), ("A?AB", 1, 1), ("?AAA", 1, 1)],
)
def test_every_step_of_further_settings_is_admitted(
    patterns: str, faults: int, ballots: int
) -> None:
    found = explored(patterns, faults, ballots)
    assert found.refuted is None
    assert found.complete


ABLATIONS = {
    "a leader that need not respect locks": replace(HARDENED, lock="none"),
    "a commit in a ballot that was left": replace(HARDENED, commit_late="yes"),
    "a single ballot change for a proposal": replace(HARDENED, ballot_changes=1),
}


@pytest.mark.parametrize("readings", ABLATIONS.values(), ids=ABLATIONS)
def test_a_protocol_without_one_of_the_checks_takes_a_step_that_is_not_admitted(
    readings: Readings,
) -> None:
    assert explored("AB", 0, 3, readings).refuted is not None


class DeepRun:
    """A run drawn at random in which timers run out rarely, so that ballots get somewhere."""

    def __init__(self, where: Setting, adversary: list[Quoting], random: Random) -> None:
        self.where = where
        self.adversary = adversary
        self.random = random
        self.execution = Execution(where.run("asynchronous", ()))

    def next_act(self) -> Act | None:
        random = self.random
        if random.random() < 0.4:
            act = self.byzantine_act()
            if act is not None:
                return act
        acts = list(self.execution.honest_steps())
        patient = [act for act in acts if not isinstance(act.event, BallotTimeOut)]
        if patient and random.random() < 0.97:
            return random.choice(patient)
        return random.choice(acts) if acts else self.byzantine_act()

    def byzantine_act(self) -> Act | None:
        """A Byzantine message that can be sent by now and has an effect."""
        for quoting in self.random.choices(self.adversary, k=40) if self.adversary else ():
            act = Act(self.random.choice(self.where.honest), quoting.received)
            before = self.execution.states[act.node]
            effect = step(self.where.config, before, act.event)[0] is not before
            if effect and self.execution.obstacle(act) is None:
                return act
        return None

    def signed(self, steps: int) -> Iterator[tuple[frozenset[Message], frozenset[Message]]]:
        """What honest nodes had signed, and what is new, at each step at which something is."""
        signed: frozenset[Message] = frozenset()
        for _ in range(steps):
            act = self.next_act()
            if act is None:
                return
            outputs = self.execution.perform(act).outputs
            sent = {output.message for output in outputs if isinstance(output, Send)}
            if sent - signed:
                yield signed, frozenset(sent - signed)
            signed |= sent


def test_every_step_of_deep_runs_is_admitted_and_they_take_every_action() -> None:
    actions: Counter[str] = Counter()
    for patterns in ("?AAB", "A?AB", "AB?A", "ABA?", "AABB"):
        where = setting(patterns, 1, 3)
        adversary = list(EvidenceAdversary(where).messages())
        frame = Frame(where.config, 0, where.predicted_by_honest[0], where.ballots)
        for seed in range(25):
            for signed, new in DeepRun(where, adversary, Random(seed)).signed(150):
                actions.update(admit(*frame.images(signed, new)))
    assert set(actions) == EVERY_ACTION


FOUR = setting("A?AB", 1, 2)
FRAME = Frame(FOUR.config, 0, FOUR.predicted_by_honest[0], 2)


def evidence(*nodes: int) -> Evidence:
    labels = FOUR.predicted[0]
    return tuple(SignedPrediction(node, 0, labels[node] or 0) for node in nodes)


def signed_by(
    nodes: tuple[int, ...], kind: type[EvidencePrepare] | type[EvidenceCommit], ballot: int = 0
) -> set[Message]:
    return {kind(node, 0, ballot, evidence(0, 2, 3)) for node in nodes}


def refusal(before: set[Message], *new: Message) -> str:
    with pytest.raises(NotAdmittedError) as caught:
        admit(*FRAME.images(before, new))
    return str(caught.value)


def test_forged_evidence_is_not_prepared() -> None:
    forged = (*evidence(0, 2), SignedPrediction(3, 0, 0))
    assert FOUR.predicted[0][3] == 1
    assert "prepared" in refusal(set(), EvidencePrepare(0, 0, 0, forged))
    assert "prepared" in refusal(set(), EvidencePrepare(0, 0, 0, evidence(0, 2)))


def test_a_second_prepare_in_a_ballot_is_not_admitted() -> None:
    before = signed_by((0,), EvidencePrepare)
    assert "prepared" in refusal(before, EvidencePrepare(0, 0, 0, evidence(0, 1, 2)))


def test_a_commit_needs_the_prepares_of_a_quorum_and_a_ballot_that_was_not_left() -> None:
    commit = EvidenceCommit(0, 0, 0, evidence(0, 2, 3))
    for enough in combinations((0, 2, 3), 2):
        assert admit(*FRAME.images(signed_by(enough, EvidencePrepare), {commit})) == ("commit",)
    assert "committed" in refusal(signed_by((0,), EvidencePrepare), commit)
    left = {*signed_by((0, 2), EvidencePrepare), BallotChange(0, 0, 1, None)}
    assert "committed" in refusal(left, commit)


def test_a_lock_that_is_kept_quiet_is_not_admitted() -> None:
    before = signed_by((0, 2), EvidencePrepare) | signed_by((0,), EvidenceCommit)
    assert "changed" in refusal(before, BallotChange(0, 0, 1, None))
    lock = PreparedCertificate(0, evidence(0, 2, 3), 0b0111)
    change = BallotChange(0, 0, 1, lock)
    assert admit(*FRAME.images(before, {change})) == ("change-locked",)


def test_a_decision_needs_the_commits_of_a_quorum() -> None:
    proof = DecisionProof(3, 0, 0, evidence(0, 2, 3), 0b0111)
    assert "decided" in refusal(signed_by((0,), EvidenceCommit), proof)
    assert admit(*FRAME.images(signed_by((0, 2), EvidenceCommit), {proof})) == ("decide",)


def test_a_step_of_the_other_sample_changes_nothing() -> None:
    other = EvidencePrepare(0, 1, 0, evidence(0, 2, 3))
    assert admit(*FRAME.images(set(), {other})) == ()
