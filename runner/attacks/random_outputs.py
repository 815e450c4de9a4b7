"""The paper's attack: faulty nodes are "transmitting randomized DNN inference results"."""

import numpy as np
from numpy.typing import NDArray

from runner.adversary import Sight
from runner.attacks.setting import AttackSetting


class RandomOutputs:
    """A vector drawn afresh for each faulty node, receiver and sample.

    Each is uniformly distributed over the probability simplex, times the amplitude.  What one
    node shows for one sample depends on the seed, the node and the sample alone, not on the
    other faulty nodes or on how many samples follow.
    """

    def __init__(self, setting: AttackSetting) -> None:
        self.nodes = setting.faulty
        self._amplitude = setting.amplitude
        self._shape = (setting.nodes, setting.classes)
        self._generators = [setting.generator(node) for node in setting.faulty]

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """Draw what is shown for the sample."""
        shown = np.empty((len(self.nodes), *self._shape))
        for place, generator in enumerate(self._generators):
            # Independent exponential variates over their sum are uniform on the simplex.
            variates = generator.standard_exponential(self._shape)
            shown[place] = self._amplitude * variates / variates.sum(axis=-1, keepdims=True)
        return shown
