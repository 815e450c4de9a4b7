"""Small worlds for the tests of the runner: outputs with given labels, and what must follow."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poqi_core import Config, Readings
from runner.adversary import NOBODY, Attack, FaultyOutputs
from runner.network import NETWORKS
from runner.outputs import Outputs, Source
from runner.simulated_run import SimulatedRun
from runner.simulation import Simulation


def vectors_of(labels: Sequence[Sequence[int]], classes: int = 10) -> NDArray[np.float64]:
    """Softmax vectors whose argmax is the given label; ``labels`` has a row for each node."""
    indices = np.array(labels)
    vectors = np.full((*indices.shape, classes), 0.4 / (classes - 1))
    np.put_along_axis(vectors, indices[..., None], 0.6, axis=-1)
    return vectors


def outputs_of(labels: Sequence[Sequence[int]], classes: int = 10) -> Outputs:
    """The same as loaded outputs."""
    vectors = vectors_of(labels, classes)
    sources = tuple(
        Source(f"node{node}", Path(f"node{node}.npy"), "0" * 64, "probabilities")
        for node in range(len(vectors))
    )
    return Outputs(sources, vectors)


def showing(shown: Mapping[int, Sequence[Sequence[int]]], classes: int = 10) -> FaultyOutputs:
    """Faulty nodes that show chosen labels: for each node a row for each receiver."""
    nodes = tuple(sorted(shown))
    return FaultyOutputs(nodes, np.stack([vectors_of(shown[node], classes) for node in nodes]))


def simulate(
    labels: Sequence[Sequence[int]],
    faults: int,
    *,
    readings: Readings | None = None,
    network: str = "rounds",
    faulty: Attack = NOBODY,
    seed: int = 0,
    classes: int = 10,
) -> SimulatedRun:
    """Run the protocol over nodes with those labels, a row for each node."""
    vectors = vectors_of(labels, classes)
    nodes, samples, _ = vectors.shape
    config = Config(nodes, faults, readings or Readings(), samples=samples, keep_early=True)
    return Simulation(config, vectors, faulty, NETWORKS[network](seed), seed).run()


class Expected(NamedTuple):
    """What every node must hold for a sample when nobody is faulty."""

    label: int | None
    how: str


def expected_without_faults(
    columns: Sequence[Sequence[int]], faults: int
) -> tuple[list[Expected], list[Fraction]]:
    """What section III, read by the profile ``paper``, makes of each sample without faults.

    Worked out from the paper and not from the core: nothing is sent here, heads are counted.
    In a view with primary p let k nodes have its label, p among them.  All the others object,
    N-k of them, and the k prepare and commit.  So p is rejected iff (N-k)/N >= 0.5, its label
    is decided iff k >= 2f+1, and otherwise nothing ever happens.  (Both cannot be, if 2f+1 >
    N/2, which is required here.)  After N rejections all nodes have heard every label; when
    the next sample is decided under p, p earns its q = 1, and p's label stands if those who
    share it hold 0.51 of all reward, else that of the node with the highest reward, the first
    of equals.

    Args:
        columns: the nodes' labels, a row for each sample.
        faults: the assumed f.

    Returns:
        What is decided for each sample and how, and the rewards at the end.
    """
    nodes = len(columns[0])
    assert 2 * (2 * faults + 1) > nodes
    reward = [Fraction(1)] * nodes
    result = [Expected(None, "undecided")] * len(columns)
    waiting: list[int] = []
    view = 0
    for sample, labels in enumerate(columns):
        for _ in range(nodes):
            primary = view % nodes
            view += 1
            agreeing = sum(label == labels[primary] for label in labels)
            if (nodes - agreeing) / nodes >= 0.5:
                reward[primary] /= 2
                continue
            if agreeing >= 2 * faults + 1:
                reward[primary] += 1
                for conflict in waiting:
                    result[conflict] = _fallen(columns[conflict], primary, reward)
                waiting = []
                result[sample] = Expected(labels[primary], "consensus")
            break
        else:
            waiting.append(sample)
    return result, reward


def _fallen(labels: Sequence[int], primary: int, reward: Sequence[Fraction]) -> Expected:
    group = [node for node, label in enumerate(labels) if label == labels[primary]]
    if sum(reward[node] for node in group) / sum(reward) >= Fraction(51, 100):
        return Expected(labels[primary], "experts")
    return Expected(labels[reward.index(max(reward))], "most honest")
