"""Whether a fair run never decides, asked of every world and every event: an oracle.

It knows no acyclic tables and no stuck states: it takes the worlds of the plain search in which
somebody is undecided, and looks for a part of them in which a run can stay for ever although the
network is fair to every single event (weak fairness, as ``WF`` of TLA+ for each event).
"""

from collections.abc import Hashable

import networkx as nx
from plain_explorer import PlainExplorer, World

from checker.observer import Seen
from checker.system import Event, Message, Shown, State


def stays_undecided(
    plain: PlainExplorer[State, Event, Message, Shown, Seen],
    undecided: "set[World[State, Message, Seen]]",
) -> bool:
    """Whether some fair run stays in ``undecided`` from some moment on.

    A run may stop where no progress is enabled.
    """
    system = plain.system
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    taken: dict[tuple[Hashable, Hashable], set[Hashable]] = {}
    enabled: dict[Hashable, set[Hashable]] = {}
    for world in undecided:
        graph.add_edges_from([(world, world)])
        enabled[world] = set()
        for delivery, following in plain.successors(world):
            if system.is_progress(delivery.event):
                enabled[world].add(delivery)
            if following in undecided:
                graph.add_edges_from([(world, following)])
                taken.setdefault((world, following), set()).add(delivery)
    for component in nx.strongly_connected_components(graph):
        owed = set.intersection(*(enabled[world] for world in component))
        inside = (pair for pair in taken if pair[0] in component and pair[1] in component)
        if owed <= set[Hashable]().union(*(taken[pair] for pair in inside)):
            return True
    return False
