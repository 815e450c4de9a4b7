"""ResNet for small images: He, Zhang, Ren, Sun, Deep Residual Learning, 2015, section 4.2.

Three stages of equally many blocks with 16, 32 and 64 channels.  Where a stage halves the image
the shortcut takes every second pixel and adds channels of zeros (the publication's option A), so
no shortcut has weights.  The names of the weights are those of the usual public weights for
CIFAR-10 with this shortcut (akamaster/pytorch_resnet_cifar10).
"""

from torch import Tensor, nn
from torch.nn import functional

_WIDTHS = (16, 32, 64)


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.missing = outputs - inputs

    def forward(self, images: Tensor) -> Tensor:
        """The block's activations."""
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(images)))))
        if self.stride > 1:
            images = images[:, :, :: self.stride, :: self.stride]
        if self.missing:
            before = self.missing // 2
            images = functional.pad(images, (0, 0, 0, 0, before, self.missing - before))
        return functional.relu(inner + images)


class ResNet(nn.Module):
    """A residual network of ``depth`` layers."""

    def __init__(self, depth: int, channels: int, classes: int) -> None:
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(channels, _WIDTHS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(_WIDTHS[0])
        self.layer1 = _stage(_WIDTHS[0], _WIDTHS[0], 1, blocks)
        self.layer2 = _stage(_WIDTHS[0], _WIDTHS[1], 2, blocks)
        self.layer3 = _stage(_WIDTHS[1], _WIDTHS[2], 2, blocks)
        self.linear = nn.Linear(_WIDTHS[2], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (images, classes)."""
        features = functional.relu(self.bn1(self.conv1(images)))
        features = self.layer3(self.layer2(self.layer1(features)))
        return self.linear(features.mean((2, 3)))


def _stage(inputs: int, outputs: int, stride: int, blocks: int) -> nn.Sequential:
    first = _Block(inputs, outputs, stride)
    return nn.Sequential(first, *(_Block(outputs, outputs, 1) for _ in range(blocks - 1)))
