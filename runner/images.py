"""Images as tensors: normalised for a network, moved and mirrored for training."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from runner.datasets import Normalisation
from runner.recipe import Recipe


def normalised(pixels: Tensor, normalisation: Normalisation) -> Tensor:
    """Float images (images, channels, height, width) of uint8 ones, channels last.

    The result is stored channels last, as the convolutions on processors like it.
    """
    mean = torch.tensor(normalisation.mean, device=pixels.device)
    deviation = torch.tensor(normalisation.deviation, device=pixels.device)
    return ((pixels.float() / 255 - mean) / deviation).permute(0, 3, 1, 2)


class TrainingImages:
    """The images of a training set, ready to be drawn in batches."""

    def __init__(
        self,
        images: NDArray[np.uint8],
        normalisation: Normalisation,
        recipe: Recipe,
        device: torch.device,
    ) -> None:
        margin = (recipe.shift, recipe.shift)
        padded = np.pad(images, ((0, 0), margin, margin, (0, 0)))
        self._pixels = torch.from_numpy(padded).to(device)
        self._edge = images.shape[1]
        self._normalisation = normalisation
        self._recipe = recipe

    def batch(self, chosen: NDArray[np.int64], edge: int, lots: np.random.Generator) -> Tensor:
        """The images ``chosen``, each moved and mirrored by lot, in the size ``edge``."""
        count = len(chosen)
        shifts = lots.integers(0, 2 * self._recipe.shift + 1, (2, count, 1))
        rows, columns = shifts + np.arange(self._edge)
        if self._recipe.mirror:
            columns = np.where(lots.integers(0, 2, (count, 1)) == 1, columns[:, ::-1], columns)
        pixels = self._pixels[
            self._index(chosen[:, np.newaxis, np.newaxis]),
            self._index(rows[:, :, np.newaxis]),
            self._index(columns[:, np.newaxis, :]),
        ]
        images = normalised(pixels, self._normalisation)
        if edge == self._edge:
            return images
        return functional.interpolate(
            images, (edge, edge), mode="bilinear", align_corners=False, antialias=True
        )

    def _index(self, positions: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(positions).to(self._pixels.device)
