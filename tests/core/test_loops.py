"""Acts that repeat for ever: that they can, that the network is fair, and who waits."""

from dataclasses import replace
from functools import cache

import pytest

from checker.question import Question, parse_patterns
from checker.sweep import answer
from poqi_core.loops import endless_violation
from poqi_core.messages import PrePrepare, Received, Sample, ViewChange
from poqi_core.properties import property_named
from poqi_core.quotient import Lap, quotient
from poqi_core.readings import PAPER
from poqi_core.run import Act, DepartureError, Run
from poqi_core.state import initial

TERMINATION = property_named("termination")


@cache
def two_against_two(network: str = "rounds") -> Run:
    question = Question(
        4,
        1,
        PAPER,
        network=network,
        predictions=parse_patterns("AABB"),
        properties=(TERMINATION,),
        endless=True,
    )
    run = answer(question).results[0].run
    assert run is not None
    return run


@pytest.mark.parametrize("network", ["rounds", "asynchronous"])
def test_who_waits_and_since_when(network: str) -> None:
    violation = endless_violation(two_against_two(network), TERMINATION)
    assert violation.nodes == (0, 1, 2, 3)
    assert violation.conjunct == (
        "sample 0 is undecided at nodes 0, 1, 2, 3, and they decide nothing in the steps from 1 "
        "to 44, which repeat for ever"
    )


def test_no_act_can_be_left_out() -> None:
    run = two_against_two()
    for place in range(0, len(run.acts), 5):
        shorter = replace(run, acts=run.acts[:place] + run.acts[place + 1 :])
        with pytest.raises(DepartureError):
            endless_violation(shorter, TERMINATION)


@pytest.mark.parametrize("loop", [-1, 1, 5, 43, 44, 100])
def test_it_does_not_repeat_from_anywhere_else(loop: int) -> None:
    with pytest.raises(DepartureError):
        endless_violation(replace(two_against_two(), loop=loop), TERMINATION)


def test_an_event_that_is_owed_for_ever_makes_it_unfair() -> None:
    """A faulty node repeats a vote that has no effect, while everybody is due a sample."""
    config = replace(two_against_two().config, samples=1)
    idle = Act(1, Received(0, ViewChange(0, 1, False, PAPER.q)))
    run = Run(config, "asynchronous", 0, (1, 2, 3), ({1: 0, 2: 0, 3: 0},), (idle,), loop=0)
    with pytest.raises(DepartureError, match="node 1 is owed Sample"):
        endless_violation(run, TERMINATION)


def test_nothing_is_owed_where_nothing_honest_is_left() -> None:
    """The same once all have classified the sample: a silent primary is no fault of the network."""
    config = replace(two_against_two().config, samples=1)
    classified = tuple(act._replace(round=0) for act in _classified())
    idle = Act(1, Received(0, ViewChange(0, 1, False, PAPER.q)))
    predicted = ({1: 0, 2: 0, 3: 0},)
    run = Run(config, "asynchronous", 0, (1, 2, 3), predicted, (*classified, idle), loop=3)
    assert endless_violation(run, TERMINATION).nodes == (1, 2, 3)


def _classified() -> tuple[Act, ...]:
    return tuple(Act(node, Sample(0, 0)) for node in (1, 2, 3))


def test_samples_that_end_end_the_loop() -> None:
    run = two_against_two()
    with pytest.raises(DepartureError, match="the samples of the run end"):
        endless_violation(replace(run, config=replace(run.config, samples=2)), TERMINATION)


def test_only_termination_is_violated_by_a_run_without_end() -> None:
    with pytest.raises(DepartureError, match="agreement is not violated"):
        endless_violation(two_against_two(), property_named("agreement"))


def test_the_quotient_counts_views_from_a_beginning_and_keeps_the_order_of_rewards() -> None:
    config = two_against_two().config
    early, late = initial(config, 1, 2), initial(config, 1, 6)
    assert quotient(early) != quotient(late)
    assert quotient(early) == quotient(late, Lap(views=4))
    halved = late._replace(rewards=tuple(reward / 2 for reward in late.rewards))
    assert quotient(halved, Lap(views=4)) == quotient(early)
    richer = late._replace(rewards=(*late.rewards[:3], late.rewards[3] + 1))
    assert quotient(richer, Lap(views=4)) != quotient(early)
    proposal = PrePrepare(0, 1, 4, PAPER.q)
    assert quotient(proposal, Lap(views=4)) == quotient(PrePrepare(0, 1, 0, 2 * PAPER.q))
    assert quotient(proposal) != quotient(replace(proposal, label=0))
