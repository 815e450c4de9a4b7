"""Equivocation: all faulty nodes tell some honest nodes one thing and others another."""

import numpy as np
from numpy.typing import NDArray

from runner.adversary import Sight
from runner.attacks.contest import contest
from runner.attacks.setting import AttackSetting


class Equivocating:
    """Divide the honest nodes.

    Where they have different labels, each is told its own, so that each camp may count a quorum
    of its own.  Where they are of one mind, half of them by lot are told that label and the
    others the next likely one, so that neither a quorum nor a rejection may come about.
    """

    def __init__(self, setting: AttackSetting) -> None:
        self.nodes = setting.faulty
        self._setting = setting
        self._generator = setting.generator()

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """To each honest node its own label, or by lot one of the first two."""
        setting = self._setting
        stands = contest(setting, sight, self._generator)
        told = {node: sight.labels[node] for node in setting.honest}
        if len(stands.supported) == 1:
            lots = self._generator.permutation(setting.honest).tolist()
            told |= dict.fromkeys(lots[: len(lots) // 2], stands.rival)
        shown = setting.nothing()
        for receiver in range(setting.nodes):
            shown[:, receiver, told.get(receiver, stands.leader)] = setting.amplitude
        return shown
