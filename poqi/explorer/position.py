"""A place in the state space: the walk that leads to it, what can happen next, what holds.

What can happen is what the checker's system offers and the run of the core allows; what comes of
it is a call of the core.
"""

from collections.abc import Iterator
from typing import NamedTuple

from checker.poqi_system import Packet
from poqi.explorer.ground import Ground
from poqi_core.history import EVERY_FACET, follow
from poqi_core.messages import Received
from poqi_core.outputs import Send
from poqi_core.properties import Violation, properties_for
from poqi_core.run import Act, Execution, Moment
from poqi_core.step import step
from traces.reasons import lettered_violation
from traces.story import Step, step_of
from traces.verdict import violation_now


class Choice(NamedTuple):
    """Something that can happen next."""

    act: Act
    step: Step
    """It, and what would come of it, in words."""
    kind: str
    """``delivery`` of an honest node's message, ``byzantine`` message, or the node's ``own``."""
    owed: bool
    """Whether it must happen before the round can end."""


class Standing(NamedTuple):
    """Whether a property holds here."""

    name: str
    meaning: str
    verdict: str
    """``holds``, ``violated``, ``vacuous``, or ``open`` where it is not to be asked."""
    why: str
    since: int | None
    """The step at which it broke, if it stayed so."""


class Position:
    """The state after a walk.

    Attributes:
        ground: what is explored.
        acts: the walk.
        moments: its steps, as the core took them.
        execution: the honest nodes after it.
        round: the round that the network is in.
    """

    def __init__(self, ground: Ground, acts: tuple[Act, ...], number: int = 0) -> None:
        """The position after ``acts``, in round ``number`` or that of the last act.

        Raises:
            DepartureError: an act could not have happened, or the round cannot be reached.
        """
        self.ground = ground
        self.acts = acts
        self.execution = Execution(ground.run(acts))
        self.moments: list[Moment] = []
        self._broken: dict[str, tuple[int, Violation]] = {}
        self._judge(0)
        for place, act in enumerate(acts, 1):
            self.moments.append(self.execution.perform(act))
            self._judge(place)
        self.round = max(number, acts[-1].round if acts else 0)
        self.execution.reach(self.round)

    def _judge(self, place: int) -> None:
        """Note which properties break at step ``place``, and which hold again."""
        for entry in properties_for(self.ground.setting.config):
            if entry.when_stuck:
                continue
            found = violation_now(entry, self.execution)
            if found is None:
                self._broken.pop(entry.name, None)
            else:
                self._broken.setdefault(entry.name, (place, found))

    def choices(self) -> Iterator[Choice]:
        """What can happen next and would change a node, in the order of the nodes."""
        owed = set(self.execution.owed())
        for act in self._possible():
            before = self.execution.states[act.node]
            after, outputs = step(self.ground.setting.config, before, act.event)
            if after == before:
                continue
            record = follow(self.execution.records[act.node], outputs, after, EVERY_FACET)
            moment = Moment(act, before, after, outputs, record)
            words = step_of(self.execution.run, len(self.acts), moment, needed=True)
            yield Choice(act, words, self._kind(act), act in owed)

    def _possible(self) -> Iterator[Act]:
        """Every event that can befall a node now and may have an effect."""
        sent = dict.fromkeys(
            Packet(moment.act.node, output.recipients, output.message)
            for moment in self.moments
            for output in moment.outputs
            if isinstance(output, Send)
        )
        system = self.ground.system
        for node, state in self.execution.states.items():
            if not self.execution.run.follows(state):
                continue
            slots = system.slots(node, state)
            for happening in system.events(node, sent):
                if slots is not None and system.slot(happening) not in slots:
                    continue
                act = Act(node, happening.event, self.round)
                if self.execution.obstacle(act) is None:
                    yield act

    def _kind(self, act: Act) -> str:
        if not isinstance(act.event, Received):
            return "own"
        return "delivery" if act.event.sender in self.execution.states else "byzantine"

    def can_end_round(self) -> bool:
        """Whether the network has rounds, and nothing must happen before this one can end."""
        return self.execution.lock_step and next(self.execution.owed(), None) is None

    def standings(self) -> Iterator[Standing]:
        """Whether each property holds here."""
        predicted = self.ground.setting.predicted_by_honest
        for entry in properties_for(self.ground.setting.config):
            verdict, why, since = "holds", "", None
            waits = self._waits() if entry.when_stuck else ""
            if waits:
                verdict, why = "open", waits
            elif entry.when_stuck:
                found = lettered_violation(entry, self.execution.records, predicted)
                if found is not None:
                    verdict, why = "violated", found.conjunct
            elif entry.name in self._broken:
                since, broken = self._broken[entry.name]
                found = lettered_violation(entry, self.execution.records, predicted)
                verdict, why = "violated", (found or broken).conjunct
            elif not entry.premise(predicted):
                verdict, why = "vacuous", "its premise occurs nowhere here"
            yield Standing(entry.name, entry.meaning, verdict, why, since)

    def _waits(self) -> str:
        """Why a property of stuck states is not asked here; empty where it is.

        Rounds that use up the ballots leave the nodes stuck, as ballots enough were promised.
        """
        config, execution = self.ground.setting.config, self.execution
        left = sum(1 for _ in execution.honest_steps())
        if left:
            return f"{'1 honest step is' if left == 1 else f'{left} honest steps are'} left"
        enough = execution.lock_step and config.has_ballots
        if not enough and not all(map(execution.run.follows, execution.states.values())):
            return "a node has gone beyond the bounds of the setting"
        return ""
