"""A random run in rounds in which everyone receives the same in the same order.

What is drawn is the order: a message takes its place in it, and is then delivered to everybody
whom it concerns (:mod:`poqi_core.ordered_rounds`).
"""

from checker.simulation.lock_step import LockStepRun, Planned
from poqi_core.messages import Event, Received
from poqi_core.ordered_rounds import OrderedRounds


class OrderedRun(LockStepRun):
    """A random run in ordered rounds."""

    every_act_counts = True

    @property
    def rounds(self) -> OrderedRounds:
        """The rounds of the run."""
        rounds = self.execution.rounds
        assert isinstance(rounds, OrderedRounds)
        return rounds

    def play_round(self, number: int) -> bool:
        """Let a round happen; False if nothing does."""
        happened = self._settle(number)
        left: list[Planned] = [*self._messages(), *self.timers(number), *self.besides()]
        while left:
            moved = False
            again: list[Planned] = []
            for process, event in self.chance.shuffled(left):
                if self.befalls(process, event, number):
                    moved = True
                elif event is not None:
                    again.append((process, event))
            happened |= moved
            left = again if moved else []
        return self.close(number) or happened

    def _messages(self) -> list[Planned]:
        """What arrives in this round, and as what, each with one of those who receive it."""
        arriving: dict[Received, int] = {}
        for process, received in self.rounds.arriving():
            arriving.setdefault(received, process)
        plan: list[Planned] = []
        for received, process in arriving.items():
            optional = self.rounds.is_optional(process, received)
            arrives = self.disturbed(received, optional=optional)
            if arrives is not None:
                plan.append((process, arrives))
        return plan

    def befalls(self, process: int, event: Event | None, number: int) -> bool:
        """Let what was planned happen, if it still can and has an effect, and what follows."""
        if isinstance(event, Received):
            first = self.rounds.first_to_receive(event)
            if first is None:
                return False
            self.perform(first, event, number)
            happened = True
        else:
            happened = super().befalls(process, event, number)
        if happened:
            self._settle(number)
        return happened

    def addressee(self, node: int, received: Received) -> int | None:
        """Who is the first to receive a Byzantine message; None: nobody can use it now."""
        return self.rounds.first_to_receive(received)

    def _settle(self, number: int) -> bool:
        """Let everything happen that must before anything else can; whether anything does."""
        happened = False
        while True:
            due: tuple[int, Event] | None = self.rounds.next_delivery()
            if due is None:
                due = next(
                    (
                        (process, event)
                        for process, event in self.samples()
                        if self.acts(process) and self.changes(process, event)
                    ),
                    None,
                )
            if due is None:
                return happened
            self.perform(*due, number)
            happened = True
