"""Facts of linear arithmetic, each with the bounds that it cannot do without."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import z3

from checker.proofs.queries import Kind, Query, Theorem

NODES, FAULTS, QUORUM_SIZE = z3.Int("N"), z3.Int("f"), z3.Int("quorum")

SECTION = "Quorums and thresholds: linear arithmetic over the sizes of sets"

LEAST_QUORUM = (2 * QUORUM_SIZE > NODES + FAULTS, 2 * (QUORUM_SIZE - 1) <= NODES + FAULTS)
"""The quorum of the profile: the least number above (N+f)/2."""


@dataclass(frozen=True)
class Weakened:
    """A bound weakened by one: the fact no longer holds.

    Attributes:
        english: what was weakened.
        premises: the premises in place of the fact's.
        conclusion: the conclusion in place of the fact's, if that was strengthened instead.
    """

    english: str
    premises: Sequence[z3.BoolRef]
    conclusion: z3.BoolRef | None = None


def numbers(*others: z3.ArithRef) -> Callable[[z3.ModelRef], str]:
    """Describes a counter-model by N, f and ``others``."""

    def describe(model: z3.ModelRef) -> str:
        parts = [
            f"{integer}={model.eval(integer, model_completion=True)}"
            for integer in (NODES, FAULTS, *others)
        ]
        return ", ".join(parts)

    return describe


def fact(
    name: str,
    english: str,
    bound: str,
    premises: Sequence[z3.BoolRef],
    conclusion: z3.BoolRef,
    weakened: Sequence[Weakened],
    describe: Callable[[z3.ModelRef], str] | None = None,
    section: str = SECTION,
) -> Theorem:
    """The theorem that ``premises`` imply ``conclusion``, and that no bound can be weakened.

    Counter-models have the least N, and with it the least f.
    """
    shown = describe or numbers()
    tight = tuple(
        Query(
            f"tight/{place}",
            Kind.COUNTER_MODEL,
            f"not with {entry.english}",
            tuple(entry.premises),
            conclusion if entry.conclusion is None else entry.conclusion,
            least=(NODES, FAULTS),
            describe=shown,
        )
        for place, entry in enumerate(weakened, 1)
    )
    valid = Query("fact", Kind.VALIDITY, english, tuple(premises), conclusion, describe=shown)
    return Theorem(name, section, english, bound, (valid, *tight))
