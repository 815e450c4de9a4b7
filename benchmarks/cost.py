"""Messages and delays for a decision, published and repaired: counted on the core, and by formula.

    python benchmarks/cost.py                     # counted for small N, by formula up to N = 1,000
    POQI_DATA=DIR python benchmarks/cost.py       # and on the real outputs in DIR/logits

Counted is a sample on which all nodes agree, so that the first view accepts it, and for the
published flow a sample on which every primary is rejected.  A message to k recipients is k
messages; a delay is the time that a message takes.
"""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from poqi_core import HARDENED, PAPER, Config, Readings
from poqi_core.messages import Decision, DecisionProof, Received
from runner.adversary import NOBODY
from runner.network import Delivery
from runner.simulation import Simulation
from runner.steps import Parcel

COUNTED = (4, 7, 10, 13)
BY_FORMULA = (4, 7, 10, 13, 31, 100, 301, 1000)


class CountingRounds:
    """Lock-step rounds that count, as :class:`runner.network.Rounds` delivers them."""

    def __init__(self) -> None:
        self._queue: deque[tuple[int, Delivery]] = deque()
        self._delay = -1
        self.messages = 0
        self.decided_after: int | None = None

    def send(self, recipients: Iterable[int], parcel: Parcel) -> None:
        """Put ``parcel`` at the end of the queue, once for each recipient."""
        for recipient in recipients:
            self._queue.append((self._delay + 1, (recipient, parcel)))
            self.messages += isinstance(parcel.event, Received)
        decides = isinstance(parcel.event, Received) and isinstance(
            parcel.event.message, Decision | DecisionProof
        )
        if decides and self.decided_after is None:
            self.decided_after = self._delay

    def deliver(self) -> Delivery | None:
        """What has waited longest."""
        if not self._queue:
            return None
        self._delay, delivery = self._queue.popleft()
        return delivery

    def __len__(self) -> int:
        """How many are on their way."""
        return len(self._queue)


def count(readings: Readings, labels: Sequence[int]) -> tuple[int, int | None]:
    """Messages of one sample on which the nodes predict ``labels``, and delays to a decision."""
    nodes = len(labels)
    config = Config(nodes, (nodes - 1) // 3, readings, keep_early=True)
    vectors = np.eye(max(labels) + 1)[list(labels)][:, np.newaxis, :]
    network = CountingRounds()
    Simulation(config, vectors, NOBODY, network, seed=0).run()
    return network.messages, network.decided_after


def repaired(nodes: int) -> int:
    """Messages of a sample in the repaired flow, whatever is predicted, in its first ballot.

    Predictions and proposal, prepares, commits, proofs of the decision.
    """
    return 2 * (nodes - 1) + 3 * nodes * (nodes - 1)


def published(nodes: int) -> int:
    """Messages of a sample that the first view of the published flow accepts unanimously.

    Pre-prepare, prepare, predictions and decision; relays; commits.
    """
    return 4 * (nodes - 1) + (nodes - 1) ** 2 + nodes * (nodes - 1)


def published_conflict(nodes: int) -> int:
    """At least so many where every primary is rejected: a pre-prepare and N/2 votes a view."""
    return nodes * (nodes - 1) * (1 + (nodes + 1) // 2)


def tabulate() -> None:
    """Print the counts beside the formulas, and the formulas for larger N."""
    print(f"{'N':>5}  {'published':>22}  {'a conflict':>22}  {'repaired':>22}")
    print(f"{'':>5}" + f"  {'counted':>10}{'formula':>12}" * 3)
    for nodes in BY_FORMULA:
        counted = ["-", "-", "-"]
        if nodes in COUNTED:
            alike, split = [0] * nodes, list(range(nodes))
            counts = [count(PAPER, alike), count(PAPER, split), count(HARDENED, alike)]
            counted = [f"{messages:,}" for messages, _ in counts]
        formulas = [published(nodes), published_conflict(nodes), repaired(nodes)]
        cells = zip(counted, formulas, strict=True)
        print(f"{nodes:>5}" + "".join(f"  {own:>10}{formula:>12,}" for own, formula in cells))
    delays = [count(readings, [0] * 7)[1] for readings in (PAPER, HARDENED)]
    print(f"\ndelays to the first decision: published {delays[0]}, repaired {delays[1]}")


def measure(data: Path) -> None:
    """Run both profiles over the real outputs in ``data``."""
    print(
        f"\n{'profile':<10}{'faulty':<8}{'messages a sample':>18}{'accuracy in %':>15}  decided by"
    )
    for profile in ("paper", "hardened"):
        for faulty in ("", "0,3"):
            command = [sys.executable, "-m", "poqi", "evaluate", "--json", "--profile", profile]
            command += ["--outputs", str(data / "logits"), "--faulty-nodes", faulty]
            command += ["--labels", str(data / "cifar10_test.npz")]
            shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            result = json.loads(shown)
            sent = sum(result["messages"]["by_kind"].values()) / result["samples"]
            counts = ", ".join(f"{rule} {number}" for rule, number in result["decided_by"].items())
            print(
                f"{profile:<10}{faulty or 'none':<8}{sent:>18.1f}"
                f"{100 * result['accuracy']['poqi']:>15.2f}  {counts}",
                flush=True,
            )


if __name__ == "__main__":
    tabulate()
    if "POQI_DATA" in os.environ:
        measure(Path(os.environ["POQI_DATA"]))
