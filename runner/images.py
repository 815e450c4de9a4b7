"""Images as tensors: normalised for a network, moved and mirrored for training."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runner.datasets import Normalisation
from runner.lots import Lots


class Normaliser:
    """Makes float images of uint8 ones."""

    def __init__(self, normalisation: Normalisation, device: torch.device) -> None:
        self._mean = torch.tensor(normalisation.mean, device=device)
        self._deviation = torch.tensor(normalisation.deviation, device=device)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Float images (images, channels, height, width) of (images, height, width, channels).

        The result is stored channels last, as convolutions like it.
        """
        return ((pixels.float() / 255 - self._mean) / self._deviation).permute(0, 3, 1, 2)


class TrainingImages:
    """The images of a training set, on the device, ready to be drawn in batches.

    Args:
        images: uint8, shape (images, height, width, channels).
        normalisation: of the channels.
        shift: by how many pixels an image can be moved; each gets a black frame so wide.
        device: where to compute.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        normalisation: Normalisation,
        shift: int,
        device: torch.device,
    ) -> None:
        margin = (shift, shift)
        padded = np.pad(images, ((0, 0), margin, margin, (0, 0)))
        self._pixels = torch.from_numpy(padded).to(device)
        self._places = torch.arange(images.shape[1], device=device)
        self._normalise = Normaliser(normalisation, device)

    def batch(self, lots: Lots) -> Tensor:
        """The images that were drawn, each moved and mirrored as its lot says.

        Returns:
            float32, shape (images, channels, height, width).
        """
        rows = lots.rows[:, None] + self._places
        forward = lots.columns[:, None] + self._places
        columns = torch.where(lots.mirrored[:, None], forward.flip(1), forward)
        pixels = self._pixels[lots.chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        return self._normalise(pixels)
