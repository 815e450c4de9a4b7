"""What the amplitude of random outputs does to the aggregations.

The protocol and the votes look at labels alone, which an amplitude does not change, so nothing is
run here but the aggregations.
"""

from poqi_core.prediction import Label
from runner.adversary import Sight
from runner.aggregation import labels_of
from runner.attacks import AttackSetting, RandomOutputs
from runner.json_values import Json
from runner.labels import TrueLabels
from runner.outputs import Outputs
from runner.scores import METHODS, Scorer

AMPLITUDES = (1.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 1000.0)
"""What random outputs sum up to, in a sweep."""


def aggregated_under_random(
    outputs: Outputs, labels: TrueLabels, setting: AttackSetting, assumed_faults: int
) -> dict[str, Json]:
    """For each aggregation the accuracy of each node, null for a faulty one."""
    own = (labels_of(outputs.vectors) == labels.values).mean(axis=1)
    every: list[list[Label]] = labels_of(outputs.vectors).T.tolist()
    attack = RandomOutputs(setting)
    scorer = Scorer(outputs.vectors, labels.values, setting.faulty, own, assumed_faults)
    for sample in range(outputs.samples):
        sight = Sight(sample, outputs.vectors[:, sample], every[sample], ())
        scorer.add(sample, attack.show(sight))
    accuracy = scorer.accuracy()
    return {
        method: [
            None if node not in accuracy else accuracy[node][place] for node in range(outputs.nodes)
        ]
        for place, method in enumerate(METHODS)
    }
