"""How much memory a command takes for itself unless it is told otherwise."""

import os


def three_quarters_of_memory() -> int:
    """Three quarters of the memory of this machine, in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4 // 2**20
