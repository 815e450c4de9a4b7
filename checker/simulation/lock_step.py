"""A random run in lock-step rounds: in which order things arrive, and what besides.

Every message of an honest node arrives in the round after it was sent; the round is over when
nothing that is due would change anything.  Byzantine nodes send to whom they like in each.
"""

from checker.simulation.random_run import RandomRun
from poqi_core.messages import Event, RoundEnded, TieBreak
from poqi_core.run import Act
from poqi_core.state import tied
from poqi_core.timers import collection_timer, time_out

_QUIET_ROUNDS = 3
"""So many rounds in which nothing happens are the end; in two of them timers run out."""


class LockStepRun(RandomRun):
    """A random run in rounds."""

    def play(self) -> None:
        """Go on until no honest step is left, and no Byzantine message that matters."""
        number = quiet = 0
        while quiet < _QUIET_ROUNDS:
            if self._round(number):
                quiet = 0
            else:
                quiet += 1
                if all(self.follows(node) or self.used_up(node) for node in self.setting.honest):
                    self.honest_step()
            number += 1
            self.execution.reach(number)

    def _round(self, number: int) -> bool:
        """Let a round happen; False if nothing does."""
        timers = self._timers(number)
        plan = [*self._owed(), *timers, *self._besides()]
        happened = False
        while plan:
            for node, event in self.chance.shuffled(plan):
                if event is None:
                    happened |= self.follows(node) and self.forge(node, number) is not None
                elif self.follows(node) and self.changes(node, event):
                    self.perform(node, event, number)
                    happened = True
            still = [(node, timer) for node, timer in timers if self.follows(node)]
            plan = [*self._owed(), *(due for due in still if self.changes(*due))]
        for act in list(self.execution.owed()):
            self.perform(act.node, act.event, number)
            happened = True
        return happened

    def _owed(self) -> list[tuple[int, Event | None]]:
        """What must still happen in this round, its end apart."""
        return [
            (act.node, act.event)
            for act in self.execution.owed()
            if not isinstance(act.event, RoundEnded)
        ]

    def _timers(self, number: int) -> list[tuple[int, Event]]:
        """The timers that run out in this round."""
        return [
            (node, timer)
            for node, state in self.execution.states.items()
            for timer in (collection_timer(self.config, state), time_out(self.config, state))
            if self.follows(node)
            and self.execution.obstacle(Act(node, timer, number)) is None
            and self.changes(node, timer)
        ]

    def _besides(self) -> list[tuple[int, Event | None]]:
        """What can happen besides: ties that are broken, and Byzantine messages (None)."""
        chance = self.chance
        besides: list[tuple[int, Event | None]] = []
        for node, state in self.execution.states.items():
            besides += [
                (node, TieBreak(conflict.sample, chance.below(self.config.nodes)))
                for conflict in state.conflicts
                if tied(conflict)
            ]
            while self.can_forge and chance.happens(self.habits.byzantine):
                besides.append((node, None))
        return besides
