"""An attack on the rules of section III.3: earn trust, then decide conflict samples."""

import numpy as np
from numpy.typing import NDArray

from runner.adversary import Sight
from runner.attacks.contest import contest
from runner.attacks.setting import AttackSetting


class Experts:
    """Model nodes, until they hold so much reward that a conflict sample is theirs to decide.

    *Building*: they show everybody the honest nodes' first choice.  So their proposals are
    hardly ever rejected, and their rewards grow while the honest nodes, who are rejected
    wherever they are alone, lose half of theirs again and again.

    *Abusing*, as soon as one of them has more than twice the reward of every honest node (a
    rejection costs half): where no label is held by more than half of all nodes, they vote
    against every primary and have their own proposals rejected, so that the sample becomes a
    conflict.  The label that they stand for is one that no honest node has, by lot.  When the
    next sample is decided, their group holds the share that eq. (6) asks for, or one of them
    is the most honest node, and a label that no honest node predicted is decided.  Then they
    build again.
    """

    def __init__(self, setting: AttackSetting) -> None:
        self.nodes = setting.faulty
        self._setting = setting
        self._generator = setting.generator()

    def show(self, sight: Sight) -> NDArray[np.float64]:
        """The leading label while building, a label without any honest support when abusing."""
        setting = self._setting
        stands = contest(setting, sight, self._generator)
        foreign = [label for label in range(setting.classes) if label not in stands.supported]
        contested = 2 * stands.leading <= setting.nodes
        if not (foreign and contested and self._trusted(sight)):
            return setting.everywhere(stands.leader)
        return setting.everywhere(int(self._generator.choice(foreign)))

    def _trusted(self, sight: Sight) -> bool:
        """Whether a faulty node would still be the most honest one after a rejection."""
        best = max(sight.rewards[node] for node in self.nodes)
        return all(best > 2 * sight.rewards[node] for node in self._setting.honest)
