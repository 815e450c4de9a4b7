"""Two-phase commit, after L. Lamport's TLA+ specification ``TwoPhase``, as a system to explore.

Process 0 is the transaction manager, processes 1 to n are the resource managers.  As in the
specification the manager of the transaction can abort at any time, a resource manager that
aborts by itself tells nobody, and a message can be received again without effect: that is a
step that leads back to its state.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from checker.system import Outcome

MANAGER = 0


class Local(NamedTuple):
    """``phase``: working, prepared, committed or aborted.

    The transaction manager is working until it has decided, and ``heard`` are those that it
    knows to be prepared.
    """

    phase: str = "working"
    heard: frozenset[int] = frozenset()


class Word(NamedTuple):
    sender: int
    word: str


class Action(NamedTuple):
    """What a process does, and the message that it answers with it."""

    name: str
    about: Word | None = None


Step: TypeAlias = Outcome[Local, Word, str]


class TwoPhaseCommit:
    """``resource_managers`` of them, and the transaction manager."""

    def __init__(self, resource_managers: int) -> None:
        self._resource_managers = range(1, resource_managers + 1)

    @property
    def processes(self) -> Sequence[int]:
        return (MANAGER, *self._resource_managers)

    def initial(self, process: int) -> Sequence[Local]:
        return (Local(),)

    def events(self, process: int, sent: Collection[Word]) -> Iterable[Action]:
        if process == MANAGER:
            yield from (Action("commit"), Action("abort"))
            yield from (Action("receive", word) for word in sent if word.sender != MANAGER)
        else:
            yield from (Action("prepare"), Action("abort"))
            yield from (Action("receive", word) for word in sent if word.sender == MANAGER)

    def needs(self, event: Action) -> Collection[Word]:
        return () if event.about is None else (event.about,)

    def is_progress(self, event: Action) -> bool:
        return True

    def slot(self, event: Action) -> Hashable:
        return None

    def slots(self, process: int, state: Local) -> Collection[Hashable] | None:
        return None

    def step(self, process: int, state: Local, event: Action) -> Step | None:
        if process == MANAGER:
            return self._manage(state, event)
        if event.about is not None:
            return _end(state, event.about.word)
        if state.phase != "working":
            return None
        if event.name == "prepare":
            return Outcome(state._replace(phase="prepared"), (Word(process, "prepared"),), None)
        return _end(state, "aborted")

    def _manage(self, state: Local, event: Action) -> Step | None:
        if state.phase != "working":
            return None
        if event.about is not None:
            return Outcome(state._replace(heard=state.heard | {event.about.sender}), (), None)
        if event.name == "commit" and len(state.heard) < len(self._resource_managers):
            return None
        word = {"commit": "committed", "abort": "aborted"}[event.name]
        return Outcome(state._replace(phase=word), (Word(MANAGER, word),), None)

    def heeds(self, process: int, state: Local, message: Word) -> bool:
        return True

    def stage(self, process: int, state: Local) -> Hashable:
        return None

    def in_scope(self, process: int, state: Local) -> bool:
        return True


def _end(state: Local, word: str) -> Step:
    return Outcome(state._replace(phase=word), (), word)


class Consistency:
    """No resource manager ends committed while another has aborted."""

    @property
    def properties(self) -> Sequence[str]:
        return ("consistency",)

    def start(self) -> str:
        return ""

    def observe(self, seen: str, shown: str) -> str:
        return shown

    def broken(self, seen: Sequence[str], *, stuck: bool) -> Sequence[str]:
        return self.properties if {"committed", "aborted"} <= set(seen) else ()
