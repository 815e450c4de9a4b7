from torch import nn

class ShuffleNetV2(nn.Module):
    conv1: nn.Sequential
    maxpool: nn.Module

def shufflenet_v2_x0_5(*, num_classes: int) -> ShuffleNetV2: ...
def mobilenet_v2(
    *, num_classes: int, width_mult: float, inverted_residual_setting: list[list[int]]
) -> nn.Module: ...

class VGG(nn.Module):
    features: nn.Module

def vgg11_bn(*, num_classes: int) -> VGG: ...
def vgg16_bn(*, num_classes: int) -> VGG: ...
