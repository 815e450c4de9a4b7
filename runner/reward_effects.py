"""What a run of steps does to rewards, read off from what it does to one very large reward.

All that eq. (4) ever does to a reward is to add to it, to halve it, or to set it anew.  So a
number of steps turns r into r / 2^h + c, or into c, with h and c that do not depend on r.  Both
can be read off when r is a power of two far greater than every c (Kronecker's substitution).
"""

from fractions import Fraction
from typing import NamedTuple

_BITS = 512
_HALF = 256

GREAT = Fraction(1 << _BITS)
"""The very large reward."""

LARGEST_GAIN = 1 << 32
"""Up to which q the effect can be read off: the sum of what is earned stays far below GREAT."""


class Effect(NamedTuple):
    """What becomes of a reward r: ``r * kept + gained``."""

    kept: Fraction
    gained: Fraction

    def on(self, reward: Fraction) -> Fraction:
        """What becomes of ``reward``."""
        return reward * self.kept + self.gained if self.gained else reward * self.kept


def effect_of(shown: Fraction) -> Effect:
    """The effect of steps that turned :data:`GREAT` into ``shown``."""
    bits = int(shown).bit_length()
    if bits <= _HALF:
        return Effect(Fraction(0), shown)
    scale = 1 << (bits - 1)
    return Effect(scale / GREAT, shown - scale)


def effects_of(shown: tuple[Fraction, ...]) -> tuple[tuple[int, Effect], ...]:
    """Whose rewards have changed, and how."""
    changed = (place for place, value in enumerate(shown) if value is not GREAT)
    return tuple((node, effect_of(shown[node])) for node in changed if shown[node] != GREAT)
