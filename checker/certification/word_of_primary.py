"""What can be attained where nodes obey the word of a primary (reading ``decide=obey``).

"Every honest DNN node must and will comply with his decision" (section IV): a faulty primary
tells each node another label and needs nothing else.  The core is asked whether it works; where
it does, every label is attained at every node, and no search can find more.

A primary that says nothing at all leaves everybody waiting; again the core is asked whether any
step is left to them.

A *conflict* takes as many rejected views as there are nodes, so each node has to leave the view
in which it is the primary itself.  With ``primary_hears_view_change=no`` it never does: a vote
tells it nothing, it answers no pre-prepare of its own, and no time-out befalls it.  So there no
conflict can be attained; with other readings that is not known.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from checker.certification.attainable import Attainable, Bounds
from poqi_core.config import Config
from poqi_core.messages import Decision, Received, Sample
from poqi_core.prediction import Label
from poqi_core.readings import Readings
from poqi_core.run import Act, Execution, Run


def attained_by_word(
    nodes: int,
    faults: int,
    readings: Readings,
    network: str,
    labels: Sequence[Label],
    faulty: Collection[int],
    start_views: Collection[int],
) -> Bounds | None:
    """What a faulty primary attains by its word, or by its silence, alone.

    None where its word does not make every honest node decide what it likes.

    Args:
        nodes: N.
        faults: the f of the quorums.
        readings: the answers to what the paper leaves open.
        network: ``asynchronous`` or ``rounds``.
        labels: of each node for the sample; those of faulty nodes do not matter.
        faulty: the faulty nodes.
        start_views: the views in which all nodes may begin; the adversary has the choice.
    """
    config = Config(nodes, faults, readings, samples=1)
    predicted = {node: labels[node] for node in range(nodes) if node not in faulty}
    views = [view for view in start_views if config.primary(view) in faulty]

    def begun() -> Iterator[Execution]:
        return (_begin(config, network, view, predicted) for view in views)

    if config.on_evidence or not any(map(_obeys, begun())):
        return None
    least = Attainable(
        frozenset(predicted.values()),
        every_label=True,
        differ=len(predicted) > 1,
        blocked=any(next(execution.honest_steps(), None) is None for execution in begun()),
        conflict=False,
    )
    keeps_its_view = readings.primary_hears_view_change == "no"
    return Bounds(
        least,
        replace(
            least,
            blocked=True,
            conflict=not (keeps_its_view and config.conflict_after >= nodes),
        ),
    )


def _begin(config: Config, network: str, view: int, predicted: Mapping[int, Label]) -> Execution:
    """Every honest node has classified the sample in ``view``."""
    execution = Execution(Run(config, network, view, tuple(predicted), (dict(predicted),), ()))
    for node, label in predicted.items():
        execution.perform(Act(node, Sample(0, label)))
    return execution


def _obeys(execution: Execution) -> bool:
    """Whether every honest node decides the label that the primary tells it, each another one."""
    run = execution.run
    primary = run.config.primary(run.start_view)
    invented = 1 + max(run.predicted[0].values())
    for place, node in enumerate(run.honest):
        word = Decision(primary, invented + place, run.start_view)
        execution.perform(Act(node, Received(primary, word)))
    decided = [entry.label for record in execution.records.values() for entry in record.history]
    return decided == [invented + place for place in range(len(run.honest))]
