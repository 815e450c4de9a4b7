"""What is drawn by lot in an epoch of a training: the order of the images and their changes."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from runner.recipe import Recipe


class Lots(NamedTuple):
    """For some images of a training set, which they are and what is done to each.

    Attributes:
        chosen: the numbers of the images, int64, shape (images,).
        rows: by how many pixels each is moved down in its frame, int64, shape (images,).
        columns: likewise to the right.
        mirrored: whether each is mirrored, bool, shape (images,).
    """

    chosen: Tensor
    rows: Tensor
    columns: Tensor
    mirrored: Tensor

    def part(self, begin: int, end: int) -> "Lots":
        """Those of the images from ``begin`` up to ``end``."""
        return Lots(*(lots[begin:end] for lots in self))


def draw_lots(recipe: Recipe, count: int, seed: int, epoch: int, device: torch.device) -> Lots:
    """The lots of one epoch over ``count`` images; the same for the same seed and epoch."""
    draw = np.random.default_rng((seed, epoch))
    order = draw.permutation(count)
    rows, columns = draw.integers(0, 2 * recipe.shift + 1, (2, count))
    mirrored = draw.integers(0, 2, count).astype(bool) & recipe.mirror
    return Lots(*(torch.from_numpy(lot).to(device) for lot in (order, rows, columns, mirrored)))
