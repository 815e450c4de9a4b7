"""Collusion: all faulty nodes stand together behind one wrong label."""

import numpy as np
from numpy.typing import NDArray

from runner.adversary import Sight
from runner.attacks.contest import contest
from runner.attacks.setting import AttackSetting


class Colluding:
    """All faulty nodes are sure, before everybody, of the label that comes second.

    That is the label which needs the fewest votes to win: of the labels that are not the honest
    nodes' first choice, the one that most of them have.
    """

    def __init__(self, setting: AttackSetting) -> None:
        self.nodes = setting.faulty
        self._setting = setting
        self._generator = setting.generator()

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """The second label, to everybody."""
        rival = contest(self._setting, sight, self._generator).rival
        return self._setting.everywhere(rival)
