"""How long ``poqi evaluate`` takes, start included.

    python benchmarks/evaluate.py                 # 10,000 samples, 7 nodes, made up
    python benchmarks/evaluate.py --samples 26032
    python benchmarks/evaluate.py --shipped --samples 26032
    python benchmarks/evaluate.py --shipped --samples 26032 --attacks
    POQI_DATA=DIR python benchmarks/evaluate.py   # the outputs in DIR/logits

With --attacks the protocol runs under every attack in both networks, with one and with three
faulty nodes, instead of the rows that are measured otherwise.  With --shipped the outputs that
come with PoQI for CIFAR-10 are repeated until there are so many samples; 26,032 is the size of
SVHN's test set, for which this is a stand-in.

Made-up nodes are right in 92 to 94 samples of 100 and wrong in the hard ones together, much as
CNNs on CIFAR-10 are.  The aim is 60 s for 26,032 samples and 7 nodes on two cores, for the
protocol alone.  Beside the wall time stands the processor time of the whole command, which other
work on the machine hardly changes, and the most memory that it held.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from runner.attacks import ATTACKS
from runner.network import NETWORKS
from runner.outputs_file import read_outputs, write_outputs
from runner.shipped import shipped_outputs

NODES = 7
CLASSES = 10


class Row(NamedTuple):
    """What is measured: options of ``poqi evaluate``."""

    network: str
    profile: str
    attack: str
    faulty: str


RUNS = (
    Row("rounds", "paper", "random", ""),
    Row("asynchronous", "paper", "random", ""),
    Row("rounds", "literal", "random", ""),
    Row("rounds", "paper", "random", "3"),
    Row("rounds", "paper", "random", "3,5"),
    Row("asynchronous", "paper", "random", "3,5"),
)

ATTACKED = tuple(
    Row(network, "paper", attack, faulty)
    for network in NETWORKS
    for attack in ATTACKS
    for faulty in ("6", "0,3,6")
)
"""The faulty nodes are those of the paper's table II."""


def make_up(folder: Path, samples: int) -> tuple[Path, Path]:
    """Write logits of seven nodes and the true labels; return where they are."""
    generator = np.random.default_rng(0)
    true = generator.integers(CLASSES, size=samples)
    hardness = generator.standard_normal(samples)
    rival = (true + generator.integers(1, CLASSES, size=samples)) % CLASSES
    outputs = folder / "outputs"
    outputs.mkdir()
    for node in range(NODES):
        margin = 5.0 - 3.0 * hardness + 1.6 * generator.standard_normal(samples)
        logits = generator.standard_normal((samples, CLASSES))
        logits[np.arange(samples), true] += 3.0 + margin
        logits[np.arange(samples), rival] += 3.0
        np.save(outputs / f"node{node}.npy", logits.astype(np.float32))
    np.save(folder / "labels.npy", true)
    return outputs, folder / "labels.npy"


def repeat_shipped(folder: Path, samples: int) -> Path:
    """Write the shipped outputs for CIFAR-10, over and over; return where."""
    shipped = read_outputs(shipped_outputs("cifar10"))
    places = np.arange(samples) % len(shipped.labels)
    path = folder / "repeated.npz"
    write_outputs(
        path,
        replace(shipped, vectors=shipped.vectors[:, places], labels=shipped.labels[places]),
    )
    return path


def measure(outputs: Path, labels: Path, samples: int | None, rows: Sequence[Row]) -> None:
    """Run each setting once, as a command of its own, and print a line about it."""
    print(
        f"{'network':<14}{'profile':<9}{'attack':<14}{'faulty':<8}"
        f"{'seconds':>8}{'protocol':>10}{'cpu s':>8}"
        f"{'MiB':>6}  {'PoQI':>6}  decided by"
    )
    for network, profile, attack, faulty in rows:
        command = [sys.executable, "-m", "poqi", "evaluate", "--json"]
        command += ["--outputs", str(outputs), "--labels", str(labels)]
        command += ["--network", network, "--profile", profile, "--attack", attack]
        command += ["--faulty-nodes", faulty]
        if samples is not None:
            command += ["--samples", str(samples)]
        began, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        result = json.loads(shown)
        counts = ", ".join(f"{rule} {count}" for rule, count in result["decided_by"].items())
        print(
            f"{network:<14}{profile:<9}{attack if faulty else '-':<14}{faulty or 'none':<8}"
            f"{seconds:>8.1f}{result['protocol_seconds']:>10.1f}{processor:>8.1f}"
            f"{after.ru_maxrss / 1024:>6.0f}  "
            f"{100 * result['accuracy']['poqi']:>6.2f}  {counts}",
            flush=True,
        )


def main() -> None:
    """Measure on real outputs if POQI_DATA names some, else on made-up ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, help="how many samples (default: 10,000, or all)")
    parser.add_argument(
        "--shipped", action="store_true", help="repeat the outputs that come with PoQI"
    )
    parser.add_argument(
        "--attacks", action="store_true", help="under each attack, with 1 and 3 faulty nodes"
    )
    parser.add_argument("--network", choices=list(NETWORKS), help="of these rows those alone")
    arguments = parser.parse_args()
    samples: int | None = arguments.samples
    rows = [
        row
        for row in (ATTACKED if arguments.attacks else RUNS)
        if arguments.network in (None, row.network)
    ]
    if arguments.shipped:
        with tempfile.TemporaryDirectory() as folder:
            path = repeat_shipped(Path(folder), samples or 10_000)
            measure(path, path, None, rows)
        return
    data = os.environ.get("POQI_DATA")
    if data is not None:
        measure(Path(data) / "logits", Path(data) / "cifar10_test.npz", samples, rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(*make_up(Path(folder), samples or 10_000), None, rows)


if __name__ == "__main__":
    main()
