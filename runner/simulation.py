"""A run of the protocol over a data set: every node and every sample through the core.

One sample is worked on at a time.  Its prediction goes to every node, and messages are
delivered until none is on its way.  Then the environment gives the signals that the readings
leave to it, as long as one takes effect: a tie is broken by lot, a collection is closed, a
timer runs out.  Where nodes count rounds (reading ``agree_on=broadcast``), what was sent in a
round is delivered in the next, and everybody is told when a round is over.

If an honest node still works on the sample then, no honest step is left, and the run intervenes:
every honest node is told to go on with the next sample (``NextSample``) in one and the same view,
and those that had not decided record the sample as undecided.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

import numpy as np
from numpy.typing import NDArray

from poqi_core import Config, Label, NodeState, Softmax, finished, initial, step
from poqi_core.history import Entry
from poqi_core.messages import (
    Event,
    Message,
    NextSample,
    Received,
    Sample,
    TieBreak,
)
from poqi_core.outputs import Decided, Rule, Send, Undecided
from poqi_core.run import collection_timer, round_end, time_out
from runner.adversary import FaultyOutputs
from runner.network import Network


@dataclass(frozen=True)
class NodeRun:
    """What an honest node has come to.

    Attributes:
        node: which one.
        history: its decisions in the order in which it made them.
        labels: for each sample the label that it decided first; None: it is undecided.
        rules: for each sample the rule by which it decided that label.
        rewards: its record of every node's reward at the end.
        undecided: the samples for which it has agreed that there is no label.
    """

    node: int
    history: tuple[Entry, ...]
    labels: tuple[Label | None, ...]
    rules: tuple[Rule | None, ...]
    rewards: tuple[Fraction, ...]
    undecided: tuple[int, ...] = ()


@dataclass(frozen=True)
class SimulatedRun:
    """What a whole run has come to.

    Attributes:
        honest: the honest nodes' runs, in ascending order of the nodes.
        interventions: the samples that the environment had to give up for a node.
        sent_by_honest: messages that honest nodes sent, one for each recipient.
        sent_by_faulty: the same for faulty nodes.
        sent_by_kind: the same for both together, by the name of the message.
        steps: calls of the transition function at honest nodes.
    """

    honest: tuple[NodeRun, ...]
    interventions: tuple[int, ...]
    sent_by_honest: int
    sent_by_faulty: int
    sent_by_kind: dict[str, int]
    steps: int


@dataclass(slots=True)
class _Face:
    """The core as one node runs it, before everybody (honest) or one receiver (faulty)."""

    state: NodeState
    vectors: NDArray[np.float64]
    """Shape (samples, classes)."""
    receiver: int | None = None
    history: list[Entry] = field(default_factory=list)
    rules: dict[int, Rule] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    undecided: list[int] = field(default_factory=list)


class Simulation:
    """The nodes of a run and the network between them."""

    def __init__(
        self,
        config: Config,
        vectors: NDArray[np.float64],
        faulty: FaultyOutputs,
        network: Network,
        seed: int,
    ) -> None:
        """Set the nodes up.

        Args:
            config: what all nodes have in common; it must keep early messages.
            vectors: the softmax outputs, shape (nodes, samples, classes).
            faulty: which nodes are faulty and what they show.
            network: between the nodes, with nothing on its way.
            seed: of the lots by which ties are broken.
        """
        self._config = config
        self._samples = int(vectors.shape[1])
        self._network = network
        self._ties = random.Random(f"ties {seed}")
        self._faces: tuple[tuple[_Face, ...], ...] = tuple(
            tuple(
                _Face(initial(config, node), faulty.shown(node, receiver), receiver)
                for receiver in range(config.nodes)
                if receiver != node
            )
            if node in faulty.nodes
            else (_Face(initial(config, node), vectors[node]),)
            for node in range(config.nodes)
        )
        self._honest = [faces[0] for faces in self._faces if faces[0].receiver is None]
        self._false = [face for faces in self._faces for face in faces if face.receiver is not None]
        self._sent: Counter[type[Message]] = Counter()
        self._sent_by_faulty = 0
        self._steps = 0
        self._interventions: list[int] = []

    def run(self, progress: Callable[[int], None] = lambda done: None) -> SimulatedRun:
        """Run over every sample; ``progress`` is told how many are done."""
        for sample in range(self._samples):
            self._work_on(sample)
            progress(sample + 1)
        total = self._sent.total()
        return SimulatedRun(
            honest=tuple(self._result(face) for face in self._honest),
            interventions=tuple(self._interventions),
            sent_by_honest=total - self._sent_by_faulty,
            sent_by_faulty=self._sent_by_faulty,
            sent_by_kind={kind.__name__: count for kind, count in self._sent.most_common()},
            steps=self._steps,
        )

    def _result(self, face: _Face) -> NodeRun:
        samples = range(self._samples)
        return NodeRun(
            face.state.node,
            tuple(face.history),
            tuple(face.labels.get(sample) for sample in samples),
            tuple(face.rules.get(sample) for sample in samples),
            face.state.rewards,
            tuple(face.undecided),
        )

    def _work_on(self, sample: int) -> None:
        for face in self._honest:
            self._network.send((face.state.node,), _input(face, sample))
        arriving = len(self._network)
        for face in self._false:
            self._keep_up(face, sample)
            self._happen(face, _input(face, sample))
        if self._config.has_broadcast:
            self._deliver_in_rounds(arriving)
        else:
            self._deliver()
            while self._signal(sample):
                self._deliver()
        if any(_works_on(face.state, sample) for face in self._honest):
            self._interventions.append(sample)
            view = max(face.state.view for face in self._honest) + 1
            for face in self._honest:
                self._happen(face, NextSample(sample + 1, view))

    def _keep_up(self, face: _Face, sample: int) -> None:
        """Bring the face of a faulty node to where the honest nodes begin ``sample``.

        A correct node can be left behind by others' equivocation.  A faulty one need not
        put up with that: it sees in which view the others are and goes on from there.
        """
        view = max(_next_view(honest.state) for honest in self._honest)
        if face.state.sample == sample - 1 and not face.state.decided:
            self._happen(face, NextSample(sample, view))
        if face.state.sample + face.state.decided != sample or _next_view(face.state) != view:
            face.state = initial(self._config, face.state.node, view)
            if sample:
                self._happen(face, NextSample(sample, view))

    def _deliver(self, most: int | None = None) -> None:
        """Deliver that many messages, or until nothing is on its way."""
        deliver, everybody, happen = self._network.deliver, self._faces, self._happen
        for _ in count() if most is None else range(most):
            delivery = deliver()
            if delivery is None:
                return
            recipient, event = delivery
            for face in everybody[recipient]:
                happen(face, event)

    def _deliver_in_rounds(self, arriving: int) -> None:
        """Deliver what is to arrive in a round, end it for everybody, and so on for the sample."""
        counting = True
        while counting:
            self._deliver(arriving)
            counting = False
            for faces in self._faces:
                for face in faces:
                    end = round_end(self._config, face.state)
                    counting |= end is not None and self._happen(face, end)
            arriving = len(self._network)

    def _happen(self, face: _Face, event: Event) -> bool:
        """Let ``event`` befall a node; whether it had an effect."""
        before = face.state
        after, outputs = step(self._config, before, event)
        if face.receiver is None:
            self._steps += 1
        if after is before:
            return False
        face.state = after
        for output in outputs:
            if isinstance(output, Send):
                self._post(face, output)
            elif isinstance(output, Decided):
                face.history.append(Entry(output.sample, output.label))
                face.labels.setdefault(output.sample, output.label)
                face.rules.setdefault(output.sample, output.rule)
            elif isinstance(output, Undecided) and output.agreed:
                face.undecided.append(output.sample)
        return True

    def _post(self, face: _Face, send: Send) -> None:
        recipients, message = send.recipients, send.message
        if face.receiver is not None:
            if face.receiver not in recipients:
                return
            recipients = (face.receiver,)
            self._sent_by_faulty += 1
        self._sent[type(message)] += len(recipients)
        self._network.send(recipients, Received(face.state.node, message))

    def _signal(self, sample: int) -> bool:
        """Give the environment's next signals; whether one had an effect."""
        readings = self._config.readings
        faces = [face for faces in self._faces for face in faces]
        if self._break_ties(faces):
            return True
        if self._config.has_ballots or self._config.collect is None:
            closed = [
                self._happen(face, collection_timer(self._config, face.state))
                for face in faces
                if not finished(self._config, face.state)
            ]
            if any(closed):
                return True
        if readings.timeout == "none":
            return False
        run_out = [
            self._happen(face, time_out(self._config, face.state))
            for face in faces
            if _works_on(face.state, sample)
        ]
        return any(run_out)

    def _break_ties(self, faces: list[_Face]) -> bool:
        """Choose by lot, for each node by itself, where nodes of equal reward could decide."""
        broken = False
        for face in faces:
            for conflict in face.state.conflicts:
                tied = [node for node in range(self._config.nodes) if conflict.deciders >> node & 1]
                if len(tied) > 1:
                    choice = TieBreak(conflict.sample, self._ties.choice(tied))
                    broken |= self._happen(face, choice)
        return broken


def _input(face: _Face, sample: int) -> Sample:
    return Sample(sample, Softmax.of(face.vectors[sample].tolist()))


def _works_on(state: NodeState, sample: int) -> bool:
    """Whether a node has neither decided nor left ``sample``."""
    return state.sample <= sample and not state.decided


def _next_view(state: NodeState) -> int:
    """The view in which a node that is done with its sample begins the next one."""
    return state.view + 1 if state.decided else state.view
