"""Composed views against the flat engines: what is seen, what is violated, what is certified."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, combinations, islice
from random import Random
from typing import TypeAlias

import pytest
from composed_records import composed_records
from views_questions import closed_questions, closed_questions_of_two_samples

from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, PoqiSystem
from checker.question import Question, QuestionError
from checker.reduced import ReducedEngine
from checker.setting import Setting
from checker.table import Tables
from checker.views.certificate import Certificate, Certifier
from checker.views.conditions import is_composable, obstacle
from checker.views.demonstrations import Demonstrations
from checker.views.engine import ComposedEngine
from checker.views.several import SeveralSamples
from poqi_core.history import Record
from poqi_core.properties import PROPERTIES, Property, property_named
from poqi_core.readings import PAPER
from poqi_core.register import with_changes
from poqi_core.run import Execution, Run

Vector: TypeAlias = tuple[Record, ...]

_SECONDS = 10
"""For one flat search of a larger question."""


class Onlooker:
    """Watches all that properties look at and judges nothing, but notes what is seen when stuck."""

    def __init__(self, watched: RecordObserver) -> None:
        self._watched = watched
        self.stuck: set[Vector] = set()

    @property
    def properties(self) -> Sequence[str]:
        return ("nothing",)

    def start(self) -> Record:
        return self._watched.start()

    def observe(self, seen: Record, shown: Facts) -> Record:
        return self._watched.observe(seen, shown)

    def broken(self, seen: Sequence[Record], *, stuck: bool) -> Sequence[str]:
        if stuck:
            self.stuck.add(tuple(seen))
        return ()


@dataclass
class Flat:
    """What a flat engine sees in a setting."""

    question: Question
    setting: Setting
    records: set[Vector]
    stuck: set[Vector] | None = None
    """What is seen where no honest step is left, if the engine has looked for it."""

    def breaks(self, entry: Property) -> bool:
        predicted = self.setting.predicted_by_honest
        return any(
            entry.violation(dict(zip(self.setting.honest, seen, strict=True)), predicted)
            is not None
            for seen in ((self.stuck or ()) if entry.when_stuck else self.records)
        )


def unreduced(questions: Iterator[Question], states: int) -> Iterator[Flat]:
    """What the unreduced engine sees, where it can exhaust the question within so many states."""
    for question in questions:
        (setting,) = question.settings()
        onlooker = Onlooker(RecordObserver(setting, PROPERTIES))
        full = FullEngine(Tables(PoqiSystem(setting)), onlooker)
        if full.explore(Budget(states=states), {}).complete:
            seen = {tuple(full.seen(state)) for state in full.visited}
            yield Flat(question, setting, seen, onlooker.stuck)


def reduced(questions: Iterator[Question], states: int) -> Iterator[Flat]:
    """The same by the reduced engine, for larger questions; it does not look for stuck states."""
    for question in questions:
        (setting,) = question.settings()
        engine = ReducedEngine(
            Tables(PoqiSystem(setting)), Onlooker(RecordObserver(setting, PROPERTIES))
        )
        # Few states can have very many macro-steps, which are no states.
        if engine.explore(Budget(states=states, seconds=_SECONDS), {}).complete:
            yield Flat(question, setting, {tuple(engine.seen(state)) for state in engine.costs})


@lru_cache(maxsize=1)
def engine_for(setting: Setting) -> ComposedEngine:
    named = max(label for row in setting.predicted for label in row if label is not None)
    return ComposedEngine(setting.config, max(setting.labels, named + 1))


def without_rewards(vectors: set[Vector]) -> set[Vector]:
    return {tuple(record._replace(rewards=()) for record in vector) for vector in vectors}


def assert_same_records(flat: Flat) -> None:
    composed = composed_records(engine_for(flat.setting).relations, flat.setting)
    seen = flat.records
    if flat.question.readings.reward_when != "decided":
        composed, seen = without_rewards(composed), without_rewards(seen)
    assert composed == seen, flat.question


def assert_same_verdicts(flat: Flat) -> set[str]:
    asked = [
        entry
        for entry in PROPERTIES
        if is_composable(flat.question, entry) and not (entry.when_stuck and flat.stuck is None)
    ]
    found = engine_for(flat.setting).explore(flat.setting, asked, Budget())
    assert found.complete
    assert set(found.runs) == {entry.name for entry in asked if flat.breaks(entry)}, flat.question
    for name, run in found.runs.items():
        assert_violates(run, property_named(name))
    return set(found.runs)


def assert_violates(run: Run, entry: Property) -> None:
    """The run happens on the core and violates the property at its last act, not before."""
    execution = Execution(run)
    for act in run.acts:
        if entry.when_stuck:
            assert next(execution.honest_steps(), None) is not None
        else:
            assert execution.violation(entry) is None
        execution.perform(act)
    assert execution.violation(entry) is not None
    if entry.when_stuck:
        assert next(execution.honest_steps(), None) is None


def assert_same_certificate(flat: Flat) -> None:
    """What is certified is what a flat search of everything sees."""
    question, setting = flat.question, flat.setting
    assert flat.stuck is not None
    certifier = Certifier(question.nodes, question.faults, question.readings)
    certificate = certifier.certificate(setting.predicted[0], setting.start_view)
    honest = setting.honest
    predicted = set(setting.predicted_by_honest[0].values())
    decided = [
        {entry.label for record in seen for entry in record.history} for seen in flat.records
    ]
    assert certificate.decidable == set().union(*decided) & predicted
    assert certificate.invented == bool(set().union(*decided) - predicted)
    assert certificate.can_differ == any(len(labels) > 1 for labels in decided)
    assert certificate.blockable == {
        node
        for seen in flat.stuck
        for node, record in zip(honest, seen, strict=True)
        if not record.history and not record.conflicts
    }
    assert_same_conflicts(certificate, flat)
    assert_demonstrated(certifier, certificate, flat)


def assert_demonstrated(certifier: Certifier, certificate: Certificate, flat: Flat) -> None:
    """Whatever is certified to be possible happens in a run of the core, and nothing else does."""
    shows = Demonstrations(certifier.config)
    pattern, view = flat.setting.predicted[0], flat.setting.start_view
    nobody = 17
    for label in {*flat.setting.predicted_by_honest[0].values(), nobody}:
        run = shows.deciding(pattern, view, label)
        possible = certificate.invented if label == nobody else label in certificate.decidable
        assert (run is not None) == possible
        if run is not None:
            assert any(labels for labels in held(run).values())
            if label != nobody:
                assert label in set().union(*held(run).values())
    differing = shows.differing(pattern, view)
    assert (differing is not None) == certificate.can_differ
    if differing is not None:
        assert len(set().union(*held(differing).values())) > 1
    conflicting = shows.conflicting(pattern, view)
    assert (conflicting is not None) == certificate.conflict_reachable
    if conflicting is not None:
        assert any(record.conflicts for record in executed(conflicting).records.values())
    for node in flat.setting.honest:
        blocking = shows.blocking(pattern, view, node)
        assert (blocking is not None) == (node in certificate.blockable)
        if blocking is not None:
            end = executed(blocking)
            assert next(end.honest_steps(), None) is None
            assert not end.records[node].history
            assert not end.records[node].conflicts


def executed(run: Run) -> Execution:
    execution = Execution(run)
    for act in run.acts:
        execution.perform(act)
    return execution


def held(run: Run) -> dict[int, set[int]]:
    records = executed(run).records
    return {node: {entry.label for entry in record.history} for node, record in records.items()}


def assert_same_conflicts(certificate: Certificate, flat: Flat) -> None:
    ends = set()
    for seen in flat.records:
        nodes = frozenset(
            node for node, record in zip(flat.setting.honest, seen, strict=True) if record.conflicts
        )
        if nodes:
            ends.add(nodes)
            some = next(record for record in seen if record.conflicts)
            assert some.rewards[-1].rewards in {state.rewards for state in certificate.conflicts}
    for nodes in ends:
        assert any(nodes <= state.nodes for state in certificate.conflicts)
    for state in certificate.conflicts:
        assert state.nodes in ends
    assert certificate.conflict_reachable == bool(ends)


def goes_up_to_a_conflict(question: Question) -> bool:
    return question.views_a_sample == question.config.conflict_after


def test_composed_views_show_what_the_unreduced_engine_sees_on_fifty_questions() -> None:
    violated: set[str] = set()
    certified = 0
    for flat in islice(unreduced(closed_questions(0, most_nodes=3), states=300), 50):
        assert_same_records(flat)
        violated |= assert_same_verdicts(flat)
        ordinary = flat.question.readings.reward_when == "decided"
        if goes_up_to_a_conflict(flat.question) and ordinary:
            assert_same_certificate(flat)
            certified += 1
    assert {"acceptance", "decided-validity", "unanimity"} <= violated
    assert certified > 10


def goes_on(one: Vector, other: Vector, watched: Collection[int]) -> bool:
    """Whether each watched node of ``one`` has shown what it has in ``other``, and perhaps more.

    But no further conflict, as that can mend a total order.  Of the others only conflicts are told.
    """
    return all(
        set(mine.conflicts) <= set(theirs.conflicts)
        if place not in watched
        else mine.conflicts == theirs.conflicts
        and all(part[: len(less)] == less for part, less in zip(mine, theirs, strict=True))
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True))
    )


def as_watched(vector: Vector, watched: Collection[int]) -> Vector:
    """What is told of ``vector`` where only those in these places are watched."""
    return tuple(
        record if place in watched else Record(conflicts=record.conflicts)
        for place, record in enumerate(vector)
    )


def assert_same_in_several_samples(flat: Flat) -> set[str]:
    """The largest of what the unreduced engine sees are those of the composed views.

    Whether all nodes are watched, or one, or two of them as the engine does it.
    """
    views = SeveralSamples(engine_for(flat.setting).relations, flat.setting)
    places = range(len(flat.setting.honest))
    for watched in chain.from_iterable(combinations(places, many) for many in (1, 2, len(places))):
        composition = views.watching([flat.setting.honest[place] for place in watched])
        composed = set(map(composition.records, composition.vectors()))
        seen = {as_watched(vector, watched) for vector in flat.records}
        assert composed <= seen, flat.question
        for vector in seen - composed:
            assert any(goes_on(one, vector, watched) for one in composed), flat.question
    return assert_same_verdicts(flat)


def test_two_samples_show_what_the_unreduced_engine_sees() -> None:
    violated: set[str] = set()
    for flat in islice(unreduced(closed_questions_of_two_samples(0), states=600), 16):
        violated |= assert_same_in_several_samples(flat)
    assert "acceptance" in violated


def assert_pairs_tell_all(nodes: int, samples: int, seed: int) -> None:
    """Two watched nodes after two others show all that any two do where every node is watched."""
    random = Random(seed)
    byzantine = random.choice((None, *range(nodes)))
    patterns = tuple(
        tuple(None if node == byzantine else random.choice((0, 0, 1)) for node in range(nodes))
        for _ in range(samples)
    )
    readings = replace(PAPER, conflict_after=random.choice(("N", 1, 2)) if samples > 2 else "N")
    question = Question(nodes, 1, readings, predictions=patterns, samples=samples)
    (setting,) = question.settings()
    views = SeveralSamples(engine_for(setting).relations, setting)
    whole = views.watching(setting.honest)
    everything = set(map(whole.records, whole.vectors()))
    places = range(len(setting.honest))
    for watched in combinations(places, 2):
        composition = views.watching([setting.honest[place] for place in watched])
        composed = set(map(composition.records, composition.vectors()))
        seen = {as_watched(vector, watched) for vector in everything}
        assert composed <= seen
        for vector in seen - composed:
            assert any(goes_on(one, vector, watched) for one in composed), question


@pytest.mark.parametrize("seed", range(4))
def test_two_watched_nodes_of_four_show_all_that_they_do_where_everybody_is(seed: int) -> None:
    assert_pairs_tell_all(4, 2, seed)


def test_a_node_that_began_a_sample_later_cannot_do_the_same_if_a_sample_follows() -> None:
    """There it takes no part in the next one as soon; this system would show it if it counted."""
    assert_pairs_tell_all(4, 3, seed=79)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
@pytest.mark.parametrize(("nodes", "samples"), [(3, 3), (4, 2), (5, 2)])
def test_two_watched_nodes_show_all_that_they_do_in_larger_systems(
    nodes: int, samples: int, seed: int
) -> None:
    assert_pairs_tell_all(nodes, samples, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 30))
def test_two_watched_nodes_of_four_show_all_that_they_do_in_three_samples(seed: int) -> None:
    assert_pairs_tell_all(4, 3, seed)


@pytest.mark.long
def test_two_samples_show_what_the_unreduced_engine_sees_on_many_questions() -> None:
    for flat in islice(unreduced(closed_questions_of_two_samples(1_000), states=3_000), 200):
        assert_same_in_several_samples(flat)


@pytest.mark.long
def test_composed_views_show_what_the_flat_engines_see_on_many_questions() -> None:
    for flat in islice(unreduced(closed_questions(10_000), states=3_000), 1_500):
        assert_same_records(flat)
        assert_same_verdicts(flat)
        if goes_up_to_a_conflict(flat.question) and flat.question.readings.reward_when == "decided":
            assert_same_certificate(flat)
    for flat in islice(reduced(closed_questions(50_000), states=2_000), 500):
        assert_same_records(flat)
        assert_same_verdicts(flat)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"late_messages": "yes"}, "late_messages=yes"),
        ({"wrong_view": "vote"}, "wrong_view=vote"),
        ({"stop_after_decision": "no"}, "stop_after_decision=no"),
    ],
)
def test_a_reading_under_which_views_are_not_closed_is_named(
    change: dict[str, str], named: str
) -> None:
    with pytest.raises(QuestionError, match=named):
        Certifier(4, 1, with_changes(PAPER, change))


def test_rounds_and_a_quorum_of_one_are_refused() -> None:
    with pytest.raises(QuestionError, match="rounds"):
        Certifier(4, 1, network="rounds")
    with pytest.raises(QuestionError, match="quorum of one"):
        Certifier(4, 0)
    assert obstacle(Question(4, 1)) is None


def test_a_certificate_names_labels_and_nodes_as_they_were_given() -> None:
    """Seven nodes, the faulty one first: the classes 3 and 7 can both be decided."""
    certifier = Certifier(7, 1)
    plain = certifier.certificate((None, 0, 0, 0, 1, 1, 1))
    turned = certifier.certificate((7, None, 3, 3, 3, 7, 7), start_view=8)
    assert certifier.explored == 1
    assert plain.decidable == {0, 1}
    assert turned.decidable == {3, 7}
    assert turned.blockable == {0, 2, 3, 4, 5, 6}
    assert {state.nodes for state in turned.conflicts} == {
        frozenset((node + 1) % 7 for node in state.nodes) for state in plain.conflicts
    }
    run = Demonstrations(certifier.config).differing((7, None, 3, 3, 3, 7, 7), start_view=8)
    assert run is not None
    assert set().union(*held(run).values()) == {3, 7}


def test_a_pattern_that_fits_no_configuration_is_refused() -> None:
    certifier = Certifier(4, 1)
    with pytest.raises(ValueError, match="4 labels, not 3"):
        certifier.certificate((0, 1, None))
    with pytest.raises(ValueError, match="honest"):
        certifier.certificate((None,) * 4)
    with pytest.raises(QuestionError, match="reward_when"):
        Certifier(4, 1, replace(PAPER, reward_when="not_rejected"))
