"""Steps from a table: the core is called once for each pair of a state and an event.

:class:`~runner.steps.PlainSteps` calls the core for every event at every node.
:class:`TabulatedSteps` does it once for each pair of a state and an event and keeps the result as a
table, as the checker does; nothing of the protocol is written down a second time.  To meet the
same state again,

- views and samples are counted from a *base*, which moves on with the run, and the labels that
  nodes have for a sample are numbered in their order (:mod:`runner.translation`);
- predictions are bare labels instead of softmax vectors: the core takes the same steps with both
  (``tests/core/test_abstraction.py``);
- rewards are kept aside, and what steps do to them is read off (:mod:`runner.reward_effects`);
- conflict samples that wait are kept aside: nothing but a decision, the word of the deciding node
  or a lot is ever about them;
- the rewards that messages claim are left out: nodes count on their own record alone.

A step that does depend on what is kept aside is not taken from the table but by the core, with the
real rewards and the conflict samples that wait; so are all steps for the last samples, where nodes
know that no other follows.  Both classes give the same run, event by event
(``tests/runner/test_steps.py``).
"""

from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from poqi_core import Config, Label, NodeState, step
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Event,
    Message,
    Prepare,
    PrePrepare,
    Received,
    TieBreak,
    ViewChange,
)
from poqi_core.outputs import Decided, Output, Rule, Send
from poqi_core.state import Conflict
from runner.reward_effects import GREAT, LARGEST_GAIN, effects_on
from runner.steps import NO_EFFECT, Body, Local, Move, Occurrence, Sending, facts_of
from runner.translation import Translation

MOST_LOCALS = 200_000
"""So many states are tabulated at most; then the table is begun anew, so memory is bounded."""

_NOTHING = Fraction(0)
_REWARDS = NodeState._fields.index("rewards")
_Key: TypeAlias = tuple[tuple[Fraction, ...] | None, tuple[object, ...], tuple[object, ...]]
"""A state: its rewards, and what stands before and behind them."""


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
        self._classes = range(classes)
        self.base = Translation(0, 0, tuple(self._classes))
        self.computed = 0
        """How many steps were not in the table."""

    def body(self, state: NodeState) -> Body:
        """A node in ``state``."""
        return Body(self._local(state._replace(rewards=self._unknown)), state.rewards)

    def occurrence(self, event: Event) -> Occurrence:
        """The one of that event."""
        found = self._occurrences.get(event)
        if found is None:
            found = self._occurrences[event] = Occurrence(event)
        return found

    def move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step, which is kept unless it depends on what is kept aside."""
        self.computed += 1
        local = body.local
        if _heeds_conflicts(local.state, occurrence.event):
            return self.real_move(body, occurrence)
        after, outputs = step(self._config, local.state, occurrence.event)
        if after is local.state:
            found = NO_EFFECT
        elif _depends_on_rewards(after, outputs):
            return self.real_move(body, occurrence)
        else:
            facts = facts_of(outputs)
            found = Move(
                self._local(after._replace(conflicts=())),
                self._sendings(after.node, outputs),
                facts,
                after.conflicts,
                any(isinstance(fact, Decided) for fact in facts),
            )
        local.moves[occurrence] = found
        return found

    def real_move(self, body: Body, occurrence: Occurrence) -> Move:
        """The step with the real rewards and the conflict samples that wait."""
        before = body.local.state._replace(
            rewards=self.rewards(body), conflicts=self.conflicts(body)
        )
        after, outputs = step(self._config, before, occurrence.event)
        if after is before:
            return NO_EFFECT
        body.rewards = after.rewards
        body.conflicts = list(map(self.base.conflict, after.conflicts))
        local = self._local(after._replace(rewards=self._unknown, conflicts=()))
        return Move(local, self._sendings(after.node, outputs), facts_of(outputs))

    def conflicts(self, body: Body) -> tuple[Conflict, ...]:
        """Those that are kept aside: all."""
        if not body.conflicts:
            return ()
        return tuple(map(self.base.inverse.conflict, body.conflicts))

    def rewards(self, body: Body) -> tuple[Fraction, ...]:
        """What has become of those that the node had when the base was last moved."""
        shown = body.local.state.rewards
        return body.rewards if shown == self._unknown else effects_on(body.rewards, shown)

    def rebase(self, bodies: list[Body], view: int, sample: int, labels: set[Label]) -> None:
        """Count views and samples from elsewhere and name labels anew; nothing may be on its way.

        Args:
            bodies: of all nodes.
            view: by how much the base of views moves on, a multiple of N.
            sample: the same for samples; where leaders follow from samples, a multiple of N.
            labels: those that nodes have for the next sample.
        """
        if len(self._locals) > MOST_LOCALS:
            self._locals.clear()
            self._occurrences.clear()
            for body in bodies:
                body.local = Local(body.local.state)
        unchanged = tuple(self._classes)
        back = Translation(-view, -sample, self.base.labels)
        for body in bodies:
            local = body.local
            body.rewards = self.rewards(body)
            moved = local.moved.get((view, sample))
            if moved is None:
                state = back.state(local.state)._replace(rewards=self._unknown)
                moved = self._local(state)
                if local.waits:
                    local.moved[view, sample] = moved
            body.local = moved
        if all(body.local.waits for body in bodies):
            names = (*sorted(labels), *sorted({*unchanged} - labels))
        else:
            names = unchanged
        self.base = Translation(self.base.views + view, self.base.samples + sample, names)

    def real_state(self, body: Body) -> NodeState:
        """The node's state as it is in the run."""
        return self.base.state(body.local.state)._replace(
            rewards=self.rewards(body), conflicts=tuple(body.conflicts)
        )

    def _local(self, state: NodeState) -> Local:
        # Nearly always nothing has become of the rewards yet, and fractions are slow to hash.
        changed = None if state.rewards == self._unknown else state.rewards
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


def _depends_on_rewards(after: NodeState, outputs: tuple[Output, ...]) -> bool:
    """Whether the step may have compared rewards: somebody decides a conflict sample by them."""
    return any(conflict.deciders for conflict in after.conflicts) or any(
        isinstance(output, Decided) and output.rule is not Rule.CONSENSUS for output in outputs
    )
