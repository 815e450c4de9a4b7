"""``poqi train`` from outside: what it needs, its answer, its one-line errors."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from poqi import runner_options
from poqi.main import main

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")


def save(folder: Path, name: str, edge: int, channels: int) -> Path:
    """A data set of black images with just enough of them for one step."""
    for split, count in (("train", 260), ("test", 10)):
        images = np.zeros((count, edge, edge, channels), dtype=np.uint8)
        np.savez(folder / f"{name}_{split}.npz", images=images, labels=np.arange(count) % 10)
    return folder


def command(folder: Path, *options: str) -> list[str]:
    output = str(folder / "w.safetensors")
    return ["train", "--network", "resnet20", "--data", str(folder), "--output", output, *options]


def refusal(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("poqi train: ")
    assert shown.err.count("\n") == 1
    return shown.err


def test_without_torch_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_options, "find_spec", lambda name: None)
    message = refusal(capsys, command(tmp_path))
    assert message == "poqi train: this command needs torch: pip install torch torchvision\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--network", "lenet"], "invalid choice: 'lenet'"),
        (["--data-set", "mnist"], "invalid choice: 'mnist'"),
        (["--epochs", "0"], "--epochs must be 1 or more"),
        (["--epochs", "many"], "invalid int value"),
        (["--seed", "-1"], "--seed and --save-every 0 or more"),
        (["--save-every", "-1"], "--seed and --save-every 0 or more"),
    ],
)
def test_misuse_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert complaint in refusal(capsys, command(tmp_path, *options))


@needs_torch
def test_it_trains_and_says_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save(tmp_path, "fashion_mnist", 28, 1)
    options = ("--data-set", "fashion_mnist", "--epochs", "1")
    assert main(command(folder, *options)) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    # All images are alike, so one label in ten is right.
    assert "resnet20 on Fashion-MNIST: 10.00% of 10 test images after 1 epoch\n" in shown.out
    assert "w.safetensors" in shown.out
    assert main(command(folder, *options, "--json")) == 0
    note = json.loads(capsys.readouterr().out)
    assert note["test_accuracy"] == 0.1
    assert note["recipe"]["batch"] == 256


@needs_torch
def test_an_interrupt_says_that_it_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner import training

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    assert main(command(save(tmp_path, "cifar10", 32, 3))) == 130
    assert "the same command goes on from where it last saved" in capsys.readouterr().err


@needs_torch
def test_data_and_places_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refusal(capsys, command(tmp_path))
    assert "does not hold the train split of CIFAR-10" in message
    save(tmp_path, "cifar10", 28, 1)
    assert "those of CIFAR-10 are uint8 of shape (32, 32, 3)" in refusal(capsys, command(tmp_path))
    save(tmp_path, "cifar10", 32, 3)
    nowhere = command(tmp_path, "--output", str(tmp_path / "nowhere" / "w"))
    assert "there is no folder" in refusal(capsys, nowhere)
    (tmp_path / "w.safetensors").write_text("something else")
    assert "w.safetensors is no safetensors file" in refusal(capsys, command(tmp_path))
    assert (tmp_path / "w.safetensors").read_text() == "something else"
