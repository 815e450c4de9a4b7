"""The running protocol takes no step that the proved relation does not have.

Small settings are explored whole.  Deep runs, through several ballots with a Byzantine node
that signs and quotes what it can, are drawn at random.
"""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from deep_runs import DeepRuns, setting, signed_by

from checker.proofs.agreement import TRANSITIONS
from checker.proofs.core_steps import Comparison, compare
from checker.proofs.correspondence import Frame, NotAdmittedError, admit
from poqi_core.messages import (
    BallotChange,
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
SECONDS = 1_200.0


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


def test_every_step_of_deep_runs_is_admitted_and_they_take_every_action() -> None:
    actions: Counter[str] = Counter()
    for patterns in ("?AAB", "A?AB", "AB?A", "ABA?", "AABB"):
        where = setting(patterns, 1, 3)
        runs = DeepRuns(where)
        frame = Frame(where.config, 0, where.predicted_by_honest[0], where.ballots)
        for seed in range(25):
            signed: frozenset[Message] = frozenset()
            for moment in runs.run(Random(seed), 150):
                new = signed_by(moment) - signed
                if new:
                    actions.update(admit(*frame.images(signed, new)))
                signed |= new
    assert set(actions) == EVERY_ACTION


@pytest.mark.long
@pytest.mark.parametrize("patterns", ["?AAB", "A?AB", "AB?A", "ABA?"])
def test_every_step_that_can_be_taken_along_deep_runs_is_admitted(patterns: str) -> None:
    """Of the states along a run not one step is tried but all: any message to any node."""
    where = setting(patterns, 1, 3)
    runs = DeepRuns(where)
    frame = Frame(where.config, 0, where.predicted_by_honest[0], where.ballots)
    tried = set()
    for seed in range(60):
        execution = Execution(where.run("asynchronous", ()))
        signed: frozenset[Message] = frozenset()
        for moment in runs.run(Random(seed), 150):
            acts = list(execution.honest_steps())
            acts += [Act(node, event) for node in where.honest for event in runs.adversary]
            for act in acts:
                if execution.obstacle(act) is None:
                    _, outputs = step(where.config, execution.states[act.node], act.event)
                    sent = {output.message for output in outputs if isinstance(output, Send)}
                    pair = signed, frozenset(sent) - signed
                    if pair[1] and pair not in tried:
                        tried.add(pair)
                        admit(*frame.images(*pair))
            signed |= signed_by(execution.perform(moment.act))
    assert len(tried) > 1_000


FOUR = setting("A?AB", 1, 2)
FRAME = Frame(FOUR.config, 0, FOUR.predicted_by_honest[0], 2)


def evidence(*nodes: int) -> Evidence:
    labels = FOUR.predicted[0]
    return tuple(SignedPrediction(node, 0, labels[node] or 0) for node in nodes)


def all_sign(
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
    before = all_sign((0,), EvidencePrepare)
    assert "prepared" in refusal(before, EvidencePrepare(0, 0, 0, evidence(0, 1, 2)))


def test_a_commit_needs_the_prepares_of_a_quorum_and_a_ballot_that_was_not_left() -> None:
    commit = EvidenceCommit(0, 0, 0, evidence(0, 2, 3))
    for enough in combinations((0, 2, 3), 2):
        assert admit(*FRAME.images(all_sign(enough, EvidencePrepare), {commit})) == ("commit",)
    assert "committed" in refusal(all_sign((0,), EvidencePrepare), commit)
    left = {*all_sign((0, 2), EvidencePrepare), BallotChange(0, 0, 1, None)}
    assert "committed" in refusal(left, commit)


def test_a_lock_that_is_kept_quiet_is_not_admitted() -> None:
    before = all_sign((0, 2), EvidencePrepare) | all_sign((0,), EvidenceCommit)
    assert "changed" in refusal(before, BallotChange(0, 0, 1, None))
    lock = PreparedCertificate(0, evidence(0, 2, 3), 0b0111)
    change = BallotChange(0, 0, 1, lock)
    assert admit(*FRAME.images(before, {change})) == ("change-locked",)


def test_a_decision_needs_the_commits_of_a_quorum() -> None:
    proof = DecisionProof(3, 0, 0, evidence(0, 2, 3), 0b0111)
    assert "decided" in refusal(all_sign((0,), EvidenceCommit), proof)
    assert admit(*FRAME.images(all_sign((0, 2), EvidenceCommit), {proof})) == ("decide",)


def test_a_step_of_the_other_sample_changes_nothing() -> None:
    other = EvidencePrepare(0, 1, 0, evidence(0, 2, 3))
    assert admit(*FRAME.images(set(), {other})) == ()
