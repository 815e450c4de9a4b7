"""What a run of steps does to rewards, read off from what it does to one very large reward.

All that eq. (4) ever does to a reward is to add to it, to halve it, or to set it anew.  So a
number of steps turns r into r / 2^h + c, or into c, with h and c that do not depend on r.  Both
can be read off when r is a power of two far greater than every c (Kronecker's substitution).
"""

from fractions import Fraction

_BITS = 512
_HALF = 256

GREAT = Fraction(1 << _BITS)
"""The very large reward."""

LARGEST_GAIN = 1 << 32
"""Up to which q the effect can be read off: the sum of what is earned stays far below GREAT."""


def effect_on(reward: Fraction, shown: Fraction) -> Fraction:
    """What becomes of ``reward`` by steps that turned :data:`GREAT` into ``shown``."""
    if shown == GREAT:
        return reward
    bits = int(shown).bit_length()
    if bits <= _HALF:
        return shown
    scale = 1 << (bits - 1)
    return reward * scale / GREAT + (shown - scale)


def effects_on(rewards: tuple[Fraction, ...], shown: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The same for the rewards of all nodes."""
    return tuple(map(effect_on, rewards, shown))
