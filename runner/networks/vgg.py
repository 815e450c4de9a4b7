"""VGG for small images: Simonyan, Zisserman, Very Deep Convolutional Networks, 2014, table 1.

Configurations A (11 layers) and D (16), with batch normalisation behind each convolution and,
as usual for small images, one linear layer in the place of three.
"""

from torch import Tensor, nn

_STAGES = {
    11: ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    16: ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
}


class VGG(nn.Module):
    """A plain stack of 3x3 convolutions; ``depth`` is 11 or 16."""

    def __init__(self, depth: int, channels: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for stage in _STAGES[depth]:
            for width in stage:
                layers += [
                    nn.Conv2d(channels, width, 3, 1, 1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(inplace=True),
                ]
                channels = width
            # Rounded up, so that images smaller than 32x32 still have a pixel at the end.
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of shape (images, classes)."""
        return self.classifier(self.features(images).mean((2, 3)))
