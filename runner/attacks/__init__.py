"""The attacks that a run can be under, by name; each is a file of its own."""

from runner.attacks.colluding import Colluding
from runner.attacks.equivocating import Equivocating
from runner.attacks.experts import Experts
from runner.attacks.random_outputs import RandomOutputs
from runner.attacks.setting import AttackSetting, MakeAttack

ATTACKS: dict[str, MakeAttack] = {
    "random": RandomOutputs,
    "colluding": Colluding,
    "equivocating": Equivocating,
    "experts": Experts,
}
"""How to set up each attack."""

DRAWING = ("random", "equivocating")
"""The attacks whose course is drawn; the others draw only where labels are exactly equal."""

__all__ = [
    "ATTACKS",
    "DRAWING",
    "AttackSetting",
    "Colluding",
    "Equivocating",
    "Experts",
    "RandomOutputs",
]
