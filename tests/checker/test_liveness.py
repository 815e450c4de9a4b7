"""Termination: stuck states, bounds that were hit, and runs without end."""

from dataclasses import replace
from itertools import count, islice
from random import Random

import pytest
from plain_explorer import PlainExplorer
from plain_liveness import stays_undecided
from random_questions import questions_in_small_rounds, random_question

from checker.poqi_observer import RecordObserver
from checker.poqi_system import PoqiSystem
from checker.question import Question, QuestionError, canonical_patterns, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import PropertyResult, Verdict
from poqi_core.loops import lap_of
from poqi_core.properties import property_named
from poqi_core.quotient import Lap
from poqi_core.readings import HARDENED, PAPER, Readings
from poqi_core.run import Run

TERMINATION = property_named("termination")
INTEGRITY = property_named("integrity")
NETWORKS = ("rounds", "asynchronous")
IMPATIENT = replace(PAPER, timeout="vote")


def ask(
    pattern: str,
    network: str = "rounds",
    readings: Readings = PAPER,
    *,
    faults: int = 1,
    endless: bool = False,
    views: int | None = None,
    engine: str = "reduced",
) -> PropertyResult:
    predictions = parse_patterns(pattern)
    question = Question(
        len(predictions[0]),
        faults,
        readings,
        network=network,
        engine=engine,
        predictions=predictions,
        samples=len(predictions),
        views=views,
        properties=(TERMINATION,),
        endless=endless,
    )
    return answer(question).results[0]


def run_of(result: PropertyResult) -> Run:
    assert result.verdict is Verdict.VIOLATED
    assert result.run is not None
    return result.run


class TestStuckStates:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_the_dead_zone_needs_no_fault(self, network: str) -> None:
        run = run_of(ask("AAAABBB", network, faults=2))
        assert (len(run.honest), run.loop) == (7, None)

    @pytest.mark.parametrize("network", NETWORKS)
    def test_a_silent_primary_stops_everybody_who_has_no_time_out(self, network: str) -> None:
        assert len(run_of(ask("?AAA", network)).acts) == 3

    @pytest.mark.parametrize("network", NETWORKS)
    @pytest.mark.parametrize("pattern", ["AAAA", "AAAB", "BAAA"])
    def test_three_of_four_that_agree_decide(self, network: str, pattern: str) -> None:
        assert ask(pattern, network).verdict is Verdict.HOLDS

    def test_changing_the_ballot_repairs_a_silent_leader_in_rounds(self) -> None:
        question = Question(
            4,
            1,
            HARDENED,
            network="rounds",
            predictions=parse_patterns("?AAA"),
            adversary_labels=1,
            adversary_evidence=1,
            properties=(TERMINATION,),
        )
        assert answer(question).results[0].verdict is Verdict.HOLDS


class TestBounds:
    @pytest.mark.parametrize("network", NETWORKS)
    @pytest.mark.parametrize("engine", ["reduced", "full"])
    def test_a_bound_that_was_hit_is_neither_success_nor_a_dead_end(
        self, network: str, engine: str
    ) -> None:
        """Two against two reject the primary and go on to the second view, which is not asked."""
        result = ask("AABB", network, views=1, engine=engine)
        assert (result.verdict, result.beyond) == (Verdict.UNDETERMINED, True)

    def test_the_compiled_engine_sees_the_bound_as_well(self) -> None:
        pytest.importorskip("numba")
        assert ask("AABB", "asynchronous", views=1, engine="fast").beyond

    def test_a_bound_that_no_run_gets_to_matters_to_nobody(self) -> None:
        assert ask("AAAA", "asynchronous", views=1).verdict is Verdict.HOLDS


class TestUnendingSamples:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_two_against_two_make_every_sample_a_conflict_sample(self, network: str) -> None:
        """Each view is rejected, four views a sample, and no sample decides the earlier ones."""
        run = run_of(ask("AABB", network, endless=True))
        assert run.loop == 0
        assert lap_of(run) == Lap(views=4, samples=1, ballots=0)

    def test_a_sample_that_is_decided_now_and_then_decides_the_others(self) -> None:
        assert ask("AAAA,AABB", endless=True).verdict is Verdict.HOLDS

    @pytest.mark.parametrize(("nodes", "faults"), [(4, 1), (5, 1)])
    def test_without_faults_supporters_decide_in_rounds(self, nodes: int, faults: int) -> None:
        """A primary with k supporters, itself included, is rejected if 2(N - k) >= N.

        With k >= 2f + 1 its label is decided.  For N = 4 and 5, f = 1, it is one or the other.
        """
        for pattern in canonical_patterns(nodes, (), 2):
            label = max(set(pattern), key=pattern.count)
            decided = pattern.count(label) >= 2 * faults + 1
            text = "".join("AB"[label or 0] for label in pattern)
            verdict = ask(text, faults=faults, endless=True).verdict
            assert (verdict is Verdict.HOLDS) == decided, text
            assert (verdict is Verdict.VIOLATED) != decided, text

    def test_time_outs_do_no_harm_in_rounds(self) -> None:
        assert ask("AABB,AAAA", "rounds", IMPATIENT, endless=True).verdict is Verdict.HOLDS

    def test_time_outs_that_come_before_every_message_leave_all_undecided(self) -> None:
        run = run_of(ask("AAAA", "asynchronous", IMPATIENT, endless=True))
        assert lap_of(run) == Lap(views=4, samples=1, ballots=0)

    def test_an_asynchronous_network_is_not_exhausted(self) -> None:
        result = ask("AAAA", "asynchronous", endless=True)
        assert (result.verdict, result.beyond) == (Verdict.UNDETERMINED, True)

    def test_what_cannot_be_asked_is_refused(self) -> None:
        with pytest.raises(QuestionError, match="termination alone"):
            Question(4, 1, endless=True, properties=(property_named("agreement"),))
        with pytest.raises(QuestionError, match="leave out --engine"):
            Question(4, 1, endless=True, engine="full")


class TestUnendingBallots:
    """No deterministic protocol terminates in every fair asynchronous run (FLP)."""

    @pytest.mark.parametrize("pattern", ["AAAA", "?AAA", "A?AB"])
    def test_ballots_can_be_changed_for_ever(self, pattern: str) -> None:
        run = run_of(ask(pattern, "asynchronous", HARDENED))
        assert lap_of(run) == Lap(views=0, samples=0, ballots=4)

    def test_so_termination_is_asked_by_name_there(self) -> None:
        asked = {
            network: TERMINATION in Question(4, 1, HARDENED, network=network).properties
            for network in NETWORKS
        }
        assert asked == {"rounds": True, "asynchronous": False}


def undecided_for_ever(question: Question) -> bool | None:
    """By the oracle; None where a node gets beyond the bounds undecided, or there are too many."""
    (setting,) = question.settings()
    observer = RecordObserver(setting, [TERMINATION])
    system = PoqiSystem(setting)
    plain = PlainExplorer(system, observer)
    pairs = [
        (world, [local.seen for local in world], [local.state for local in world])
        for world in plain.depths
    ]
    if any(
        not system.in_scope(node, state)
        for _, _, states in pairs
        for node, state in zip(setting.honest, states, strict=True)
    ):
        return None
    undecided = {world for world, seen, _ in pairs if observer.broken(seen, stuck=True)}
    return stays_undecided(plain, undecided)


def compare_with_the_oracle(first_seed: int, number: int) -> set[bool | None]:
    found: set[bool | None] = set()
    seeds = count(first_seed)
    compared = 0
    while compared < number:
        question = replace(random_question(Random(next(seeds))), properties=(TERMINATION,))
        if question.config.has_ballots and question.readings.timeout == "ballot":
            continue  # There a run without end is looked for beyond the bounds.
        whole = replace(question, engine="full", properties=(TERMINATION, INTEGRITY))
        found_whole = answer(whole, Limits(states=250))
        stopped_early = found_whole.results[1].verdict is not Verdict.HOLDS
        if found_whole.exhausted is not None or stopped_early:
            continue
        expected = undecided_for_ever(question)
        result = answer(question).results[0]
        if expected is None:
            assert result.verdict is not Verdict.HOLDS, question
        else:
            wanted = Verdict.VIOLATED if expected else Verdict.HOLDS
            assert result.verdict is wanted, question
        found.add(expected)
        compared += 1
    return found


def test_verdicts_are_those_of_a_search_for_fair_runs() -> None:
    assert compare_with_the_oracle(0, 20) == {True, False, None}


@pytest.mark.long
def test_verdicts_are_those_of_a_search_for_fair_runs_on_many() -> None:
    assert compare_with_the_oracle(1_000, 500) == {True, False, None}


def test_in_rounds_both_engines_see_the_same_bounds() -> None:
    for question in islice(questions_in_small_rounds(500), 8):
        asked = replace(question, properties=(TERMINATION,))
        one, other = (
            answer(replace(asked, engine=engine), Limits(seconds=20)).results[0]
            for engine in ("reduced", "full")
        )
        assert (one.verdict, one.beyond) == (other.verdict, other.beyond), asked
