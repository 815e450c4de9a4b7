"""Bringing a trace down to what its violation needs.

Acts are taken away, and rounds in which nothing happens, for as long as the core can still be
run along the rest and the same property breaks at its end; no act is added or changed.  Larger
pieces are tried first, then smaller ones, down to single acts and pairs of them (A. Zeller and
R. Hildebrandt, "Simplifying and isolating failure-inducing input", 2002).  What is left is put
into the order with the fewest context switches, and of those the least in the order of nodes.
The result depends on the trace alone, and shrinking it again changes nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple, TypeAlias

from poqi_core.properties import Property, property_named
from poqi_core.run import Act, DepartureError, Execution, Run
from traces.document import check_acts
from traces.errors import TraceError
from traces.record import record
from traces.replay import faithful
from traces.trace import Trace
from traces.verdict import violation_now

Acts: TypeAlias = tuple[Act, ...]

MOST_PAIRS = 40
"""The most acts of which all pairs are tried."""

MOST_ORDERS = 20_000
"""How many beginnings of other orders are looked at."""


class Shrunk(NamedTuple):
    """What came of it."""

    trace: Trace
    removed: tuple[int, ...]
    """The steps of the original trace, from 1, that the violation does not need."""
    moved: bool
    """Whether what is left happens in another order."""


def shrink(trace: Trace) -> Shrunk:
    """``trace`` without acts that the violation of its property does not need.

    Raises:
        DepartureError: the trace departs from the core.
        TraceError: it is an ordinary walk, which violates nothing, or its acts repeat for ever.
    """
    entry = property_named(trace.property_name)
    if trace.run.loop is not None:
        raise TraceError("its last acts repeat for ever, and each of them is needed for that")
    faithful(trace)
    run = trace.run
    acts: Acts | None = None
    left = run.acts
    while left != acts:
        acts = left
        left = _arranged(run, _without_needless(run, acts, entry), entry)
    shrunk = record(
        replace(run, acts=left),
        entry.name,
        profile=trace.origin.profile,
        scope=trace.origin.scope,
        command=trace.origin.command,
    )
    kept = _places(run.acts, left)
    removed = tuple(place + 1 for place in range(len(run.acts)) if place not in kept)
    order = [run.acts[place][:2] for place in kept]
    return Shrunk(shrunk, removed, order != [act[:2] for act in left])


def _places(acts: Acts, left: Acts) -> dict[int, None]:
    """The places in ``acts`` of those that are ``left``, each node's in their order."""
    waiting = {act.node: [own for own in left if own.node == act.node] for act in left}
    places: dict[int, None] = {}
    for place, act in enumerate(acts):
        own = waiting.get(act.node)
        if own and own[0].event == act.event:
            own.pop(0)
            places[place] = None
    return places


def _breaks_after(run: Run, acts: Acts, entry: Property) -> int | None:
    """After how many of ``acts`` the property breaks; None: never, or no trace can hold them."""
    try:
        check_acts(replace(run, acts=acts), str)
    except TraceError:
        return None
    execution = Execution(replace(run, acts=acts))
    for done, act in enumerate(acts, 1):
        try:
            execution.perform(act)
        except DepartureError:
            return None
        if violation_now(entry, execution) is not None:
            return done
    return None


def _without_needless(run: Run, acts: Acts, entry: Property) -> Acts:
    """Those of ``acts`` of which none can be left out, nor a pair of them, nor an idle round."""

    def enough(chosen: Acts) -> Acts | None:
        done = _breaks_after(run, chosen, entry)
        return None if done is None else chosen[:done]

    size = max(len(acts) // 2, 1)
    while True:
        smaller = _without_pieces(acts, size, enough)
        if size > 1:
            acts, size = smaller, size // 2
        elif smaller != acts:
            acts = smaller
        else:
            smaller = _without_a_round(acts, enough)
            if smaller == acts:
                smaller = _without_a_pair(acts, enough)
            if smaller == acts:
                return acts
            acts = smaller


def _without_pieces(acts: Acts, size: int, enough: Callable[[Acts], Acts | None]) -> Acts:
    """Leave out pieces of ``size`` acts where the rest is enough, the last pieces first."""
    end = len(acts)
    while end > 0:
        start = max(end - size, 0)
        smaller = enough((*acts[:start], *acts[end:]))
        if smaller is not None:
            acts = smaller
        end = min(start, len(acts))
    return acts


def _without_a_round(acts: Acts, enough: Callable[[Acts], Acts | None]) -> Acts:
    """Leave out a round in which nothing happens, if what follows can happen a round earlier."""
    busy = {act.round for act in acts}
    for idle in (number for number in range(max(busy, default=0)) if number not in busy):
        sooner = (act._replace(round=act.round - 1) if act.round > idle else act for act in acts)
        smaller = enough(tuple(sooner))
        if smaller is not None:
            return smaller
    return acts


def _without_a_pair(acts: Acts, enough: Callable[[Acts], Acts | None]) -> Acts:
    """Leave out two acts, if the rest is enough."""
    if len(acts) <= MOST_PAIRS:
        for one, other in combinations(range(len(acts)), 2):
            smaller = enough((*acts[:one], *acts[one + 1 : other], *acts[other + 1 :]))
            if smaller is not None:
                return smaller
    return acts


class _Beginning(NamedTuple):
    """Some of the acts, in a new order."""

    switches: int
    nodes: tuple[int, ...]
    """The nodes that they befall."""
    execution: Execution


Done: TypeAlias = tuple[int, ...]
"""For each node how many of its acts have happened."""


def _arranged(run: Run, acts: Acts, entry: Property) -> Acts:
    """``acts`` in the order with the fewest context switches in which they can happen.

    Of those it is the least in the order of nodes.  The acts of a node keep their order, so that
    what a node has done is known by their number.  Fewer acts are the result if the property
    breaks before their end in some order, and ``acts`` if there are too many orders.
    """
    nodes = sorted({act.node for act in acts})
    own = [[act for act in acts if act.node == node] for node in nodes]
    nothing: Done = (0,) * len(nodes)
    level = {(nothing, -1): _Beginning(0, (), Execution(replace(run, acts=())))}
    tried = 0
    for length in range(1, len(acts) + 1):
        following: dict[tuple[Done, int], _Beginning] = {}
        for (done, last), beginning in level.items():
            for place, node in enumerate(nodes):
                if done[place] == len(own[place]):
                    continue
                tried += 1
                if tried > MOST_ORDERS:
                    return acts
                execution = beginning.execution.fork()
                try:
                    execution.perform(own[place][done[place]])
                except DepartureError:
                    continue
                switches = beginning.switches + (last not in (-1, place))
                longer = _Beginning(switches, (*beginning.nodes, node), execution)
                if length < len(acts) and violation_now(entry, execution) is not None:
                    return _in_order(longer, acts)
                key = (*done[:place], done[place] + 1, *done[place + 1 :]), place
                known = following.get(key)
                if known is None or longer[:2] < known[:2]:
                    following[key] = longer
        level = following
    return _in_order(min(level.values(), key=lambda whole: whole[:2]), acts)


def _in_order(beginning: _Beginning, acts: Acts) -> Acts:
    """The acts of ``beginning``."""
    own = {node: iter([act for act in acts if act.node == node]) for node in beginning.nodes}
    return tuple(next(own[node]) for node in beginning.nodes)
