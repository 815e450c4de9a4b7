"""Training: the same weights however often it is killed; refused where it is of another plan."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

import torch

from runner.arrays import DataError
from runner.datasets import Samples, data_set
from runner.images import TrainingImages
from runner.lots import draw_lots
from runner.provenance import Note
from runner.recipe import RECIPES
from runner.tensor_file import TensorFile, read_tensors, write_tensors
from runner.training import Moment, Plan, partial_path, train

ROOT = Path(__file__).parents[2]
CIFAR = data_set("cifar10")
PROCESSOR = torch.device("cpu")
PLAN = Plan("resnet20", CIFAR, epochs=2, seed=7, recipe=replace(RECIPES["cifar10"], batch=16))


def learnable(count: int, seed: int = 0) -> Samples:
    """Images whose label is where the bright bar is."""
    draw = np.random.default_rng(seed)
    images = draw.integers(0, 100, (count, 32, 32, 3)).astype(np.uint8)
    labels = np.arange(count) % 10
    for image, label in zip(images, labels, strict=True):
        image[3 * label : 3 * label + 3] += 150
    return Samples(images, labels)


SAMPLES, TEST = learnable(96), learnable(30, seed=1)


class KilledError(Exception):
    """In the place of a kill, inside one process."""


def trained(output: Path, plan: Plan = PLAN, kill_after: int | None = None) -> Note:
    def report(moment: Moment) -> None:
        if moment.step == kill_after:
            raise KilledError

    return train(plan, SAMPLES, TEST, output, PROCESSOR, 0.0, report)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("undisturbed") / "w.safetensors"
    trained(output)
    return output.read_bytes()


def test_interrupted_after_any_step_it_ends_with_the_same_weights(
    tmp_path: Path, undisturbed: bytes
) -> None:
    """Within an epoch, at its end, and twice; the last step that was saved is the one before."""
    output = tmp_path / "w.safetensors"
    for step in (3, 6, 11):
        with pytest.raises(KilledError):
            trained(output, kill_after=step)
        assert not output.exists()
        assert partial_path(output).exists()
    trained(output)
    assert output.read_bytes() == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_killed_from_outside_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    """SIGKILL in the middle, of the very command."""
    for split, samples in (("train", learnable(4 * 256)), ("test", TEST)):
        np.savez(tmp_path / f"cifar10_{split}.npz", images=samples.images, labels=samples.labels)
    names = ("undisturbed", "killed")

    def start(name: str) -> subprocess.Popen[bytes]:
        arguments = f"train --network resnet20 --epochs 1 --save-every 0 --output {name}"
        return subprocess.Popen(
            [sys.executable, "-m", "poqi", *arguments.split(), "--data", "."],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
        )

    assert start("undisturbed").wait() == 0
    output = tmp_path / "killed"
    partial = partial_path(output)
    run = start("killed")
    while run.poll() is None and not partial.exists():
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert not output.exists()
    (tmp_path / ".killed.partial.x").write_text("as a kill while it writes leaves behind")
    assert start("killed").wait() == 0
    first, second = ((tmp_path / name).read_bytes() for name in names)
    assert first == second
    assert {path.name for path in tmp_path.iterdir()} == {
        "cifar10_train.npz",
        "cifar10_test.npz",
        *names,
    }


def test_a_finished_training_is_not_done_again(tmp_path: Path, undisturbed: bytes) -> None:
    output = tmp_path / "w.safetensors"
    output.write_bytes(undisturbed)
    partial_path(output).write_bytes(b"left over by a kill between the last two steps")
    note = trained(output, kill_after=1)
    assert note["network"] == "resnet20"
    assert output.read_bytes() == undisturbed
    assert not partial_path(output).exists()


def test_a_state_is_not_taken_for_a_finished_training(tmp_path: Path) -> None:
    output = tmp_path / "w.safetensors"
    with pytest.raises(KilledError):
        trained(output, kill_after=2)
    partial_path(output).replace(output)
    with pytest.raises(DataError, match=r"w\.safetensors holds no finished training"):
        trained(output)


def test_the_note_says_how_to_repeat_it(tmp_path: Path, undisturbed: bytes) -> None:
    output = tmp_path / "w.safetensors"
    output.write_bytes(undisturbed)
    note = trained(output)
    assert {key: note[key] for key in ("network", "data_set", "epochs", "seed")} == {
        "network": "resnet20",
        "data_set": "cifar10",
        "epochs": 2,
        "seed": 7,
    }
    assert note["train_sha256"] == SAMPLES.sha256()
    assert note["test_sha256"] == TEST.sha256()
    assert note["recipe"] == PLAN.recipe.as_json()
    versions = note["versions"]
    assert isinstance(versions, dict)
    assert versions["torch"] == torch.__version__.partition("+")[0]


def test_it_learns(tmp_path: Path) -> None:
    losses: list[float] = []
    recipe = replace(PLAN.recipe, shift=0, mirror=False)
    plan = replace(PLAN, epochs=8, recipe=recipe)
    output = tmp_path / "w.safetensors"
    note = train(
        plan, SAMPLES, TEST, output, PROCESSOR, 60.0, lambda moment: losses.append(moment.loss)
    )
    assert losses[0] > 2.0
    assert losses[-1] < 0.5
    accuracy = note["test_accuracy"]
    assert isinstance(accuracy, float)
    assert accuracy > 0.8


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (replace(PLAN, network="vgg11"), "its network differs"),
        (replace(PLAN, epochs=3), "its epochs differs"),
        (replace(PLAN, seed=8), "its seed differs"),
        (replace(PLAN, recipe=RECIPES["svhn"]), "its recipe differs"),
        (replace(PLAN, data_set=data_set("svhn")), "its data set differs"),
    ],
)
def test_another_plan_does_not_go_on_from_there(
    tmp_path: Path, changed: Plan, complaint: str
) -> None:
    output = tmp_path / "w.safetensors"
    with pytest.raises(KilledError):
        trained(output, kill_after=2)
    before = partial_path(output).read_bytes()
    with pytest.raises(DataError, match=f"partial is of another training .{complaint}"):
        trained(output, changed)
    assert partial_path(output).read_bytes() == before
    trained(output)
    with pytest.raises(DataError, match=f"w.safetensors is of another training .{complaint}"):
        trained(output, changed)


def test_a_damaged_or_foreign_state_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "w.safetensors"
    partial = partial_path(output)
    with pytest.raises(KilledError):
        trained(output, kill_after=3)
    whole = partial.read_bytes()
    partial.write_bytes(whole[:-1])
    with pytest.raises(DataError, match="partial is no safetensors file, or a damaged one"):
        trained(output)
    partial.write_bytes(whole)
    file = read_tensors(partial)
    fewer = dict(list(file.tensors.items())[:-1])
    write_tensors(partial, TensorFile(fewer, file.notes))
    with pytest.raises(DataError, match="is no state of a training, or a damaged one; remove it"):
        trained(output)
    write_tensors(partial, TensorFile(file.tensors, {"poqi": "{]"}))
    with pytest.raises(DataError, match=r"the note in .* is damaged"):
        trained(output)
    write_tensors(partial, TensorFile(file.tensors, {}))
    with pytest.raises(DataError, match="of another training"):
        trained(output)


def test_too_few_images_and_a_training_that_diverges(tmp_path: Path) -> None:
    output = tmp_path / "w.safetensors"
    with pytest.raises(DataError, match="96 training images are fewer than a batch of 256"):
        trained(output, replace(PLAN, recipe=RECIPES["cifar10"]))
    wild = replace(PLAN, recipe=replace(PLAN.recipe, rate=1e30))
    with pytest.raises(DataError, match="the training diverged in step"):
        trained(output, wild)
    assert not output.exists()


def test_images_are_moved_and_mirrored_by_lot_and_nothing_else() -> None:
    """Each image of a batch is the form of its original that its lot names."""
    recipe = replace(RECIPES["cifar10"], shift=1)
    pixels = SAMPLES.images[:40]
    mean, deviation = (np.array(values) for values in CIFAR.normalisation)
    lots = draw_lots(recipe, len(pixels), 0, 0, PROCESSOR)
    images = TrainingImages(pixels, CIFAR.normalisation, recipe.shift, PROCESSOR)
    shown = images.batch(lots).permute(0, 2, 3, 1).contiguous().numpy() * deviation + mean
    drawn = list(zip(*(lot.numpy().astype(int).tolist() for lot in lots), strict=True))
    for (chosen, top, left, mirrored), found in zip(drawn, np.rint(shown * 255), strict=True):
        padded = np.pad(pixels[chosen], ((1, 1), (1, 1), (0, 0)))
        moved = padded[top : top + 32, left : left + 32]
        assert np.array_equal(found, moved[:, ::-1] if mirrored else moved)
    assert sorted(chosen for chosen, *_ in drawn) == list(range(40)), "an epoch has each image once"
    assert len({tuple(changes) for _, *changes in drawn}) > 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_steps_that_are_recorded_on_a_gpu_learn_as_single_ones_do(tmp_path: Path) -> None:
    """The course of the loss is that of the processor but for the rounding."""
    courses = []
    plan = replace(PLAN, epochs=8, recipe=replace(PLAN.recipe, rate=0.02))
    for device in (PROCESSOR, torch.device("cuda")):
        moments: list[Moment] = []
        train(plan, SAMPLES, TEST, tmp_path / device.type, device, 60.0, moments.append)
        courses.append(np.array([moment.loss for moment in moments]))
    assert np.abs(courses[0] - courses[1])[:10].max() < 0.1
    assert abs(courses[0][-6:].mean() - courses[1][-6:].mean()) < 0.2
