"""Honest nodes, the messages on their way between them, and whatever faulty nodes send.

The smallest thing that can run the core: tests decide what arrives, where and when.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from poqi_core import Clause, Config, NodeState, Readings, initial, step
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import Event, Message, Received, Sample, ViewChange
from poqi_core.outputs import Cited, Decided, Output, Reason, Remark, Send
from poqi_core.prediction import Label, Prediction
from poqi_core.register import with_changes


class Delivery(NamedTuple):
    """A message on its way."""

    sender: int
    recipient: int
    message: Message


class Step(NamedTuple):
    """What an event did to a node."""

    node: int
    event: Event
    before: NodeState
    after: NodeState
    outputs: tuple[Output, ...]

    @property
    def ignored(self) -> Reason | None:
        """Why the event had no effect, if it had none."""
        remark = self.outputs[0] if self.outputs else None
        return remark.reason if isinstance(remark, Remark) else None

    @property
    def clauses(self) -> list[Clause]:
        """The clauses that were applied, each once, in the order of their first application."""
        cited = [output.clause for output in self.outputs if isinstance(output, Cited)]
        return list(dict.fromkeys(cited))

    @property
    def sent(self) -> list[Message]:
        """The messages that the node sent."""
        return [output.message for output in self.outputs if isinstance(output, Send)]

    @property
    def facts(self) -> list[Output]:
        """What the step shows of the node: decisions, rejections, conflicts, losses."""
        return [output for output in self.outputs if not isinstance(output, Send | Cited | Remark)]


Filter = Callable[[Delivery], bool]


def everything(delivery: Delivery) -> bool:
    return True


class World:
    """The honest nodes of one configuration."""

    def __init__(self, config: Config, faulty: Iterable[int] = (), start_view: int = 0) -> None:
        self.config = config
        self.honest = [node for node in range(config.nodes) if node not in set(faulty)]
        self.states = {node: initial(config, node, start_view) for node in self.honest}
        self.records = {node: Record() for node in self.honest}
        self.pending: list[Delivery] = []
        self.steps: list[Step] = []

    def happen(self, node: int, event: Event) -> Step:
        """Let ``event`` befall ``node``; what the node sends is put on its way."""
        before = self.states[node]
        after, outputs = step(self.config, before, event)
        done = Step(node, event, before, after, outputs)
        if done.ignored is not None:
            assert after is before
            assert len(outputs) == 1
        self.states[node] = after
        self.records[node] = follow(self.records[node], outputs, after, EVERY_FACET)
        for output in outputs:
            if isinstance(output, Send):
                self.pending += [
                    Delivery(node, recipient, output.message)
                    for recipient in output.recipients
                    if recipient in self.states
                ]
        self.steps.append(done)
        return done

    def sample(self, index: int, predictions: str | Sequence[Prediction | None]) -> list[Step]:
        """Each honest node's network classifies sample ``index``: ``ABBA``, or predictions."""
        return [
            self.happen(node, Sample(index, prediction))
            for node, prediction in enumerate(labels(predictions))
            if prediction is not None and node in self.states
        ]

    def receive(self, sender: int, recipient: int, message: Message) -> Step:
        """``message`` arrives over the channel of ``sender``, whoever made it up."""
        return self.happen(recipient, Received(sender, message))

    def tell(self, sender: int, message: Message, *recipients: int) -> list[Step]:
        """A faulty node's message arrives at ``recipients``, or at every honest node."""
        return [self.receive(sender, node, message) for node in recipients or self.honest]

    def deliver(self, wanted: Filter = everything, *, one_round: bool = False) -> list[Step]:
        """Deliver what is on its way and wanted, first sent first, until nothing is left.

        With ``one_round`` only what is on its way already.
        """
        steps: list[Step] = []
        budget = len(self.pending) if one_round else 100_000
        place = 0
        while place < len(self.pending) and budget:
            budget -= 1
            if wanted(self.pending[place]):
                sender, recipient, message = self.pending.pop(place)
                steps.append(self.receive(sender, recipient, message))
            else:
                place += 1
        assert budget or one_round, "the nodes never stop talking"
        return steps

    def drop(self, wanted: Filter) -> int:
        """Lose what is on its way and wanted; say how many messages that were."""
        kept = [delivery for delivery in self.pending if not wanted(delivery)]
        lost = len(self.pending) - len(kept)
        self.pending = kept
        return lost

    def decisions(self, node: int) -> list[Decided]:
        """What ``node`` entered into its history, with the rule of each entry."""
        return [
            output
            for done in self.steps
            if done.node == node
            for output in done.outputs
            if isinstance(output, Decided)
        ]

    def decided(self, node: int) -> dict[int, Label]:
        """The label that ``node`` holds for each sample."""
        return {entry.sample: entry.label for entry in self.records[node].history}

    @property
    def clauses(self) -> set[Clause]:
        """Every clause that was applied."""
        return {clause for done in self.steps for clause in done.clauses}


def labels(predictions: str | Sequence[Prediction | None]) -> Sequence[Prediction | None]:
    """The predictions that ``ABBA`` stands for; a node with any other character has none."""
    if not isinstance(predictions, str):
        return predictions
    return [ord(letter) - ord("A") if letter.isupper() else None for letter in predictions]


def paper(nodes: int = 4, faults: int = 1, samples: int | None = 1, **readings: str) -> Config:
    """A configuration of the profile paper with some readings changed."""
    return Config(nodes, faults, with_changes(Readings(), readings), samples)


def objections(world: World, node: int, *objectors: int, view: int = 0) -> None:
    """The votes of ``objectors`` against the primary of ``view`` arrive at ``node``."""
    for objector in objectors:
        world.receive(objector, node, ViewChange(objector, view + 1, True, Fraction(1)))
