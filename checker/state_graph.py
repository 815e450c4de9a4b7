"""The state graph of one setting, as the unreduced engine explores it."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.exploration import Budget, Resource
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.setting import Setting
from checker.table import Tables
from poqi_core.history import Record
from poqi_core.messages import Event
from poqi_core.properties import Property
from poqi_core.state import NodeState

Engine: TypeAlias = FullEngine[NodeState, Happening, Packet, Facts, Record]


class GraphNode(NamedTuple):
    """An honest node in a state of the graph."""

    node: int
    state: NodeState
    record: Record


class GraphState(NamedTuple):
    """A state of the graph.

    Attributes:
        nodes: every honest node, in ascending order.
        depth: the fewest steps from an initial state.
        violated: the properties that are violated there.
    """

    nodes: tuple[GraphNode, ...]
    depth: int
    violated: tuple[str, ...]


class GraphEdge(NamedTuple):
    """A step: ``event`` befalls ``node``; states are named by their places."""

    source: int
    target: int
    node: int
    event: Event


class StateGraph(NamedTuple):
    """Every state and every step of a setting; the first states are the initial ones."""

    states: tuple[GraphState, ...]
    edges: tuple[GraphEdge, ...]

    @property
    def depth(self) -> int:
        """The number of levels beyond the initial states."""
        return max(state.depth for state in self.states)


class GraphSizeError(Exception):
    """The graph has more states than may be listed."""


class _Onlooker:
    """Watches what the properties look at and judges nothing, so that nothing is cut short."""

    def __init__(self, watched: RecordObserver) -> None:
        self._watched = watched

    @property
    def properties(self) -> Sequence[str]:
        return ("nothing",)

    def start(self) -> Record:
        return self._watched.start()

    def observe(self, seen: Record, shown: Facts) -> Record:
        return self._watched.observe(seen, shown)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        return ()


def state_graph(setting: Setting, properties: Sequence[Property], most: int) -> StateGraph:
    """The graph of ``setting`` in the asynchronous network.

    A state holds what ``properties`` look at besides the states of the nodes, so that there are as
    many states as an unreduced search for them has.

    Raises:
        GraphSizeError: it has more than ``most`` states.
    """
    watched = RecordObserver(setting, properties)
    engine: Engine = FullEngine(Tables(PoqiSystem(setting)), _Onlooker(watched))
    budget = Budget(states=most)
    exploration = engine.explore(budget, {})
    if budget.exhausted is Resource.STATES or exploration.states > most:
        raise GraphSizeError
    graph = _listed(engine, watched)
    assert len(graph.states) == exploration.states
    assert len(graph.edges) == exploration.transitions
    return graph


def _listed(engine: Engine, watched: RecordObserver) -> StateGraph:
    """Every state that the engine has reached, breadth first, with its steps."""
    numbers: dict[tuple[int, ...], int] = {}
    for locals_ in product(*(automaton.initial() for automaton in engine.automata)):
        numbers[locals_] = len(numbers)
    queue = list(numbers)
    depths = [0] * len(queue)
    states: list[GraphState] = []
    edges: list[GraphEdge] = []
    for number, locals_ in enumerate(queue):
        stuck = all(
            automaton.in_scope[local]
            for automaton, local in zip(engine.automata, locals_, strict=True)
        )
        for place, target, happening, progress in _steps(engine, locals_):
            stuck = stuck and not progress
            reached = numbers.setdefault(target, len(numbers))
            if reached == len(queue):
                queue.append(target)
                depths.append(depths[number] + 1)
            node = engine.automata[place].table.process
            edges.append(GraphEdge(number, reached, node, happening.event))
        nodes = tuple(_nodes(engine, locals_))
        records = [node.record for node in nodes]
        violated = list(watched.broken(records, stuck=False))
        if stuck:
            violated += watched.broken(records, stuck=True)
        states.append(GraphState(nodes, depths[number], tuple(violated)))
    return StateGraph(tuple(states), tuple(edges))


def _steps(
    engine: Engine, locals_: tuple[int, ...]
) -> Iterator[tuple[int, tuple[int, ...], Happening, bool]]:
    """Where something happens, where it leads, what it is, and whether it is progress."""
    sent = 0
    for automaton, local in zip(engine.automata, locals_, strict=True):
        sent |= automaton.sent_mask[local]
    for place, automaton in enumerate(engine.automata):
        for edge in automaton.edges(locals_[place]):
            if not edge.needs & ~sent:
                target = (*locals_[:place], edge.target, *locals_[place + 1 :])
                yield place, target, automaton.table.events.values[edge.event], edge.progress


def _nodes(engine: Engine, locals_: tuple[int, ...]) -> Iterator[GraphNode]:
    for automaton, local in zip(engine.automata, locals_, strict=True):
        table = automaton.table
        state = table.states.values[automaton.locals.values[local].state]
        yield GraphNode(table.process, state, automaton.seen.values[automaton.seen_number[local]])
