"""Emphasis on a terminal, and none anywhere else."""

from typing import NamedTuple


class Paint(NamedTuple):
    """The escape sequences around each kind of line; empty where there is no terminal."""

    faulty: str = ""
    fact: str = ""
    faint: str = ""
    reset: str = ""

    def line(self, style: str, text: str) -> str:
        """``text`` in a style of this paint."""
        return f"{style}{text}{self.reset}" if style else text


PLAIN = Paint()
ANSI = Paint(faulty="\x1b[31m", fact="\x1b[1m", faint="\x1b[2m", reset="\x1b[0m")
