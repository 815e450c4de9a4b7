"""Ordered rounds by brute force: whatever the core's own rules of that network let happen next.

Every event is offered to :class:`poqi_core.run.Execution` in every state, which says whether it
can happen; nothing is known here of the order, of what is taken up, or of what may wait.
"""

from collections.abc import Hashable, Iterator

from checker.poqi_system import Adversary
from checker.setting import Setting
from poqi_core.messages import Event, Sample, TieBreak
from poqi_core.properties import PROPERTIES
from poqi_core.run import Act, DepartureError, Execution
from poqi_core.timers import collection_timer, time_out


class PlainOrdered:
    """Every run of a setting in ordered rounds, or as many as ``most`` states allow.

    Attributes:
        complete: whether every state was reached.
        shortest: for each violated property the fewest events to a violation.
    """

    def __init__(self, setting: Setting, most: int) -> None:
        self._setting = setting
        self._byzantine = (
            list(Adversary(setting).messages())
            if setting.fault.forges and setting.byzantine
            else []
        )
        self.shortest: dict[str, int] = {}
        start = Execution(setting.run("ordered", ()))
        costs = {self._key(start): 0}
        cost, states = 0, [start]
        while states and len(costs) <= most:
            later: list[Execution] = []
            for state in states:
                if costs[self._key(state)] < cost:
                    continue
                self._judge(state, cost)
                ended = self._ended(state)
                if ended is not None and costs.get(self._key(ended), cost + 1) > cost:
                    costs[self._key(ended)] = cost
                    states.append(ended)
                for following in self._following(state):
                    key = self._key(following)
                    if key not in costs:
                        costs[key] = cost + 1
                        later.append(following)
            cost, states = cost + 1, later
        self.complete = not states

    def _key(self, execution: Execution) -> Hashable:
        rounds = execution.rounds
        assert rounds is not None
        return (
            tuple(execution.states.items()),
            tuple(execution.records.items()),
            rounds.standing,
        )

    def _following(self, execution: Execution) -> Iterator[Execution]:
        assert execution.rounds is not None
        for node in self._setting.honest:
            state = execution.states[node]
            if not execution.run.follows(state):
                continue
            for event in self._events(execution, node):
                act = Act(node, event, execution.rounds.number)
                if execution.obstacle(act) is None:
                    following = execution.fork()
                    following.perform(act)
                    yield following

    def _events(self, execution: Execution, node: int) -> Iterator[Event]:
        config, state = self._setting.config, execution.states[node]
        for index, predicted in enumerate(self._setting.predicted_by_honest):
            yield Sample(index, predicted[node])
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

    @staticmethod
    def _ended(execution: Execution) -> Execution | None:
        assert execution.rounds is not None
        following = execution.fork()
        try:
            following.reach(execution.rounds.number + 1)
        except DepartureError:
            return None
        return following

    def _judge(self, execution: Execution, cost: int) -> None:
        stuck = next(execution.honest_steps(), None) is None and all(
            map(execution.run.follows, execution.states.values())
        )
        for entry in PROPERTIES:
            if entry.name not in self.shortest and (stuck or not entry.when_stuck):
                if execution.violation(entry) is not None:
                    self.shortest[entry.name] = cost
