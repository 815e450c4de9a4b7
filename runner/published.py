"""The figures of the paper's Tables I and II, in per cent, as printed.

Source: Papaioannou, Mygdalis, Pitas, "Proof of Quality Inference (PoQI)", section IV.
"""

from typing import NamedTuple

NETWORKS = {
    "resnet20": "ResNet 20",
    "resnet32": "ResNet 32",
    "vgg11": "VGG 11",
    "vgg16": "VGG 16",
    "mobilenetv2": "MobileNet v2",
    "shufflenetv2": "ShuffleNet v2",
    "repvgg_a1": "RepVGG",
}
"""The paper's names of the networks, by this project's, in the order of Table I."""

DATA_SETS = {"fashion_mnist": "F-MNIST", "cifar10": "Cifar-10", "svhn": "SVHN"}
"""The paper's names of the data sets, by this project's, in the order of Table I."""

METHODS = {"weighted_average": "Weighted Average", "majority": "Majority Voting", "poqi": "PoQI"}
"""The paper's names of the methods, by this project's."""

TABLE_I: dict[str, dict[str, float]] = {
    "fashion_mnist": {
        "resnet20": 90.63,
        "resnet32": 90.99,
        "vgg11": 87.85,
        "vgg16": 90.35,
        "mobilenetv2": 91.02,
        "weighted_average": 92.51,
        "majority": 92.01,
        "poqi": 92.33,
    },
    "cifar10": {
        "resnet20": 92.18,
        "resnet32": 92.65,
        "vgg11": 91.53,
        "vgg16": 93.68,
        "mobilenetv2": 92.57,
        "shufflenetv2": 89.96,
        "repvgg_a1": 94.51,
        "weighted_average": 95.12,
        "majority": 95.05,
        "poqi": 95.27,
    },
    "svhn": {
        "resnet20": 90.90,
        "resnet32": 91.38,
        "vgg11": 88.2,
        "vgg16": 93.18,
        "mobilenetv2": 90.83,
        "shufflenetv2": 89.69,
        "repvgg_a1": 93.56,
        "weighted_average": 94.09,
        "majority": 93.75,
        "poqi": 94.12,
    },
}
"""For each data set the accuracy of each network and method, all nodes honest."""


class Block(NamedTuple):
    """The rows of Table II for one data set and number of faulty nodes."""

    data_set: str
    faulty: tuple[int, ...]
    """The faulty nodes, numbered from 0: those without a figure."""
    accuracy: dict[str, tuple[float | None, ...]]
    """For each method that of each node, N1 to N7."""


TABLE_II = (
    Block(
        "cifar10",
        (),
        {
            "weighted_average": (95.12,) * 7,
            "majority": (95.05,) * 7,
            "poqi": (95.27,) * 7,
        },
    ),
    Block(
        "cifar10",
        (6,),
        {
            "weighted_average": (16.40, 15.87, 15.92, 16.24, 15.35, 16.11, None),
            "majority": (94.63, 94.86, 94.76, 95.02, 94.72, 94.56, None),
            "poqi": (*(94.99,) * 6, None),
        },
    ),
    Block(
        "svhn",
        (4,),
        {
            "weighted_average": (15.27, 15.41, 15.37, 15.33, None, 15.13, 15.52),
            "majority": (93.21, 93.36, 93.17, 93.12, None, 93.04, 93.77),
            "poqi": (*(93.42,) * 4, None, *(93.42,) * 2),
        },
    ),
    Block(
        "svhn",
        (0, 3, 6),
        {
            "weighted_average": (None, 11.14, 11.40, None, 11.16, 11.36, None),
            "majority": (None, 92.56, 93.12, None, 92.94, 91.82, None),
            "poqi": (None, 93.18, 93.18, None, 93.18, 93.18, None),
        },
    ),
)
"""The blocks of Table II in their order."""


def faulty_nodes(data_set: str, nodes: int, count: int) -> tuple[int, ...]:
    """Which nodes are faulty where ``count`` of them are.

    Those of Table II where it has such a block; else the last one, the last and the middle one,
    or both and the first, which is what Table II does with three.
    """
    for block in TABLE_II:
        if (block.data_set, len(block.faulty)) == (data_set, count) and nodes == len(NETWORKS):
            return block.faulty
    order = dict.fromkeys((nodes - 1, nodes // 2, 0, *range(nodes)))
    return tuple(sorted(list(order)[:count]))
