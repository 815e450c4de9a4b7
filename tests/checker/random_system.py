"""Small systems drawn at random: a few processes, states, events and messages, and no meaning.

Rows of the transition table are often copied from other states, so that there are states that no
future can tell apart, and others that differ in nothing but what their events need.  What the
interface leaves to a system (slots, stages, heeding) is drawn too.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from random import Random
from typing import NamedTuple, TypeAlias

from checker.system import Ignored, Outcome

LETTERS = "xyz"


class Word(NamedTuple):
    sender: int
    number: int


class Occurrence(NamedTuple):
    """An event of a process."""

    process: int
    number: int
    needs: tuple[Word, ...]
    progress: bool


Step: TypeAlias = Outcome[int, Word, str]


class RandomSystem:
    """Everything about it is drawn from ``random`` when it is made.

    Nobody waits for a message of its own.  With ``attentive`` every message is said to be heeded.
    """

    def __init__(self, random: Random, *, attentive: bool) -> None:
        self._processes = range(random.choice((2, 3, 3)))
        self._states = range(random.randint(1, 6))
        self._words = [Word(one, number) for one in self._processes for number in range(2)]
        self._events = {one: self._draw_events(random, one) for one in self._processes}
        self._initial = {
            one: random.sample(self._states, min(len(self._states), random.choice((1, 1, 2))))
            for one in self._processes
        }
        self._out_of_scope = {
            (one, state)
            for one in self._processes
            for state in self._states
            if random.random() < 0.04
        }
        self._steps: dict[tuple[int, Occurrence], Step] = {}
        for one in self._processes:
            self._draw_steps(random, one)
        self._slots = {
            (one, state): self._draw_slots(random, one, state)
            for one in self._processes
            for state in self._states
        }
        self._stages = {
            (one, state): random.choice((0, 0, 1))
            for one in self._processes
            for state in self._states
        }
        self._ignored = {
            (state, event)
            for one in self._processes
            for state in self._states
            for event in self._events[one]
            if random.random() < 0.5 and not self._acts_in_stage(one, state, event)
        }
        self._heeded = {
            (one, state, word)
            for one in self._processes
            for state in self._states
            for word in self._words
            if attentive or random.random() < 0.3 or self._matters(one, state, word)
        }

    def _draw_events(self, random: Random, process: int) -> list[Occurrence]:
        others = [word for word in self._words if word.sender != process]
        events = []
        for number in range(random.randint(1, 6)):
            needs = random.sample(others, random.choice((0, 0, 1, 1, 2)))
            events.append(Occurrence(process, number, tuple(needs), random.random() < 0.6))
        return events

    def _draw_steps(self, random: Random, process: int) -> None:
        own = [word for word in self._words if word.sender == process]
        for state in self._states:
            twin = random.randrange(state) if state and random.random() < 0.4 else None
            for event in self._events[process]:
                if twin is not None and random.random() < 0.9:
                    acted = random.choice(self._events[process]) if random.random() < 0.3 else event
                    like = self._steps.get((twin, acted))
                    if like is not None:
                        target = state if like.state == twin else like.state
                        self._steps[state, event] = like._replace(state=target)
                elif random.random() < 0.5:
                    sends = tuple(word for word in own if random.random() < 0.25)
                    shown = random.choice(LETTERS) if random.random() < 0.3 else None
                    self._steps[state, event] = Outcome(random.choice(self._states), sends, shown)

    def _draw_slots(self, random: Random, process: int, state: int) -> frozenset[int] | None:
        needed = {
            event.number % 2 for event in self._events[process] if (state, event) in self._steps
        }
        return random.choice((None, frozenset(needed), frozenset((0, 1))))

    def _acts_in_stage(self, process: int, state: int, event: Occurrence) -> bool:
        """Whether the event acts on ``state``, or after steps that stay in its stage."""
        reached = [state]
        for here in reached:
            if (here, event) in self._steps:
                return True
            for other in self._events[process]:
                outcome = self._steps.get((here, other))
                if outcome is None or outcome.state in reached:
                    continue
                if self._stages[process, outcome.state] == self._stages[process, state]:
                    reached.append(outcome.state)
        return False

    def _matters(self, process: int, state: int, word: Word) -> bool:
        """Whether the process can come to a state in which an event that needs ``word`` acts."""
        reached = [state]
        for here in reached:
            if (process, here) in self._out_of_scope:
                continue
            for event in self._events[process]:
                outcome = self._steps.get((here, event))
                if outcome is None:
                    continue
                if word in event.needs:
                    return True
                if outcome.state not in reached:
                    reached.append(outcome.state)
        return False

    @property
    def processes(self) -> Sequence[int]:
        return self._processes

    def initial(self, process: int) -> Sequence[int]:
        return self._initial[process]

    def events(self, process: int, sent: Collection[Word]) -> Iterable[Occurrence]:
        return (event for event in self._events[process] if set(event.needs) <= set(sent))

    def needs(self, event: Occurrence) -> Collection[Word]:
        return event.needs

    def is_progress(self, event: Occurrence) -> bool:
        return event.progress

    def slot(self, event: Occurrence) -> Hashable:
        return event.number % 2

    def slots(self, process: int, state: int) -> Collection[Hashable] | None:
        return self._slots[process, state]

    def step(self, process: int, state: int, event: Occurrence) -> Step | Ignored | None:
        if (state, event) in self._ignored:
            return Ignored.LASTING
        return self._steps.get((state, event))

    def heeds(self, process: int, state: int, message: Word) -> bool:
        return (process, state, message) in self._heeded

    def stage(self, process: int, state: int) -> Hashable:
        return self._stages[process, state]

    def in_scope(self, process: int, state: int) -> bool:
        return (process, state) not in self._out_of_scope


class Condition(NamedTuple):
    """A property: it is broken where a letter was seen of some processes, and not of others."""

    name: str
    when_stuck: bool
    wanted: tuple[tuple[int, str, bool], ...]


class Watch:
    """Remembers of the letters shown all, the last or the first two, and judges conditions.

    ``nothing`` is never broken, so that an exploration goes on to the end.
    """

    def __init__(self, memory: str, conditions: Sequence[Condition]) -> None:
        self._memory = memory
        self.conditions = conditions

    @property
    def properties(self) -> Sequence[str]:
        return (*(condition.name for condition in self.conditions), "nothing")

    def start(self) -> str:
        return ""

    def observe(self, seen: str, shown: str) -> str:
        match self._memory:
            case "all":
                return "".join(sorted({*seen, shown}))
            case "last":
                return shown
            case _:
                return (seen + shown)[:2]

    def broken(self, seen: Sequence[str], *, stuck: bool) -> Sequence[str]:
        return [
            condition.name
            for condition in self.conditions
            if condition.when_stuck == stuck
            and all((letter in seen[one]) == there for one, letter, there in condition.wanted)
        ]


def random_watch(random: Random, processes: int) -> Watch:
    """A memory, and conditions on one or two processes, half of them about stuck states."""
    conditions = []
    for number in range(6):
        places = random.sample(range(processes), random.choice((1, 2)))
        wanted = tuple(
            (one, random.choice(LETTERS), random.random() < 0.7) for one in sorted(places)
        )
        conditions.append(Condition(f"condition {number}", number % 2 == 1, wanted))
    return Watch(random.choice(("all", "last", "first two")), conditions)
