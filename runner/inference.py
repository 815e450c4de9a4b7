"""What a network says about the images of a test set."""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from runner.datasets import Normalisation
from runner.images import Normaliser
from runner.networks.repvgg import RepVGG

BATCH = 250
"""Images that are in memory as floats at once."""


class Inference(NamedTuple):
    """The outputs for all images.

    Attributes:
        logits: float32, shape (images, classes).
        seconds: what it took.
    """

    logits: NDArray[np.float32]
    seconds: float

    @property
    def images_per_second(self) -> float:
        """The throughput."""
        return len(self.logits) / self.seconds

    def accuracy(self, labels: NDArray[np.int64]) -> float:
        """The part of the images whose label has the greatest output."""
        return float(np.mean(self.logits.argmax(axis=1) == labels))


def infer(
    network: nn.Module,
    images: NDArray[np.uint8],
    normalisation: Normalisation,
    device: torch.device,
    report: Callable[[int], None] = lambda done: None,
) -> Inference:
    """Run ``network`` over ``images`` in batches of :data:`BATCH`, in single precision.

    A RepVGG runs in its inference form.  The network is left in evaluation mode.

    Args:
        network: on ``device``.
        images: shape (images, height, width, channels).
        normalisation: as in the network's training.
        device: where to compute.
        report: called with the number of images that are done.
    """
    began = perf_counter()
    network.eval()
    form = network.folded() if isinstance(network, RepVGG) else network
    form = form.to(device, memory_format=torch.channels_last)
    normalise = Normaliser(normalisation, device)
    batches = []
    # Single precision everywhere: by default cuDNN multiplies in 19 bits.
    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        for begin in range(0, len(images), BATCH):
            pixels = torch.from_numpy(images[begin : begin + BATCH]).to(device)
            batches.append(form(normalise(pixels)).float().cpu().numpy())
            report(min(begin + BATCH, len(images)))
    return Inference(np.concatenate(batches), perf_counter() - began)
