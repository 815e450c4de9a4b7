"""The laws of the core on which composing views and counting peers rest (V1, V3 and V4).

They are put to nodes in random states of a view, under random readings among those that
composition allows.
"""

from collections import Counter
from fractions import Fraction
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from views_questions import VARIED, random_values

from checker.views.kinds import Kind, kinds, message_of
from poqi_core.config import Config, ConfigError
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TimeOut
from poqi_core.outputs import Cited, Output, Remark, Send
from poqi_core.readings import PAPER
from poqi_core.register import with_changes
from poqi_core.state import Conflict, NodeState, initial
from poqi_core.step import step

SEEDS = st.integers(0, 2**32 - 1)
LABELS = 3


class Heard(NamedTuple):
    """A message of a kind, and whether it comes from the primary of the view."""

    event: Event
    kind: Kind | None


class Situation:
    """A node in the middle of a view."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.config = self._config()
        self.node = random.randrange(self.config.nodes)
        self.view = random.randrange(2 * self.config.nodes)
        self.primary = self.config.primary(self.view)
        self.label = random.randrange(LABELS)
        self.state = initial(self.config, self.node, self.view)
        self.events: list[Event] = []
        for _ in range(random.randrange(14)):
            event = self.draw().event
            after, _ = step(self.config, self.state, event)
            if after.view == self.view:
                self.state = after
                self.events.append(event)

    def _config(self) -> Config:
        random = self.random
        while True:
            changes = random_values(random, random.sample(VARIED, random.randrange(5)))
            nodes = random.randint(2, 6)
            try:
                config = Config(
                    nodes,
                    random.randrange(nodes),
                    with_changes(PAPER, changes),
                    samples=random.choice((1, 3)),
                )
            except ConfigError:
                continue
            if config.quorum >= 2:
                return config

    def draw(self) -> Heard:
        """Anything that belongs to the view."""
        random = self.random
        if random.random() < 0.25:
            own = Sample(0, self.label)
            return Heard(random.choice((own, own, TimeOut(self.view), self.closed)), None)
        kind = random.choice(list(kinds(LABELS)))
        sender = random.choice([peer for peer in range(self.config.nodes) if peer != self.node])
        return Heard(Received(sender, message_of(kind, sender, self.primary, self.view)), kind)

    @property
    def closed(self) -> CollectionClosed:
        return CollectionClosed(self.view)

    def after(self, state: NodeState, *events: Event) -> tuple[NodeState, Counter[Output]]:
        """The state after some events, and what they sent and showed."""
        told: Counter[Output] = Counter()
        for event in events:
            state, outputs = step(self.config, state, event)
            told.update(output for output in outputs if not isinstance(output, Cited | Remark))
        return state, told


def uncounted(state: NodeState) -> NodeState:
    log = state.log
    return state._replace(
        log=log._replace(objectors=0, collected=(), collected_from=0, prepares=(), commits=())
    )


@settings(max_examples=800, deadline=None)
@given(SEEDS)
def test_a_counted_delivery_can_wait_for_any_other_event_of_the_view(seed: int) -> None:
    here = Situation(Random(seed))
    for _ in range(20):
        counted = here.draw()
        after, told = here.after(here.state, counted.event)
        if after != here.state and not told and uncounted(after) == uncounted(here.state):
            break
    else:
        return
    for _ in range(10):
        other = here.draw()
        if other.kind == counted.kind:
            continue
        first, told = here.after(here.state, counted.event, other.event)
        then, told_then = here.after(here.state, other.event, counted.event)
        assert told == told_then
        if first != then:
            assert uncounted(first) == uncounted(then)
            assert_alike_for_ever(here, first, then)


def assert_alike_for_ever(here: Situation, one: NodeState, other: NodeState) -> None:
    """The two differ by what was counted in vain: no events of the view tell them apart."""
    for _ in range(30):
        events = [here.draw().event for _ in range(12)]
        mine, told = here.after(one, *events)
        theirs, told_there = here.after(other, *events)
        assert told == told_there
        assert mine.view == theirs.view


@settings(max_examples=400, deadline=None)
@given(SEEDS)
def test_a_message_of_another_view_has_no_effect(seed: int) -> None:
    here = Situation(Random(seed))
    view = here.random.choice((here.view - 1, here.view + 1, here.view + here.config.nodes))
    primary = here.config.primary(view)
    for kind in kinds(LABELS):
        for sender in range(here.config.nodes):
            if sender != here.node and view >= 0:
                event = Received(sender, message_of(kind, sender, primary, view))
                assert step(here.config, here.state, event)[0] == here.state


@settings(max_examples=800, deadline=None)
@given(SEEDS)
def test_what_a_node_brings_into_a_view_has_no_part_in_it(seed: int) -> None:
    """Rewards, samples and views before, conflicts and what was heard in them."""
    here = Situation(Random(seed))
    random, nodes = here.random, here.config.nodes
    rewards = tuple(Fraction(random.randrange(9), random.choice((1, 2))) for _ in range(nodes))
    conflicts = (Conflict(0, tuple(random.choice((None, 0, 1)) for _ in range(nodes))),)
    other = here.state._replace(
        rewards=rewards,
        conflicts=conflicts if here.state.conflicts == () else (),
        opened=here.view - random.randrange(here.view + 1),
    )
    for _ in range(10):
        event = here.draw().event
        plain, told = here.after(here.state, event)
        brought, told_there = here.after(other, event)
        left = plain.view != here.view
        assert left == (brought.view != here.view)
        assert without_rewards(told if not left else Counter(), here) == without_rewards(
            told_there if not left else Counter(), here
        )
        if not left:
            assert plain.log == brought.log
            assert plain.prediction == brought.prediction


def without_rewards(told: Counter[Output], here: Situation) -> Counter[tuple[str, ...]]:
    """What was sent in the view, but for the reward that a message quotes."""
    return Counter(
        (type(output.message).__name__, *map(str, output.recipients))
        for output in told
        if isinstance(output, Send)
    )


@settings(max_examples=500, deadline=None)
@given(SEEDS)
def test_peers_are_told_apart_by_whether_they_were_counted_alone(seed: int) -> None:
    """Exchange two peers that are not the primary: the node does the same, but for their names."""
    here = Situation(Random(seed))
    peers = [peer for peer in range(here.config.nodes) if peer not in (here.node, here.primary)]
    if len(peers) < 2:
        return
    one, other = here.random.sample(peers, 2)
    event = here.draw().event
    start = initial(here.config, here.node, here.view)
    straight, told = here.after(start, *here.events, event)
    crossed, told_there = here.after(
        start, *(exchange(past, one, other, here) for past in (*here.events, event))
    )
    assert exchanged_state(straight, one, other) == crossed
    assert told == told_there


def exchange(event: Event, one: int, other: int, here: Situation) -> Event:
    """The event with ``one`` and ``other`` exchanged as senders."""
    if not isinstance(event, Received) or event.sender not in (one, other):
        return event
    sender = other if event.sender == one else one
    message = event.message
    for kind in kinds(LABELS):
        if message_of(kind, event.sender, here.primary, here.view) == message:
            return Received(sender, message_of(kind, sender, here.primary, here.view))
    raise AssertionError(f"{message} is of no kind")


def exchanged_state(state: NodeState, one: int, other: int) -> NodeState:
    def mask(senders: int) -> int:
        swapped = senders & ~(1 << one | 1 << other)
        return swapped | (senders >> one & 1) << other | (senders >> other & 1) << one

    log = state.log
    return state._replace(
        log=log._replace(
            objectors=mask(log.objectors),
            collected_from=mask(log.collected_from),
            prepares=tuple(t._replace(senders=mask(t.senders)) for t in log.prepares),
            commits=tuple(t._replace(senders=mask(t.senders)) for t in log.commits),
        )
    )
