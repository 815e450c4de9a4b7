"""What the commands that run networks share: the need for torch, the data, the device."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from poqi.errors import CommandError
from runner.datasets import DATA_SETS

if TYPE_CHECKING:
    import torch


def require_torch() -> None:
    """Make sure that torch can be imported.

    Raises:
        CommandError: it is not installed.
    """
    if find_spec("torch") is None:
        raise CommandError("this command needs torch: pip install torch torchvision")


def add_runner_options(parser: argparse.ArgumentParser) -> None:
    """Declare --data-set, --data and --device."""
    group = parser.add_argument_group("data and device")
    group.add_argument(
        "--data-set",
        choices=[known.name for known in DATA_SETS],
        default="cifar10",
        help="the data set (default: cifar10)",
    )
    folder = os.environ.get("POQI_DATA")
    group.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=None if folder is None else Path(folder),
        help="local folder with the data set (default: the folder POQI_DATA, else torchvision "
        "downloads it)",
    )
    group.add_argument(
        "--device", choices=["cpu", "cuda"], help="where to compute (default: cuda if there is one)"
    )


def cache_folder() -> Path:
    """Where torchvision keeps what it downloads."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path.home() / ".cache" if base is None else Path(base)) / "poqi"


def device_of(arguments: argparse.Namespace) -> "torch.device":
    """The device that was asked for, or the best there is.

    Raises:
        CommandError: there is no such device.
    """
    import torch

    there = torch.cuda.is_available()
    if arguments.device == "cuda" and not there:
        raise CommandError("there is no CUDA device here; leave --device out, or use cpu")
    return torch.device(arguments.device or ("cuda" if there else "cpu"))
