"""Tabulation: every process as a finite automaton over numbers, filled as it is explored.

A protocol's step is pure and the states that one process can be in are few beside their
product.  So the step is called once for each pair of a process's state and event, and the
result is kept: states, events and messages become numbers, the messages that a process has
sent become a mask, and a global state becomes a short vector of local states.  Which events
there are grows with the messages that come to exist; a table catches up when it is asked.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from checker.observer import Observer, Seen
from checker.system import Event, Ignored, Message, Outcome, Shown, State, System

Value = TypeVar("Value", bound=Hashable)


class Numbering(Generic[Value]):
    """Numbers for values, in the order in which they came."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def number(self, value: Value) -> int:
        """The number of ``value``, a new one if it has none."""
        following = len(self.values)
        known = self._numbers.setdefault(value, following)
        if known == following:
            self.values.append(value)
        return known

    def mask(self, values: Iterable[Value]) -> int:
        """The mask of ``values``; new ones get a number."""
        mask = 0
        for value in values:
            mask |= 1 << self.number(value)
        return mask

    def __contains__(self, value: Value) -> bool:
        return value in self._numbers

    def __len__(self) -> int:
        return len(self.values)


class Step(NamedTuple, Generic[State, Message, Shown]):
    """An effect of an event on a state of the process itself, nothing observed."""

    event: int
    needs: int
    progress: bool
    target: int
    sends: int
    outcome: Outcome[State, Message, Shown]


class Edge(NamedTuple):
    """An edge of a process's automaton."""

    needs: int
    """Mask of the messages that must have been sent."""
    target: int
    """The local state that it leads to."""
    event: int
    progress: bool
    """Whether a fair network makes it happen (see :meth:`System.is_progress`)."""
    visible: bool
    """Whether it sends something new or shows something."""


class Tables(Generic[State, Event, Message, Shown]):
    """The steps of every process of a system, each computed once.

    They do not depend on who observes, so that several explorations can share them.
    """

    def __init__(self, system: System[State, Event, Message, Shown]) -> None:
        self.system = system
        self.messages: Numbering[Message] = Numbering()
        self.processes = [
            ProcessTable(system, self.messages, process) for process in system.processes
        ]

    @property
    def calls(self) -> int:
        """How often the protocol's step was called."""
        return sum(table.calls for table in self.processes)


class ProcessTable(Generic[State, Event, Message, Shown]):
    """The states that one process was seen in, and its steps from each of them."""

    def __init__(
        self,
        system: System[State, Event, Message, Shown],
        messages: Numbering[Message],
        process: int,
    ) -> None:
        self._system = system
        self._messages = messages
        self.process = process
        self.states: Numbering[State] = Numbering()
        self.events: Numbering[Event] = Numbering()
        self.calls = 0
        self._in_slot: dict[Hashable, int] = {}
        """By slot: mask of its events."""
        self._needs: list[int] = []
        self._progress: list[bool] = []
        self._messages_known = -1
        self._steps: list[list[Step[State, Message, Shown]]] = []
        self._events_tried: list[int] = []
        self._came_from: list[int | None] = []
        """By state: the first state of the same stage that led there, if one did."""
        self._ignored: list[int] = []
        """By state: mask of the events that were found to be ignored for the stage."""
        self._heeded: list[tuple[int, int]] = []
        """By state: the mask, and how many messages it takes into account."""

    def initial(self) -> list[int]:
        """The numbers of the process's initial states."""
        return [self.admit(state) for state in self._system.initial(self.process)]

    def admit(self, state: State) -> int:
        """The number of a state that is reached without a step of this table."""
        number = self.states.number(state)
        if number == len(self._came_from):
            self._came_from.append(None)
        return number

    def heeded(self, state: int) -> int:
        """Mask of the known messages that can matter to the process in ``state`` or later."""
        while len(self._heeded) < len(self.states):
            self._heeded.append((0, 0))
        mask, tried = self._heeded[state]
        messages = self._messages.values
        if tried < len(messages):
            value = self.states.values[state]
            for number in range(tried, len(messages)):
                if self._system.heeds(self.process, value, messages[number]):
                    mask |= 1 << number
            self._heeded[state] = mask, len(messages)
        return mask

    def moves(self) -> Iterator[tuple[int, int]]:
        """The pairs of states such that a step that is known leads from the one to the other."""
        for state, steps in enumerate(self._steps):
            for step in steps:
                if step.target != state:
                    yield state, step.target

    def _learn_events(self) -> None:
        system, messages = self._system, self._messages
        self._messages_known = len(messages)
        for event in system.events(self.process, tuple(messages.values)):
            if event not in self.events:
                slot, bit = system.slot(event), 1 << self.events.number(event)
                self._in_slot[slot] = self._in_slot.get(slot, 0) | bit
                self._needs.append(messages.mask(system.needs(event)))
                self._progress.append(system.is_progress(event))

    def steps(self, state: int) -> list[Step[State, Message, Shown]]:
        """The steps from ``state`` by every event that is known by now, in order of events."""
        if self._messages_known != len(self._messages):
            self._learn_events()
        while len(self._steps) < len(self.states):
            self._steps.append([])
            self._events_tried.append(0)
            self._ignored.append(0)
        found = self._steps[state]
        first = self._events_tried[state]
        if first < len(self.events):
            self._events_tried[state] = len(self.events)
            self._try_events(state, first, found)
        return found

    def _candidates(self, slots: Collection[Hashable] | None) -> int:
        """Mask of the known events in ``slots``; None: of all."""
        if slots is None:
            return (1 << len(self.events)) - 1
        mask = 0
        for slot in slots:
            mask |= self._in_slot.get(slot, 0)
        return mask

    def _try_events(self, state: int, first: int, found: list[Step[State, Message, Shown]]) -> None:
        system, process = self._system, self.process
        value = self.states.values[state]
        if not system.in_scope(process, value):
            return
        slots = system.slots(process, value)
        stage = system.stage(process, value)
        before = self._came_from[state]
        ignored = 0 if before is None else self._ignored[before]
        left = self._candidates(slots) & ~ignored & -(1 << first)
        while left:
            event = (left & -left).bit_length() - 1
            left &= left - 1
            self.calls += 1
            outcome = system.step(process, value, self.events.values[event])
            if outcome is Ignored.LASTING:
                ignored |= 1 << event
            elif outcome is not None:
                target = self.states.number(outcome.state)
                if target == len(self._came_from):
                    same = system.stage(process, outcome.state) == stage
                    self._came_from.append(state if same else None)
                found.append(
                    Step(
                        event,
                        self._needs[event],
                        self._progress[event],
                        target,
                        self._messages.mask(outcome.sends),
                        outcome,
                    )
                )
        self._ignored[state] |= ignored


class Local(NamedTuple):
    """A local state: a process's own state, what it has sent, and what was seen of it."""

    state: int
    sent: int
    seen: int


class Automaton(Generic[State, Event, Message, Shown, Seen]):
    """One process as a finite automaton whose local states carry sent mask and seen.

    Where a ``representative`` of each state is given, it stands for all states that are merged
    with it.
    """

    def __init__(
        self,
        tables: Tables[State, Event, Message, Shown],
        table: ProcessTable[State, Event, Message, Shown],
        observer: Observer[Shown, Seen],
        representative: Callable[[int], int] | None = None,
    ) -> None:
        self.table = table
        self._representative = representative
        self._messages = tables.messages
        self._system = tables.system
        self._observer = observer
        self.locals: Numbering[Local] = Numbering()
        self.seen: Numbering[Seen] = Numbering()
        self.sent_mask: list[int] = []
        """By local state: what the process has sent."""
        self.seen_number: list[int] = []
        """By local state: the number of what was seen of it."""
        self._state_number: list[int] = []
        self.in_scope: list[bool] = []
        """By local state: whether the question covers it."""
        self._edges: list[list[Edge]] = []
        self._steps_used: list[int] = []
        self._kinds: list[set[tuple[int, int, bool]]] = []
        """By local state: the edges that it has, where equal ones are merged."""
        self._messages_known: list[int] = []
        """By local state: how many messages were known when its edges were brought up to date."""

    def initial(self) -> list[int]:
        """The numbers of the initial local states."""
        seen = self.seen.number(self._observer.start())
        return [
            self.number(Local(self._standing_for(state), 0, seen)) for state in self.table.initial()
        ]

    def _standing_for(self, state: int) -> int:
        return state if self._representative is None else self._representative(state)

    def number(self, local: Local) -> int:
        """The number of ``local``."""
        number = self.locals.number(local)
        if number == len(self.sent_mask):
            self.sent_mask.append(local.sent)
            self.seen_number.append(local.seen)
            self._state_number.append(local.state)
            state = self.table.states.values[local.state]
            self.in_scope.append(self._system.in_scope(self.table.process, state))
            self._edges.append([])
            self._steps_used.append(0)
            self._messages_known.append(-1)
            self._kinds.append(set())
        return number

    def edges(self, local: int) -> list[Edge]:
        """The edges from ``local`` by every event that is known by now."""
        edges = self._edges[local]
        known = len(self._messages.values)
        if self._messages_known[local] == known:
            return edges
        self._messages_known[local] = known
        state, sent, seen = self.locals.values[local]
        steps = self.table.steps(state)
        used = self._steps_used[local]
        if used < len(steps):
            self._steps_used[local] = len(steps)
            for step in steps[used:]:
                after = seen
                if step.outcome.shown is not None:
                    before = self.seen.values[seen]
                    after = self.seen.number(self._observer.observe(before, step.outcome.shown))
                has_sent = sent | step.sends
                target = self.number(Local(self._standing_for(step.target), has_sent, after))
                visible = has_sent != sent or after != seen
                kind = step.needs, target, step.progress
                if self._representative is None or kind not in self._kinds[local]:
                    self._kinds[local].add(kind)
                    edges.append(Edge(step.needs, target, step.event, step.progress, visible))
        return edges

    def heeded(self, local: int) -> int:
        """Mask of the messages that can matter to the process in ``local`` or later."""
        return self.table.heeded(self._state_number[local])

    def forget_sent(self, local: int, alive: int) -> int:
        """The local state that has sent only those messages of ``local`` that are ``alive``."""
        sent = self.sent_mask[local]
        if not sent & ~alive:
            return local
        return self.number(self.locals.values[local]._replace(sent=sent & alive))
