"""One lock-step round of one node: everything that the adversary can make of it.

In a round every message that honest nodes sent in the round before arrives, in any order, and
Byzantine messages besides.  A message of a later step waits in the network until the node
gets there; one that has no effect when the round ends has arrived without effect.  What the
network or a faulty node may lose is lost if it would still have an effect when the round ends.
"""

from collections.abc import Iterator
from typing import NamedTuple

from checker.behaviour import EVERYTHING, Behaviour
from checker.exploration import Spending, spend_or_stop
from checker.node_calls import NodeCalls
from checker.observer import Observer, Seen
from checker.poqi_system import Facts
from checker.setting import Setting
from checker.standing import Finish, LocalRound, Numbers, Standing, Timers
from checker.table import Numbering
from poqi_core.messages import Crash, Received
from poqi_core.signatures import Statement


class _Place(NamedTuple):
    state: int
    seen: int
    waiting: Numbers
    """What must still happen in this round, unless it is lost."""
    sends: frozenset[int]
    record: int
    latest: frozenset[int] = frozenset()
    """Of a node that can crash: what it has sent by its latest event, and not before."""


class RoundOfNode(NodeCalls[Seen]):
    """The rounds of one node, each computed once."""

    def __init__(
        self,
        setting: Setting,
        process: int,
        observer: Observer[Facts, Seen],
        signed: Numbering[Statement],
        *,
        dominate: bool,
        behaviour: Behaviour = EVERYTHING,
        shows_sends: bool = False,
    ) -> None:
        super().__init__(setting, process, observer, signed, behaviour, shows_sends=shows_sends)
        self._dominate = dominate
        self._impatient = behaviour.impatient
        self._fault = setting.fault
        self._crashes = self.faulty and setting.fault.crashes
        self._hedges = self.faulty and (setting.fault.withholds or setting.fault.changes)
        """Whether nothing that the node sends is sure to arrive as it is."""
        self._crash = self.events.number(Crash())
        self._rounds: dict[tuple[Standing, Timers], LocalRound] = {}

    def play(self, standing: Standing, budget: Spending, timers: Timers) -> LocalRound:
        """Everything that the node can do in a round in which those timers run out.

        Raises:
            ExhaustedError: the budget has run out.
        """
        key = standing._replace(round=0), timers
        known = self._rounds.get(key)
        if known is None:
            known = self._rounds[key] = self._play(standing, budget, timers)
        return known

    def _follow(self, place: _Place, arrived: int, event: int) -> _Place:
        """Where ``event`` leads from ``place``; what was waiting as ``arrived`` waits no more."""
        effect = self.effect(place.state, event)
        seen = place.seen if effect.facts is None else self.observe(place.seen, effect.facts)
        waiting = place.waiting
        if arrived in waiting:
            waiting = tuple(other for other in waiting if other != arrived)
        sends, latest = place.sends, effect.sends
        if self._crashes and not self._hedges:
            sends |= place.latest
            return _Place(effect.state, seen, waiting, sends, place.record, latest - sends)
        sends = sends | latest if latest else sends
        return _Place(effect.state, seen, waiting, sends, place.record)

    def _events(self, place: _Place, offers: Numbers) -> Iterator[tuple[int, int]]:
        """What can happen next: what it arrives as, and what it was sent as."""
        if not self.in_scope(place.state):
            return
        # In a broadcast what has no effect has none for the rest of the round: the round
        # can end without it, and nothing is lost by leaving it.
        lasting = self._setting.config.has_broadcast
        for event in place.waiting:
            effect = self.effect(place.state, event)
            if not effect.waits and not (lasting and effect.state == place.state):
                for sample in self.samples(event):
                    yield event, sample
            if event in offers and self._fault.changes:
                yield from self._changed(place, event, offers)
        for event in (
            *self.choices(place.state),
            *self.effective_byzantine(place.state, place.record),
        ):
            yield event, event

    def _changed(self, place: _Place, event: int, offers: Numbers) -> Iterator[tuple[int, int]]:
        """The changed forms of an offer; of those without effect one stands for all."""
        waiting = [offer for offer in place.waiting if offer in offers]
        idle = False
        for form in self.forms(event):
            effect = self.effect(place.state, form)
            if effect.waits or (effect.state == place.state and idle):
                continue
            if self.stands_for(form, event, waiting):
                idle = idle or effect.state == place.state
                yield event, form

    def _play(self, standing: Standing, budget: Spending, timers: Timers) -> LocalRound:
        if standing.crashed:
            return LocalRound({self._stopped(standing.seen): ()}, {standing.seen: ()})
        waiting = tuple(sorted({*standing.inbox, *standing.offers, *self.due(standing, timers)}))
        start = _Place(standing.state, standing.seen, waiting, frozenset(), standing.record)
        came_by: dict[_Place, Numbers] = {start: ()}
        if self._impatient:
            for event in self.due(standing, timers):
                start = self._follow(start, event, event)
                came_by = {start: (event,)}
        queue = [start]
        for count, place in enumerate(queue, 1):
            spend_or_stop(budget, count, 0)
            trail = came_by[place]
            for arrived, event in self._events(place, standing.offers):
                following = self._follow(place, arrived, event)
                known = came_by.get(following)
                if known is None:
                    came_by[following] = (*trail, event)
                    queue.append(following)
                elif len(known) == len(trail) + 1:
                    came_by[following] = self._lesser(known, (*trail, event))
        finishes: dict[Finish, Numbers] = {}
        glimpses: dict[int, Numbers] = {}
        for place in queue:
            trail = came_by[place]
            glimpses[place.seen] = self._lesser(glimpses.get(place.seen, trail), trail)
            if self._crashes:
                stopped, stops = self._stopped(place.seen, place), (*trail, self._crash)
                finishes[stopped] = self._lesser(finishes.get(stopped, stops), stops)
            finish = self._finish(place, standing)
            if finish is None:
                continue
            end = self.end(place.state)
            if end is not None:
                trail, lost = (*trail, end), (finish.lost, finish.missed)
                finish = self._finish(self._follow(self._arrived(place), end, end), standing)
                assert finish is not None
                finish = finish._replace(lost=lost[0], missed=lost[1])
                glimpses[finish.seen] = self._lesser(glimpses.get(finish.seen, trail), trail)
            finishes[finish] = self._lesser(finishes.get(finish, trail), trail)
        if self._dominate:
            finishes = self._without_dominated(finishes, standing.record)
        return LocalRound(finishes, glimpses)

    def _lesser(self, known: Numbers, other: Numbers) -> Numbers:
        """The better of two trails to the same end."""
        if known == other or len(known) < len(other):
            return known
        one, two = self.byzantine(known), self.byzantine(other)
        if one != two:
            return known if one < two else other
        return known if self.order(known) <= self.order(other) else other

    def _stopped(self, seen: int, place: _Place | None = None) -> Finish:
        """The end of a round in which the node has crashed in ``place``, or before it."""
        if place is None:
            return Finish(0, seen, (), (), crashed=True)
        sends, offers = tuple(sorted(place.sends)), tuple(sorted(place.latest))
        if self._hedges:
            sends, offers = (), sends
        return Finish(0, seen, (), sends, offers=offers, crashed=True)

    def _finish(self, place: _Place, standing: Standing) -> Finish | None:
        """How the round can end in ``place``, if nothing that matters is still to happen."""
        held: list[int] = []
        kept: list[int] = []
        missed: list[int] = []
        lost = 0
        for event in place.waiting if self.in_scope(place.state) else ():
            effect, offered = self.effect(place.state, event), event in standing.offers
            if effect.state == place.state:
                if effect.waits and isinstance(self.events.values[event], Received):
                    (kept if offered else held).append(event)
            elif offered:
                # Whoever may change a message can make it one without effect, if there is one.
                lost += self._fault.changes and self._always_matters(place.state, event)
            elif not isinstance(self.events.values[event], Received):
                return None
            elif self.faulty and self._fault.copies == 2 and event not in standing.untaken_by_twin:
                missed.append(event)
            else:
                lost += 1
        if lost > standing.losses:
            return None
        sends, offers = tuple(sorted(place.sends | place.latest)), ()
        if self._hedges:
            sends, offers = (), sends
        return Finish(
            place.state, place.seen, tuple(held), sends, tuple(kept), offers, lost, tuple(missed)
        )

    def _arrived(self, place: _Place) -> _Place:
        """``place`` without what is lost if the round ends in it."""
        return place._replace(
            waiting=tuple(
                event
                for event in place.waiting
                if self.effect(place.state, event).state == place.state
            )
        )

    def _always_matters(self, state: int, event: int) -> bool:
        """Whether every changed form of an offer has an effect as well."""
        return all(self.effect(state, form).state != state for form in self.forms(event))

    def _without_dominated(
        self, finishes: dict[Finish, Numbers], record: int
    ) -> dict[Finish, Numbers]:
        """Drop what another finish still gets to by silent Byzantine messages at no higher cost.

        The cost is the number of events, then that of Byzantine messages.
        """
        kept = dict(finishes)
        for finish, trail in finishes.items():
            if finish not in kept or len(kept) == 1:
                continue
            for state, distance in self._silently_reached(finish, record).items():
                other = finish._replace(state=state)
                if other != finish and other in kept:
                    cost = len(trail) + distance, self.byzantine(trail) + distance
                    if cost <= (len(kept[other]), self.byzantine(kept[other])):
                        del kept[other]
        return kept

    def _silently_reached(self, finish: Finish, record: int) -> dict[int, int]:
        """States that Byzantine messages lead to from a finish without output or trace.

        The held messages must still be of a later step there.
        """
        distances = {finish.state: 0}
        queue = [finish.state]
        for state in queue:
            for event in self.effective_byzantine(state, record):
                effect = self.effect(state, event)
                if (
                    not effect.sends
                    and effect.facts is None
                    and effect.state not in distances
                    and all(
                        self.effect(effect.state, held).waits
                        for held in (*finish.held, *finish.kept)
                    )
                ):
                    distances[effect.state] = distances[state] + 1
                    queue.append(effect.state)
        return distances
