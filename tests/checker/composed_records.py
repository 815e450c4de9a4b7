"""Everything that can be seen at the end of composed views, every node named: no maximum taken.

The composition follows only the largest sets of nodes that go on and remembers at most one that
has decided.  Here each node chooses by itself in each view, and all choices are followed; so the
result can be held against every vector of records that a flat engine sees.
"""

from itertools import product
from typing import TypeAlias

from checker.setting import Setting
from checker.views.endings import Endings
from checker.views.named import NamedViews
from checker.views.one_sample import Ending
from checker.views.relation import Relations
from poqi_core.history import Record

Endpoints: TypeAlias = tuple[Ending, ...]
"""How each honest node has ended, in ascending order of nodes."""


def composed_records(relations: Relations, setting: Setting) -> set[tuple[Record, ...]]:
    """The vectors of records that composed views show."""
    views, endings, honest = NamedViews(relations, setting), Endings(relations), setting.honest
    level: set[tuple[int, Endpoints]] = {
        (sum(1 << node for node in honest), (Ending(0, None),) * len(honest))
    }
    seen: set[Endpoints] = set()
    for place in range(setting.views):
        following: set[tuple[int, Endpoints]] = set()
        for entrants, before in level:
            for row in views.rows(place, entrants):
                inside = [node for node in honest if entrants >> node & 1]
                for chosen in product(*(row.options[node] for node in inside)):
                    after = dict(zip(honest, before, strict=True))
                    going = 0
                    for node, leave in zip(inside, chosen, strict=True):
                        if leave is None:
                            continue
                        rejects = leave.label is None
                        after[node] = Ending(place + rejects, leave.label)
                        going |= rejects << node
                        endings.record(setting, node, after[node])
                    ends = tuple(after[node] for node in honest)
                    seen.add(ends)
                    following.add((going, ends))
        level = {state for state in following if state[0]}
    return {
        tuple(endings.record(setting, node, end) for node, end in zip(honest, ends, strict=True))
        for ends in seen
    }
