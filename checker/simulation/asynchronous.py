"""A random run in the asynchronous network: whose turn it is, and what reaches it.

Everything that is sent arrives in the end, some of it last of all, some of it twice; that
something is lost is the run that stops before.  Where nothing is left to arrive, timers run out.
"""

from collections.abc import Iterable, Iterator

from checker.simulation.fault_habits import BOTH
from checker.simulation.random_run import RandomRun
from poqi_core.messages import Event, Received, TieBreak
from poqi_core.outputs import Remark, Send
from poqi_core.run import Moment
from poqi_core.state import NodeState, tied
from poqi_core.timers import collection_timer, time_out

_REPEATED = 0.01
"""How likely a message that arrives will arrive again."""


class _Mail:
    """What is under way to one node."""

    def __init__(self) -> None:
        self.arriving: list[Received] = []
        self.late: list[Received] = []
        """What comes when nothing else is left."""
        self.early: list[Received] = []
        """What had no effect so far; it arrives again when the node has got further."""
        self.tried_in: NodeState | None = None
        """The state of the node when all of that was last tried."""


class AsynchronousRun(RandomRun):
    """A random run in which messages persist."""

    def play(self) -> None:
        """Go on until no honest step is left, and no Byzantine message that matters."""
        self._mail = {process: _Mail() for process in self.setting.processes}
        self._waiting = list(self.setting.processes)
        self._waits = set(self._waiting)
        self._heaviest = max(self.habits.weights.values())
        while True:
            while self._waiting:
                self._turn()
            if not self._go_on():
                break

    def _turn(self) -> None:
        """Somebody's turn."""
        place = self.chance.below(len(self._waiting))
        node = self._waiting[place]
        if not self.chance.happens(self.habits.weights[node] / self._heaviest):
            return
        if not self.acts(node) or not self._act(node):
            last = self._waiting.pop()
            if place < len(self._waiting):
                self._waiting[place] = last
            self._waits.discard(node)

    def _act(self, node: int) -> bool:
        """Let something happen to the node; False if nothing is due to."""
        chance, mail, habits = self.chance, self._mail[node], self.habits
        if self.can_forge and chance.happens(habits.byzantine):
            moment = self.forge(node)
            if moment is not None:
                self._spread(moment)
            return True
        if self.config.has_timers and chance.happens(habits.timers):
            timer = chance.pick((collection_timer, time_out))
            self._run_out(node, timer(self.config, self.execution.states[node]))
            return True
        sample = self.awaited(node)
        if sample is not None and (not mail.arriving or chance.happens(0.5)):
            self._spread(self.perform(node, sample))
            return True
        if not mail.arriving:
            return False
        place = chance.below(len(mail.arriving))
        received = mail.arriving[place]
        if not chance.happens(_REPEATED):
            mail.arriving[place] = mail.arriving[-1]
            mail.arriving.pop()
        moment = self.perform(node, received)
        first = moment.outputs[0]
        if moment.after != moment.before:
            self._spread(moment)
        elif isinstance(first, Remark) and not first.reason.lasts:
            mail.early.append(received)
        return True

    def _run_out(self, node: int, timer: Event) -> bool:
        """Let a timer of the node run out, if that changes anything."""
        if not self.changes(node, timer):
            return False
        self._spread(self.perform(node, timer))
        return True

    def _spread(self, moment: Moment) -> None:
        """Put what was sent under way; what came too early for the node arrives again."""
        node = moment.act.node
        for output in moment.outputs:
            if isinstance(output, Send):
                late = self.habits.late.get(type(output.message), 0.0)
                sent = Received(self.execution.run.node_of(node), output.message)
                for recipient in self._reached(sent.sender, output.recipients):
                    mail = self._mail[recipient]
                    is_late = late > 0 and self.chance.happens(late)
                    received = self.disturbed(sent, optional=False)
                    assert received is not None
                    (mail.late if is_late else mail.arriving).append(received)
                    self._wake(recipient)
        if _stage(moment.before) != _stage(moment.after):
            mail = self._mail[node]
            mail.arriving += mail.early
            mail.early = []
        self._wake(node)

    def _reached(self, sender: int, recipients: Iterable[int]) -> Iterator[int]:
        """The processes that a message reaches: of a node that runs twice, one copy or both."""
        for node in recipients:
            if node in self._mail and self.setting.fault.copies < 2:
                yield node
            elif self.setting.fault.copies > 1:
                copies = self.execution.run.processes_of(node)
                side = self.side(sender) if len(copies) > 1 else BOTH
                self.count("message to one twin", side is not BOTH)
                yield from copies if side is BOTH else (copies[side],)

    def _wake(self, node: int) -> None:
        if node not in self._waits:
            self._waits.add(node)
            self._waiting.append(node)

    def _go_on(self) -> bool:
        """Find something to happen where nobody waits for anything; False if there is nothing."""
        in_scope = [process for process in self.setting.processes if self.acts(process)]
        for node in in_scope:
            mail, state = self._mail[node], self.execution.states[node]
            if mail.late or (mail.early and mail.tried_in is not state):
                mail.arriving += mail.late + mail.early
                mail.late, mail.early, mail.tried_in = [], [], state
                self._wake(node)
        if self._waiting:
            return True
        if self.config.has_timers:
            for timer in (collection_timer, time_out):
                for node in self.chance.shuffled(in_scope):
                    if self._run_out(node, timer(self.config, self.execution.states[node])):
                        return True
        if self._break_a_tie(in_scope):
            return True
        honest = [node for node in in_scope if node in self.setting.honest]
        if len(honest) == len(self.setting.honest):
            left = self.honest_step()
            if left is not None:
                self._spread(self.perform(left.node, left.event))
                return True
        while self.can_forge and honest:
            moment = self.forge(self.chance.pick(honest))
            if moment is not None:
                self._spread(moment)
                return True
        return False

    def _break_a_tie(self, nodes: list[int]) -> bool:
        """Let one of the nodes of equal reward decide a conflict sample at one of ``nodes``."""
        for node in nodes:
            for conflict in self.execution.states[node].conflicts:
                if tied(conflict):
                    chosen = TieBreak(conflict.sample, self.chance.below(self.config.nodes))
                    if self.changes(node, chosen):
                        self._spread(self.perform(node, chosen))
                    return True
        return False


def _stage(state: NodeState) -> tuple[int, int, int, bool, bool]:
    """What mostly decides whether a message is too early."""
    own = state.prediction is None
    return state.view, state.sample, state.ballots.ballot, own, state.log.agreed
