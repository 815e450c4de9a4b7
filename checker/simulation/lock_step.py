"""A random run in lock-step rounds: in which order things arrive, and what besides.

Every message of an honest node arrives in the round after it was sent, unless the network may
lose it; the round is over when nothing that is due would change anything.  Byzantine nodes send
to whom they like in each, and those that run the core withhold, change and crash by their habits.
"""

from typing import TypeAlias

from checker.simulation.fault_habits import BOTH
from checker.simulation.random_run import RandomRun
from poqi_core.messages import Crash, Event, Received, RoundEnded, Sample, TieBreak
from poqi_core.rounds import Rounds
from poqi_core.run import Act
from poqi_core.state import tied
from poqi_core.timers import collection_timer, time_out

_QUIET_ROUNDS = 3
"""So many rounds in which nothing happens are the end; in two of them timers run out."""

Planned: TypeAlias = tuple[int, Event | None]
"""What is to befall a process; None: a Byzantine message."""


class LockStepRun(RandomRun):
    """A random run in rounds."""

    def play(self) -> None:
        """Go on until no honest step is left, and no Byzantine message that matters."""
        number = quiet = 0
        while quiet < _QUIET_ROUNDS:
            if self.play_round(number):
                quiet = 0
            else:
                quiet += 1
                if all(self.follows(node) or self.used_up(node) for node in self.setting.honest):
                    self.honest_step()
            number += 1
            before = self.rounds.losses
            self.execution.reach(number)
            self.count("message lost", before - self.rounds.losses)

    @property
    def rounds(self) -> Rounds:
        """The rounds of the run."""
        rounds = self.execution.rounds
        assert rounds is not None
        return rounds

    def play_round(self, number: int) -> bool:
        """Let a round happen; False if nothing does."""
        arriving: list[Planned] = list(self._arriving())
        left: list[Planned] = [*self.samples(), *arriving, *self.timers(number)]
        once = self.besides()
        happened = False
        while left or once:
            moved = False
            again: list[Planned] = []
            for process, event in self.chance.shuffled([*left, *once]):
                if self.befalls(process, event, number):
                    moved = True
                elif event is not None:
                    again.append((process, event))
            happened |= moved
            left, once = again if moved else [], []
        return self.close(number) or happened

    def befalls(self, process: int, event: Event | None, number: int) -> bool:
        """Let what was planned befall a process, if it still can and has an effect."""
        if event is None:
            return self.follows(process) and self.forge(process, number) is not None
        if isinstance(event, Crash):
            return self.crash(process, number)
        if not self.acts(process) or not self.changes(process, event):
            return False
        if isinstance(event, Received) and event.sender not in self.setting.honest:
            # Two messages can be changed into the same, so that one of them has arrived as it.
            if self.execution.obstacle(Act(process, event, number)) is not None:
                return False
        self.perform(process, event, number)
        return True

    def close(self, number: int) -> bool:
        """Let happen what must before the round can end, and its end; whether anything does."""
        happened = False
        while True:
            owed = self.chance.shuffled(list(self.execution.owed()))
            due = [act for act in owed if not isinstance(act.event, RoundEnded)] or owed
            if not due:
                return happened
            for act in due:
                if self.befalls(act.node, self._answered(act.node, act.event), number):
                    happened = True
                    if self.rounds.losses:
                        break  # The rest may be lost.

    def _answered(self, process: int, event: Event) -> Event:
        """``event``; if it is the sample of a faulty node, with what its own network answers."""
        if isinstance(event, Sample) and process not in self.setting.honest:
            return Sample(event.index, self.answer(process))
        return event

    def samples(self) -> list[tuple[int, Event]]:
        """The samples that are due."""
        return [
            (process, self._answered(process, event))
            for process, event in self.rounds.samples_due()
        ]

    def _arriving(self) -> list[tuple[int, Received]]:
        """What arrives in this round, and as what; the rest is lost or withheld."""
        plan: list[tuple[int, Received]] = []
        reached: dict[tuple[int, Received], int | None] = {}
        losses = self.rounds.losses
        nodes = self.config.nodes
        for process, received in self.rounds.arriving():
            if process not in self.setting.honest and self.setting.fault.copies > 1:
                key = process % nodes, received
                if key not in reached:
                    reached[key] = self.side(received.sender)
                    self.count("message to one twin", reached[key] is not BOTH)
                if reached[key] not in (BOTH, process // nodes):
                    continue
            if losses and self.chance.happens(self.faults.loses):
                losses -= 1
                continue
            arrives = self.disturbed(received, optional=self.rounds.is_optional(process, received))
            if arrives is not None:
                plan.append((process, arrives))
        return plan

    def timers(self, number: int) -> list[Planned]:
        """The timers that run out in this round."""
        return [
            (process, timer)
            for process, state in self.execution.states.items()
            for timer in (collection_timer(self.config, state), time_out(self.config, state))
            if self.follows(process)
            and self.execution.obstacle(Act(process, timer, number)) is None
            and self.changes(process, timer)
        ]

    def besides(self) -> list[Planned]:
        """What can happen besides: ties that are broken, Byzantine messages (None), crashes."""
        chance = self.chance
        besides: list[Planned] = []
        for process, state in self.execution.states.items():
            besides += [
                (process, TieBreak(conflict.sample, chance.below(self.config.nodes)))
                for conflict in state.conflicts
                if tied(conflict)
            ]
            while self.can_forge and chance.happens(self.habits.byzantine):
                besides.append((process, None))
        if self.setting.fault.crashes:
            besides += [
                (process, Crash())
                for process in self.execution.run.runners
                if process not in self.rounds.crashed and chance.happens(self.faults.crashes)
            ]
        return besides
