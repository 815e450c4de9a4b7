"""Training a network so that it can be killed at any time and go on as if it had not been.

Everything random is drawn from the seed and the number of the epoch, so the state of a training
is the network's weights, the momentum of each, and the number of steps done.  It is written
beside the weights-to-be, in ``FILE.partial``, whole or not at all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray

from runner.arrays import DataError
from runner.datasets import DataSet, Samples
from runner.descent import Descent
from runner.images import TrainingImages
from runner.inference import infer
from runner.json_values import Json
from runner.lots import draw_lots
from runner.networks.catalogue import build
from runner.provenance import Note, device_name, machine, versions
from runner.recipe import Recipe
from runner.tensor_file import TensorFile, read_tensors, write_tensors
from runner.weights import put_weights, read_note, weights_of, write_weights
from runner.whole_file import remove_leftovers


@dataclass(frozen=True)
class Plan:
    """What is to be trained, and how.

    Attributes:
        network: the name of the architecture.
        data_set: what it learns.
        epochs: how often it sees each image.
        seed: of its first weights, of the order of the images and of what is done to them.
        recipe: the rest.
    """

    network: str
    data_set: DataSet
    epochs: int
    seed: int
    recipe: Recipe

    def as_json(self) -> Note:
        """The plan as a JSON object."""
        return {
            "network": self.network,
            "data_set": self.data_set.name,
            "epochs": self.epochs,
            "seed": self.seed,
            "recipe": self.recipe.as_json(),
            "normalisation": [[*values] for values in self.data_set.normalisation],
        }


@dataclass(frozen=True)
class Moment:
    """How far a training is.

    Attributes:
        step: the number of steps done.
        steps: of the whole training.
        epoch: which epoch this is, from 1.
        loss: of the last step.
    """

    step: int
    steps: int
    epoch: int
    loss: float


def partial_path(output: Path) -> Path:
    """Where the state of a training lies whose weights will be written to ``output``."""
    return output.with_name(output.name + ".partial")


def train(
    plan: Plan,
    samples: Samples,
    test: Samples,
    output: Path,
    device: torch.device,
    save_every: float,
    report: Callable[[Moment], None],
) -> Note:
    """Train a network, or go on with a training that was interrupted, and write its weights.

    The same plan, data, versions, device and number of threads give the same file bit for bit
    on a processor, however often the training was interrupted.

    Args:
        plan: what to train.
        samples: the training images and their labels.
        test: those on which the accuracy in the note is measured.
        output: the file for the weights; it may exist if it is of the same plan.
        device: where to compute.
        save_every: seconds between two savings of the state.
        report: called after each step.

    Returns:
        The note of the origin that is in the file.

    Raises:
        DataError: ``output`` or its partial file is damaged or of another plan, the place
            cannot be written, or the training diverges.
    """
    identity: Note = {**plan.as_json(), "train_sha256": samples.sha256()}
    partial = partial_path(output)
    # Those of the partial file too, whose name begins with that of the output.
    remove_leftovers(output)
    if output.exists():
        note = _own_note(output, identity)
        partial.unlink(missing_ok=True)
        return note
    state = _State(plan, device)
    if partial.exists():
        state.restore(partial, identity)
    state.descend(samples, partial, identity, save_every, report)
    network = state.network
    result = infer(network, test.images, plan.data_set.normalisation, device)
    origin: Note = {
        **identity,
        "test_sha256": test.sha256(),
        "test_accuracy": result.accuracy(test.labels),
        "precision": "bfloat16 where autocast allows it, float32 elsewhere",
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "versions": versions(("poqi", "numpy", "torch")),
        "machine": machine(),
    }
    write_weights(output, network, origin)
    partial.unlink(missing_ok=True)
    return origin


def _own_note(path: Path, identity: Note) -> Note:
    """The note in a file of this plan."""
    note = read_note(read_tensors(path), path)
    _same(identity, note, path)
    if note is None or "test_accuracy" not in note:
        raise DataError(f"{path} holds no finished training; name another file, or remove this one")
    return note


def _same(identity: Note, found: Note | None, path: Path) -> None:
    for key, value in identity.items():
        if found is None or found.get(key) != value:
            raise DataError(
                f"{path} is of another training (its {key.replace('_', ' ')} differs); name "
                "another file, or remove this one"
            )


class _State:
    """A training between two steps."""

    def __init__(self, plan: Plan, device: torch.device) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.device = device
        described = plan.data_set
        network = build(plan.network, described.channels, described.classes)
        self.network = network.to(device, memory_format=torch.channels_last)
        self.descent = Descent(self.network, plan.recipe, device)
        self.step = 0

    def save(self, path: Path, identity: Note) -> None:
        """Write the state, whole or not at all."""
        tensors = {f"weight {name}": array for name, array in weights_of(self.network).items()}
        for name, parameter in self.network.named_parameters():
            momentum = self.descent.momentum(parameter).cpu().contiguous()
            tensors[f"momentum {name}"] = momentum.numpy()
        note: dict[str, Json] = {**identity, "step": self.step}
        write_tensors(path, TensorFile(tensors, {"poqi": json.dumps(note)}))

    def restore(self, path: Path, identity: Note) -> None:
        """Take the state up where it was written."""
        file = read_tensors(path)
        note = read_note(file, path)
        _same(identity, note, path)
        step = None if note is None else note.get("step")
        parts: dict[str, dict[str, NDArray[np.float32]]] = {"weight": {}, "momentum": {}}
        for name, array in file.tensors.items():
            part, _, rest = name.partition(" ")
            parts.setdefault(part, {})[rest] = array
        parameters = dict(self.network.named_parameters())
        shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
        given = {name: array.shape for name, array in parts["momentum"].items()}
        if not isinstance(step, int) or len(parts) > 2 or given != shapes:
            raise DataError(f"{path} is no state of a training, or a damaged one; remove it")
        put_weights(self.network, parts["weight"], path)
        for name, parameter in parameters.items():
            momentum = torch.from_numpy(parts["momentum"][name])
            self.descent.set_momentum(parameter, momentum)
        self.step = step

    def descend(
        self,
        samples: Samples,
        partial: Path,
        identity: Note,
        save_every: float,
        report: Callable[[Moment], None],
    ) -> None:
        """Do the steps that are left, and save the state now and then."""
        plan, recipe = self.plan, self.plan.recipe
        device, count = self.device, len(samples.labels)
        images = TrainingImages(samples.images, plan.data_set.normalisation, recipe.shift, device)
        labels = torch.from_numpy(samples.labels).to(device)
        an_epoch = count // recipe.batch
        if an_epoch == 0:
            raise DataError(f"{count} training images are fewer than a batch of {recipe.batch}")
        steps = plan.epochs * an_epoch
        saved = monotonic()
        drawn, lots = -1, None
        while self.step < steps:
            epoch, place = divmod(self.step, an_epoch)
            if lots is None or drawn != epoch:
                drawn, lots = epoch, draw_lots(recipe, count, plan.seed, epoch, device)
            batch = lots.part(place * recipe.batch, (place + 1) * recipe.batch)
            loss = self.descent.learn(images, labels, batch, recipe.rate_at(self.step / steps))
            self.step += 1
            report(Moment(self.step, steps, epoch + 1, loss))
            if not np.isfinite(loss):
                raise DataError(f"the training diverged in step {self.step}; try another seed")
            if monotonic() - saved >= save_every:
                self.save(partial, identity)
                saved = monotonic()
