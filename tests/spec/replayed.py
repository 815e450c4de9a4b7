"""Running the core beside the specification, event by event."""

from typing import NamedTuple

from tla_value import Value
from translation import of_event, of_fact, of_packet, of_record, of_state

from checker.poqi_system import Happening, Packet, PoqiSystem
from checker.setting import Setting
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import Event
from poqi_core.outputs import Remark
from poqi_core.state import NodeState
from poqi_core.step import step


class Taken(NamedTuple):
    """What came of an event, in values of the specification."""

    state: Value
    shown: Value
    sends: frozenset[Value]
    facts: tuple[Value, ...]
    remark: str
    """Why it had no effect; ``none`` if it had one."""


class Core:
    """The honest nodes of a setting in an asynchronous network."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._system = PoqiSystem(setting)
        self.states: dict[int, NodeState] = {
            node: self._system.initial(node)[0] for node in setting.honest
        }
        self._records = {node: Record() for node in setting.honest}
        self._sent: dict[Packet, None] = {}
        self._events: dict[int, dict[Value, Happening]] = {node: {} for node in setting.honest}
        self._learned = -1

    def happenings(self, node: int) -> dict[Value, Happening]:
        """The events that can befall ``node`` now, by what they are in the specification."""
        if self._learned != len(self._sent):
            self._learned = len(self._sent)
            for one, known in self._events.items():
                for happening in self._system.events(one, tuple(self._sent)):
                    known.setdefault(of_event(happening.event), happening)
        return {
            value: happening
            for value, happening in self._events[node].items()
            if all(needed in self._sent for needed in self._system.needs(happening))
        }

    def has_effect(self, node: int, event: Event) -> bool:
        """Whether ``event`` changes ``node``."""
        state = self.states[node]
        return step(self._setting.config, state, event)[0] != state

    def followed(self, node: int) -> bool:
        """Whether the question still covers ``node``."""
        return self._system.in_scope(node, self.states[node])

    def take(self, node: int, event: Event) -> Taken:
        """Let ``event`` befall ``node``."""
        before = self.states[node]
        after, outputs = step(self._setting.config, before, event)
        outcome = self._system.step(node, before, Happening(event, None))
        sends = outcome.sends if isinstance(outcome, tuple) else ()
        self._sent.update(dict.fromkeys(sends))
        self.states[node] = after
        self._records[node] = follow(self._records[node], outputs, after, EVERY_FACET)
        facts = [of_fact(output) for output in outputs]
        remarks = [output.reason.name for output in outputs if isinstance(output, Remark)]
        return Taken(
            of_state(after),
            of_record(self._records[node]),
            frozenset(of_packet(packet) for packet in sends),
            tuple(fact for fact in facts if fact is not None),
            remarks[0] if remarks else "none",
        )
