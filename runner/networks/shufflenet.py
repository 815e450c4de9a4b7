"""ShuffleNetV2 for small images: Ma and others, Practical Guidelines, ECCV 2018, table 5.

Half width, and for small images no halving in the stem and no pooling behind it.  The names of
the weights are torchvision's, which the usual public weights for CIFAR-10 share
(chenyaofo/pytorch-cifar-models).
"""

import torch
from torch import Tensor, nn

_STEM = 24
_STAGES = ((48, 4), (96, 8), (192, 4))
"""Channels and blocks of a stage."""
_HEAD = 1024


class _Block(nn.Module):
    """Half of the channels pass, half are worked on; at a stage's start both halves are new."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        half = outputs // 2
        worked_on = inputs if stride > 1 else half
        self.halves = stride == 1
        self.branch1 = nn.Sequential(
            *(() if self.halves else (*_depthwise(inputs, stride), *_pointwise(inputs, half)))
        )
        self.branch2 = nn.Sequential(
            *_pointwise(worked_on, half), *_depthwise(half, stride), *_pointwise(half, half)
        )

    def forward(self, images: Tensor) -> Tensor:
        """The block's activations, their two halves interleaved."""
        if self.halves:
            passing, worked_on = images.chunk(2, 1)
        else:
            passing, worked_on = self.branch1(images), images
        joined = torch.cat((passing, self.branch2(worked_on)), 1)
        count, channels, height, width = joined.shape
        paired = joined.view(count, 2, channels // 2, height, width)
        return paired.transpose(1, 2).reshape(count, channels, height, width)


class ShuffleNetV2(nn.Module):
    """ShuffleNetV2 of half width."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(
            nn.Conv2d(channels, _STEM, 3, 1, 1, bias=False),
            nn.BatchNorm2d(_STEM),
            nn.ReLU(inplace=True),
        )
        self.stage2 = _stage(_STEM, *_STAGES[0])
        self.stage3 = _stage(_STAGES[0][0], *_STAGES[1])
        self.stage4 = _stage(_STAGES[1][0], *_STAGES[2])
        self.conv5 = nn.Sequential(*_pointwise(_STAGES[2][0], _HEAD))
        self.fc = nn.Linear(_HEAD, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (images, classes)."""
        features = self.stage4(self.stage3(self.stage2(self.conv1(images))))
        return self.fc(self.conv5(features).mean((2, 3)))


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    first = _Block(inputs, outputs, 2)
    return nn.Sequential(first, *(_Block(outputs, outputs, 1) for _ in range(blocks - 1)))


def _depthwise(width: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False),
        nn.BatchNorm2d(width),
    ]


def _pointwise(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
