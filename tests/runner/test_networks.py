"""The seven networks: their shapes, and their answers beside those of torchvision's."""

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("torchvision", reason="torchvision is not installed")

import torch
from torch import Tensor, nn
from torchvision import models

from runner.arrays import DataError
from runner.networks.catalogue import ARCHITECTURES, build
from runner.networks.repvgg import RepVGG

NAMES = [known.name for known in ARCHITECTURES]

# In millions: He and others, table 6, for 10 classes; RepVGG-A1 in the inference form for 1000
# classes as mmpretrain's model zoo states it.
PUBLISHED_PARAMETERS = [("resnet20", 10, 0.27), ("resnet32", 10, 0.46), ("repvgg_a1", 1000, 12.79)]


def settled(name: str, channels: int = 3) -> nn.Module:
    """A network whose running statistics and normalisations are not the initial ones."""
    torch.manual_seed(1)
    network = build(name, channels, 10)
    network.train()
    with torch.no_grad():
        for parameter in network.parameters():
            if len(parameter.shape) == 1:
                parameter.fill_(0.9)
        for _ in range(3):
            network(torch.randn(16, channels, 32, 32) * 1.5 + 0.5)
    return network.eval()


def answers(network: nn.Module, images: Tensor) -> Tensor:
    with torch.inference_mode():
        return network(images)


def take(network: nn.Module, other: nn.Module) -> None:
    """Give ``other`` the weights of ``network``, one after the other; all must fit."""
    ours, theirs = network.state_dict(), other.state_dict()
    assert [tensor.shape for tensor in ours.values()] == [
        tensor.shape for tensor in theirs.values()
    ]
    other.load_state_dict(dict(zip(theirs, ours.values(), strict=True)))
    other.eval()


@pytest.mark.parametrize("name", NAMES)
def test_every_network_takes_the_images_of_each_data_set_and_those_of_training(name: str) -> None:
    colour, grey = build(name, 3, 10).eval(), build(name, 1, 7).eval()
    for edge in (16, 20, 24, 32):
        assert answers(colour, torch.randn(2, 3, edge, edge)).shape == (2, 10)
    for edge in (16, 20, 24, 28):
        assert answers(grey, torch.randn(2, 1, edge, edge)).shape == (2, 7)


@pytest.mark.parametrize(("name", "classes", "millions"), PUBLISHED_PARAMETERS)
def test_the_published_number_of_parameters(name: str, classes: int, millions: float) -> None:
    network = build(name, 3, classes)
    form = network.folded() if isinstance(network, RepVGG) else network
    count = sum(parameter.detach().numpy().size for parameter in form.parameters())
    assert round(count / 1e6, 2) == millions


def test_the_same_seed_gives_the_same_network() -> None:
    networks = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        networks.append(build("resnet20", 3, 10).eval())
    images = torch.randn(2, 3, 32, 32)
    first, again, other = (answers(network, images).numpy().tolist() for network in networks)
    assert first == again
    assert first != other


def test_shufflenet_is_torchvisions_with_a_stem_at_full_size() -> None:
    network, images = settled("shufflenetv2"), torch.randn(4, 3, 32, 32)
    theirs = models.shufflenet_v2_x0_5(num_classes=10)
    stem = nn.Conv2d(3, 24, 3, 1, 1, bias=False)
    theirs.conv1 = nn.Sequential(stem, nn.BatchNorm2d(24), nn.ReLU(inplace=True))
    theirs.maxpool = nn.Sequential()
    take(network, theirs)
    assert list(network.state_dict()) == list(theirs.state_dict())
    torch.testing.assert_close(answers(network, images), answers(theirs, images))


def test_mobilenet_is_torchvisions_of_half_width_at_its_strides() -> None:
    network, images = settled("mobilenetv2"), torch.randn(4, 3, 32, 32)
    theirs = models.mobilenet_v2(
        num_classes=10,
        width_mult=0.5,
        # Expansion, channels of the full width, blocks, stride: the publication's table 2, but
        # for the stride of the second row.
        inverted_residual_setting=[
            [1, 16, 1, 1],
            [6, 24, 2, 1],
            [6, 32, 3, 2],
            [6, 64, 4, 2],
            [6, 96, 3, 1],
            [6, 160, 3, 2],
            [6, 320, 1, 1],
        ],
    )
    for module in theirs.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
            break
    take(network, theirs)
    torch.testing.assert_close(answers(network, images), answers(theirs, images))


@pytest.mark.parametrize("name", ["vgg11", "vgg16"])
def test_vgg_has_torchvisions_features(name: str) -> None:
    network, images = settled(name), torch.randn(4, 3, 32, 32)
    build_theirs = {"vgg11": models.vgg11_bn, "vgg16": models.vgg16_bn}[name]
    theirs = build_theirs(num_classes=10).features
    ours = {
        key.removeprefix("features."): tensor
        for key, tensor in network.state_dict().items()
        if key.startswith("features.")
    }
    for key, tensor in theirs.state_dict().items():
        if key.endswith(".bias") and key not in ours:
            # Their convolutions have a bias, which does nothing before a normalisation.
            ours[key] = tensor - tensor
    theirs.load_state_dict(ours)
    classifier = network.state_dict()["classifier.weight"], network.state_dict()["classifier.bias"]
    features = answers(theirs.eval(), images).mean((2, 3))
    expected = nn.functional.linear(features, *classifier)
    torch.testing.assert_close(answers(network, images), expected)


def test_the_inference_form_of_repvgg_equals_the_training_form() -> None:
    network, images = settled("repvgg_a1"), torch.randn(8, 3, 32, 32)
    assert isinstance(network, RepVGG)
    folded = network.folded().eval()
    kinds = [type(module).__name__ for module in folded.modules()]
    assert kinds.count("Conv2d") == 22
    assert "BatchNorm2d" not in kinds
    expected = answers(network, images)
    assert expected.numpy().std() > 1e-3, "the outputs are worth comparing"
    torch.testing.assert_close(answers(folded, images), expected, rtol=1e-4, atol=1e-5)


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(DataError, match="there is no network 'lenet'; the networks are resnet20,"):
        build("lenet", 1, 10)
