"""Looking for a run without end in which an honest node decides nothing any more.

The worlds of lock-step rounds are explored in the quotient
(:mod:`checker.liveness.quotient_graph`).  A *lasso* is a way from the first world to one that lies
on a cycle, and the cycle, such that some honest node decides nothing in the cycle.  As every
round of the network is whole, such a run is fair.  What is found is made concrete act by act on
the core, and verified there before it is believed (:mod:`poqi_core.loops`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from checker.behaviour import Behaviour
from checker.cycles import recurrent
from checker.exploration import ExhaustedError, Spending
from checker.liveness.quotient_graph import Edge, QuotientGraph
from checker.lock_step import LockStep
from checker.poqi_observer import RecordObserver
from checker.setting import Setting
from poqi_core.loops import endless_violation, events_again
from poqi_core.properties import property_named
from poqi_core.quotient import NOWHERE
from poqi_core.run import Act, DepartureError, Execution, Run

TERMINATION = property_named("termination")

_LOOK_AT = (50, 200, 1_000, 5_000, 20_000)
"""After how many worlds a lasso is looked for; after the last one in the end alone."""

_BEGINNINGS = 12
"""In how many worlds of a component a cycle is tried to begin."""


class Ways(NamedTuple):
    """A lasso in the quotient: the rounds to where it closes, and those of the cycle."""

    prefix: tuple[Edge, ...]
    cycle: tuple[Edge, ...]

    @property
    def acts(self) -> int:
        """The acts of both."""
        return sum(edge.acts for edge in (*self.prefix, *self.cycle))


@dataclass(frozen=True)
class Searched:
    """What a search has found.

    Attributes:
        run: a run that violates termination: one that ends where nothing honest is left, or one
            whose last acts repeat for ever.
        worlds: how many worlds of the quotient were followed.
        rounds: how many rounds from them.
        complete: whether all were, within the bounds.
        beyond: whether a node got beyond the bounds.
    """

    run: Run | None
    worlds: int
    rounds: int
    complete: bool
    beyond: bool


class LassoSearch:
    """Looks for a run of one setting that violates termination."""

    def __init__(self, setting: Setting, network: str, period: int, behaviour: Behaviour) -> None:
        """A search among the runs of ``behaviour``, to be shown as runs of ``network``.

        Every run of lock-step rounds is one of the asynchronous network.
        """
        self._setting = setting
        self._shown = network
        observer = RecordObserver(setting, [TERMINATION])
        self._network = LockStep(
            setting,
            observer,
            network="rounds",
            dominate=not behaviour.impatient,
            behaviour=behaviour,
        )
        self._observer = observer
        self._graph = QuotientGraph(setting, self._network, period)

    def search(self, budget: Spending) -> Searched:
        """Explore until a violation is found, nothing is left, or the budget has run out."""
        graph = self._graph
        run: Run | None = None
        complete, followed = True, 0
        while followed < len(graph.worlds) and run is None:
            try:
                graph.expand(followed, budget)
            except ExhaustedError:
                complete = False
                break
            followed += 1
            if graph.stuck and graph.stuck[-1] == followed - 1:
                run = self._stuck_run(followed - 1)
            elif followed in _LOOK_AT:
                run = self._lasso()
        if run is None:
            run = self._lasso()
        rounds = sum(len(edges) for edges in graph.edges)
        return Searched(run, followed, rounds, complete, graph.beyond)

    def _stuck_run(self, number: int) -> Run | None:
        world = self._graph.worlds[number]
        if self._shown == "asynchronous" and any(
            node.gave_up(standing.state)
            for node, standing in zip(self._network.nodes, world, strict=True)
        ):
            return None  # nobody has promised anything of so many ballots there
        seen = self._network.seen([standing.seen for standing in world])
        if TERMINATION.name not in self._observer.broken(seen, stuck=True):
            return None
        run = self._concrete(Ways(self._prefix(number), ()))
        if run is None:
            return None
        execution = Execution(run)
        for act in run.acts:
            execution.perform(act)
        return None if next(execution.honest_steps(), None) is not None else run

    def _lasso(self) -> Run | None:
        """The verified lasso of the fewest acts, of those that are tried."""
        for ways in sorted(self._lassos(), key=lambda ways: ways.acts):
            run = self._concrete(ways)
            if run is None:
                continue
            try:
                endless_violation(run, TERMINATION)
            except DepartureError:
                continue
            return run
        return None

    def _lassos(self) -> Iterator[Ways]:
        graph = self._graph
        for place in range(len(self._network.nodes)):
            quiet = [
                [edge for edge in edges if not edge.deciding >> place & 1] for edges in graph.edges
            ]
            pairs = ((number, edge.target) for number, edges in enumerate(quiet) for edge in edges)
            for component in recurrent(pairs):
                for number in sorted(component)[:_BEGINNINGS]:
                    cycle = _shortest_cycle(quiet, number, component)
                    if any(edge.acts for edge in cycle):
                        yield Ways(self._prefix(number), cycle)

    def _prefix(self, number: int) -> tuple[Edge, ...]:
        """The rounds by which a world was found."""
        edges: list[Edge] = []
        parent = self._graph.parents[number]
        while parent is not None:
            before, edge = parent
            edges.append(edge)
            parent = self._graph.parents[before]
        return tuple(reversed(edges))

    def _concrete(self, ways: Ways) -> Run | None:
        """The run on the core; None if an act is not possible after all.

        A world stands for others that are further, so what befalls it befalls them further on.
        """
        setting, graph = self._setting, self._graph
        endless = replace(setting.run(self._shown, ()), ballots=None, views=None)
        execution = Execution(endless)
        acts: list[Act] = []
        offset, loop = NOWHERE, 0
        for number, edge in enumerate((*ways.prefix, *ways.cycle)):
            if number == len(ways.prefix):
                loop = len(acts)
            for place, trail in enumerate(edge.trails):
                node = self._network.nodes[place]
                for event in trail:
                    act = Act(setting.honest[place], node.events.values[event], 0)
                    again = next(events_again(execution, act, offset), None)
                    if again is None:
                        return None
                    act = act._replace(event=again, round=number if self._shown == "rounds" else 0)
                    try:
                        execution.perform(act)
                    except DepartureError:
                        return None
                    acts.append(act)
            counted_from = graph.beginnings[edge.target]
            offset = offset.and_then(edge.beginning).and_then(counted_from.times(-1))
        last = max(state.sample for state in execution.states.values())
        predicted = endless.predicted[: last + 1]
        if not ways.cycle:
            return replace(setting.run(self._shown, tuple(acts)), predicted=predicted)
        return replace(endless, acts=tuple(acts), loop=loop, predicted=predicted)


def _shortest_cycle(
    edges: Sequence[Sequence[Edge]], start: int, component: set[int]
) -> tuple[Edge, ...]:
    """The fewest rounds from a world back to it, within its component."""
    came_by: dict[int, tuple[int, Edge]] = {}
    queue = [start]
    for here in queue:
        for edge in edges[here]:
            if edge.target == start:
                trail = [edge]
                while here != start:
                    here, edge = came_by[here]
                    trail.append(edge)
                return tuple(reversed(trail))
            if edge.target in component and edge.target not in came_by:
                came_by[edge.target] = here, edge
                queue.append(edge.target)
    raise AssertionError("a world of a component is on no cycle in it")
