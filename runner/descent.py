"""Steps of stochastic gradient descent, on a processor or on a GPU.

On a GPU a step of these networks is some hundred short kernels, and starting them one by one
from Python takes longer than running them.  So after a few steps the next one is recorded as a
CUDA graph, and from then on each step is one call that replays it with new lots and a new rate.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from runner.images import TrainingImages
from runner.lots import Lots
from runner.recipe import Recipe

_STEPS_BEFORE_RECORDING = 3
"""In which cuDNN chooses its algorithms and the optimizer makes its buffers."""


class Descent:
    """A network and its momentum, between two steps.

    Args:
        network: on the device.
        recipe: momentum and decay.
        device: where to compute.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, device: torch.device) -> None:
        self.network = network
        self._device = device
        self._recorded: _Recorded | None = None
        self._steps = 0
        graphic = device.type == "cuda"
        self._rate = torch.zeros((), device=device)
        self._optimizer = torch.optim.SGD(
            network.parameters(),
            lr=self._rate if graphic else 0.0,
            momentum=recipe.momentum,
            weight_decay=recipe.decay,
            nesterov=True,
            fused=graphic,
        )
        self._stream = torch.cuda.Stream(device) if graphic else None

    def momentum(self, parameter: nn.Parameter) -> Tensor:
        """The momentum of a parameter, after the first step."""
        return self._optimizer.state[parameter]["momentum_buffer"]

    def set_momentum(self, parameter: nn.Parameter, momentum: Tensor) -> None:
        """Take up the momentum of a training that was interrupted, before the first step."""
        # In the memory format of the parameter, as the fused optimizer wants it.
        held = torch.zeros_like(parameter)
        held.copy_(momentum)
        self._optimizer.state[parameter]["momentum_buffer"] = held

    def learn(self, images: TrainingImages, labels: Tensor, lots: Lots, rate: float) -> float:
        """One step with the images that were drawn; returns the loss before it.

        Args:
            images: of the training, the same in every call.
            labels: of all of them, int64, on the device, the same in every call.
            lots: of this step, equally many in every call, on the device.
            rate: the learning rate.
        """
        self._steps += 1
        if self._stream is None:
            self._optimizer.param_groups[0]["lr"] = rate
            return self._step(images, labels, lots).item()
        self._rate.fill_(rate)
        algorithms = torch.backends.cudnn.flags(enabled=True, benchmark=True)
        with torch.cuda.stream(self._stream), algorithms:
            self._stream.wait_stream(torch.cuda.default_stream(self._device))
            if self._steps <= _STEPS_BEFORE_RECORDING:
                return self._step(images, labels, lots).item()
            if self._recorded is None:
                self._recorded = self._record(images, labels, lots)
            return self._recorded.replay(lots)

    def _record(self, images: TrainingImages, labels: Tensor, lots: Lots) -> "_Recorded":
        held = Lots(*(lot.clone() for lot in lots))
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            loss = self._step(images, labels, held)
        return _Recorded(graph, held, loss)

    def _step(self, images: TrainingImages, labels: Tensor, lots: Lots) -> Tensor:
        self.network.train()
        self._optimizer.zero_grad()
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            logits = self.network(images.batch(lots))
        loss = functional.cross_entropy(logits.float(), labels[lots.chosen])
        loss.backward()
        self._optimizer.step()
        return loss.detach()


class _Recorded:
    """A step as a CUDA graph, with the places where it reads its lots and leaves its loss."""

    def __init__(self, graph: torch.cuda.CUDAGraph, lots: Lots, loss: Tensor) -> None:
        self._graph = graph
        self._lots = lots
        self._loss = loss

    def replay(self, lots: Lots) -> float:
        """Do the step with other lots."""
        for held, lot in zip(self._lots, lots, strict=True):
            held.copy_(lot)
        self._graph.replay()
        return self._loss.item()
