"""What a node has shown once it has ended a sample in some way, by running the core.

A record says nothing of the node that it is of, nor of its label: which views were left, and
how.  So it is computed once for each ending, along the way of the first node that is known to
be able to end so.
"""

from collections.abc import Callable

from checker.setting import Setting
from checker.views.kinds import message_of
from checker.views.occasion import Group
from checker.views.one_sample import Ending, Meeting, members
from checker.views.relation import Relations
from checker.views.roles import Hears, Leave, Link, Role
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TimeOut
from poqi_core.prediction import Label
from poqi_core.state import NodeState, initial
from poqi_core.step import step


class Endings:
    """The records of a configuration by start view and ending."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._known: dict[tuple[int, Ending], Record] = {}

    def record(self, setting: Setting, node: int | None, ending: Ending) -> Record:
        """The record of a node that has ended its sample in that way.

        ``node`` is one that can; None will do if the ending was asked for before.
        """
        key = setting.start_view, ending
        known = self._known.get(key)
        if known is None:
            assert node is not None
            known = self._known[key] = self._follow(setting, node, ending)
        return known

    def records(self, setting: Setting, meeting: Meeting) -> tuple[Record, ...]:
        """The records of the one or two nodes of a meeting."""
        ends = [(meeting.first, meeting.who)]
        if meeting.second is not None:
            ends.append((meeting.second, meeting.other))
        return tuple(self.record(setting, next(members(who), None), ending) for ending, who in ends)

    def _follow(self, setting: Setting, node: int, ending: Ending) -> Record:
        state, record = initial(setting.config, node, setting.start_view), Record()
        for place in range(ending.rejections + (ending.label is not None)):
            label = ending.label if place == ending.rejections else None

            def wanted(leave: Leave, label: Label | None = label) -> bool:
                return leave.label == label

            group = Group(_own(setting, state), state.prediction is not None, hears=False)
            for event in events_out(self._relations, setting, state, group, wanted):
                state, outputs = step(setting.config, state, event)
                record = follow(record, outputs, state, EVERY_FACET)
        return record


def _own(setting: Setting, state: NodeState) -> Label:
    own = setting.predicted[state.sample][state.node]
    assert own is not None
    return own


def events_out(
    relations: Relations,
    setting: Setting,
    state: NodeState,
    group: Group,
    wanted: Callable[[Leave], bool],
) -> list[Event]:
    """Events by which a node in ``state``, at the beginning of its view, leaves it as ``wanted``.

    They need not be possible in one run; the state that they lead to is that of any way out that
    is wanted, as nothing else of a view is carried over its border.

    Raises:
        LookupError: there is no such way, even if all were sent that could be.
    """
    config, node, view = setting.config, state.node, state.view
    primary = config.primary(view)
    role = relations.role(group, is_primary=primary == node)
    others = [peer for peer in range(config.nodes) if peer not in (node, primary)]
    senders: dict[Hears, list[int]] = {}
    events: list[Event] = []
    for link in _way_out(role, role.classified if group.classified else 0, wanted):
        match link:
            case Hears(kind, from_primary):
                free = senders.setdefault(link, [primary] if from_primary else list(others))
                sender = free.pop(0)
                events.append(Received(sender, message_of(kind, sender, primary, view)))
            case Sample():
                events.append(Sample(state.sample, group.label))
            case CollectionClosed():
                events.append(CollectionClosed(view))
            case TimeOut():
                events.append(TimeOut(view))
    return events


def _way_out(role: Role, start: int, wanted: Callable[[Leave], bool]) -> list[Link]:
    """The events of a way from shape ``start`` out of the view."""
    trails: dict[int, list[Link]] = {start: []}
    queue = [start]
    for here in queue:
        for edge in role.edges[here]:
            if edge.leave is not None and wanted(edge.leave):
                return [*trails[here], *edge.chain]
            if edge.leave is None and edge.target not in trails:
                trails[edge.target] = [*trails[here], *edge.chain]
                queue.append(edge.target)
    raise LookupError("no way leads out of the view like that")
