"""RepVGG-A1: Ding and others, Making VGG-style ConvNets Great Again, CVPR 2021.

In training a block adds a 3x3 convolution, a 1x1 convolution and, where the shape stays, the
image itself, each with a batch normalisation of its own.  For inference the three become one
3x3 convolution (section 3.3).  For small images the stem does not halve the image; the four
stages do, as published.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

_STEM = 64
_STAGES = ((64, 2), (128, 4), (256, 14), (1280, 1))
"""Channels and blocks of a stage: A1 of the publication's table 3."""


class _Folded(nn.Module):
    """The inference form of a block: one convolution and a ReLU."""

    def __init__(self, kernel: Tensor, bias: Tensor, stride: int) -> None:
        super().__init__()
        outputs, inputs = kernel.shape[:2]
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.convolution.load_state_dict({"weight": kernel, "bias": bias})

    def forward(self, images: Tensor) -> Tensor:
        """The block's activations."""
        return functional.relu(self.convolution(images))


class _Block(nn.Module):
    """The training form of a block: up to three branches."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv3 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        shortcut = stride == 1 and inputs == outputs
        self.bn0 = nn.BatchNorm2d(outputs) if shortcut else None

    def forward(self, images: Tensor) -> Tensor:
        """The block's activations."""
        total = self.bn3(self.conv3(images)) + self.bn1(self.conv1(images))
        if self.bn0 is not None:
            total = total + self.bn0(images)
        return functional.relu(total)

    def folded(self) -> _Folded:
        """The same function, with the running statistics, as one convolution.

        A batch normalisation behind a convolution scales its kernel by the channel; a 1x1
        kernel is a 3x3 kernel with a ring of zeros, and the image itself is the 1x1 kernel
        that takes each channel to itself.
        """
        kernel, bias = _scaled(self.conv3.weight, self.bn3)
        point, shift = _scaled(self.conv1.weight, self.bn1)
        kernel, bias = kernel + functional.pad(point, (1, 1, 1, 1)), bias + shift
        if self.bn0 is not None:
            width = kernel.shape[0]
            identity = torch.eye(width, device=kernel.device).view(width, width, 1, 1)
            point, shift = _scaled(identity, self.bn0)
            kernel, bias = kernel + functional.pad(point, (1, 1, 1, 1)), bias + shift
        return _Folded(kernel, bias, self.stride)


class RepVGG(nn.Module):
    """RepVGG-A1 in the form for training."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.blocks = [_Block(channels, _STEM, 1)]
        width = _STEM
        for outputs, count in _STAGES:
            for block in range(count):
                self.blocks.append(_Block(width, outputs, 2 if block == 0 else 1))
                width = outputs
        self.features = nn.Sequential(*self.blocks)
        self.classifier = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (images, classes)."""
        return self.classifier(self.features(images).mean((2, 3)))

    def folded(self) -> nn.Sequential:
        """The inference form: the same outputs as :meth:`forward` in evaluation mode."""
        return nn.Sequential(
            *(block.folded() for block in self.blocks),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            self.classifier,
        )


def _scaled(kernel: Tensor, normalisation: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The kernel and bias of a convolution with the normalisation behind it."""
    with torch.no_grad():
        scale = normalisation.weight / (normalisation.running_var + normalisation.eps).sqrt()
        shift = normalisation.bias - normalisation.running_mean * scale
        return kernel * scale.view(-1, 1, 1, 1), shift
