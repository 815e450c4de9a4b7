import numpy as np
from numpy.typing import NDArray

class CIFAR10:
    data: NDArray[np.uint8]
    targets: list[int]
    def __init__(self, root: str, *, train: bool, download: bool) -> None: ...

class _Pixels:
    def numpy(self) -> NDArray[np.uint8]: ...

class _Labels:
    def numpy(self) -> NDArray[np.int64]: ...

class FashionMNIST:
    data: _Pixels
    targets: _Labels
    def __init__(self, root: str, *, train: bool, download: bool) -> None: ...

class SVHN:
    data: NDArray[np.uint8]
    labels: NDArray[np.int64]
    def __init__(self, root: str, *, split: str, download: bool) -> None: ...
