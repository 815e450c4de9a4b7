"""Runs of the core over real outputs under attack never leave what was certified."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest

from checker.certification.evidence import EvidenceCertifier
from checker.certification.views import SampleCertifier
from poqi_core import Config
from poqi_core.readings import HARDENED, PAPER, Readings
from runner.attacks import ATTACKS, AttackSetting
from runner.network import NETWORKS
from runner.outputs import load_outputs
from runner.shipped import shipped_outputs
from runner.simulation import Simulation

NODES, FAULTS = 7, 2


def disputed(count: int) -> Iterator[int]:
    """Real samples on which the networks differ, which are those that an attack can turn."""
    labels = load_outputs(shipped_outputs("cifar10")).vectors.argmax(axis=-1)
    yield from np.flatnonzero((labels != labels[0]).any(axis=0))[:count].tolist()


def attacked(
    readings: Readings,
    certifier: SampleCertifier | EvidenceCertifier,
    attack: str,
    count: int,
    every: int = 5,
) -> int:
    """Run ``count`` samples under an attack; how many decisions were held to their certificate."""
    outputs = load_outputs(shipped_outputs("cifar10"))
    samples = list(disputed(count))
    vectors = outputs.vectors[:, samples]
    labels = vectors.argmax(axis=-1)
    held = 0
    for seed, placement in enumerate(list(combinations(range(NODES), FAULTS))[::every]):
        config = Config(NODES, FAULTS, readings, samples=count, keep_early=True)
        setting = AttackSetting(placement, NODES, vectors.shape[2], seed)
        network = NETWORKS["asynchronous"](seed)
        run = Simulation(config, vectors, ATTACKS[attack](setting), network, seed).run()
        for node in run.honest:
            for sample, label in enumerate(node.labels):
                if label is None:
                    continue
                attained = certifier.attainable(labels[:, sample], placement, range(NODES))
                assert label in attained.labels or attained.every_label
                held += 1
    return held


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_no_honest_node_decides_what_was_certified_to_be_out_of_reach(attack: str) -> None:
    assert attacked(PAPER, SampleCertifier(NODES, FAULTS, PAPER), attack, 12, every=10) > 10


@pytest.mark.long
@pytest.mark.parametrize("attack", list(ATTACKS))
@pytest.mark.parametrize("profile", ["paper", "hardened"])
def test_a_thousand_attacked_samples_stay_within_their_certificates(
    attack: str, profile: str
) -> None:
    """250 disputed samples, five choices of faulty nodes, four attacks, both profiles."""
    if profile == "paper":
        assert attacked(PAPER, SampleCertifier(NODES, FAULTS, PAPER), attack, 250) > 1000
    else:
        assert attacked(HARDENED, EvidenceCertifier(NODES, FAULTS), attack, 250) > 1000
