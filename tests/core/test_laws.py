"""What holds for every configuration, every reading and every sequence of events.

The transition function is pure and total: nothing makes it raise, an event without effect
leaves the very same state and says why in one remark, the same input gives the same output,
and a node can be made to remember no more than its number of peers allows.
"""

from dataclasses import replace
from itertools import pairwise
from random import Random

from core_strategies import Chance, configs
from core_world import World
from hypothesis import given, settings
from hypothesis import strategies as st

from poqi_core import Config, Label, NodeState, finished, initial, step
from poqi_core.messages import (
    EVIDENCE_MESSAGES,
    Commit,
    Decision,
    Event,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Proposal,
    Received,
    TieBreak,
    ViewChange,
)
from poqi_core.outputs import Cited, Decided, Output, Remark, Send, Undecided
from poqi_core.state import BallotLog, BroadcastLog, Tally, ViewLog
from poqi_core.step import may_heed, views_heard
from poqi_core.timers import collection_timer, round_end, time_out

SEEDS = st.integers(0, 2**32 - 1)


def author(message: Message) -> int | None:
    """Who a message says that it is from; a prepare names the primary, not who passes it on."""
    match message:
        case Prepare():
            return None
        case PrePrepare() | Decision():
            return message.primary
        case Proposal():
            return message.leader
        case _:
            return message.node


def masks(state: NodeState) -> list[int]:
    log = state.log
    tallies: list[Tally] = [*log.prepares, *log.commits]
    for earlier in state.earlier:
        tallies += earlier.commits
    return [
        log.objectors,
        log.collected_from,
        *(tally.senders for tally in tallies),
        *(conflict.deciders for conflict in state.conflicts),
        *(candidate.prepares for candidate in state.ballots.candidates),
        *(candidate.commits for candidate in state.ballots.candidates),
        state.broadcast.equivocators,
    ]


def assert_lawful_ballots(config: Config, before: NodeState, after: NodeState) -> None:
    """What a node remembers of the agreement on evidence is bounded, and says what it may."""
    log = after.ballots
    if config.on_evidence:
        assert after.log == ViewLog()
        assert not after.conflicts
    if not config.has_ballots:
        assert log == BallotLog()
        return
    if after.sample == before.sample:
        assert log.ballot >= before.ballots.ballot
    for once in (log.collected, log.changes):
        nodes = [entry.node for entry in once]
        assert nodes == sorted(set(nodes))
        assert set(nodes) <= set(range(config.nodes))
    assert all(0 <= candidate.ballot <= log.ballot for candidate in log.candidates)
    contents = [(candidate.ballot, candidate.evidence) for candidate in log.candidates]
    assert len(contents) == len(set(contents))
    assert all(candidate.prepares == 0 for candidate in log.candidates if candidate.committed)
    if config.readings.prepare_once == "yes":
        ballots = [candidate.ballot for candidate in log.candidates]
        assert ballots == sorted(set(ballots))
        assert config.readings.commit_late == "yes" or set(ballots) <= {log.ballot}
    if log.lock is not None:
        assert log.lock.ballot <= log.ballot
        assert log.lock.signers.bit_count() >= config.quorum
        assert log.lock.signers >> config.nodes == 0


def assert_lawful_broadcast(config: Config, before: NodeState, after: NodeState) -> None:
    """What a node remembers of the broadcast is bounded, and says what it may."""
    log = after.broadcast
    if not config.has_broadcast:
        assert log == BroadcastLog()
        return
    assert 0 <= log.round <= config.broadcast_rounds
    authors = [signed.node for signed in log.accepted]
    assert authors == sorted(set(authors))
    assert set(authors) <= set(range(config.nodes))
    assert not any(log.equivocators >> author & 1 for author in authors)
    if after.sample == before.sample:
        assert log.round >= before.broadcast.round
        assert log.equivocators & before.broadcast.equivocators == before.broadcast.equivocators
    if after.prediction is None:
        assert log == BroadcastLog()


def assert_lawful(
    config: Config, before: NodeState, event: Event, after: NodeState, outputs: tuple[Output, ...]
) -> None:
    assert step(config, before, event) == (after, outputs)
    assert hash(after) == hash(NodeState(*after))
    if any(isinstance(output, Remark) for output in outputs):
        assert after is before
        assert len(outputs) == 1
    else:
        assert after != before
        assert any(isinstance(output, Cited) for output in outputs)
    for output in outputs:
        if isinstance(output, Send):
            assert output.recipients
            assert before.node not in output.recipients
            assert all(one < other for one, other in pairwise(output.recipients))
            assert set(output.recipients) <= set(range(config.nodes))
            assert author(output.message) in (before.node, None)
        elif isinstance(output, Decided | Undecided):
            assert output.sample >= 0
            assert config.samples is None or output.sample < config.samples
    assert all(0 <= mask < 1 << config.nodes for mask in masks(after))
    assert after.view >= before.view
    assert after.sample >= before.sample
    assert after.opened <= after.view
    assert len(after.rewards) == config.nodes
    assert min(after.rewards) >= 0
    assert len(after.log.collected) == after.log.collected_from.bit_count() <= config.nodes
    places = config.nodes + 1
    kinds = len(EVIDENCE_MESSAGES) * places if config.has_ballots else 7
    assert len(after.early) <= kinds * config.nodes * places
    assert config.keep_early or not after.early
    assert_lawful_ballots(config, before, after)
    assert_lawful_broadcast(config, before, after)
    if finished(config, after):
        assert after.log == ViewLog()
        assert after.ballots == BallotLog()
        assert after.broadcast == BroadcastLog()
        assert after.prediction is None
        assert all(conflict.deciders for conflict in after.conflicts)


@settings(max_examples=300, deadline=None)
@given(config=configs(), seed=SEEDS, length=st.integers(1, 60))
def test_law_step_is_pure_and_total(config: Config, seed: int, length: int) -> None:
    random = Random(seed)
    chance = Chance(random, config)
    state = initial(config, random.randrange(config.nodes), random.randrange(4))
    for _ in range(length):
        event = chance.event(state)
        after, outputs = step(config, state, event)
        assert_lawful(config, state, event, after, outputs)
        state = after


def perform(config: Config, random: Random, length: int) -> World:
    """A run with honest and faulty nodes in which anything can happen next.

    Some runs are orderly, so that they get as far as the decision of conflict samples.
    """
    chance = Chance(random, config)
    honest = random.randint(1, config.nodes)
    faulty = random.sample(range(config.nodes), random.choice((0, config.nodes - honest)))
    world = World(config, faulty, random.randrange(3))
    predicted: dict[int, list[Label]] = {}
    disorder = random.choice((0.01, 0.1, 0.4))
    for _ in range(length):
        node = random.choice(world.honest)
        state = world.states[node]
        if random.random() < disorder:
            world.happen(node, chance.event(state))
        elif world.pending:
            place = random.randrange(len(world.pending)) if random.random() < disorder else 0
            sender, recipient, message = world.pending.pop(place)
            world.receive(sender, recipient, message)
        elif finished(config, state):
            world.happen(node, chance.event(state))
        else:
            awaited = state.sample + state.decided
            if awaited not in predicted:
                labels = random.choice(((0,), (0, 1), (0, 1, 2)))
                predicted[awaited] = [random.choice(labels) for _ in range(config.nodes)]
            world.sample(awaited, predicted[awaited])
            world.happen(node, round_end(config, state) or collection_timer(config, state))
            if random.random() < disorder:
                world.happen(node, time_out(config, state))
            for conflict in state.conflicts:
                world.happen(node, TieBreak(conflict.sample, random.randrange(config.nodes)))
    return world


@settings(max_examples=200, deadline=None)
@given(config=configs(), seed=SEEDS, length=st.integers(1, 300))
def test_law_of_every_step_of_a_run(config: Config, seed: int, length: int) -> None:
    for done in perform(config, Random(seed), length).steps:
        assert_lawful(config, done.before, done.event, done.after, done.outputs)


def outsiders(config: Config, state: NodeState, chance: Chance) -> list[Received]:
    """Messages about views near to the node's and far from it."""
    return [
        Received(sender, chance.message(sender, view, state))
        for view in range(state.view + config.nodes + 3)
        for sender in range(config.nodes)
    ]


def about(message: Message) -> int | None:
    """The view that a message is about; None for one that is about a sample."""
    match message:
        case ViewChange():
            return message.view - 1
        case PrePrepare() | NodePrediction() | Prepare() | Commit() | Decision():
            return message.view
        case _:
            return None


@settings(max_examples=100, deadline=None)
@given(config=configs(), seed=SEEDS)
def test_law_a_message_outside_the_views_heard_has_no_effect(config: Config, seed: int) -> None:
    random = Random(seed)
    world = perform(config, random, 60)
    for state in list(world.states.values()):
        heard = views_heard(config, state)
        for event in outsiders(config, state, Chance(random, config)):
            view = about(event.message)
            if heard is not None and view is not None and view not in heard:
                after, _ = step(config, state, event)
                assert after is state


@settings(max_examples=100, deadline=None)
@given(config=configs(), seed=SEEDS)
def test_law_what_need_not_be_heeded_has_no_effect_then_or_later(config: Config, seed: int) -> None:
    random = Random(seed)
    world = perform(config, random, 60)
    earlier = dict(world.states)
    chance = Chance(random, config)
    for node in world.honest * 5:
        state = world.states[node]
        world.happen(node, chance.event(state))
    for node, state in earlier.items():
        for event in outsiders(config, state, chance):
            if not may_heed(config, state, event.message):
                for moment in (state, world.states[node]):
                    assert step(config, moment, event)[0] is moment


@settings(max_examples=100, deadline=None)
@given(config=configs(), seed=SEEDS)
def test_law_only_a_next_sample_or_a_decision_ends_a_sample_without_conflict(
    config: Config, seed: int
) -> None:
    for done in perform(config, Random(seed), 80).steps:
        if done.after.sample > done.before.sample:
            names = {clause.name for clause in done.clauses}
            assert names & {"CONFLICT", "NEXT_SAMPLE", "HISTORY"}


def whereabouts(state: NodeState) -> tuple[object, ...]:
    return state.view, state.sample, state.prediction, state.ballots.ballot


@settings(max_examples=100, deadline=None)
@given(config=configs(), seed=SEEDS)
def test_law_a_reason_that_lasts_holds_as_long_as_the_node_is_in_that_view(
    config: Config, seed: int
) -> None:
    """With the same sample, prediction and ballot; for nodes that keep no early messages."""
    random = Random(seed)
    world = perform(replace(config, keep_early=False), random, 120)
    chance = Chance(random, world.config)
    for node in world.honest:
        states = [done.after for done in world.steps if done.node == node]
        ignored: list[Event] = []
        for before, after in pairwise(states):
            if whereabouts(before) != whereabouts(after):
                ignored = []
            event = chance.event(after)
            (first, *_) = step(world.config, after, event)[1]
            if isinstance(first, Remark) and first.reason.lasts:
                ignored.append(event)
            assert all(step(world.config, after, event)[0] is after for event in ignored)
