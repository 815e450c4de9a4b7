"""Telling a run: every change has its words, and only what matters is told."""

from dataclasses import replace

import pytest
from trace_runs import by_name, play

import traces
from poqi_core.config import Config
from poqi_core.outputs import Remark
from poqi_core.readings import LITERAL, PAPER, Readings
from poqi_core.run import Run, execute
from traces.changes import changes

READINGS = {
    "paper": PAPER,
    "literal": LITERAL,
    "late": replace(PAPER, late_messages="yes", collect=2, timeout="vote"),
    "rounds": replace(PAPER, collect="round", first_preprepare_only="no", conflict_after=1),
    "told": replace(LITERAL, timeout="vote", conflict_after=1),
}


@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_whatever_changes_is_told_and_nothing_else(readings: Readings, network: str) -> None:
    config = Config(4, 1, readings, samples=2, keep_early=network == "rounds")
    told = 0
    for seed in range(6):
        *_, last = play(config, ["?AAB", "?ABA"], seed, network=network)
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
