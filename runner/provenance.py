"""What a result needs to say about itself to be repeated."""

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, TypeAlias

from runner.json_values import Json

if TYPE_CHECKING:
    import torch

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


def device_name(device: "torch.device") -> str:
    """The device on which was computed, such as cpu, or cuda with the name of the GPU."""
    if device.type != "cuda":
        return device.type
    import torch

    return f"cuda, {torch.cuda.get_device_name(device)}"
