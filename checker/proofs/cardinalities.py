"""Sizes of sets, for linear arithmetic: nodes by the sets that they are in.

A statement about the sizes of a few sets is one about the sizes of the regions of their Venn
diagram, which are any numbers from 0.  So it is proved for sets of every size.
"""

from functools import reduce
from itertools import product
from operator import add

import z3


class Venn:
    """The regions that some sets divide all nodes into.

    A region is named by the set of the sets that contain it; its size is a variable.
    """

    def __init__(self, *names: str) -> None:
        """Divide by sets of these ``names``."""
        self._regions: dict[frozenset[str], z3.ArithRef] = {}
        for inside in product((True, False), repeat=len(names)):
            region = frozenset(name for name, inner in zip(names, inside, strict=True) if inner)
            title = "&".join(sorted(region)) or "others"
            self._regions[region] = z3.Int(f"size of {title}")

    @property
    def sizes(self) -> tuple[z3.BoolRef, ...]:
        """Every region has 0 nodes or more."""
        return tuple(size >= 0 for size in self._regions.values())

    def size(self, *within: str, outside: tuple[str, ...] = ()) -> z3.ArithRef:
        """How many nodes are in all sets of ``within`` and in none of ``outside``."""
        sizes = [
            size
            for region, size in self._regions.items()
            if region.issuperset(within) and region.isdisjoint(outside)
        ]
        return reduce(add, sizes, z3.IntVal(0))

    def members(self, model: z3.ModelRef) -> dict[str, tuple[int, ...]]:
        """Sets with regions of the sizes in ``model``, their nodes numbered from 0."""
        sets: dict[str, list[int]] = {name: [] for region in self._regions for name in region}
        node = 0
        for region, size in self._regions.items():
            for _ in range(model.eval(size, model_completion=True).as_long()):
                for name in region:
                    sets[name].append(node)
                node += 1
        return {name: tuple(nodes) for name, nodes in sets.items()}


def braced(nodes: tuple[int, ...]) -> str:
    """A set of nodes as a person writes it."""
    return "{" + ", ".join(map(str, nodes)) + "}"
