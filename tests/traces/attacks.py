"""Attacks at random: faulty nodes that follow the protocol twice.

Each face of a faulty node talks to one half of the honest nodes, so that they lie consistently
(S. Bano et al., "Twins: BFT Systems Made Robust", 2021).
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from poqi_core.config import Config
from poqi_core.messages import Event, Message, Received, Sample
from poqi_core.outputs import Send
from poqi_core.prediction import Label
from poqi_core.properties import property_named
from poqi_core.run import Act, Execution, Run
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step
from poqi_core.timers import collection_timer, time_out
from traces.verdict import violation_now


class _Side:
    """Some honest nodes, and one of the two faces of each faulty one."""

    def __init__(self, config: Config, labels: dict[int, Label]) -> None:
        self.config = config
        self.labels = labels
        self.states: dict[int, NodeState] = {node: initial(config, node) for node in labels}
        self.pending: list[tuple[int, int, Message]] = []

    def happen(self, node: int, event: Event) -> None:
        """``event`` befalls ``node``; what it sends to this side is on its way."""
        self.states[node], outputs = step(self.config, self.states[node], event)
        for output in outputs:
            if isinstance(output, Send):
                self.pending += [
                    (node, to, output.message) for to in output.recipients if to in self.states
                ]

    def next_event(self, random: Random, haste: float) -> Iterator[tuple[int, Event]]:
        """What happens next on this side, if anything is left.

        ``haste`` is how often a timer runs out though messages are on their way.
        """
        nodes = [node for node in self.states if not finished(self.config, self.states[node])]
        waiting = [node for node in nodes if self.states[node].prediction is None]
        if waiting:
            node = random.choice(waiting)
            yield node, Sample(0, self.labels[node])
        elif self.pending and random.random() > haste:
            sender, node, message = self.pending.pop(random.randrange(len(self.pending)))
            yield node, Received(sender, message)
        elif nodes:
            node = random.choice(nodes)
            timer = time_out if random.random() < 0.2 else collection_timer
            yield node, timer(self.config, self.states[node])


def twins(config: Config, faulty: tuple[int, ...], random: Random, *, most: int) -> Run | None:
    """A run in which two faces of the faulty nodes make honest nodes disagree, or None.

    Nodes keep what comes early (``Config.keep_early``), as every message arrives once.
    """
    entry = property_named("agreement")
    honest = tuple(node for node in range(config.nodes) if node not in faulty)
    split = random.randint(1, len(honest) - 1)
    sides = [
        _Side(config, dict.fromkeys(sorted((*faulty, *half)), label))
        for label, half in enumerate((honest[:split], honest[split:]))
    ]
    predicted = {
        node: side.labels[node] for side in sides for node in honest if node in side.labels
    }
    run = Run(config, "asynchronous", 0, honest, (predicted,), ())
    execution = Execution(run)
    acts: list[Act] = []
    haste = random.choice((0.0, 0.02, 0.1))
    for _ in range(most):
        side = random.choice(sides)
        for node, event in side.next_event(random, haste):
            side.happen(node, event)
            if node in honest:
                acts.append(Act(node, event))
                execution.perform(acts[-1])
                if violation_now(entry, execution) is not None:
                    return replace(run, acts=tuple(acts))
    return None
