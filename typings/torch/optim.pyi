from collections.abc import Iterable

from torch import Tensor
from torch.nn import Parameter

class SGD:
    param_groups: list[dict[str, float]]
    state: dict[Parameter, dict[str, Tensor]]
    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float | Tensor,
        momentum: float,
        weight_decay: float,
        *,
        nesterov: bool,
        fused: bool,
    ) -> None: ...
    def step(self) -> None: ...
    def zero_grad(self) -> None: ...
