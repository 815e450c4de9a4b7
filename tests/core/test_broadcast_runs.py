"""Whole runs of the broadcast: whatever faulty nodes sign, quote, hold back and show to whom.

An adversary at random that uses more than the checker's: chains of honest authors, any sender and
any signatures that are on record.  And what a run refuses as none that lock-step rounds have.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from poqi_core import SYNCHRONOUS, Config, Readings
from poqi_core.messages import Event, Received, Relay, RoundEnded, Sample, SignedPrediction
from poqi_core.properties import properties_for
from poqi_core.run import Act, DepartureError, Execution, Run

A, B = range(2)


def execution(
    nodes: int,
    faults: int,
    predicted: tuple[dict[int, int], ...],
    network: str = "rounds",
    readings: Readings = SYNCHRONOUS,
) -> Execution:
    config = Config(nodes, faults, readings, samples=len(predicted))
    return Execution(Run(config, network, 0, tuple(predicted[0]), predicted, ()))


def lies(random: Random, made: Execution, node: int, number: int) -> Iterator[Act]:
    """Some chains that faulty nodes can show to ``node`` in that round."""
    config, honest = made.run.config, made.run.honest
    faulty = [other for other in range(config.nodes) if other not in honest]
    state = made.states[node]
    for _ in range(random.choice((0, 1, 2, 4)) if faulty else 0):
        author = random.choice(faulty) if random.random() < 0.8 else random.choice(honest)
        label = random.randrange(2)
        if author in honest:
            label = made.run.predicted[min(state.sample, len(made.run.predicted) - 1)][author]
        sender = random.choice(faulty)
        signers = random.sample(range(config.nodes), random.randint(0, config.nodes))
        mask = sum({1 << signer for signer in (author, sender, *faulty, *signers)})
        relay = Relay(sender, SignedPrediction(author, state.sample, label), mask)
        act = Act(node, Received(sender, relay), number)
        if made.obstacle(act) is None:
            yield act


def play(random: Random, made: Execution) -> Iterator[Act]:
    """A run in rounds, up to where no honest step is left."""
    number = 0
    while next(made.honest_steps(), None) is not None:
        made.reach(number)
        for node in made.run.honest:
            arriving: list[Act] = list(made.owed(node))
            events = [act for act in arriving if not isinstance(act.event, RoundEnded)]
            events.sort(key=lambda act: not isinstance(act.event, Sample))
            for act in events:
                for lie in lies(random, made, node, number):
                    yield lie
                    made.perform(lie)
                yield act
                made.perform(act)
            for lie in lies(random, made, node, number):
                yield lie
                made.perform(lie)
            for act in list(made.owed(node)):
                yield act
                made.perform(act)
        number += 1


def violated(seed: int, nodes: int, faults: int, faulty: int, readings: Readings) -> set[str]:
    random = Random(seed)
    honest = sorted(random.sample(range(nodes), nodes - faulty))
    predicted = tuple({node: random.randrange(2) for node in honest} for _ in range(2))
    made = execution(nodes, faults, predicted, readings=readings)
    acts = tuple(play(random, made))
    assert any(isinstance(act.event, RoundEnded) for act in acts)
    return {
        entry.name
        for entry in properties_for(made.run.config)
        if entry.violation(made.records, predicted) is not None
    }


@pytest.mark.parametrize(("nodes", "faults"), [(3, 1), (4, 1), (5, 2), (7, 3)])
def test_every_promise_is_kept_whatever_faulty_nodes_send(nodes: int, faults: int) -> None:
    for seed in range(40 if nodes < 7 else 10):
        assert violated(seed, nodes, faults, faults, SYNCHRONOUS) == set()


def test_the_adversary_at_random_breaks_what_lacks_a_part() -> None:
    """So it is one that could."""
    for changes in ({"broadcast_rounds": 1}, {"broadcast_signatures": "author"}):
        readings = replace(SYNCHRONOUS, **changes)
        broken = [violated(seed, 4, 1, 1, readings) for seed in range(60)]
        assert any("evidence-agreement" in names for names in broken), changes


def test_a_round_is_over_for_a_node_once_and_after_all_that_arrives_in_it() -> None:
    made = execution(3, 1, ({0: A, 1: B},))
    made.perform(Act(0, Sample(0, A)))
    made.perform(Act(1, Sample(0, B)))
    made.perform(Act(0, RoundEnded(0, 0)))
    shown: Event = Received(2, Relay(2, SignedPrediction(2, 0, A), 0b100))
    with pytest.raises(DepartureError, match="node 0 has been told that this round is over"):
        made.perform(Act(0, shown))
    with pytest.raises(DepartureError, match="round 0 is over, but node 1 lacks RoundEnded"):
        made.reach(1)
    made.perform(Act(1, RoundEnded(0, 0)))
    with pytest.raises(DepartureError, match="the round is not over, as node 0 lacks Received"):
        made.perform(Act(0, RoundEnded(0, 1), 1))
    assert made.perform(Act(0, shown, 1)).after.broadcast.accepted


def test_a_round_that_somebody_counts_does_not_pass_by_itself() -> None:
    """Nothing is on its way to the only honest node, and yet it waits for the end of round 1."""
    made = execution(3, 1, ({0: A},))
    made.perform(Act(0, Sample(0, A)))
    made.perform(Act(0, RoundEnded(0, 0)))
    with pytest.raises(DepartureError, match="round 1 is over, but node 0 lacks RoundEnded"):
        made.reach(5)


def test_no_round_ends_in_an_asynchronous_network() -> None:
    made = execution(3, 1, ({0: A, 1: B},), "asynchronous")
    made.perform(Act(0, Sample(0, A)))
    with pytest.raises(DepartureError, match="no round ends in an asynchronous network"):
        made.perform(Act(0, RoundEnded(0, 0)))


def test_a_chain_quotes_only_signatures_from_before_the_round() -> None:
    made = execution(3, 1, ({0: A, 1: B},))
    for node, label in ((0, A), (1, B)):
        made.perform(Act(node, Sample(0, label)))
        made.perform(Act(node, RoundEnded(0, 0)))
    own, forged = SignedPrediction(0, 0, A), SignedPrediction(0, 0, B)
    with pytest.raises(DepartureError, match="the honest node 0 has not signed"):
        made.perform(Act(1, Received(2, Relay(2, forged, 0b101)), 1))
    with pytest.raises(DepartureError, match="the honest node 0 has not signed"):
        made.perform(Act(1, Received(2, Relay(2, SignedPrediction(2, 0, A), 0b101)), 1))
    assert made.perform(Act(1, Received(2, Relay(2, own, 0b101)), 1)).after.broadcast.accepted
