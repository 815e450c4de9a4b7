"""What the tests of the broadcast have in common: nodes in some round of a sample."""

from core_reading import world
from core_world import World

from poqi_core import SYNCHRONOUS
from poqi_core.messages import Relay, RoundEnded, SignedPrediction


def in_round(number: int, predictions: str = "A??", *, faults: int = 1, **readings: str) -> World:
    """The honest nodes in that round, with nothing on its way between them."""
    asked = world(SYNCHRONOUS, predictions, readings, faults=faults)
    for ended in range(number):
        end_round(asked, ended)
    asked.drop(lambda delivery: True)
    return asked


def end_round(asked: World, number: int, sample: int = 0) -> None:
    """Everybody is told that the round is over."""
    for node in asked.honest:
        asked.happen(node, RoundEnded(sample, number))


def chain(label: int, signers: str, *, sender: int | None = None, sample: int = 0) -> Relay:
    """The first signer's prediction, with all those signatures, from the last of them."""
    nodes = [int(signer) for signer in signers]
    last = nodes[-1] if sender is None else sender
    mask = sum(1 << node for node in nodes)
    return Relay(last, SignedPrediction(nodes[0], sample, label), mask)
