"""What is attained where nodes obey the word of a primary (reading ``decide=obey``).

"Every honest DNN node must and will comply with his decision" (section IV): a faulty primary
tells each node another label and needs nothing else.  The core is asked whether it works; where
it does, every label is attained at every node, and no search can find more.  Whether nodes can be
blocked or led into a conflict is not asked here.
"""

from collections.abc import Collection, Sequence

from checker.certification.attainable import Attainable
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
) -> Attainable | None:
    """The labels that a faulty primary attains by its word alone, if those are all; else None.

    Args:
        nodes: N.
        faults: the f of the quorums.
        readings: the answers to what the paper leaves open.
        network: ``asynchronous`` or ``rounds``.
        labels: of each node for the sample; those of faulty nodes do not matter.
        faulty: the faulty nodes.
        start_views: the views in which all nodes may begin; the adversary has the choice.
    """
    honest = [node for node in range(nodes) if node not in faulty]
    config = Config(nodes, faults, readings, samples=1)
    invented = 1 + max(labels)
    for view in start_views:
        primary = config.primary(view)
        if primary not in faulty or config.on_evidence:
            continue
        predicted = {node: labels[node] for node in honest}
        run = Run(config, network, view, tuple(honest), (predicted,), ())
        execution = Execution(run)
        for node in honest:
            execution.perform(Act(node, Sample(0, labels[node])))
        for place, node in enumerate(honest):
            word = Decision(primary, invented + place, view)
            execution.perform(Act(node, Received(primary, word)))
        decided = [entry.label for record in execution.records.values() for entry in record.history]
        if decided == [invented + place for place in range(len(honest))]:
            return Attainable(
                frozenset(predicted.values()),
                every_label=True,
                differ=len(honest) > 1,
                blocked=False,
                conflict=False,
            )
    return None
