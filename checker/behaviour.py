"""Which runs of lock-step rounds are followed: all of them, or some that are worth a look."""

from typing import NamedTuple


class Behaviour(NamedTuple):
    """Which runs of lock-step rounds are followed."""

    silent: bool = False
    """Only those in which Byzantine nodes say nothing."""
    impatient: bool = False
    """Those in which every timer runs out before anything arrives: runs of the asynchronous
    network, where nobody can tell how long a message takes."""


EVERYTHING = Behaviour()
"""Every run of lock-step rounds."""
