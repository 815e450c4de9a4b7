"""How long ``poqi evaluate`` takes, start included.

    python benchmarks/evaluate.py                 # 10,000 samples, 7 nodes, made up
    python benchmarks/evaluate.py --samples 26032
    python benchmarks/evaluate.py --shipped --samples 26032
    POQI_DATA=DIR python benchmarks/evaluate.py   # the outputs in DIR/logits

With --shipped the outputs that come with PoQI for CIFAR-10 are repeated until there are so many
samples; 26,032 is the size of SVHN's test set, for which this is a stand-in.

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
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from runner.outputs_file import read_outputs, write_outputs
from runner.shipped import shipped_outputs

NODES = 7
CLASSES = 10
RUNS = (
    ("rounds", "paper", ""),
    ("asynchronous", "paper", ""),
    ("rounds", "literal", ""),
    ("rounds", "paper", "3"),
    ("rounds", "paper", "3,5"),
    ("asynchronous", "paper", "3,5"),
)


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


def measure(outputs: Path, labels: Path, samples: int | None) -> None:
    """Run each setting once, as a command of its own, and print a line about it."""
    print(
        f"{'network':<14}{'profile':<9}{'faulty':<8}{'seconds':>8}{'protocol':>10}{'cpu s':>8}"
        f"{'MiB':>6}  {'PoQI':>6}  decided by"
    )
    for network, profile, faulty in RUNS:
        command = [sys.executable, "-m", "poqi", "evaluate", "--json"]
        command += ["--outputs", str(outputs), "--labels", str(labels)]
        command += ["--network", network, "--profile", profile, "--faulty-nodes", faulty]
        if samples is not None:
            command += ["--samples", str(samples)]
        began, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        result = json.loads(shown)
        counts = ", ".join(f"{rule} {count}" for rule, count in result["decided_by"].items())
        print(
            f"{network:<14}{profile:<9}{faulty or 'none':<8}{seconds:>8.1f}"
            f"{result['protocol_seconds']:>10.1f}{processor:>8.1f}{after.ru_maxrss / 1024:>6.0f}  "
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
    arguments = parser.parse_args()
    samples: int | None = arguments.samples
    if arguments.shipped:
        with tempfile.TemporaryDirectory() as folder:
            path = repeat_shipped(Path(folder), samples or 10_000)
            measure(path, path, None)
        return
    data = os.environ.get("POQI_DATA")
    if data is not None:
        measure(Path(data) / "logits", Path(data) / "cifar10_test.npz", samples)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(*make_up(Path(folder), samples or 10_000), None)


if __name__ == "__main__":
    main()
