"""One random run: what every network has in common."""

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import NamedTuple

from checker.setting import Setting
from checker.simulation.chance import Chance
from checker.simulation.forger import Forger
from checker.simulation.habits import Habits
from checker.simulation.judge import Judge
from poqi_core.messages import Event
from poqi_core.properties import Property
from poqi_core.run import Act, Execution, Moment, Run
from poqi_core.step import step

_LOOK_EVERY = 256
_DRAWS = 20
"""So many Byzantine messages are drawn for one that matters, all in all."""


class OutOfTimeError(Exception):
    """The time is over in the middle of a run; nothing is said of it."""


class RunResult(NamedTuple):
    """What came of one run.

    Attributes:
        setting: who was faulty, and what the others predicted.
        run: the acts that had an effect.
        byzantine: how many of them were Byzantine messages.
        decided: how many samples every honest node decided.
        violated: for each violated property, after how many acts it first was.
        vacuous: the properties whose premise did not occur.
    """

    setting: Setting
    run: Run
    byzantine: int
    decided: int
    violated: dict[str, int]
    vacuous: frozenset[str]

    def violation_of(self, name: str) -> Run:
        """The run up to where that property is violated."""
        return replace(self.run, acts=self.run.acts[: self.violated[name]])


class RandomRun(ABC):
    """The honest nodes of a setting, on the way along a random run."""

    def __init__(
        self,
        setting: Setting,
        network: str,
        properties: tuple[Property, ...],
        habits: Habits,
        chance: Chance,
        deadline: float | None,
    ) -> None:
        self.setting = setting
        self.config = setting.config
        self.habits = habits
        self.chance = chance
        self.execution = Execution(setting.run(network, ()))
        self._byzantine_left = habits.byzantine_acts if setting.byzantine else 0
        self._draws_left = _DRAWS * self._byzantine_left
        self._forger = Forger(setting, habits, chance, self.execution)
        self._judge = Judge(setting, properties, self.execution)
        self._acts: list[Act] = []
        self._byzantine = 0
        self._deadline = deadline
        self._until_look = _LOOK_EVERY

    @abstractmethod
    def play(self) -> None:
        """Go on until nothing is left to happen.

        Raises:
            OutOfTimeError: the deadline came first.
        """

    def follows(self, node: int) -> bool:
        """Whether the question still covers what the node does."""
        return self.execution.run.follows(self.execution.states[node])

    def changes(self, node: int, event: Event) -> bool:
        """Whether ``event`` would have an effect on the node as it is."""
        state = self.execution.states[node]
        return step(self.config, state, event)[0] != state

    def perform(self, node: int, event: Event, number: int = 0) -> Moment:
        """Let ``event`` befall the node in that round, and judge what it shows.

        Raises:
            OutOfTimeError: there is no time for it.
        """
        self._until_look -= 1
        if self._until_look == 0:
            self._until_look = _LOOK_EVERY
            if self._deadline is not None and time.monotonic() > self._deadline:
                raise OutOfTimeError
        act = Act(node, event, number)
        moment = self.execution.perform(act)
        if moment.after != moment.before:
            self._acts.append(act)
            self._judge.after(moment, len(self._acts))
        return moment

    def forge(self, node: int, number: int = 0) -> Moment | None:
        """Let a Byzantine message reach the node, if one is drawn that can be sent and matters."""
        self._draws_left -= 1
        received = self._forger.draw(self.execution.states[node])
        if received is None or not self.changes(node, received):
            return None
        if self.execution.obstacle(Act(node, received, number)) is not None:
            return None
        self._byzantine_left -= 1
        self._byzantine += 1
        return self.perform(node, received, number)

    @property
    def can_forge(self) -> bool:
        """Whether Byzantine nodes still send anything in this run."""
        return self._byzantine_left > 0 and self._draws_left > 0

    def used_up(self, node: int) -> bool:
        """Whether the node has had all the ballots that the question covers."""
        state = self.execution.states[node]
        return self.config.has_ballots and state.ballots.ballot >= self.setting.ballots

    def honest_step(self) -> Act | None:
        """An honest step that is left, where it matters whether one is; judges the state if not.

        It takes long in a large run, and is asked only where a property depends on it.
        """
        suspects = self._judge.if_stuck()
        step_left = next(self.execution.honest_steps(), None) if suspects else None
        if step_left is None:
            self._judge.violated.update((entry.name, len(self._acts)) for entry in suspects)
        return step_left

    def result(self) -> RunResult:
        """What came of the run that ends here."""
        self.execution.run = replace(self.execution.run, acts=tuple(self._acts))
        self._judge.at_the_end()
        records = self.execution.records.values()
        decided = [{entry.sample for entry in record.history} for record in records]
        return RunResult(
            self.setting,
            self.execution.run,
            self._byzantine,
            len(set.intersection(*decided)),
            self._judge.violated,
            self._judge.vacuous,
        )
