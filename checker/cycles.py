"""Where a graph comes back to itself.

A run can go on for ever only where it does.  That it does not is asked after most explorations,
and answered by the standard library; where it does, networkx tells the parts (E. Nuutila and
E. Soisalon-Soininen, "On finding the strongly connected components in a directed graph", 1994,
after R. Tarjan, 1972).
"""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter


def acyclic(edges: Iterable[tuple[int, int]]) -> bool:
    """Whether no vertex comes back to itself."""
    order: TopologicalSorter[int] = TopologicalSorter()
    for before, after in edges:
        order.add(after, before)
    try:
        order.prepare()
    except CycleError:
        return False
    return True


def recurrent(edges: Iterable[tuple[int, int]]) -> Iterator[set[int]]:
    """The sets of vertices each of which is on a cycle with every other, or on one by itself."""
    # Only what never ends pays for the import.
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(edges)
    for component in nx.strongly_connected_components(graph):
        vertex = next(iter(component))
        if len(component) > 1 or graph.has_edge(vertex, vertex):
            yield component
