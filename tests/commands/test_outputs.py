"""``poqi outputs`` from outside: one file for several networks, and what it refuses."""

import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from poqi import runner_options
from poqi.main import main
from runner.arrays import digest
from runner.outputs_file import read_outputs
from runner.tensor_file import TensorFile, read_tensors, write_tensors

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
DATA = os.environ.get("POQI_DATA")

OTHERS = [
    # Name, architecture, what the images were normalised by, and top-1 as measured beside them.
    ("akamaster_resnet20", "resnet20", "imagenet", 0.9173),
    ("akamaster_resnet32", "resnet32", "imagenet", 0.9262),
    ("chenyaofo_shufflenetv2_x0_5", "shufflenetv2", "data-set", 0.9064),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small test set and two networks, trained for one step."""
    draw = np.random.default_rng(0)
    for split, count in (("train", 256), ("test", 20)):
        images = draw.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        labels = np.arange(count) % 10
        np.savez(tmp_path / f"fashion_mnist_{split}.npz", images=images, labels=labels)
    for network in ("resnet20", "resnet32"):
        options = f"--network {network} --data-set fashion_mnist --epochs 1"
        output = str(tmp_path / f"{network}.safetensors")
        assert main(["train", *options.split(), "--data", str(tmp_path), "--output", output]) == 0
    return tmp_path


def command(folder: Path, weights: list[str], *options: str) -> list[str]:
    files = [str(folder / f"{name}.safetensors") for name in weights]
    places = ["--data", str(folder), "--output", str(folder / "o.npz")]
    return ["outputs", "--data-set", "fashion_mnist", "--weights", *files, *places, *options]


def refusal(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    capsys.readouterr()
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("poqi outputs: ")
    assert shown.err.count("\n") == 1
    return shown.err


def test_without_torch_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_options, "find_spec", lambda name: None)
    assert "needs torch: pip install torch" in refusal(capsys, command(tmp_path, ["w"]))


@needs_torch
def test_the_outputs_of_two_networks_and_their_evaluation(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(command(folder, ["resnet32", "resnet20"])) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    rows = [line.split() for line in shown.out.splitlines()]
    assert rows[0][:2] == ["20", "test"]
    assert [row[0] for row in rows[2:4]] == ["resnet32", "resnet20"]
    assert all(float(row[2].replace(",", "")) > 0 for row in rows[2:4]), "the throughput"
    file = read_outputs(folder / "o.npz")
    assert file.names == ("resnet32", "resnet20")
    assert file.vectors.shape == (2, 20, 10)
    nodes = file.note["nodes"]
    assert isinstance(nodes, list)
    for name, vectors, node in zip(file.names, file.vectors, nodes, strict=True):
        assert isinstance(node, dict)
        assert node["weights_sha256"] == digest(folder / f"{name}.safetensors")
        assert node["accuracy"] == np.mean(vectors.argmax(axis=1) == file.labels)
        training = node["training"]
        assert isinstance(training, dict)
        assert training["test_accuracy"] == node["accuracy"]
        assert training["test_sha256"] == file.note["test_sha256"]
    first = (folder / "o.npz").read_bytes()
    assert main(command(folder, ["resnet32", "resnet20"], "--json")) == 0
    assert json.loads(capsys.readouterr().out) == file.note
    assert (folder / "o.npz").read_bytes() == first, "repeated bit for bit"
    assert main(["evaluate", "--outputs", str(folder / "o.npz"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [output["name"] for output in result["outputs"]] == ["resnet32", "resnet20"]
    accuracies = [node["accuracy"] for node in nodes if isinstance(node, dict)]
    assert result["accuracy"]["nodes"] == accuracies


@needs_torch
def test_weights_and_sets_that_do_not_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no file" in refusal(capsys, command(folder, ["nowhere"]))
    text = refusal(capsys, command(folder, ["resnet20"], "--network", "vgg11"))
    assert "is of another network: it has no features.0.weight" in text
    coloured = command(folder, ["resnet20"], "--normalisation", "imagenet")
    assert "are grey; ImageNet's are coloured" in refusal(capsys, coloured)
    assert "2 files of weights are called resnet20" in refusal(
        capsys, command(folder, ["resnet20", "resnet20"])
    )
    assert "must end in .npz" in refusal(
        capsys, command(folder, ["resnet20"], "--output", str(folder / "o.npy"))
    )
    images = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    np.savez(folder / "cifar10_test.npz", images=images, labels=np.zeros(2, dtype=int))
    other = command(folder, ["resnet20"], "--data-set", "cifar10")
    assert "was trained on fashion_mnist, not on cifar10" in refusal(capsys, other)
    assert not (folder / "o.npz").exists()


@needs_torch
def test_damaged_weights_and_another_number_of_classes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "resnet20.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    assert "is no safetensors file, or a damaged one" in refusal(
        capsys, command(folder, ["resnet20"])
    )
    path.write_bytes(whole)
    tensors = dict(read_tensors(path).tensors)
    for changed, complaint in (
        ({"linear.weight": np.zeros((100, 64))}, "linear.weight has the shape (100, 64), not"),
        ({"linear.bias": np.full(10, np.nan)}, "NaN or infinity in linear.bias"),
        ({"bn1.weight": np.full(16, 3e38)}, "the network answers NaN or infinity"),
        ({"extra": np.zeros(1)}, "its extra has no place"),
    ):
        floats = {name: array.astype(np.float32) for name, array in changed.items()}
        write_tensors(folder / "w.safetensors", TensorFile({**tensors, **floats}, {}))
        named = command(folder, ["w"], "--network", "resnet20")
        assert complaint in refusal(capsys, named)
    assert "does not say of which network it is; name it with --network" in refusal(
        capsys, command(folder, ["w"])
    )
    write_tensors(path, TensorFile(tensors, {"poqi": '{"network": "lenet"}'}))
    assert "there is no network 'lenet'" in refusal(capsys, command(folder, ["resnet20"]))
    note = '{"network": "resnet20", "normalisation": [[0.5], [0.5, "x"]]}'
    write_tensors(path, TensorFile(tensors, {"poqi": note}))
    assert "the note in" in refusal(capsys, command(folder, ["resnet20"]))


@needs_torch
@pytest.mark.long
@pytest.mark.skipif(DATA is None, reason="POQI_DATA does not name the folder with the data sets")
@pytest.mark.parametrize(("name", "network", "normalisation", "accuracy"), OTHERS)
def test_weights_that_others_trained(
    tmp_path: Path, name: str, network: str, normalisation: str, accuracy: float
) -> None:
    """Loaded by name, they answer as their logits were measured elsewhere."""
    assert DATA is not None
    weights = Path(DATA) / "weights" / f"cifar10_{name}.safetensors"
    output = tmp_path / "o.npz"
    options = ["--network", network, "--normalisation", normalisation, "--output", str(output)]
    assert main(["outputs", "--weights", str(weights), *options]) == 0
    file = read_outputs(output)
    logits = np.load(Path(DATA) / "logits" / f"cifar10_test_{name}.npy")
    assert (file.vectors[0].argmax(axis=1) == logits.argmax(axis=1)).all()
    assert np.mean(logits.argmax(axis=1) == file.labels) == pytest.approx(accuracy, abs=5e-5)
