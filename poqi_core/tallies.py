"""Counting identical messages by their senders."""

from poqi_core.prediction import Label, Prediction, label_of
from poqi_core.state import Tally


def senders(tallies: tuple[Tally, ...], label: Label, final_label: Label) -> int:
    """Mask of the agents that sent the message with that content."""
    for tally in tallies:
        if tally.label == label and tally.final_label == final_label:
            return tally.senders
    return 0


def count(
    tallies: tuple[Tally, ...], label: Label, final: Prediction, added: int
) -> tuple[Tally, ...]:
    """The tallies with the senders of mask ``added`` counted for that content.

    The order is that of the contents, so that what arrived in which order is forgotten.
    """
    final_label = label_of(final)
    counted = senders(tallies, label, final_label) | added
    rest = []
    for tally in tallies:
        if tally.label == label and tally.final_label == final_label:
            final = tally.final
        else:
            rest.append(tally)
    rest.append(Tally(label, final_label, counted, final))
    return tuple(sorted(rest, key=lambda tally: tally[:2]))


def only(tallies: tuple[Tally, ...], label: Label, final_label: Label) -> tuple[Tally, ...]:
    """The tally of that content, without those of other contents."""
    return tuple(tally for tally in tallies if tally[:2] == (label, final_label))
