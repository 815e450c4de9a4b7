"""Telling a run: every change has its words, and only what matters is told."""

from dataclasses import replace
from fractions import Fraction

import pytest
from trace_runs import by_name, play

import traces
from poqi_core.config import Config
from poqi_core.messages import (
    CollectionClosed,
    ConflictDecision,
    Event,
    NextSample,
    PrePrepare,
    Received,
    Relay,
    RoundEnded,
    Sample,
    SignedPrediction,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Remark
from poqi_core.readings import HARDENED, LITERAL, PAPER, SYNCHRONOUS
from poqi_core.run import Act, Run, execute
from traces.changes import changes
from traces.words import act_in_words

READINGS = {
    "paper": PAPER,
    "literal": LITERAL,
    "late": replace(PAPER, late_messages="yes", collect=3, timeout="vote"),
    "rounds": replace(PAPER, collect="round", first_preprepare_only="no", conflict_after=1),
    "told": replace(PAPER, timeout="vote", conflict_after=1, expert_label="told"),
    "hardened": HARDENED,
    "synchronous": SYNCHRONOUS,
    "hardened, but lax": replace(
        HARDENED, prepare_once="no", commit_late="yes", lock="none", decision_proof="no"
    ),
    "tied": replace(PAPER, conflict_after=1, expert_label="told", tie="free", q=Fraction(0)),
}


PLAYED = [
    (name, network)
    for name, readings in READINGS.items()
    for network in ("asynchronous", "rounds")
    if network == "rounds" or readings.agree_on != "broadcast"
]


@pytest.mark.parametrize(("name", "network"), PLAYED)
def test_whatever_changes_is_told_and_nothing_else(name: str, network: str) -> None:
    config = Config(4, 1, READINGS[name], samples=2, keep_early=network == "rounds")
    told = 0
    for seed in range(8):
        patterns = ["?AAB", "?ABA"] if seed % 2 else ["ABCA", "AAAA"]
        *_, last = play(config, patterns, seed, network=network)
        for moment in execute(last.run):
            words = list(changes(config, moment))
            if moment.after == moment.before:
                remark = moment.outputs[0]
                assert isinstance(remark, Remark)
                assert words == [f"takes no notice: {remark.reason.value}"]
            else:
                assert words, moment
                told += 1
    assert told > 100


def test_a_second_proposal_is_told_where_it_counts() -> None:
    run = by_name()["two words"].run
    config = replace(run.config, readings=replace(PAPER, first_preprepare_only="no"))
    acts = (
        Act(1, Sample(0, 0)),
        Act(1, Received(0, PrePrepare(0, 1, 0, Fraction(0)))),
        Act(1, Received(0, PrePrepare(0, 0, 0, Fraction(0)))),
    )
    told = [
        list(changes(config, moment)) for moment in execute(replace(run, config=config, acts=acts))
    ]
    assert told == [
        ["waits for node 0, the primary of view 0"],
        [
            "has another label",
            "votes against the primary",
            "has 1 of 2 votes against the primary (node 1)",
        ],
        ["agrees with this proposal as well"],
    ]


def test_a_conflict_sample_is_told_from_its_labels_to_its_decision() -> None:
    config = Config(4, 1, READINGS["tied"], samples=2)
    told: list[str] = []
    for seed in range(5):
        *_, last = play(config, ["ABCA", "AAAA"], seed)
        for moment in execute(last.run):
            if moment.act.node == 3:
                told += changes(config, moment)
    for words in (
        "takes sample 0 for a conflict sample",
        "remembers the labels of conflict sample 0: A - - A",
        "waits for one of nodes 1, 2 and 3 to decide conflict sample 0",
        "waits for node 1 to decide conflict sample 0",
        "DECIDES B for sample 0 by the most honest rule, at the word of the deciding node",
        "DECIDES A for sample 1 on a quorum of commits (3)",
    ):
        assert words in told


def needed_acts(trace: traces.Trace) -> Run:
    """The run without the steps on which the violation does not depend."""
    kept = [
        act for act, step in zip(trace.run.acts, traces.story(trace), strict=True) if step.needed
    ]
    return replace(trace.run, acts=tuple(kept))


@pytest.mark.parametrize(
    "name",
    [name for name, found in by_name().items() if found.run.network == "asynchronous"],
)
def test_the_steps_that_are_left_out_are_not_needed(name: str) -> None:
    """The causal past alone is a run of the core, and it breaks the property in the same way."""
    found = by_name()[name]
    trace = found.trace()
    shorter = traces.record(needed_acts(trace), found.name, profile=found.profile)
    assert shorter.violation == trace.violation


def test_a_step_that_has_nothing_to_do_with_it_is_left_out() -> None:
    steps = traces.story(by_name()["forged final"].trace())
    assert [step.number for step in steps if not step.needed] == [10]


def test_a_stuck_state_depends_on_everything_but_what_had_no_effect() -> None:
    steps = traces.story(by_name()["conflict in rounds"].trace())
    ignored = [step for step in steps if step.changes[0].startswith("takes no notice")]
    assert [step for step in steps if not step.needed] == ignored
    assert len(ignored) > 10


def test_who_is_faulty_is_told() -> None:
    steps = traces.story(by_name()["forged final"].trace())
    assert [step.byzantine for step in steps] == [None, None, 0, 0, 0, 0, None, None, None, None, 0]
    assert steps[2].what == "node 0 (Byzantine) -> node 1: pre-prepare A, view 0"
    assert steps[2].changes == ("agrees with the proposal",)
    assert steps[2].sent == ("prediction A, view 0 -> node 0",)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (TimeOut(3), "node 1: its timer for view 3 runs out"),
        (CollectionClosed(0), "node 1: the round for predictions of view 0 is over"),
        (RoundEnded(0, 2), "node 1: round 2 of sample 0 is over"),
        (
            Received(0, Relay(0, SignedPrediction(2, 0, 1), 0b101)),
            "node 0 (Byzantine) -> node 1: prediction B of node 2, sample 0, "
            "signed by nodes 0 and 2",
        ),
        (NextSample(1, 4), "node 1 is told to go on with sample 1 in view 4"),
        (
            TieBreak(0, 2),
            "node 1: among equal rewards, node 2 is to decide conflict sample 0",
        ),
        (
            Received(0, ConflictDecision(0, 5, 27)),
            "node 0 (Byzantine) -> node 1: word on conflict sample 5: (27)",
        ),
        (
            Received(2, ViewChange(2, 1, False, Fraction(0))),
            "node 2 -> node 1: view-change against the primary of view 0, vo = 0",
        ),
    ],
)
def test_what_happens_is_told_in_words(event: Event, words: str) -> None:
    assert act_in_words(Act(1, event), (1, 2, 3)) == words


def test_probabilities_are_told_with_the_labels_of_vectors() -> None:
    steps = traces.story(by_name()["two words with vectors"].trace())
    assert steps[0].what == "node 1 classifies sample 0 as A (0.700)"
    assert steps[2].sent == ("prepare A, view 0, passed on for node 0 -> nodes 2 and 3",)


@pytest.mark.parametrize("name", list(by_name()))
def test_the_reason_names_labels_by_letters_and_changes_nothing_else(name: str) -> None:
    trace = by_name()[name].trace()
    reason = traces.reason(trace)
    letters = {str(label): chr(ord("A") + label) for label in range(4)}
    words = []
    previous = ""
    for word in trace.violation.conjunct.split(" "):
        core = word.rstrip(",")
        is_label = previous in ("label", "labels", "predicted") or (
            previous == "and" and core in letters and "labels" in words
        )
        words.append(letters[core] + word[len(core) :] if is_label and core in letters else word)
        previous = core
    assert reason == " ".join(words)


def test_coverage_counts_the_clauses_that_the_core_cited() -> None:
    counted = {
        clause.name: times
        for clause, times in traces.coverage(by_name()["forged final"].trace()).items()
    }
    assert counted == {
        "SAMPLE": 3,
        "AGREE": 2,
        "RELAY": 2,
        "PREPARE_LOG": 4,
        "COMMIT": 2,
        "COMMIT_LOG": 2,
        "CONSENSUS": 1,
        "REWARD": 1,
        "HISTORY": 1,
    }
