"""Two-phase commit, after L. Lamport's TLA+ specification ``TwoPhase``.

J. Gray and L. Lamport, "Consensus on transaction commit", ACM TODS 31, 2006.  Process 0 is the
transaction manager, processes 1 to n are the resource managers.  As in the specification the
transaction manager can abort at any time, a resource manager that aborts by itself tells nobody,
and a message can be received again without effect: a step that leads back to its state.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from checker.ever_shown import EverShown, Seen
from checker.examples.example import Example, Mistake, Parameter, Published
from checker.model import Model
from checker.simple_system import SimpleSystem
from checker.system import Outcome

MANAGER = 0


class Local(NamedTuple):
    """``phase``: working, prepared, committed or aborted.

    The transaction manager is working until it has decided, and ``heard`` are those that it
    knows to be prepared.
    """

    phase: str = "working"
    heard: frozenset[int] = frozenset()

    def __str__(self) -> str:
        heard = ", ".join(map(str, sorted(self.heard)))
        return self.phase + (f", has heard from {heard}" if heard else "")


class Word(NamedTuple):
    """A message: prepared, committed or aborted."""

    sender: int
    word: str

    def __str__(self) -> str:
        return self.word


class Action(NamedTuple):
    """What a process does, and the message that it answers with it."""

    name: str
    about: Word | None = None

    def __str__(self) -> str:
        if self.about is None:
            return {"prepare": "prepares", "commit": "commits", "abort": "aborts"}[self.name]
        return f"receives {self.about} from {_name(self.about.sender)}"


Step: TypeAlias = Outcome[Local, Word, str]


class TwoPhaseCommit(SimpleSystem[Local, Action, Word, str]):
    """``resource_managers`` of them, and the transaction manager.

    With the mistake ``hasty`` the transaction manager commits as soon as one is prepared.
    """

    def __init__(self, resource_managers: int, mistake: str | None = None) -> None:
        self._resource_managers = range(1, resource_managers + 1)
        self._wanted = 1 if mistake == "hasty" else resource_managers

    @property
    def processes(self) -> Sequence[int]:
        """The transaction manager and the resource managers."""
        return (MANAGER, *self._resource_managers)

    def name(self, process: int) -> str:
        """The role of a process."""
        return _name(process)

    def initial(self, process: int) -> Sequence[Local]:
        """Everybody is working."""
        return (Local(),)

    def events(self, process: int, sent: Collection[Word]) -> Iterable[Action]:
        """Its own decisions, and what the other side has sent."""
        own = "commit" if process == MANAGER else "prepare"
        yield from (Action(own), Action("abort"))
        for word in sent:
            if (word.sender == MANAGER) != (process == MANAGER):
                yield Action("receive", word)

    def needs(self, event: Action) -> Collection[Word]:
        """The message that is received."""
        return () if event.about is None else (event.about,)

    def step(self, process: int, state: Local, event: Action) -> Step | None:
        """The actions of the specification."""
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
        if event.name == "commit" and len(state.heard) < self._wanted:
            return None
        word = {"commit": "committed", "abort": "aborted"}[event.name]
        return Outcome(state._replace(phase=word), (Word(MANAGER, word),), None)


def _name(process: int) -> str:
    return "the transaction manager" if process == MANAGER else f"resource manager {process}"


def _end(state: Local, word: str) -> Step:
    return Outcome(state._replace(phase=word), (), word)


def consistent(seen: Sequence[Seen[str]]) -> bool:
    """No resource manager has committed while another has aborted."""
    return not {"committed", "aborted"} <= frozenset[str]().union(*seen)


CONSISTENCY = EverShown({"consistency": consistent})


def model(
    values: Mapping[str, int], mistake: str | None
) -> Model[Local, Action, Word, str, Seen[str]]:
    """The transaction of so many resource managers, and its consistency."""
    return Model(TwoPhaseCommit(values["resource-managers"], mistake), CONSISTENCY)


EXAMPLE = Example(
    "two-phase-commit",
    "a transaction that all commit or all abort",
    "J. Gray and L. Lamport, Consensus on transaction commit, ACM TODS 31, 2006; TLA+ Examples, "
    "transaction_commit/TwoPhase.tla",
    (Parameter("resource-managers", 3, 1, "how many resource managers"),),
    {
        "hasty": Mistake(
            "the transaction manager commits as soon as one resource manager is prepared"
        )
    },
    model,
    lambda values: f"{values['resource-managers']} resource managers, none of them faulty",
    (
        Published({}, 288, "TLC, manifest.json of TLA+ Examples; Stateright, examples/2pc.rs"),
        Published({"resource-managers": 5}, 8_832, "Stateright, examples/2pc.rs"),
    ),
)
