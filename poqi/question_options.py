"""The options by which a command takes the protocol, and the setting in which it runs."""

import argparse
from collections.abc import Sequence

from poqi.readings_options import add_readings_options
from poqi_core.faults import FAULTS
from poqi_core.properties import EVERY_PROPERTY


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


def add_setting_options(
    group: argparse._ArgumentGroup, networks: Sequence[str] = ("asynchronous", "rounds")
) -> None:
    """Declare the network, what the nodes predict, who is faulty, and the bounds."""
    add_network_options(group, networks)
    group.add_argument("--predictions", metavar="PATTERN", help="such as '?AAB'")
    group.add_argument(
        "--byzantine", metavar="NODES", help="the faulty nodes, such as 0 or 0,2, or none"
    )
    add_bounds_options(group)
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
    group.set_defaults(fault="byzantine", losses=0, partition=None)


def add_property_option(group: argparse._ArgumentGroup, purpose: str) -> None:
    """Declare the properties, of which ``purpose`` says what they are wanted for."""
    names = ", ".join(entry.name for entry in EVERY_PROPERTY)
    group.add_argument(
        "--property",
        action="append",
        metavar="NAME",
        help=f"{purpose}; can be repeated (default: what the profile is asked for; there are "
        f"{names})",
    )


def add_fault_option(group: argparse._ArgumentGroup) -> None:
    """Declare what faulty nodes are capable of."""
    group.add_argument(
        "--fault",
        choices=list(FAULTS),
        default="byzantine",
        help="what faulty nodes are capable of: none (no node is faulty), silence, crash, "
        "omission, twins (one identity runs twice), mutation (one value of a message changed), "
        "or byzantine (whatever they could sign; the default)",
    )


def add_network_options(group: argparse._ArgumentGroup, networks: Sequence[str]) -> None:
    """Declare the network."""
    meanings = {
        "asynchronous": "any delay, order and loss",
        "rounds": "lock-step, as the paper assumes",
        "ordered": "rounds in which everyone receives the same in the same order",
        "lossy": "rounds in which messages are lost (--losses, --partition)",
    }
    group.add_argument(
        "--network",
        choices=networks,
        default="asynchronous",
        help="; ".join(f"{name}: {meanings[name]}" for name in networks),
    )


def add_losses_options(group: argparse._ArgumentGroup) -> None:
    """Declare what the network lossy may lose."""
    group.add_argument(
        "--losses", type=int, default=0, metavar="K", help="messages that the network lossy loses"
    )
    group.add_argument(
        "--partition",
        metavar="GROUPS",
        help="what the network lossy keeps apart: 0,1/2,3 or 0,1/2,3@rounds=2-4 or @views=0-1",
    )


def add_bounds_options(group: argparse._ArgumentGroup) -> None:
    """Declare how long a run is followed."""
    group.add_argument("--samples", type=int, help="number of samples (1)")
    group.add_argument("--views", type=int, help="views a sample (as many as lead to a conflict)")
    group.add_argument(
        "--ballots", type=int, help="ballots a sample, where nodes agree on evidence (f + 1)"
    )
    group.add_argument(
        "--start-view", type=int, default=0, help="the view in which the nodes begin (0)"
    )
