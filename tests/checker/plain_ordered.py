"""Ordered rounds by brute force: whatever the core's own rules of that network let happen next.

Every event is offered to :class:`poqi_core.run.Execution` in every state, which says whether it
can happen; nothing is known here of the order, of what is taken up, or of what may wait.
"""

from collections.abc import Hashable, Iterator

from checker.evidence_adversary import EvidenceAdversary
from checker.poqi_system import Adversary
from checker.setting import Setting
from poqi_core.messages import Crash, Event, Received, Sample, TieBreak
from poqi_core.properties import PROPERTIES
from poqi_core.run import Act, DepartureError, Execution
from poqi_core.timers import collection_timer, time_out


class PlainOrdered:
    """Every run of a setting in ordered rounds, or as many as ``most`` states allow.

    Attributes:
        complete: whether every state was reached.
        reached: every state that was, the initial one first.
        shortest: for each violated property the fewest events to a violation.
    """

    def __init__(self, setting: Setting, most: int) -> None:
        self.setting = setting
        self._byzantine: list[Received] = []
        if setting.fault.forges and setting.byzantine and setting.config.has_ballots:
            self._byzantine = [sent.received for sent in EvidenceAdversary(setting).messages()]
        elif setting.fault.forges and setting.byzantine:
            self._byzantine = list(Adversary(setting).messages())
        self.shortest: dict[str, int] = {}
        self.reached: dict[Hashable, Execution] = {}
        start = Execution(setting.run("ordered", ()))
        costs = {self.key(start): 0}
        cost, states = 0, [start]
        while states and len(costs) <= most:
            later: list[Execution] = []
            for state in states:
                if costs[self.key(state)] < cost:
                    continue
                self._judge(state, cost)
                ended = self.ended(state)
                if ended is not None and costs.get(self.key(ended), cost + 1) > cost:
                    costs[self.key(ended)] = cost
                    states.append(ended)
                for _, following in self.following(state):
                    key = self.key(following)
                    if key not in costs:
                        costs[key] = cost + 1
                        later.append(following)
            cost, states = cost + 1, later
        self.complete = not states

    def key(self, execution: Execution) -> Hashable:
        """What sets a state apart from others."""
        rounds = execution.rounds
        assert rounds is not None
        return (
            tuple(execution.states.items()),
            tuple(execution.records.items()),
            rounds.standing,
            frozenset(execution.quotable if self.setting.config.has_ballots else ()),
        )

    def following(self, execution: Execution) -> Iterator[tuple[Event, Execution]]:
        """Every event that can happen next, and the execution after it."""
        assert execution.rounds is not None
        for node, state in execution.states.items():
            crash = Act(node, Crash(), execution.rounds.number)
            if execution.obstacle(crash) is None:
                following = execution.fork()
                following.perform(crash)
                yield crash.event, following
            if not execution.run.follows(state):
                continue
            for event in dict.fromkeys(self._events(execution, node)):
                act = Act(node, event, execution.rounds.number)
                if execution.obstacle(act) is None:
                    following = execution.fork()
                    following.perform(act)
                    yield event, following

    def _events(self, execution: Execution, node: int) -> Iterator[Event]:
        config, state = self.setting.config, execution.states[node]
        for index, predicted in enumerate(self.setting.predicted_by_honest):
            labels = range(self.setting.labels) if node not in predicted else [predicted[node]]
            for label in labels:
                yield Sample(index, label)
        yield collection_timer(config, state)
        yield time_out(config, state)
        for conflict in state.conflicts:
            for chosen in range(config.nodes):
                yield TieBreak(conflict.sample, chosen)
        yield from self._byzantine
        assert execution.rounds is not None
        for recipient, received in execution.rounds.available():
            if recipient == node:
                yield received
                if received.sender not in self.setting.honest and self.setting.fault.changes:
                    for form in execution.run.forms(received.message):
                        yield Received(received.sender, form)

    @staticmethod
    def ended(execution: Execution) -> Execution | None:
        """The execution after the end of the round, if that can come."""
        assert execution.rounds is not None
        following = execution.fork()
        try:
            following.reach(execution.rounds.number + 1)
        except DepartureError:
            return None
        return following

    @staticmethod
    def is_stuck(execution: Execution) -> bool:
        """Whether nothing is on its way, no timer is left and no choice to be made.

        A node that has used up its ballots was promised that they would do.
        """
        run = execution.run
        return next(execution.honest_steps(), None) is None and all(
            run.follows(state) or (run.ballots is not None and state.ballots.ballot >= run.ballots)
            for state in (execution.states[node] for node in run.honest)
        )

    def _judge(self, execution: Execution, cost: int) -> None:
        self.reached[self.key(execution)] = execution
        stuck = self.is_stuck(execution)
        for entry in PROPERTIES:
            if entry.name not in self.shortest and (stuck or not entry.when_stuck):
                if execution.violation(entry) is not None:
                    self.shortest[entry.name] = cost
