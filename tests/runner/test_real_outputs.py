"""The seven networks on CIFAR-10, if the environment variable POQI_DATA names the data."""

import os
from pathlib import Path

import numpy as np
import pytest
from runner_world import expected_without_faults

from poqi_core import Config
from runner.adversary import NOBODY
from runner.labels import load_labels
from runner.network import NETWORKS
from runner.outputs import Outputs, load_outputs
from runner.simulation import Simulation

DATA = os.environ.get("POQI_DATA")

pytestmark = pytest.mark.skipif(
    DATA is None, reason="POQI_DATA does not name the folder with the data sets and outputs"
)

MEASURED = [91.73, 92.62, 93.11, 93.39, 92.62, 94.36, 90.64]
"""Top-1 accuracy in per cent as measured beside the weights, in alphabetical order."""


@pytest.fixture(scope="module")
def seven() -> Outputs:
    assert DATA is not None
    return load_outputs(Path(DATA) / "logits")


def test_the_plain_folder_gives_the_seven_networks(seven: Outputs) -> None:
    assert DATA is not None
    assert seven.vectors.shape == (7, 10_000, 10)
    assert all("akamaster" in s.name or "chenyaofo" in s.name for s in seven.sources)
    assert seven.left_out == ("cifar10_test_cleanlab_crossval_probs",)
    labels = load_labels(Path(DATA) / "cifar10_test.npz").values
    accuracy = 100 * (seven.vectors.argmax(axis=-1) == labels).mean(axis=1)
    assert accuracy.tolist() == pytest.approx(MEASURED, abs=0.005)


def _most_alike(outputs: Outputs) -> list[int]:
    """For each sample, how many nodes give the most frequent label."""
    labels = outputs.vectors.argmax(axis=-1)
    return [int(np.bincount(column).max()) for column in labels.T]


def test_how_alike_the_seven_networks_are(seven: Outputs) -> None:
    """Four of seven are the dead zone: too many to be rejected, too few for a quorum of five."""
    most = _most_alike(seven)
    assert most.count(4) == 386
    assert sum(count < 4 for count in most) == 131


def _check(outputs: Outputs, network: str) -> None:
    columns = outputs.vectors.argmax(axis=-1).T.tolist()
    expected, rewards = expected_without_faults(columns, 2)
    config = Config(7, 2, samples=outputs.samples, keep_early=True)
    run = Simulation(config, outputs.vectors, NOBODY, NETWORKS[network](0), 0).run()
    most = _most_alike(outputs)
    assert list(run.interventions) == [sample for sample, count in enumerate(most) if count == 4]
    for node in run.honest:
        assert list(node.rewards) == rewards
        for sample, held in enumerate(node.labels):
            if most[sample] >= 4 or network == "rounds":
                assert held == expected[sample].label
        if network == "rounds":
            assert node.history == run.honest[0].history


@pytest.mark.parametrize("network", ["rounds", "asynchronous"])
def test_the_first_samples_end_as_counting_heads_says(seven: Outputs, network: str) -> None:
    _check(seven.first(400), network)


@pytest.mark.long
def test_all_samples_end_as_counting_heads_says(seven: Outputs) -> None:
    _check(seven, "rounds")
