"""A run of an asynchronous network, played again in lock-step rounds.

Whatever happens in rounds can happen in an asynchronous network; the converse fails, since in
rounds every honest message arrives.  So a violation that was found for the asynchronous network is
tried in rounds: each node hears what it heard, in that order as far as it can, and what else
arrives in the round after that.  If the violation is there as well, it is one; if not, nothing
has been shown.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from itertools import product
from typing import NamedTuple

from checker.views.shortening import Judge
from poqi_core.history import Record
from poqi_core.messages import Event
from poqi_core.outputs import Remark
from poqi_core.run import Act, Execution, Run
from poqi_core.step import step

_QUIET = 3
"""After so many rounds in which nothing happened nothing will."""


def in_rounds(run: Run, judge: Judge) -> Run | None:
    """A run in rounds in which ``judge`` finds what it finds at the end of ``run``, or None.

    Byzantine messages that come to nothing there are left out.
    """
    for patient, backwards in product((False, True), repeat=2):
        found = _Replay(run, judge, patient=patient, backwards=backwards).play()
        if found is not None:
            return found
    return None


class AtRest(NamedTuple):
    """A run in rounds after which no honest step is left, and what the honest nodes have shown."""

    run: Run
    records: Mapping[int, Record]


def to_rest_in_rounds(run: Run) -> AtRest | None:
    """``run`` played in rounds until no honest step is left; None if that does not come about.

    Faulty nodes send what they sent in ``run``.
    """
    replay = _Replay(run, lambda execution: None, patient=False, backwards=False)
    replay.play()
    return replay.at_rest()


class _Now(Enum):
    YES = "it can happen"
    LATER = "it may have an effect later"
    NEVER = "it has had its effect, or will have none"


class _Replay:
    """One way to play it: do nodes wait for what they heard next, and which comes first."""

    def __init__(self, run: Run, judge: Judge, *, patient: bool, backwards: bool) -> None:
        self._run = replace(run, network="rounds", acts=())
        self._judge = judge
        self._patient = patient
        self._nodes = tuple(reversed(run.honest)) if backwards else run.honest
        self._scripts: dict[int, list[Event]] = {node: [] for node in run.honest}
        for act in run.acts:
            self._scripts[act.node].append(act.event)
        self._execution = Execution(self._run)
        self._acts: list[Act] = []
        self._happened: set[tuple[int, Event]] = set()
        self._round = 0

    def play(self) -> Run | None:
        """The run up to what was looked for; None if it does not come about."""
        quiet = 0
        while quiet < _QUIET:
            before = len(self._acts)
            for node in self._nodes:
                if self._followed(node) or self._given_the_rest(node):
                    return replace(self._run, acts=tuple(self._acts))
            quiet = quiet + 1 if len(self._acts) == before else 0
            self._round += 1
            self._execution.reach(self._round)
        return None

    def at_rest(self) -> AtRest | None:
        """What was played, if no honest step is left."""
        if next(self._execution.honest_steps(), None) is not None:
            return None
        return AtRest(replace(self._run, acts=tuple(self._acts)), self._execution.records)

    def _followed(self, node: int) -> bool:
        """Let a node hear what it heard; True once it is found."""
        script = self._scripts[node]
        place = 0
        while place < len(script):
            act = Act(node, script[place], self._round)
            match self._possible(act):
                case _Now.YES:
                    del script[place]
                    place = 0
                    if self._perform(act):
                        return True
                case _Now.NEVER:
                    del script[place]
                case _Now.LATER if self._patient:
                    return False
                case _Now.LATER:
                    place += 1
        return False

    def _given_the_rest(self, node: int) -> bool:
        """Let a node hear what else arrives in the round; True once it is found."""
        while True:
            owed = next(self._execution.owed(node), None)
            if owed is None:
                return False
            if self._perform(owed) or self._followed(node):
                return True

    def _possible(self, act: Act) -> "_Now":
        """Whether ``act`` can happen and would change its node, now or later."""
        state = self._execution.states[act.node]
        if not self._run.follows(state) or (act.node, act.event) in self._happened:
            return _Now.NEVER
        if self._execution.obstacle(act) is not None:
            return _Now.LATER
        after, outputs = step(self._run.config, state, act.event)
        if after != state:
            return _Now.YES
        remark = outputs[0]
        waits = isinstance(remark, Remark) and remark.reason.waits
        return _Now.LATER if waits else _Now.NEVER

    def _perform(self, act: Act) -> bool:
        """Let ``act`` happen; True once it is found."""
        self._execution.perform(act)
        self._acts.append(act)
        self._happened.add((act.node, act.event))
        return self._judge(self._execution) is not None
