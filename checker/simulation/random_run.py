"""One random run: what every network has in common."""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, NamedTuple

from checker.setting import Setting
from checker.simulation.chance import Chance
from checker.simulation.fault_habits import BOTH, FaultHabits
from checker.simulation.forger import Forger
from checker.simulation.habits import Habits
from checker.simulation.judge import Judge
from poqi_core.messages import Crash, Event, Received, Sample
from poqi_core.prediction import Label
from poqi_core.properties import Property
from poqi_core.run import Act, Execution, Moment, Run
from poqi_core.state import awaited_sample
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
        disturbances: how often faulty nodes and the network did what, in words.
        decided: how many samples every honest node decided.
        violated: for each violated property, after how many acts it first was.
        vacuous: the properties whose premise did not occur.
    """

    setting: Setting
    run: Run
    disturbances: Mapping[str, int]
    decided: int
    violated: dict[str, int]
    vacuous: frozenset[str]

    def violation_of(self, name: str) -> Run:
        """The run up to where that property is violated."""
        return replace(self.run, acts=self.run.acts[: self.violated[name]])


class RandomRun(ABC):
    """What runs the core in a setting, on the way along a random run."""

    every_act_counts: ClassVar[bool] = False
    """Whether an event without effect is an act of the run as well."""

    def __init__(
        self,
        setting: Setting,
        network: str,
        properties: tuple[Property, ...],
        habits: Habits,
        faults: FaultHabits,
        chance: Chance,
        deadline: float | None,
    ) -> None:
        self.setting = setting
        self.config = setting.config
        self.habits = habits
        self.faults = faults
        self.chance = chance
        self.execution = Execution(setting.run(network, ()))
        self._byzantine_left = habits.byzantine_acts if habits.byzantine else 0
        self._draws_left = _DRAWS * self._byzantine_left
        self._forger = Forger(setting, habits, chance, self.execution)
        self._judge = Judge(setting, properties, self.execution)
        self._acts: list[Act] = []
        self._disturbances: Counter[str] = Counter()
        self._taken: Counter[int] = Counter()
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

    def acts(self, process: int) -> bool:
        """Whether the process is followed, and has neither crashed nor, where it may, stopped."""
        if process not in self.setting.honest:
            rounds, patience = self.execution.rounds, self.faults.patience[process]
            if rounds is not None and process in rounds.crashed:
                return False
            # In rounds a faulty node that has not crashed is on time like any other.
            if rounds is None and patience is not None and self._taken[process] >= patience:
                return False
        return self.follows(process)

    def awaited(self, process: int) -> Sample | None:
        """The sample that a process waits for, as its own network answers, if there is one."""
        index = awaited_sample(self.execution.states[process])
        predicted = self.setting.predicted_by_honest
        if index is None or index >= len(predicted):
            return None
        own = predicted[index].get(process)
        return Sample(index, self.answer(process) if own is None else own)

    def answer(self, process: int) -> Label:
        """What the own network of a faulty node answers."""
        answer = self.faults.answers[process]
        return self.chance.below(self.setting.labels) if answer is None else answer

    def side(self, sender: int) -> int | None:
        """Which copy of a node that runs twice a message of ``sender`` reaches, or both."""
        if self.chance.happens(self.faults.strays):
            return self.chance.pick((0, 1, BOTH))
        return self.faults.sides[sender]

    def disturbed(self, received: Received, *, optional: bool) -> Received | None:
        """As what a message arrives; None: its faulty sender withholds it."""
        if received.sender in self.setting.honest:
            return received
        if optional and self.chance.happens(self.faults.withholds):
            self.count("message withheld")
            return None
        if self.faults.changes and self.chance.happens(self.faults.changes):
            forms = list(self.execution.run.forms(received.message))
            if forms:
                self.count("message changed")
                return Received(received.sender, self.chance.pick(forms))
        return received

    def count(self, disturbance: str, times: int = 1) -> None:
        """Note that faulty nodes or the network did something."""
        if times:
            self._disturbances[disturbance] += times

    def crash(self, process: int, number: int) -> bool:
        """Let a process stop for ever; False if it has."""
        if self.execution.obstacle(Act(process, Crash(), number)) is not None:
            return False
        self.count("crash")
        self.perform(process, Crash(), number)
        return True

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
        if moment.after != moment.before or self.every_act_counts or isinstance(event, Crash):
            self._acts.append(act)
        if moment.after != moment.before:
            self._taken[node] += 1
            if node in self.setting.honest:
                self._judge.after(moment, len(self._acts))
        return moment

    def forge(self, node: int, number: int = 0) -> Moment | None:
        """Let a Byzantine message reach the node, if one is drawn that can be sent and matters."""
        self._draws_left -= 1
        received = self._forger.draw(self.execution.states[node])
        if received is None:
            return None
        first = self.addressee(node, received)
        if first is None or self.execution.obstacle(Act(first, received, number)) is not None:
            return None
        self._byzantine_left -= 1
        self.count("Byzantine message")
        return self.perform(first, received, number)

    def addressee(self, node: int, received: Received) -> int | None:
        """Who is to receive what was drawn for a node; None: nobody, as it would not matter."""
        return node if self.changes(node, received) else None

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
            dict(self._disturbances),
            len(set.intersection(*decided)),
            self._judge.violated,
            self._judge.vacuous,
        )
