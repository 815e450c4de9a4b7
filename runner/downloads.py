"""The data sets as torchvision downloads them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError
from runner.datasets import DataSet


def download(
    described: DataSet, split: str, cache: Path
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The images (samples, height, width[, channels]) and labels of a split.

    Raises:
        DataError: torchvision is not installed, or there is no network.
    """
    try:
        from torchvision import datasets
    except ImportError:
        raise DataError(
            f"without torchvision {described.title} must lie in a local folder: name it with "
            "--data or POQI_DATA, or pip install torchvision scipy"
        ) from None

    train = split == "train"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        match described.name:
            case "cifar10":
                cifar = datasets.CIFAR10(str(cache), train=train, download=True)
                return cifar.data, np.asarray(cifar.targets, dtype=np.int64)
            case "svhn":
                svhn = datasets.SVHN(str(cache), split=split, download=True)
                return svhn.data.transpose(0, 2, 3, 1), svhn.labels.astype(np.int64)
            case _:
                fashion = datasets.FashionMNIST(str(cache), train=train, download=True)
                return fashion.data.numpy(), fashion.targets.numpy().astype(np.int64)
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"cannot download {described.title} to {cache} ({reason}); name a local folder with "
            "--data or POQI_DATA"
        ) from None
