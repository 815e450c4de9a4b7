"""The options by which a command takes a profile and changes single readings."""

import argparse

from poqi.errors import CommandError
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import ReadingError, with_changes


def add_readings_options(parser: argparse.ArgumentParser) -> None:
    """Declare ``--profile`` and ``--reading``."""
    parser.add_argument(
        "--profile",
        choices=tuple(PROFILES),
        default="paper",
        help="which answers to take to what the paper leaves open (default: paper)",
    )
    parser.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change one of them; can be repeated (poqi readings lists them)",
    )


def changes_of(arguments: argparse.Namespace) -> dict[str, str]:
    """The readings that ``--reading`` changes, with the texts of their values.

    Raises:
        CommandError: one is not of the form NAME=VALUE, or is given twice.
    """
    changes: dict[str, str] = {}
    given: list[str] = arguments.reading
    for text in given:
        name, separator, value = text.partition("=")
        if not separator:
            raise CommandError(f"--reading {text!r} is not of the form NAME=VALUE")
        if name in changes:
            raise CommandError(f"--reading {name} is given twice; give it once")
        changes[name] = value
    return changes


def readings_of(arguments: argparse.Namespace) -> Readings:
    """The readings that the options name.

    Raises:
        CommandError: a reading or a value does not exist.
    """
    profile: str = arguments.profile
    try:
        return with_changes(PROFILES[profile], changes_of(arguments))
    except ReadingError as error:
        raise CommandError(str(error)) from None
