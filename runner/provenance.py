"""What a result needs to say about itself to be repeated."""

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from runner.json_values import Json

Note: TypeAlias = dict[str, Json]
"""What a file says about its origin."""


def versions(packages: Iterable[str]) -> dict[str, Json]:
    """The versions of Python and of ``packages``; null for one that is not installed."""
    found: dict[str, Json] = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def machine() -> dict[str, Json]:
    """What of the machine can change the last bits of a sum."""
    return {"system": sys.platform, "architecture": platform.machine()}
