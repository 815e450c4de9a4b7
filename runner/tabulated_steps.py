"""Steps from a table: the core is called once for each pair of a state and an event.

:class:`~runner.steps.PlainSteps` calls the core for every event at every node.
:class:`TabulatedSteps` does it once for each pair of a state and an event and keeps the result as a
table, as the checker does; nothing of the protocol is written down a second time.  To meet the
same state again,

- views and samples are counted from a *base*, which moves on with the run
  (:mod:`runner.translation`);
- every node numbers the labels in the order in which it meets them, its own first
  (:mod:`runner.names`), and what arrives is renamed so;
- predictions are bare labels instead of softmax vectors: the core takes the same steps with both
  (``tests/core/test_abstraction.py``);
- rewards are kept aside, and what steps do to them is read off (:mod:`runner.reward_effects`);
- conflict samples that wait are kept aside: nothing but a decision, the word of the deciding node
  or a lot is ever about them;
- so are the labels heard from primaries: nothing but a new conflict sample is ever about them, and
  of two labels from one primary the first is kept;
- the rewards that messages claim are left out: nodes count on their own record alone.

A step that does depend on what is kept aside is not taken from the table but by the core, with the
real rewards, conflict samples and labels; so are all steps for the last samples, where nodes
know that no other follows.  Both classes give the same run, event by event
(``tests/runner/test_steps.py``).
"""

import gc
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from poqi_core import Config, Label, NodeState, Prediction, label_of, step
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Event,
    Message,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    ViewChange,
)
from poqi_core.outputs import Decided, Output, Rule, Send
from poqi_core.state import Conflict
from runner.names import Names
from runner.reward_effects import GREAT, LARGEST_GAIN, effects_of
from runner.steps import (
    NO_EFFECT,
    REAL,
    Base,
    Body,
    Local,
    Move,
    Occurrence,
    Parcel,
    Sending,
    facts_of,
)
from runner.translation import Translation, labels_in

MOST_LOCALS = 200_000
"""So many states are tabulated at most; then the table is begun anew, so memory is bounded."""

_NOTHING = Fraction(0)
_REWARDS = NodeState._fields.index("rewards")
_Key: TypeAlias = tuple[tuple[tuple[int, int, int], ...], tuple[object, ...], tuple[object, ...]]
"""A state: the rewards that have changed, and what stands before and behind them."""


def is_near_the_end(config: Config, sample: int) -> bool:
    """Whether a node might meet the last sample while the others work on ``sample``."""
    assert config.samples is not None
    return sample + config.nodes + 2 >= config.samples


def can_tabulate(config: Config) -> bool:
    """Whether a table is of use, and can tell the effect on rewards, with that configuration."""
    many = config.samples is not None and not is_near_the_end(config, 0)
    return many and 0 <= config.readings.q < LARGEST_GAIN


class TabulatedSteps:
    """Every step by the core once, and then from a table."""

    def __init__(self, config: Config, classes: int) -> None:
        # What is tabulated holds for samples that others follow.
        self._config = replace(config, samples=None)
        self._unknown = (GREAT,) * config.nodes
        self._locals: dict[_Key, Local] = {}
        self._occurrences: dict[Event, Occurrence] = {}
        self._classes = classes
        self.base = Base(0, 0)
        self.computed = 0
        """How many steps were not in the table."""

    def body(self, state: NodeState) -> Body:
        """A node in ``state``."""
        return Body(self._local(state._replace(rewards=self._unknown)), state.rewards)

    def translation(self, body: Body) -> Translation:
        """From the base, and from the node's numbers to labels."""
        return Translation(*self.base, body.names.complete(self._classes))

    def label(self, body: Body, label: Label) -> Label:
        """The one of the node's number."""
        return body.names.labels[label]

    def occurrence(self, event: Event) -> Occurrence:
        """The one of that event."""
        found = self._occurrences.get(event)
        if found is None:
            labels = labels_in(event.message) if isinstance(event, Received) else ()
            found = self._occurrences[event] = Occurrence(event, labels)
        return found

    def prediction(self, body: Body, sample: int, prediction: Prediction) -> Occurrence:
        """The one of the node's number for the label; if it has no other, it begins to count."""
        if body.local.waits:
            body.names = Names()
        return self.occurrence(Sample(sample, body.names[label_of(prediction)]))

    def parcel(self, body: Body, occurrence: Occurrence) -> Parcel:
        """It with the labels that the node's numbers stand for."""
        labels = body.names.labels
        return Parcel(occurrence, tuple([labels[number] for number in occurrence.labels]))

    def arrived(self, body: Body, parcel: Parcel) -> Occurrence:
        """The one with the numbers of the node that it arrives at."""
        occurrence = parcel.occurrence
        names = tuple([body.names[label] for label in parcel.labels])
        found = occurrence.renamed.get(names)
        if found is None:
            event = occurrence.event
            assert isinstance(event, Received)
            renamed = list(range(self._classes))
            for number, name in zip(occurrence.labels, names, strict=True):
                renamed[number] = name
            message = Translation(0, 0, tuple(renamed)).message(event.message)
            found = self.occurrence(Received(event.sender, message))
            occurrence.renamed[names] = found
        return found

    def move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step, which is kept unless it depends on what is kept aside."""
        self.computed += 1
        local = body.local
        if _heeds_conflicts(local.state, occurrence.event):
            found = REAL
        else:
            after, outputs = step(self._config, local.state, occurrence.event)
            if after is local.state:
                found = NO_EFFECT
            elif _depends_on_what_is_aside(after, outputs):
                found = REAL
            else:
                facts = facts_of(outputs)
                found = Move(
                    self._kept(after),
                    self._sendings(after.node, outputs),
                    facts,
                    tuple(
                        (node, label) for node, label in enumerate(after.heard) if label is not None
                    ),
                    after.sample != local.state.sample,
                    any(isinstance(fact, Decided) for fact in facts),
                )
        local.moves[occurrence] = found
        return found

    def real_move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step with the real rewards, conflict samples that wait and labels heard."""
        state, names = body.local.state, body.names
        before = state._replace(
            rewards=self.rewards(body),
            conflicts=self.conflicts(body),
            heard=tuple(
                names[body.heard[node]] if node in body.heard else None
                for node in range(len(state.heard))
            ),
        )
        after, outputs = step(self._config, before, occurrence.event)
        if after is before:
            return NO_EFFECT
        body.rewards = after.rewards
        body.conflicts = list(map(self.translation(body).conflict, after.conflicts))
        body.heard = {
            node: names.labels[label] for node, label in enumerate(after.heard) if label is not None
        }
        local = self._kept(after._replace(rewards=self._unknown))
        return Move(local, self._sendings(after.node, outputs), facts_of(outputs))

    def conflicts(self, body: Body) -> tuple[Conflict, ...]:
        """Those that are kept aside: all."""
        if not body.conflicts:
            return ()
        for conflict in body.conflicts:
            for label in conflict.labels:
                if label is not None:
                    body.names[label]  # the node meets it again
        return tuple(map(self.translation(body).inverse.conflict, body.conflicts))

    def rewards(self, body: Body) -> tuple[Fraction, ...]:
        """What has become of those that the node had when the base was last moved."""
        local = body.local
        if local.effects is None:
            local.effects = effects_of(local.state.rewards)
        if not local.effects:
            return body.rewards
        rewards = list(body.rewards)
        for node, effect in local.effects:
            rewards[node] = effect.on(rewards[node])
        return tuple(rewards)

    def rebase(self, bodies: list[Body], view: int, sample: int) -> None:
        """Count views and samples from elsewhere; nothing may be on its way.

        Args:
            bodies: of all nodes.
            view: by how much the base of views moves on, a multiple of N.
            sample: the same for samples; where leaders follow from samples, a multiple of N.
        """
        if len(self._locals) > MOST_LOCALS:
            self._locals.clear()
            self._occurrences.clear()
            for body in bodies:
                body.local = Local(body.local.state)
            gc.collect()
        back = Translation(-view, -sample, tuple(range(self._classes)))
        for body in bodies:
            local = body.local
            body.rewards = self.rewards(body)
            moved = local.moved.get((view, sample))
            if moved is None:
                state = back.state(local.state)._replace(rewards=self._unknown)
                moved = self._local(state)
                local.moved[view, sample] = moved
            body.local = moved
        self.base = Base(self.base.views + view, self.base.samples + sample)

    def real_state(self, body: Body) -> NodeState:
        """The node's state as it is in the run."""
        return (
            self.translation(body)
            .state(body.local.state)
            ._replace(
                rewards=self.rewards(body),
                conflicts=tuple(body.conflicts),
                heard=tuple(map(body.heard.get, range(len(body.local.state.heard)))),
            )
        )

    def _kept(self, state: NodeState) -> Local:
        """``state`` without the conflict samples and labels that are kept aside."""
        heard = (None,) * len(state.heard)
        if state.conflicts or state.heard != heard:
            state = state._replace(conflicts=(), heard=heard)
        return self._local(state)

    def _local(self, state: NodeState) -> Local:
        # Nearly always nothing has become of the rewards yet, and fractions are slow to hash.
        changed = tuple(
            [
                (node, reward.numerator, reward.denominator)
                for node, reward in enumerate(state.rewards)
                if reward is not GREAT
            ]
        )
        key = (changed, state[:_REWARDS], state[_REWARDS + 1 :])
        found = self._locals.get(key)
        if found is None:
            found = self._locals[key] = Local(state)
        return found

    def _sendings(self, node: int, outputs: tuple[Output, ...]) -> tuple[Sending, ...]:
        return tuple(
            Sending(
                output.recipients,
                type(output.message),
                self.occurrence(Received(node, _without_reward(output.message))),
            )
            for output in outputs
            if isinstance(output, Send)
        )


def _without_reward(message: Message) -> Message:
    if isinstance(message, PrePrepare | ViewChange | Prepare | Commit):
        return replace(message, reward=_NOTHING)
    return message


def _heeds_conflicts(state: NodeState, event: Event) -> bool:
    """Whether the step may be about a conflict sample that waits, other than by a decision."""
    return (
        isinstance(event, TieBreak)
        or (isinstance(event, Received) and isinstance(event.message, ConflictDecision))
        or any(isinstance(kept.message, ConflictDecision) for kept in state.early)
    )


def _depends_on_what_is_aside(after: NodeState, outputs: tuple[Output, ...]) -> bool:
    """Whether a conflict sample is new, with the labels heard, or is decided, by rewards."""
    return bool(after.conflicts) or any(
        isinstance(output, Decided) and output.rule is not Rule.CONSENSUS for output in outputs
    )
