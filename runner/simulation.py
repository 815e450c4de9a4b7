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
from fractions import Fraction
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from poqi_core import Config, Label, NodeState, Prediction, Softmax, finished, initial
from poqi_core.history import Entry
from poqi_core.messages import (
    Event,
    Message,
    NextSample,
    TieBreak,
)
from poqi_core.outputs import Decided, Rule, Undecided
from poqi_core.timers import collection_timer, round_end, time_out
from runner.adversary import Attack, Sight
from runner.collection import no_collection
from runner.network import Network
from runner.simulated_run import NodeRun, SimulatedRun
from runner.steps import REAL, Body, Occurrence, Parcel, PlainSteps, Sending, Steps
from runner.tabulated_steps import TabulatedSteps, can_tabulate, is_near_the_end

_JUDGED_EVERY = 300
"""After so many samples it is judged whether steps are found in the table."""

_WORTH = 0.4
"""So large a part of all steps may be missing in it: to look in vain costs more than a step."""


class _Face:
    """The core as one node runs it, before everybody (honest) or one receiver (faulty)."""

    __slots__ = (
        "body",
        "history",
        "labels",
        "node",
        "prediction",
        "receiver",
        "rules",
        "undecided",
    )

    def __init__(self, body: Body, node: int, receiver: int | None) -> None:
        self.body = body
        self.node = node
        self.receiver = receiver
        self.prediction: Prediction = 0
        self.history: list[Entry] = []
        self.rules: dict[int, Rule] = {}
        self.labels: dict[int, Label] = {}
        self.undecided: list[int] = []

    @property
    def state(self) -> NodeState:
        """Its state, in which views and samples are counted from the base of the steps."""
        return self.body.local.state


class Watch(Protocol):
    """Who looks on while a run goes on."""

    def __call__(self, sample: int, shown: NDArray[np.float64], run: "Simulation") -> None:
        """``sample`` is done, for which faulty nodes showed ``shown``."""


def _nobody_watches(sample: int, shown: NDArray[np.float64], run: "Simulation") -> None:
    pass


class Simulation:
    """The nodes of a run and the network between them."""

    def __init__(
        self,
        config: Config,
        vectors: NDArray[np.float64],
        attack: Attack,
        network: Network,
        seed: int,
        *,
        tabulated: bool = True,
    ) -> None:
        """Set the nodes up.

        Args:
            config: what all nodes have in common; it must keep early messages and say how many
                samples there are.
            vectors: the softmax outputs, shape (nodes, samples, classes).
            attack: which nodes are faulty and what they show.
            network: between the nodes, with nothing on its way.
            seed: of the lots by which ties are broken.
            tabulated: whether steps of the core that were taken before are looked up.  The run
                is the same either way.
        """
        self._config = config
        self._vectors = vectors
        self._labels: list[list[Label]] = vectors.argmax(axis=-1).T.tolist()
        self._attack = attack
        self._samples = int(vectors.shape[1])
        self._network = network
        self._ties = random.Random(f"ties {seed}")
        self._classes = int(vectors.shape[2])
        self._table = (
            TabulatedSteps(config, self._classes) if tabulated and can_tabulate(config) else None
        )
        self._steps: Steps = self._table or PlainSteps(config, self._classes)
        self._faces: tuple[tuple[_Face, ...], ...] = tuple(
            tuple(
                self._new_face(node, receiver)
                for receiver in range(config.nodes)
                if receiver != node
            )
            if node in attack.nodes
            else (self._new_face(node, None),)
            for node in range(config.nodes)
        )
        self._honest = [faces[0] for faces in self._faces if faces[0].receiver is None]
        self._false = [face for faces in self._faces for face in faces if face.receiver is not None]
        self._sent: Counter[type[Message]] = Counter()
        self._sent_by_faulty = 0
        self._taken = 0
        self._happened = 0
        self._before = (0, 0)
        """Events at all nodes, and steps not in the table, when the table was last judged."""
        self._interventions: list[int] = []

    def _new_face(self, node: int, receiver: int | None) -> _Face:
        return _Face(self._steps.body(initial(self._config, node)), node, receiver)

    def run(
        self, progress: Callable[[int], None] = lambda done: None, watch: Watch = _nobody_watches
    ) -> SimulatedRun:
        """Run over every sample; ``progress`` is told how many are done."""
        with no_collection():
            for sample in range(self._samples):
                watch(sample, self._work_on(sample), self)
                progress(sample + 1)
        total = self._sent.total()
        return SimulatedRun(
            honest=tuple(self._result(face) for face in self._honest),
            interventions=tuple(self._interventions),
            sent_by_honest=total - self._sent_by_faulty,
            sent_by_faulty=self._sent_by_faulty,
            sent_by_kind={kind.__name__: count for kind, count in self._sent.most_common()},
            steps=self._taken,
        )

    @property
    def tabulates(self) -> bool:
        """Whether steps are looked up in a table now."""
        return self._table is not None

    def rewards(self) -> tuple[Fraction, ...]:
        """Every node's reward as the first honest node has it on record now."""
        return self._steps.rewards(self._honest[0].body)

    def _result(self, face: _Face) -> NodeRun:
        samples = range(self._samples)
        return NodeRun(
            face.node,
            tuple(face.history),
            tuple(face.labels.get(sample) for sample in samples),
            tuple(face.rules.get(sample) for sample in samples),
            self._steps.rewards(face.body),
            tuple(face.undecided),
        )

    def _work_on(self, sample: int) -> NDArray[np.float64]:
        """Run one sample to its end; what faulty nodes showed for it."""
        vectors, labels = self._vectors[:, sample], self._labels[sample]
        shown = self._attack.show(Sight(sample, vectors, labels, self.rewards()))
        self._move_on(sample)
        self._predict(sample, shown)
        here = sample - self._steps.base.samples
        for face in self._honest:
            self._network.send((face.node,), Parcel(self._input(face, here)))
        arriving = len(self._network)
        for face in self._false:
            self._keep_up(face, here)
            self._happen(face, self._input(face, here))
        if self._config.has_broadcast:
            self._deliver_in_rounds(arriving)
        else:
            self._deliver()
            while self._signal(here):
                self._deliver()
        if any(_works_on(face.state, here) for face in self._honest):
            self._interventions.append(sample)
            view = max(face.state.view for face in self._honest) + 1
            for face in self._honest:
                self._happen_now(face, NextSample(here + 1, view))
        return shown

    def _move_on(self, sample: int) -> None:
        """Count views and samples from where the run has got to."""
        table, nodes = self._table, self._config.nodes
        if table is None:
            return
        everybody = [face for faces in self._faces for face in faces]
        if is_near_the_end(self._config, sample) or self._table_is_useless(table, sample):
            plain = PlainSteps(self._config, self._classes)
            for face in everybody:
                face.body = plain.body(table.real_state(face.body))
            self._steps, self._table = plain, None
            return
        by = sample - table.base.samples
        if self._config.has_ballots:
            by -= by % nodes
        view = max(face.state.view for face in self._honest)
        table.rebase([face.body for face in everybody], view - view % nodes, by)

    def _table_is_useless(self, table: TabulatedSteps, sample: int) -> bool:
        """Whether so little repeats, now that the table had time to fill, that it costs more."""
        if sample % _JUDGED_EVERY:
            return False
        happened, computed = self._before
        self._before = (self._happened, table.computed)
        begun = sample > _JUDGED_EVERY
        return begun and table.computed - computed > _WORTH * (self._happened - happened)

    def _predict(self, sample: int, shown: NDArray[np.float64]) -> None:
        """Give every face its prediction for ``sample``."""
        places = {node: place for place, node in enumerate(self._attack.nodes)}
        false = shown.argmax(axis=-1).tolist()
        for face in (*self._honest, *self._false):
            own = face.receiver is None
            if self._table is not None:
                face.prediction = (
                    self._labels[sample][face.node]
                    if own
                    else false[places[face.node]][face.receiver]
                )
            elif own:
                face.prediction = Softmax.of(self._vectors[face.node, sample].tolist())
            else:
                face.prediction = Softmax.of(shown[places[face.node], face.receiver].tolist())

    def _keep_up(self, face: _Face, sample: int) -> None:
        """Bring the face of a faulty node to where the honest nodes begin ``sample``.

        A correct node can be left behind by others' equivocation.  A faulty one need not
        put up with that: it sees in which view the others are and goes on from there.
        """
        view = max(_next_view(honest.state) for honest in self._honest)
        if face.state.sample == sample - 1 and not face.state.decided:
            self._happen_now(face, NextSample(sample, view))
        if face.state.sample + face.state.decided != sample or _next_view(face.state) != view:
            face.body = self._steps.body(initial(self._config, face.node, view))
            if sample:
                self._happen_now(face, NextSample(sample, view))

    def _deliver(self, most: int | None = None) -> None:
        """Deliver that many messages, or until nothing is on its way."""
        deliver, everybody, happen = self._network.deliver, self._faces, self._happen
        for _ in count() if most is None else range(most):
            delivery = deliver()
            if delivery is None:
                return
            recipient, parcel = delivery
            occurrence, labels = parcel
            for face in everybody[recipient]:
                if not labels:
                    happen(face, occurrence)
                    continue
                names = face.body.names
                arrived = occurrence.renamed.get(tuple([names[label] for label in labels]))
                happen(face, arrived or self._steps.arrived(face.body, parcel))

    def _deliver_in_rounds(self, arriving: int) -> None:
        """Deliver what is to arrive in a round, end it for everybody, and so on for the sample."""
        counting = True
        while counting:
            self._deliver(arriving)
            counting = False
            for faces in self._faces:
                for face in faces:
                    end = round_end(self._config, face.state)
                    counting |= end is not None and self._happen_now(face, end)
            arriving = len(self._network)

    def _happen(self, face: _Face, occurrence: Occurrence) -> bool:
        """Let an event befall a node; whether it had an effect."""
        body = face.body
        self._happened += 1
        move = body.local.moves.get(occurrence)
        if move is None:
            move = self._steps.move(body, occurrence)
        if face.receiver is None:
            self._taken += 1
        if move is REAL or (move.decides and body.conflicts):
            move = self._steps.real_move(body, occurrence)
        if move.local is None:
            return False
        body.local = move.local
        if move.forgets:
            body.heard.clear()
        for node, label in move.heard:
            body.heard.setdefault(node, self._steps.label(body, label))
        for sending in move.sendings:
            self._post(face, sending)
        if face.receiver is None:
            for fact in move.facts:
                self._record(face, fact)
        return True

    def _happen_now(self, face: _Face, event: Event) -> bool:
        """Let an event of the environment befall a node; whether it had an effect."""
        return self._happen(face, self._steps.occurrence(event))

    def _input(self, face: _Face, sample: int) -> Occurrence:
        return self._steps.prediction(face.body, sample, face.prediction)

    def _record(self, face: _Face, fact: Decided | Undecided) -> None:
        sample = fact.sample + self._steps.base.samples
        if isinstance(fact, Decided):
            label = self._steps.label(face.body, fact.label)
            face.history.append(Entry(sample, label))
            face.labels.setdefault(sample, label)
            face.rules.setdefault(sample, fact.rule)
        elif fact.agreed:
            face.undecided.append(sample)

    def _post(self, face: _Face, sending: Sending) -> None:
        recipients = sending.recipients
        if face.receiver is not None:
            if face.receiver not in recipients:
                return
            recipients = (face.receiver,)
            self._sent_by_faulty += 1
        self._sent[sending.kind] += len(recipients)
        self._network.send(recipients, self._steps.parcel(face.body, sending.occurrence))

    def _signal(self, sample: int) -> bool:
        """Give the environment's next signals; whether one had an effect."""
        readings = self._config.readings
        faces = [face for faces in self._faces for face in faces]
        if self._break_ties(faces):
            return True
        if self._config.has_ballots or self._config.collect is None:
            closed = [
                self._happen_now(face, collection_timer(self._config, face.state))
                for face in faces
                if not finished(self._config, face.state)
            ]
            if any(closed):
                return True
        if readings.timeout == "none":
            return False
        run_out = [
            self._happen_now(face, time_out(self._config, face.state))
            for face in faces
            if _works_on(face.state, sample)
        ]
        return any(run_out)

    def _break_ties(self, faces: list[_Face]) -> bool:
        """Choose by lot, for each node by itself, where nodes of equal reward could decide."""
        if self._config.readings.tie != "free":
            return False
        broken = False
        for face in faces:
            for conflict in self._steps.conflicts(face.body):
                tied = [node for node in range(self._config.nodes) if conflict.deciders >> node & 1]
                if len(tied) > 1:
                    choice = TieBreak(conflict.sample, self._ties.choice(tied))
                    broken |= self._happen_now(face, choice)
        return broken


def _works_on(state: NodeState, sample: int) -> bool:
    """Whether a node has neither decided nor left ``sample``."""
    return state.sample <= sample and not state.decided


def _next_view(state: NodeState) -> int:
    """The view in which a node that is done with its sample begins the next one."""
    return state.view + 1 if state.decided else state.view
