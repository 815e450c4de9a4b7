"""The parser of every subcommand: it answers misuse with one line."""

import argparse
from typing import NoReturn

from poqi.errors import CommandError


class Parser(argparse.ArgumentParser):
    """A parser whose errors are errors of the command."""

    def error(self, message: str) -> NoReturn:
        """Raise the misuse as an error of the command."""
        raise CommandError(f"{message}; see {self.prog} --help")
