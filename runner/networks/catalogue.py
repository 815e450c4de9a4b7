"""The seven architectures by name; torch is imported only when one is built."""

from typing import TYPE_CHECKING, NamedTuple

from runner.arrays import DataError

if TYPE_CHECKING:
    from torch import nn


class Architecture(NamedTuple):
    """A row of the paper's Table I.

    Attributes:
        name: as the command line has it.
        title: as the paper has it.
        form: which member of the family is built here.
    """

    name: str
    title: str
    form: str


ARCHITECTURES = (
    Architecture("resnet20", "ResNet20", "widths 16, 32, 64, shortcuts without weights"),
    Architecture("resnet32", "ResNet32", "widths 16, 32, 64, shortcuts without weights"),
    Architecture("vgg11", "VGG11", "batch normalisation, one linear layer"),
    Architecture("vgg16", "VGG16", "batch normalisation, one linear layer"),
    Architecture("mobilenetv2", "MobileNetV2", "half width, stem and second stage at full size"),
    Architecture("shufflenetv2", "ShuffleNetV2", "half width, stem at full size"),
    Architecture("repvgg_a1", "RepVGG-A1", "stem at full size"),
)
"""In the order of Table I."""


def architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        DataError: there is none.
    """
    for found in ARCHITECTURES:
        if found.name == name:
            return found
    known = ", ".join(known.name for known in ARCHITECTURES)
    raise DataError(f"there is no network {name!r}; the networks are {known}")


def build(name: str, channels: int, classes: int) -> "nn.Module":
    """A new network with random weights, drawn from torch's global generator.

    Args:
        name: of the architecture.
        channels: of the images, 1 for grey and 3 for colour.
        classes: the number of outputs.

    Raises:
        DataError: there is no architecture of that name.
    """
    from runner.networks.mobilenet import MobileNetV2
    from runner.networks.repvgg import RepVGG
    from runner.networks.resnet import ResNet
    from runner.networks.shufflenet import ShuffleNetV2
    from runner.networks.vgg import VGG

    match architecture(name).name:
        case "resnet20":
            return ResNet(20, channels, classes)
        case "resnet32":
            return ResNet(32, channels, classes)
        case "vgg11":
            return VGG(11, channels, classes)
        case "vgg16":
            return VGG(16, channels, classes)
        case "mobilenetv2":
            return MobileNetV2(channels, classes)
        case "shufflenetv2":
            return ShuffleNetV2(channels, classes)
        case _:
            return RepVGG(channels, classes)
