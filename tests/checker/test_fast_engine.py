"""The compiled engine finds what the unreduced engine in Python finds, number for number.

Compared are the counts of states, transitions and levels, the reached states themselves, the
verdicts, the lengths and what was followed; every counterexample must happen when it is played.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import Generic, TypeAlias

import pytest
from plain_explorer import PlainExplorer
from random_questions import random_question
from random_system import Occurrence, RandomSystem, Watch, Word, random_watch
from test_engines_on_poqi import Settled, assert_replays, assert_same_answers, settled
from water_jugs import FourLitres, WaterJugs

from checker.examples.reliable_broadcast import RELAY, ReliableBroadcast
from checker.examples.two_phase_commit import CONSISTENCY, TwoPhaseCommit
from checker.exploration import Budget, Exploration, Resource
from checker.full import FullEngine
from checker.observer import Observer, Seen
from checker.poqi_observer import RecordObserver
from checker.poqi_system import PoqiSystem
from checker.question import Question, QuestionError, parse_patterns
from checker.sweep import Limits, answer
from checker.system import Event, Ignored, Message, Outcome, Shown, State, System
from checker.table import Automaton, Tables
from checker.verdict import Verdict
from poqi_core.properties import PROPERTIES
from poqi_core.readings import PROFILES

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'poqi[fast]'")

from checker.compiled import engine as compiled_engine
from checker.compiled import flat_automata as compiled_flat_automata
from checker.compiled import visited as compiled_visited
from checker.compiled import worker as compiled_worker
from checker.compiled.engine import FastEngine

Plain: TypeAlias = PlainExplorer[int, Occurrence, Word, str, str]
Vector: TypeAlias = tuple[tuple[Hashable, frozenset[Hashable], Hashable], ...]

SEEDS = range(150)
WIDE_SEEDS = range(150, 210)
MANY_SEEDS = range(1_000, 4_000)


@pytest.fixture
def shares_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads share even the smallest levels, and let the table grow all the time."""
    monkeypatch.setattr(compiled_engine, "_WORTH_SHARING", 1)
    monkeypatch.setattr(compiled_worker, "_LEAST_IN_BLOCK", 1)
    monkeypatch.setattr(compiled_visited, "_FIRST_SLOTS", 16)
    monkeypatch.setattr(compiled_visited, "_FAST_GROWTH", 1.1)


def meaning(
    tables: Tables[State, Event, Message, Shown],
    automata: Sequence[Automaton[State, Event, Message, Shown, Seen]],
    vectors: Iterable[Sequence[int]],
) -> set[Vector]:
    """Global states without numbers, which each engine gives in its own order."""
    messages = tables.messages.values
    sent = {
        mask: frozenset(message for bit, message in enumerate(messages) if mask >> bit & 1)
        for automaton in automata
        for mask in automaton.sent_mask
    }
    locals_ = [
        [
            (automaton.table.states.values[state], sent[mask], automaton.seen.values[seen])
            for state, mask, seen in automaton.locals.values
        ]
        for automaton in automata
    ]
    return {
        tuple(values[local] for values, local in zip(locals_, vector, strict=True))
        for vector in vectors
    }


def assert_same(
    system: System[State, Event, Message, Shown],
    observer: Observer[Shown, Seen],
    threads: int = 1,
    tables: Tables[State, Event, Message, Shown] | None = None,
) -> FastEngine[State, Event, Message, Shown, Seen]:
    """Both engines agree; the fast one with ``tables`` if they are given."""
    plain_tables, tables = Tables(system), tables or Tables(system)
    plain, fast = FullEngine(plain_tables, observer), FastEngine(tables, observer, threads)
    expected, found = plain.explore(Budget(), {}), fast.explore(Budget(), {})
    assert found.complete
    assert (found.states, found.transitions, found.depth) == (
        expected.states,
        expected.transitions,
        expected.depth,
    )
    assert lengths(found) == lengths(expected)
    assert meaning(tables, fast.automata, fast.vectors()) == meaning(
        plain_tables, plain.automata, map(plain.unpack, plain.visited)
    )
    assert set(fast.followed()) == set(plain.followed())
    again = fast.explore(Budget(), {})
    assert again._replace(counterexamples={}) == found._replace(counterexamples={})
    return fast


def lengths(found: Exploration[Event]) -> dict[str, int]:
    return {name: len(entry.deliveries) for name, entry in found.counterexamples.items()}


def assert_random_system_agrees(seed: int, threads: int = 1) -> None:
    random = Random(seed)
    system = RandomSystem(random, attentive=False)
    watch = random_watch(random, len(system.processes))
    assert_same(system, watch, threads)
    plain: Plain = PlainExplorer(system, watch)
    found = FastEngine(Tables(system), watch, threads).explore(Budget(), {})
    for name, counterexample in found.counterexamples.items():
        assert plain.violates(name, counterexample.deliveries)


def test_it_counts_what_the_plain_engine_counts_on_random_systems() -> None:
    for seed in SEEDS:
        assert_random_system_agrees(seed)


@pytest.mark.usefixtures("shares_everything")
def test_threads_change_nothing() -> None:
    for seed in SEEDS:
        assert_random_system_agrees(seed, threads=2)


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 3])
def test_it_counts_what_the_plain_engine_counts_on_many_random_systems(
    threads: int, shares_everything: None
) -> None:
    for seed in MANY_SEEDS:
        assert_random_system_agrees(seed, threads)


class Among(Generic[State, Event, Message, Shown]):
    """A system among many processes that are idle, so that a state takes several words."""

    def __init__(self, system: System[State, Event, Message, Shown], idle: int) -> None:
        self._system = system
        self._idle = [-1 - number for number in range(idle)]

    @property
    def processes(self) -> Sequence[int]:
        """The idle ones in two halves, after the first of the others."""
        half = len(self._idle) // 2
        first, *others = self._system.processes
        return [first, *self._idle[:half], *others[:1], *self._idle[half:], *others[1:]]

    def initial(self, process: int) -> Sequence[State]:
        return self._system.initial(max(process, 0))[: 1 if process < 0 else None]

    def events(self, process: int, sent: Collection[Message]) -> Iterable[Event]:
        return () if process < 0 else self._system.events(process, sent)

    def needs(self, event: Event) -> Collection[Message]:
        return self._system.needs(event)

    def is_progress(self, event: Event) -> bool:
        return self._system.is_progress(event)

    def slot(self, event: Event) -> Hashable:
        return self._system.slot(event)

    def slots(self, process: int, state: State) -> Collection[Hashable] | None:
        return self._system.slots(max(process, 0), state)

    def step(
        self, process: int, state: State, event: Event
    ) -> Outcome[State, Message, Shown] | Ignored | None:
        return self._system.step(process, state, event)

    def stage(self, process: int, state: State) -> Hashable:
        return self._system.stage(max(process, 0), state)

    def heeds(self, process: int, state: State, message: Message) -> bool:
        return process >= 0 and self._system.heeds(process, state, message)

    def in_scope(self, process: int, state: State) -> bool:
        return process < 0 or self._system.in_scope(process, state)


class Picking:
    """A watch that looks at the busy processes of :class:`Among` alone."""

    def __init__(self, watch: Watch, processes: Sequence[int]) -> None:
        self._watch = watch
        self._busy = [place for place, process in enumerate(processes) if process >= 0]

    @property
    def properties(self) -> Sequence[str]:
        return self._watch.properties

    def start(self) -> str:
        return self._watch.start()

    def observe(self, seen: str, shown: str) -> str:
        return self._watch.observe(seen, shown)

    def broken(self, seen: Sequence[str], *, stuck: bool) -> Sequence[str]:
        return self._watch.broken([seen[place] for place in self._busy], stuck=stuck)


@pytest.mark.usefixtures("shares_everything")
@pytest.mark.parametrize("threads", [1, 2])
def test_states_wider_than_a_word_and_masks_wider_than_a_word_change_nothing(threads: int) -> None:
    """The idle processes alone fill a word, and the unsent messages alone a mask."""
    unsent = [Word(-1, number) for number in range(70)]
    for seed in WIDE_SEEDS:
        random = Random(seed)
        system = RandomSystem(random, attentive=False)
        watch = random_watch(random, len(system.processes))
        wide = Among(system, idle=66)
        tables = Tables(wide)
        tables.messages.mask(unsent)
        fast = assert_same(wide, Picking(watch, wide.processes), threads, tables)
        assert (fast.words, fast.masks) == (2, 2)
        narrow = FastEngine(Tables(system), watch).explore(Budget(), {})
        assert fast.explore(Budget(), {})[:3] == narrow[:3]


class Relay:
    """Each process passes a token on that it was sent; the first one has it from the start."""

    def __init__(self, length: int) -> None:
        self.processes = range(length)

    def initial(self, process: int) -> Sequence[int]:
        return (0,)

    def events(self, process: int, sent: Collection[int]) -> Iterable[int]:
        return [process] if process == 0 or process - 1 in sent else []

    def needs(self, event: int) -> Collection[int]:
        return [event - 1] if event else []

    def is_progress(self, event: int) -> bool:
        return True

    def slot(self, event: int) -> Hashable:
        return None

    def slots(self, process: int, state: int) -> None:
        return None

    def step(self, process: int, state: int, event: int) -> Outcome[int, int, int] | None:
        return None if state else Outcome(1, (process,), process)

    def stage(self, process: int, state: int) -> Hashable:
        return None

    def heeds(self, process: int, state: int, message: int) -> bool:
        return True

    def in_scope(self, process: int, state: int) -> bool:
        return True


class Arrival:
    """Broken once the last process has had the token."""

    properties: Sequence[str] = ("arrival",)

    def start(self) -> int:
        return 0

    def observe(self, seen: int, shown: int) -> int:
        return 1

    def broken(self, seen: Sequence[int], *, stuck: bool) -> Sequence[str]:
        return self.properties if seen[-1] and not stuck else ()


@pytest.mark.long
def test_more_messages_than_a_word_has_bits_may_all_be_needed() -> None:
    """Masks and states grow to three words while the token travels."""
    fast = FastEngine(Tables(Relay(150)), Arrival())
    found = fast.explore(Budget(), {})
    assert (found.states, found.transitions, found.depth) == (151, 150, 150)
    run = found.counterexamples["arrival"].deliveries
    assert [delivery.process for delivery in run] == list(range(150))
    assert (fast.words, fast.masks) == (3, 3)


class Fan(Relay):
    """One process counts up and shows each number; at the end it can go many ways."""

    def __init__(self, numbers: int, ways: int) -> None:
        super().__init__(1)
        self._numbers, self._ways = numbers, ways

    def events(self, process: int, sent: Collection[int]) -> Iterable[int]:
        return range(self._ways)

    def needs(self, event: int) -> Collection[int]:
        return ()

    def step(self, process: int, state: int, event: int) -> Outcome[int, int, int] | None:
        if state < self._numbers:
            return None if event else Outcome(state + 1, (), state + 1)
        return Outcome(state + 1 + event, (), None) if state == self._numbers else None


class Watched(Arrival):
    """Remembers the last number that was shown; broken where that is 3000."""

    def observe(self, seen: int, shown: int) -> int:
        return shown

    def broken(self, seen: Sequence[int], *, stuck: bool) -> Sequence[str]:
        return self.properties if seen[-1] == 3_000 and not stuck else ()


def test_states_with_many_edges_may_come_after_much_was_judged() -> None:
    found = FastEngine(Tables(Fan(5_000, 40)), Watched()).explore(Budget(), {"arrival": 6_000})
    assert (found.states, found.transitions) == (3_001, 3_000)
    assert len(found.counterexamples["arrival"].deliveries) == 3_000
    found = FastEngine(Tables(Fan(2_000, 40)), Watched()).explore(Budget(), {})
    assert (found.states, found.transitions, found.depth) == (2_041, 2_040, 2_001)


def test_it_agrees_on_the_models_that_others_have_published() -> None:
    for managers in range(1, 7):
        assert_same(TwoPhaseCommit(managers), CONSISTENCY)
    for faulty in range(4):
        broadcast = ReliableBroadcast(4, 1, frozenset({faulty}), ["V0", "V1"])
        assert_same(broadcast, RELAY)
    assert_same(WaterJugs(), FourLitres())


@pytest.mark.usefixtures("shares_everything")
def test_threads_agree_on_a_model_of_fifty_thousand_states() -> None:
    engine = FastEngine(Tables(TwoPhaseCommit(6)), CONSISTENCY, threads=2)
    found = engine.explore(Budget(), {})
    assert (found.states, 1 + found.transitions, found.depth + 1) == (50_816, 402_306, 20)


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 2])
def test_two_phase_commit_with_nine_resource_managers_has_its_closed_form(threads: int) -> None:
    found = FastEngine(Tables(TwoPhaseCommit(9)), CONSISTENCY, threads).explore(Budget(), {})
    assert found.states == 2**9 + 4**9 + 6**9


def small_questions(first_seed: int, states: int) -> Iterator[Settled]:
    """Questions about two or three nodes that the plain engine answers within so many states."""
    for seed in count(first_seed):
        question = random_question(Random(seed), most_nodes=3)
        found = answer(replace(question, engine="full"), Limits(states=states))
        if found.exhausted is None:
            yield Settled(question, found)


def same_as_unreduced(cases: Iterable[Settled]) -> set[str]:
    """The properties that the fast engine finds violated, as the other does."""
    violated = set()
    for question, unreduced in cases:
        fast = answer(replace(question, engine="fast"))
        assert (fast.states, fast.transitions) == (unreduced.states, unreduced.transitions)
        assert_same_answers(question, unreduced, fast)
        assert_replays(fast)
        violated |= {result.name for result in fast.results if result.run is not None}
    return violated


def test_it_gives_the_same_answers_about_poqi() -> None:
    assert same_as_unreduced(islice(small_questions(40_000, states=700), 30)) == {
        entry.name for entry in PROPERTIES
    }


@pytest.mark.long
def test_it_gives_the_same_answers_to_many_questions_about_poqi() -> None:
    assert same_as_unreduced(islice(settled(20_000, states=40_000), 500))


@pytest.mark.parametrize(
    ("profile", "pattern", "faults", "ballots", "states"),
    [
        ("paper", "AB?", 1, 1, 3_137),
        ("literal", "ABA", 1, 1, 51),
        ("hardened", "AB", 0, 2, 310),
        ("hardened", "AA?", 0, 1, 263),
    ],
)
def test_it_counts_the_same_in_every_profile(
    profile: str, pattern: str, faults: int, ballots: int, states: int
) -> None:
    question = Question(
        nodes=len(pattern),
        faults=faults,
        readings=PROFILES[profile],
        predictions=parse_patterns(pattern),
        views=1,
        ballots=ballots,
    )
    (setting,) = question.settings()
    fast = assert_same(PoqiSystem(setting), RecordObserver(setting, PROPERTIES))
    assert len(set(fast.vectors())) == states


def test_it_counts_the_same_where_nodes_sign_more_than_sixty_three_messages() -> None:
    question = Question(
        3, 1, readings=PROFILES["hardened"], predictions=parse_patterns("AB?"), views=1, ballots=1
    )
    (setting,) = question.settings()
    fast = assert_same(PoqiSystem(setting), RecordObserver(setting, PROPERTIES))
    assert fast.masks == 2


def test_a_limit_hides_no_counterexample_below_it() -> None:
    for seed in SEEDS:
        random = Random(seed)
        system = RandomSystem(random, attentive=False)
        watch = random_watch(random, len(system.processes))
        limits = {name: random.randint(0, 5) for name in watch.properties}
        expected = FullEngine(Tables(system), watch).explore(Budget(), limits)
        found = FastEngine(Tables(system), watch).explore(Budget(), limits)
        assert found[:3] == expected[:3]
        assert lengths(found) == lengths(expected)


BUDGETS: dict[Resource, Callable[[], Budget]] = {
    Resource.STATES: lambda: Budget(states=30_000),
    Resource.SECONDS: lambda: Budget(seconds=0.05),
    Resource.MEMORY: lambda: Budget(kibibytes=1_000, memory=count(0, 100).__next__),
}


@pytest.mark.parametrize("resource", BUDGETS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_budget_that_runs_out_leaves_what_was_found(resource: Resource, threads: int) -> None:
    """The part that was reached is a part of the whole, and nothing is claimed of the rest."""
    budget = BUDGETS[resource]()
    engine = FastEngine(Tables(TwoPhaseCommit(9)), CONSISTENCY, threads)
    found = engine.explore(budget, {})
    assert budget.exhausted is resource
    assert not found.complete
    assert found.counterexamples == {}
    whole = 2**9 + 4**9 + 6**9
    assert 0 < found.states < whole
    assert found.states == len(set(engine.vectors()))


def explore_for_so_many_looks(
    engine: FastEngine[int, Occurrence, Word, str, str], looks: int
) -> None:
    """Explore until the budget has been looked at so often."""
    answers = iter([True] * looks)
    budget = Budget()
    budget.spend = lambda states, depth, frontier=0: next(answers, False)  # type: ignore[method-assign]
    engine.explore(budget, {})


def test_what_a_budget_cut_short_can_be_explored_again_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiled_flat_automata, "_ASK_EVERY", 1)
    for seed in SEEDS:
        random = Random(seed)
        system = RandomSystem(random, attentive=False)
        watch = random_watch(random, len(system.processes))
        engine = FastEngine(Tables(system), watch)
        for _ in range(3):
            explore_for_so_many_looks(engine, random.randint(0, 40))
            list(engine.followed())
        expected = FullEngine(Tables(system), watch).explore(Budget(), {})
        assert engine.explore(Budget(), {})[:3] == expected[:3]


def test_a_table_that_the_budget_has_no_memory_for_is_not_made() -> None:
    asked: list[int] = []

    def affords(kibibytes: int) -> bool:
        asked.append(kibibytes)
        return False

    budget = Budget()
    budget.affords = affords  # type: ignore[method-assign]
    found = FastEngine(Tables(TwoPhaseCommit(9)), CONSISTENCY).explore(budget, {})
    assert not found.complete
    assert asked
    assert found.states < asked[0] * 1024 / 8


def shortest_first(seed: int) -> Iterator[tuple[int, int]]:
    """For each counterexample within a random budget of states its length, and the least one."""
    random = Random(seed)
    system = RandomSystem(random, attentive=False)
    watch = random_watch(random, len(system.processes))
    plain: Plain = PlainExplorer(system, watch)
    budget = Budget(states=random.choice((1, 5, 20, 80)))
    found = FastEngine(Tables(system), watch).explore(budget, {})
    assert found.complete == (budget.exhausted is None)
    for name, counterexample in found.counterexamples.items():
        assert plain.violates(name, counterexample.deliveries)
        yield len(counterexample.deliveries), plain.shortest()[name]


def test_a_counterexample_found_within_the_budget_is_a_shortest() -> None:
    pairs = [pair for seed in SEEDS for pair in shortest_first(seed)]
    assert len(pairs) > 50
    assert all(length == least for length, least in pairs)


def test_an_answer_is_undetermined_where_the_states_run_out() -> None:
    question = Question(
        4, 1, engine="fast", predictions=parse_patterns("AAA?"), properties=PROPERTIES[:1]
    )
    found = answer(question, Limits(states=50_000, workers=2))
    assert found.exhausted is Resource.STATES
    assert [result.verdict for result in found.results] == [Verdict.UNDETERMINED]


def test_without_numba_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.question.find_spec", lambda name: None)
    with pytest.raises(QuestionError, match="pip install 'poqi\\[fast\\]'"):
        Question(4, 1, engine="fast")


def test_rounds_are_left_to_the_engines_that_know_them() -> None:
    with pytest.raises(QuestionError, match="asynchronous"):
        Question(4, 1, engine="fast", network="rounds")


def test_questions_drawn_at_random_need_no_more_than_a_word() -> None:
    """So what is compared above is the compiled code that large questions run in."""
    (setting,) = random_question(Random(0)).settings()
    fast = FastEngine(Tables(PoqiSystem(setting)), RecordObserver(setting, PROPERTIES))
    fast.explore(Budget(states=10_000), {})
    assert (fast.words, fast.masks) == (1, 1)
