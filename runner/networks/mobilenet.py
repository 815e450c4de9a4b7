"""MobileNetV2 for small images: Sandler and others, Inverted Residuals, CVPR 2018, table 2.

Half width, and for small images, as usual, no halving in the stem and in the second stage.  The
rows of the table with the halved number of channels (rounded to multiples of 8) are below.
"""

from typing import NamedTuple

from torch import Tensor, nn


class _Row(NamedTuple):
    """A row of the publication's table 2."""

    expansion: int
    width: int
    blocks: int
    stride: int


_STEM = 16
_ROWS = (
    _Row(1, 8, 1, 1),
    _Row(6, 16, 2, 1),
    _Row(6, 16, 3, 2),
    _Row(6, 32, 4, 2),
    _Row(6, 48, 3, 1),
    _Row(6, 80, 3, 2),
    _Row(6, 160, 1, 1),
)
_HEAD = 1280


class _InvertedResidual(nn.Module):
    """Widen, filter each channel for itself, narrow; with a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        widen = _convolution(inputs, inner, 1) if expansion > 1 else []
        self.layers = nn.Sequential(
            *widen,
            *_convolution(inner, inner, 3, stride, groups=inner),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, images: Tensor) -> Tensor:
        """The block's activations."""
        inner = self.layers(images)
        return images + inner if self.shortcut else inner


class MobileNetV2(nn.Module):
    """MobileNetV2 of half width."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = _convolution(channels, _STEM, 3)
        width = _STEM
        for row in _ROWS:
            for block in range(row.blocks):
                stride = row.stride if block == 0 else 1
                layers.append(_InvertedResidual(width, row.width, stride, row.expansion))
                width = row.width
        self.features = nn.Sequential(*layers, *_convolution(width, _HEAD, 1))
        self.classifier = nn.Linear(_HEAD, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (images, classes)."""
        return self.classifier(self.features(images).mean((2, 3)))


def _convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    ]
