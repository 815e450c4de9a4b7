"""The data sets of the paper: CIFAR-10, SVHN and Fashion-MNIST.

With a local folder nothing is downloaded.  It holds, for a data set ``NAME`` and for the splits
``train`` and ``test``, one of:

- ``NAME_test.npz`` with the arrays ``images`` (samples, height, width[, channels]; uint8) and
  ``labels``;
- ``NAME_train/``, contact sheets ``sheet_*.webp`` or ``.png`` of 50 x 50 images each, row by row,
  with ``labels.npz``;
- for SVHN the file of its authors, ``test_32x32.mat`` or ``train_32x32.mat``.

Without one, torchvision downloads the set once.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.arrays import DataError, Stored, read_array


class Normalisation(NamedTuple):
    """What is subtracted from a channel in [0, 1], and what that is divided by."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]


class DataSet(NamedTuple):
    """A data set.

    Attributes:
        name: as the command line has it.
        title: as the paper has it.
        channels: 1 for grey, 3 for colour.
        edge: height and width of an image in pixels.
        classes: the number of labels.
        normalisation: mean and deviation of the channels of the training images.
    """

    name: str
    title: str
    channels: int
    edge: int
    classes: int
    normalisation: Normalisation


DATA_SETS = (
    DataSet(
        "cifar10",
        "CIFAR-10",
        3,
        32,
        10,
        Normalisation((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    ),
    DataSet("fashion_mnist", "Fashion-MNIST", 1, 28, 10, Normalisation((0.2860,), (0.3530,))),
    DataSet(
        "svhn",
        "SVHN",
        3,
        32,
        10,
        Normalisation((0.4377, 0.4438, 0.4728), (0.1980, 0.2010, 0.1970)),
    ),
)

IMAGENET = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Which some public weights for CIFAR-10 expect as well."""

SPLITS = ("train", "test")
_SHEET_EDGE = 50
"""Images in a row and in a column of a contact sheet."""


class Samples(NamedTuple):
    """One split of a data set.

    Attributes:
        images: uint8, shape (samples, height, width, channels).
        labels: int64, shape (samples,).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def sha256(self) -> str:
        """Of the pixels and labels, whatever file they were read from."""
        content = hashlib.sha256(np.ascontiguousarray(self.images).tobytes())
        content.update(self.labels.astype("<i8").tobytes())
        return content.hexdigest()


def data_set(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        DataError: there is none.
    """
    for found in DATA_SETS:
        if found.name == name:
            return found
    known = ", ".join(known.name for known in DATA_SETS)
    raise DataError(f"there is no data set {name!r}; the data sets are {known}")


class _Raw(NamedTuple):
    """What a file holds, before it is checked."""

    images: Stored
    labels: Stored


def load_samples(described: DataSet, split: str, folder: Path | None, cache: Path) -> Samples:
    """The images and labels of a split, in its order.

    Args:
        described: the data set.
        split: ``train`` or ``test``.
        folder: where its files lie; None: let torchvision download them.
        cache: where torchvision keeps what it downloads.

    Raises:
        DataError: a file is missing or damaged, has another shape than the data set, or it
            cannot be downloaded.
    """
    if folder is None:
        from runner.downloads import download

        return _checked(described, _Raw(*download(described, split, cache)), cache)
    readers: list[tuple[Path, Callable[[Path], _Raw]]] = [
        (folder / f"{described.name}_{split}.npz", _read_npz),
        (folder / f"{described.name}_{split}", _read_sheets),
    ]
    if described.name == "svhn":
        readers.append((folder / f"{split}_32x32.mat", _read_mat))
    for path, reader in readers:
        if path.exists():
            return _checked(described, reader(path), path)
    places = " or ".join(path.name for path, _ in readers)
    raise DataError(f"{folder} does not hold the {split} split of {described.title}: no {places}")


def _read_npz(path: Path) -> _Raw:
    return _Raw(read_array(path, "images"), read_array(path, "labels"))


def _read_sheets(folder: Path) -> _Raw:
    labels = read_array(folder / "labels.npz", "labels")
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError(f"{folder} needs pillow: pip install pillow") from None

    files = sorted(path for path in folder.glob("sheet_*") if path.suffix in (".webp", ".png"))
    if not files:
        raise DataError(f"{folder} holds no contact sheet, such as sheet_00.webp")
    sheets = []
    for path in files:
        try:
            with Image.open(path) as image:
                sheet = np.asarray(image.convert("RGB"), dtype=np.uint8)
        except (UnidentifiedImageError, OSError, ValueError):
            raise DataError(f"{path} is no image, or a damaged one") from None
        height, width = sheet.shape[0] // _SHEET_EDGE, sheet.shape[1] // _SHEET_EDGE
        if sheet.shape[:2] != (height * _SHEET_EDGE, width * _SHEET_EDGE):
            raise DataError(f"{path} is no sheet of {_SHEET_EDGE} x {_SHEET_EDGE} images")
        tiles = sheet.reshape(_SHEET_EDGE, height, _SHEET_EDGE, width, 3).swapaxes(1, 2)
        sheets.append(tiles.reshape(-1, height, width, 3))
    if len({sheet.shape for sheet in sheets}) > 1:
        raise DataError(f"{folder} holds contact sheets of different sizes")
    return _Raw(np.concatenate(sheets), labels)


def _read_mat(path: Path) -> _Raw:
    """The file of SVHN's authors: images in X, sample last; labels in y, 10 for the digit 0."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise DataError(f"{path} needs scipy: pip install scipy") from None

    try:
        held = loadmat(path)
        images, labels = held["X"], held["y"]
    except KeyError as missing:
        raise DataError(f"{path} has no array called {missing}") from None
    except Exception as error:
        # A damaged file makes scipy raise almost anything, from zlib.error to NotImplementedError.
        raise DataError(f"{path} is no MATLAB file, or a damaged one ({error})") from None
    if images.ndim != 4:
        raise DataError(f"{path} holds images of shape {images.shape}; SVHN's have 4 dimensions")
    digits = labels.reshape(-1)
    return _Raw(images.transpose(3, 0, 1, 2), np.where(digits == 10, 0, digits))


def _checked(described: DataSet, raw: _Raw, origin: Path) -> Samples:
    images = raw.images[..., np.newaxis] if raw.images.ndim == 3 else raw.images
    shape = (described.edge, described.edge, described.channels)
    if images.dtype != np.uint8 or images.shape[1:] != shape or not len(images):
        raise DataError(
            f"{origin} holds images of {images.dtype} and shape {images.shape[1:]}; those of "
            f"{described.title} are uint8 of shape {shape} (height, width, channels)"
        )
    if raw.labels.dtype.kind not in "iu" or raw.labels.shape != (len(images),):
        raise DataError(
            f"{origin} has {len(images)} images and labels of {raw.labels.dtype} and shape "
            f"{raw.labels.shape}; there must be one whole number for each image"
        )
    labels = raw.labels.astype(np.int64)
    wrong = np.flatnonzero((labels < 0) | (labels >= described.classes))
    if wrong.size:
        raise DataError(
            f"{origin} gives image {wrong[0]} the label {labels[wrong[0]]}; the classes of "
            f"{described.title} are 0 to {described.classes - 1}"
        )
    return Samples(images.astype(np.uint8, copy=False), labels)
