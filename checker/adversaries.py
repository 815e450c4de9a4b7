"""Which fault can be asked of which network, and why not where it cannot."""

from collections.abc import Sequence

from poqi_core.config import Config
from poqi_core.faults import Fault
from poqi_core.networks import Partition, check_network
from poqi_core.properties import Property


def obstacle_to(
    config: Config,
    network: str,
    fault: Fault,
    losses: int,
    partition: Partition | None,
    properties: Sequence[Property],
) -> str | None:
    """Why a question cannot be asked of that network with that fault; None if it can."""
    for entry in properties:
        if entry.of_signed is None:
            continue
        if network == "ordered":
            return (
                f"{entry.name} is asked of the networks asynchronous, rounds and lossy; ask with "
                "--network rounds"
            )
        if not fault.forges:
            return (
                f"{entry.name} is asked of Byzantine nodes, which can do whatever others can; "
                f"leave out --fault {fault.name}"
            )
    if network == "asynchronous":
        if config.has_broadcast:
            return (
                "agree_on=broadcast counts the rounds in which messages arrive; in an asynchronous "
                "network nobody can tell that a round is over: ask with --network rounds"
            )
        if fault.crashes:
            return (
                f"in an asynchronous network a fault {fault.name} adds nothing to none for safety, "
                "as messages can be late for ever: ask with --fault none, or --network rounds"
            )
        if fault.copies and config.has_ballots:
            return (
                f"with agree_on=evidence the fault {fault.name} is explored in lock-step rounds "
                "alone; ask with --network rounds, or --fault byzantine, which includes it"
            )
    if network == "ordered" and config.has_broadcast:
        return (
            "agree_on=broadcast brings it about that all hear the same, which the network ordered "
            "assumes; ask with --network rounds"
        )
    return check_network(network, losses, partition, config.nodes, on_evidence=config.on_evidence)
