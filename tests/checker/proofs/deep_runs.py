"""Runs of the repaired protocol drawn at random, deep enough for several ballots and samples."""

from collections.abc import Iterator
from random import Random

from checker.evidence_adversary import EvidenceAdversary
from checker.question import Question, parse_patterns
from checker.setting import Setting
from poqi_core.messages import BallotTimeOut, Message
from poqi_core.outputs import Send
from poqi_core.readings import HARDENED, Readings
from poqi_core.run import Act, Execution, Moment
from poqi_core.step import step


def setting(patterns: str, faults: int, ballots: int, readings: Readings = HARDENED) -> Setting:
    predictions = parse_patterns(patterns)
    question = Question(
        nodes=len(predictions[0]),
        faults=faults,
        readings=readings,
        predictions=predictions,
        samples=len(predictions),
        ballots=ballots,
    )
    return next(question.settings())


def signed_by(moment: Moment) -> frozenset[Message]:
    """What the node has sent in that step."""
    return frozenset(output.message for output in moment.outputs if isinstance(output, Send))


class DeepRuns:
    """Runs in which timers run out rarely, so that ballots get somewhere."""

    def __init__(self, where: Setting) -> None:
        self.where = where
        self.adversary = [quoting.received for quoting in EvidenceAdversary(where).messages()]

    def run(self, random: Random, steps: int) -> Iterator[Moment]:
        execution = Execution(self.where.run("asynchronous", ()))
        for _ in range(steps):
            act = self._next_act(execution, random)
            if act is None:
                return
            yield execution.perform(act)

    def _next_act(self, execution: Execution, random: Random) -> Act | None:
        if random.random() < 0.4:
            act = self._byzantine_act(execution, random)
            if act is not None:
                return act
        acts = list(execution.honest_steps())
        patient = [act for act in acts if not isinstance(act.event, BallotTimeOut)]
        if patient and random.random() < 0.97:
            return random.choice(patient)
        return random.choice(acts) if acts else self._byzantine_act(execution, random)

    def _byzantine_act(self, execution: Execution, random: Random) -> Act | None:
        """A Byzantine message that can be sent by now and has an effect."""
        for event in random.choices(self.adversary, k=40) if self.adversary else ():
            act = Act(random.choice(self.where.honest), event)
            before = execution.states[act.node]
            effect = step(self.where.config, before, act.event)[0] is not before
            if effect and execution.obstacle(act) is None:
                return act
        return None
