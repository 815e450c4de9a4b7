"""The options by which a command takes the protocol, and the setting in which it runs."""

import argparse

from checker.question import NETWORKS
from poqi.readings_options import add_readings_options


def add_protocol_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Declare N, f and the readings."""
    protocol = parser.add_argument_group("protocol")
    protocol.add_argument(
        "-n", "--nodes", type=int, required=required, help="N, the number of nodes"
    )
    protocol.add_argument(
        "-f", "--faulty", type=int, required=required, help="f, the faults that quorums assume"
    )
    add_readings_options(parser)


def add_setting_options(group: argparse._ArgumentGroup) -> None:
    """Declare the network, what the nodes predict, who is faulty, and the bounds."""
    group.add_argument(
        "--network",
        choices=NETWORKS,
        default="asynchronous",
        help="asynchronous: any delay, order and loss; rounds: lock-step, as the paper assumes",
    )
    group.add_argument("--predictions", metavar="PATTERN", help="such as '?AAB'")
    group.add_argument(
        "--byzantine", metavar="NODES", help="the faulty nodes, such as 0 or 0,2, or none"
    )
    group.add_argument("--samples", type=int, help="number of samples (1)")
    group.add_argument("--views", type=int, help="views a sample (as many as lead to a conflict)")
    group.add_argument(
        "--ballots", type=int, help="ballots a sample, where nodes agree on evidence (f + 1)"
    )
    group.add_argument(
        "--adversary-labels",
        type=int,
        metavar="K",
        help="labels of faulty nodes (one more than the honest nodes use)",
    )
    group.add_argument(
        "--adversary-evidence",
        type=int,
        metavar="K",
        help="pieces of evidence that faulty nodes use (all)",
    )
    group.add_argument(
        "--start-view", type=int, default=0, help="the view in which the nodes begin (0)"
    )
