"""The data sets: from each kind of local file, from torchvision's, and damaged."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from runner.arrays import DataError
from runner.datasets import DATA_SETS, DataSet, Samples, data_set, load_samples

CIFAR, FASHION, SVHN = (data_set(name) for name in ("cifar10", "fashion_mnist", "svhn"))


def made_up(described: DataSet, count: int) -> Samples:
    draw = np.random.default_rng(count)
    shape = (count, described.edge, described.edge, described.channels)
    images = draw.integers(0, 256, shape).astype(np.uint8)
    return Samples(images, np.arange(count) % described.classes)


def same(first: Samples, second: Samples) -> bool:
    return (
        first.images.dtype == second.images.dtype == np.uint8
        and first.images.tolist() == second.images.tolist()
        and first.labels.tolist() == second.labels.tolist()
        and first.sha256() == second.sha256()
    )


def save_npz(path: Path, samples: Samples) -> None:
    np.savez(path, images=samples.images, labels=samples.labels.astype(np.uint8))


def refusal(described: DataSet, folder: Path, split: str = "test") -> str:
    with pytest.raises(DataError) as refused:
        load_samples(described, split, folder, folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("described", DATA_SETS)
def test_arrays_in_a_folder(described: DataSet, tmp_path: Path) -> None:
    for split, count in (("train", 12), ("test", 5)):
        save_npz(tmp_path / f"{described.name}_{split}.npz", made_up(described, count))
        assert same(load_samples(described, split, tmp_path, tmp_path), made_up(described, count))


def test_grey_images_need_no_channel(tmp_path: Path) -> None:
    grey = made_up(FASHION, 3)
    np.savez(tmp_path / "fashion_mnist_test.npz", images=grey.images[..., 0], labels=grey.labels)
    assert same(load_samples(FASHION, "test", tmp_path, tmp_path), grey)


def test_contact_sheets(tmp_path: Path) -> None:
    images = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    samples = made_up(CIFAR, 5000)
    folder = tmp_path / "cifar10_train"
    folder.mkdir()
    np.savez(folder / "labels.npz", labels=samples.labels)
    for number, ending in enumerate(("webp", "png")):
        tiles = samples.images[2500 * number : 2500 * (number + 1)].reshape(50, 50, 32, 32, 3)
        sheet = images.fromarray(tiles.swapaxes(1, 2).reshape(1600, 1600, 3))
        sheet.save(folder / f"sheet_{number:02d}.{ending}", lossless=True)
    loaded = load_samples(CIFAR, "train", tmp_path, tmp_path)
    assert loaded.sha256() == samples.sha256()
    sound = (folder / "sheet_01.png").read_bytes()
    (folder / "sheet_01.png").write_bytes(sound[:1000])
    assert "sheet_01.png is no image, or a damaged one" in refusal(CIFAR, tmp_path, "train")
    images.fromarray(np.zeros((99, 100, 3), dtype=np.uint8)).save(folder / "sheet_01.png")
    assert "no sheet of 50 x 50 images" in refusal(CIFAR, tmp_path, "train")
    images.fromarray(np.zeros((100, 100, 3), dtype=np.uint8)).save(folder / "sheet_01.png")
    assert "contact sheets of different sizes" in refusal(CIFAR, tmp_path, "train")
    for path in folder.glob("sheet_*"):
        path.unlink()
    assert "holds no contact sheet" in refusal(CIFAR, tmp_path, "train")


def save_mat(path: Path, samples: Samples, compressed: bool) -> None:
    """As SVHN's authors have it: the sample last, and the digit 0 as label 10."""
    library = pytest.importorskip("scipy.io", reason="scipy is not installed")
    digits = np.where(samples.labels == 0, 10, samples.labels).astype(np.uint8)
    arrays = {"X": samples.images.transpose(1, 2, 3, 0), "y": digits[:, np.newaxis]}
    library.savemat(path, arrays, do_compression=compressed)


@pytest.mark.parametrize("compressed", [True, False])
def test_svhn_in_its_own_format(tmp_path: Path, compressed: bool) -> None:
    samples = made_up(SVHN, 23)
    save_mat(tmp_path / "test_32x32.mat", samples, compressed)
    assert same(load_samples(SVHN, "test", tmp_path, tmp_path), samples)
    whole = (tmp_path / "test_32x32.mat").read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], b"x" * 1000):
        (tmp_path / "test_32x32.mat").write_bytes(damaged)
        assert "test_32x32.mat is no MATLAB file, or a damaged one" in refusal(SVHN, tmp_path)


def test_a_matlab_file_of_something_else(tmp_path: Path) -> None:
    library = pytest.importorskip("scipy.io", reason="scipy is not installed")
    path = tmp_path / "train_32x32.mat"
    library.savemat(path, {"X": np.zeros((32, 32, 3, 2), dtype=np.uint8)})
    assert "has no array called 'y'" in refusal(SVHN, tmp_path, "train")
    library.savemat(path, {"X": np.zeros((32, 32), dtype=np.uint8), "y": np.ones((2, 1))})
    assert "images of shape (32, 32)" in refusal(SVHN, tmp_path, "train")


def test_no_other_set_is_taken_for_svhn(tmp_path: Path) -> None:
    save_npz(tmp_path / "mnist_test.npz", made_up(FASHION, 3))
    message = refusal(SVHN, tmp_path)
    assert "does not hold the test split of SVHN" in message
    assert "no svhn_test.npz or svhn_test or test_32x32.mat" in message
    save_npz(tmp_path / "svhn_test.npz", made_up(FASHION, 3))
    assert "shape (28, 28, 1); those of SVHN are uint8 of shape (32, 32, 3)" in refusal(
        SVHN, tmp_path
    )


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, int), "those of CIFAR-10 are uint8 of shape"),
        (np.zeros((2, 32, 32, 3)), np.zeros(2, int), "images of float64"),
        (np.zeros((0, 32, 32, 3), np.uint8), np.zeros(0, int), "those of CIFAR-10"),
        (np.zeros((2, 32, 32, 3), np.uint8), np.zeros(3, int), "2 images and labels"),
        (np.zeros((2, 32, 32, 3), np.uint8), np.zeros(2), "one whole number for each image"),
        (np.zeros((2, 32, 32, 3), np.uint8), np.array([1, 10]), "image 1 the label 10"),
        (np.zeros((2, 32, 32, 3), np.uint8), np.array([-1, 1]), "image 0 the label -1"),
    ],
)
def test_arrays_that_are_no_such_data_set(
    tmp_path: Path, images: NDArray[np.uint8], labels: NDArray[np.int64], complaint: str
) -> None:
    np.savez(tmp_path / "cifar10_test.npz", images=images, labels=labels)
    assert complaint in refusal(CIFAR, tmp_path)


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    assert "does not hold the test split of CIFAR-10" in refusal(CIFAR, tmp_path)
    assert "does not hold" in refusal(CIFAR, tmp_path / "nowhere")
    path = tmp_path / "cifar10_test.npz"
    save_npz(path, made_up(CIFAR, 3))
    path.write_bytes(path.read_bytes()[:-200])
    assert "cifar10_test.npz is no NumPy file, or a damaged one" in refusal(CIFAR, tmp_path)
    with pytest.raises(DataError, match="there is no data set 'imagenet'; the data sets are"):
        data_set("imagenet")


def save_idx(path: Path, magic: int, array: NDArray[np.uint8]) -> None:
    """The format of Fashion-MNIST's authors."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    with gzip.open(path.with_suffix(".gz"), "wb") as stream:
        stream.write(magic.to_bytes(4, "big") + sizes + array.tobytes())
    path.write_bytes(gzip.decompress(path.with_suffix(".gz").read_bytes()))


def test_fashion_mnist_by_way_of_torchvision(tmp_path: Path) -> None:
    """Files that torchvision has downloaded before are not downloaded again."""
    pytest.importorskip("torchvision", reason="torchvision is not installed")
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    samples = made_up(FASHION, 9)
    for name in ("train", "t10k"):
        save_idx(folder / f"{name}-images-idx3-ubyte", 0x803, samples.images[..., 0])
        save_idx(folder / f"{name}-labels-idx1-ubyte", 0x801, samples.labels.astype(np.uint8))
    assert same(load_samples(FASHION, "test", None, tmp_path), samples)


def test_svhn_by_way_of_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    samples = made_up(SVHN, 11)
    save_mat(tmp_path / "test_32x32.mat", samples, compressed=True)
    for check in ("svhn.check_integrity", "utils.check_integrity"):
        # Its sum is that of the real file.
        monkeypatch.setattr(f"{torchvision.__name__}.datasets.{check}", lambda *_: True)
    assert same(load_samples(SVHN, "test", None, tmp_path), samples)


def test_without_a_network_and_without_torchvision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        from torchvision import datasets
    except ImportError:
        with pytest.raises(DataError, match="without torchvision CIFAR-10 must lie in a local"):
            load_samples(CIFAR, "test", None, tmp_path)
        return

    def unreachable(*_: object, **__: object) -> None:
        raise OSError("<urlopen error>\nno route")

    monkeypatch.setattr(datasets, "CIFAR10", unreachable)
    with pytest.raises(DataError, match=r"cannot download CIFAR-10 to .* name a local folder"):
        load_samples(CIFAR, "test", None, tmp_path)
