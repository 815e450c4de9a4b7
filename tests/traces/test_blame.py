"""Blame: who is convicted by a run's messages, by which, and who never is."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
import trace_runs
from attacks import twins

import traces
from poqi_core.config import Config
from poqi_core.evidence_offences import EVIDENCE_OFFENCES
from poqi_core.messages import Prepare, Received, Sample
from poqi_core.readings import HARDENED, LITERAL, PAPER
from poqi_core.run import Act, Run, execute
from traces.blame import on_record

NOTHING = Fraction(0)

FATAL = {offence.name for offence in EVIDENCE_OFFENCES[:4]}
"""The offences without which agreement on evidence does not break."""


def convicted(trace: traces.Trace) -> dict[int, set[str]]:
    """The offences of each node that is convicted."""
    found: dict[int, set[str]] = {}
    for culprit in traces.blame(trace):
        found.setdefault(culprit.node, set()).add(culprit.offence.name)
    return found


def test_a_primary_whose_final_decision_is_not_its_label_is_convicted_by_that_message() -> None:
    (culprit,) = traces.blame(trace_runs.by_name()["forged final"].trace())
    assert (culprit.node, culprit.offence.name) == (0, "other-final")
    assert culprit.exhibits == (traces.Exhibit(5, Prepare(0, 0, 2, 0, NOTHING)),)


def test_where_nodes_obey_and_go_on_two_decisions_prove_nothing() -> None:
    """Under ``literal`` a primary can come to decide twice, so the protocol is at fault."""
    trace = trace_runs.by_name()["two words"].trace()
    assert convicted(trace) == {}
    stopping = replace(LITERAL, stop_after_decision="yes")
    run = replace(trace.run, config=replace(trace.run.config, readings=stopping))
    assert convicted(traces.record(run, "agreement")) == {0: {"double-decision"}}


@pytest.mark.parametrize("name", sorted(trace_runs.by_name()))
def test_nobody_honest_is_convicted(name: str) -> None:
    trace = trace_runs.by_name()[name].trace()
    assert set(convicted(trace)) <= set(trace.byzantine)


def a_relay_by(*, faulty: tuple[int, ...]) -> Run:
    """Node 3 passes on a prepare to node 2 that names node 0, which has sent nothing."""
    honest = tuple(node for node in range(4) if node not in faulty)
    acts = (Act(2, Sample(0, 0)), Act(2, Received(3, Prepare(0, 0, 0, 0, NOTHING))))
    predicted = (dict.fromkeys(honest, 0),)
    return Run(Config(4, 1, PAPER, samples=1), "asynchronous", 0, honest, predicted, acts)


def test_passing_on_what_an_honest_primary_never_signed_is_a_forgery() -> None:
    assert convicted(traces.record(a_relay_by(faulty=(3,)), None)) == {3: {"forged-relay"}}


def test_faulty_nodes_are_taken_to_sign_for_each_other() -> None:
    run = a_relay_by(faulty=(0, 3))
    assert convicted(traces.record(run, None)) == {}
    record = on_record(run, tuple(execute(run)))
    assert record[0] == record[3] == {Prepare(0, 0, 0, 0, NOTHING): 2}


def test_what_is_passed_on_convicts_the_primary_that_signed_it() -> None:
    """Two honest nodes relay two different prepares of one primary; each alone proves nothing."""
    acts = [Act(node, Sample(0, node - 1)) for node in (1, 2)]
    readings = replace(PAPER, prepare_needs_preprepare="no")
    acts += [Act(node, Received(0, Prepare(0, node - 1, node - 1, 0, NOTHING))) for node in (1, 2)]
    run = Run(
        Config(4, 1, readings, samples=1),
        "asynchronous",
        0,
        (1, 2, 3),
        ({1: 0, 2: 1, 3: 0},),
        tuple(acts),
    )
    assert convicted(traces.record(run, None)) == {0: {"double-prepare"}}
    assert convicted(traces.record(replace(run, acts=tuple(acts[:3])), None)) == {}


@pytest.mark.parametrize(
    ("nodes", "faults", "faulty", "seeds"),
    [
        (4, 1, (0, 1), range(12)),
        (4, 1, (1, 2), range(16)),
        (4, 1, (2, 3), range(30)),
        (7, 2, (0, 1, 2, 3), range(12)),
    ],
)
def test_when_agreement_on_evidence_breaks_more_than_f_nodes_are_convicted(
    nodes: int, faults: int, faulty: tuple[int, ...], seeds: range
) -> None:
    """Of f+1 to 2f faulty nodes that run the protocol twice, f+1 at least; and nobody else."""
    config = Config(nodes, faults, HARDENED, 1, keep_early=True)
    broken = 0
    for seed in seeds:
        run = twins(config, faulty, Random(seed), most=600)
        if run is None:
            continue
        found = convicted(traces.record(run, "agreement", profile="hardened"))
        assert set(found) <= set(faulty)
        assert sum(bool(offences & FATAL) for offences in found.values()) > faults
        broken += 1
    assert broken > 0
