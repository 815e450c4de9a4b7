"""Where a walk leads: what can happen there is what the core allows, and what holds there."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from explore_client import ground
from trace_runs import by_name

import traces
from checker.question import Question, QuestionError
from poqi.explorer.ground import Ground, ground_of_question, ground_of_trace
from poqi.explorer.position import Choice, Position
from poqi_core.messages import Decision, Received
from poqi_core.properties import properties_for
from poqi_core.readings import PROFILES
from poqi_core.run import Act
from poqi_core.step import step


class TestWhatCanHappen:
    """Every choice is one that the core allows, and none that matters is missing."""

    def walk(self, where: Ground, seed: int, most: int = 25) -> Iterator[tuple[Position, Choice]]:
        chance = random.Random(seed)
        acts: tuple[Act, ...] = ()
        number = 0
        while len(acts) < most:
            position = Position(where, acts, number)
            choices = list(position.choices())
            if position.can_end_round() and (not choices or chance.random() < 0.3):
                number = position.round + 1
                if number > 20:
                    return
                continue
            if not choices:
                return
            chosen = chance.choice(choices)
            yield position, chosen
            acts, number = (*acts, chosen.act), chosen.act.round

    @pytest.mark.parametrize(
        ("network", "profile"),
        [
            (network, profile)
            for network in ("asynchronous", "rounds")
            for profile in PROFILES
            if network == "rounds" or profile != "synchronous"
        ],
    )
    def test_a_choice_comes_to_what_was_said_of_it(self, network: str, profile: str) -> None:
        taken = 0
        samples = "?AAB" if profile == "literal" else "?AAB,?ABA"
        where = ground(samples, network=network, profile=profile)
        for seed in range(3):
            acts: tuple[Act, ...] = ()
            for position, chosen in self.walk(where, seed):
                before = position.execution.states[chosen.act.node]
                expected = step(where.setting.config, before, chosen.act.event)
                assert expected[0] != before
                moment = position.execution.perform(chosen.act)
                assert (moment.after, moment.outputs) == expected
                assert chosen.step.number == len(position.acts) + 1
                assert chosen.step.changes
                acts = (*position.acts, chosen.act)
                taken += 1
            trace = traces.record(where.run(acts), None, profile=profile)
            assert traces.replay(trace).departure is None
        assert taken > 25

    @pytest.mark.parametrize("profile", ["paper", "hardened"])
    @pytest.mark.parametrize("predictions", ["?AAB", "AAAB", "?AAB,?ABA"])
    def test_every_honest_step_is_offered(self, predictions: str, profile: str) -> None:
        where = ground(predictions, profile=profile)
        for position, _ in self.walk(where, 3):
            offered = {
                choice.act for choice in list(position.choices()) if choice.kind != "byzantine"
            }
            assert offered == set(position.execution.honest_steps())

    def test_a_byzantine_message_may_be_sent_but_no_forged_name(self) -> None:
        choices = list(Position(ground(), ()).choices())
        senders = {
            choice.act.event.sender for choice in choices if isinstance(choice.act.event, Received)
        }
        assert senders == {0}
        assert {choice.kind for choice in choices} == {"own", "byzantine"}

    def test_a_round_ends_only_when_what_is_due_has_happened(self) -> None:
        where = ground("AAAB", network="rounds")
        acts: tuple[Act, ...] = ()
        for left in range(4, 0, -1):
            position = Position(where, acts)
            choices = list(position.choices())
            assert len(choices) == left
            assert all(choice.owed for choice in choices)
            assert not position.can_end_round()
            acts = (*acts, choices[0].act)
        assert Position(where, acts).can_end_round()
        later = Position(where, acts, 1)
        assert later.round == 1
        assert all(choice.kind == "delivery" for choice in later.choices())

    def test_beyond_the_bounds_nothing_is_offered(self) -> None:
        bounded = replace(ground("AAAA"), setting=replace(ground("AAAA").setting, views=1))
        for position, _ in self.walk(bounded, 1, most=60):
            for choice in list(position.choices()):
                state = position.execution.states[choice.act.node]
                assert state.view - state.opened < 1


class TestWhatHolds:
    def test_a_property_is_judged_at_every_step(self) -> None:
        where = ground_of_trace(by_name()["forged final"].trace())
        asked = properties_for(where.setting.config)
        for at in range(len(where.start) + 1):
            standing = {
                entry.name: entry for entry in Position(where, where.start[:at]).standings()
            }
            assert list(standing) == [entry.name for entry in asked]
            broken = standing["decided-validity"]
            if at < 11:
                assert broken.verdict == "holds"
            else:
                assert broken.verdict == "violated"
                assert broken.since == 11
                assert broken.why == (
                    "node 2 decided label C for sample 0, which no honest node predicted"
                )
            assert standing["unanimity"].verdict == "vacuous"
            assert standing["termination"].verdict == "open"

    def test_what_broke_stays_broken_and_since_when(self) -> None:
        found = by_name()["two words"].trace()
        where = ground_of_trace(found)
        acts = (*where.start, Act(3, Received(0, Decision(0, 0, 0))))
        standing = {entry.name: entry for entry in Position(where, acts).standings()}
        assert (standing["agreement"].verdict, standing["agreement"].since) == ("violated", 2)

    def test_termination_is_asked_where_no_honest_step_is_left(self) -> None:
        where = ground_of_trace(by_name()["dead zone"].trace())
        standing = {entry.name: entry for entry in Position(where, where.start).standings()}
        assert standing["termination"].verdict == "violated"
        before = Position(where, where.start[:-1]).standings()
        open_still = {entry.name: entry for entry in before}["termination"]
        assert (open_still.verdict, open_still.why) == ("open", "1 honest step is left")

    def test_termination_is_not_asked_beyond_the_bounds(self) -> None:
        """The ballots of an asynchronous network are the question's bound, no promise."""
        where = ground("AAAB", profile="hardened")
        acts: tuple[Act, ...] = ()
        while choices := [
            choice
            for choice in Position(where, acts).choices()
            if not isinstance(choice.act.event, Received)
        ]:
            acts = (*acts, choices[0].act)
        final = Position(where, acts)
        left = {entry.name: entry for entry in final.standings()}["termination"]
        assert left.verdict == "open"
        assert left.why == "a node has gone beyond the bounds of the setting"


class TestSize:
    """What a person could not look through is refused at once, whoever asks."""

    def test_too_many_nodes(self) -> None:
        with pytest.raises(QuestionError, match="31 nodes are too many to explore by hand"):
            ground("?" + "A" * 30)
        with pytest.raises(QuestionError, match="17 nodes are too many to explore by hand"):
            ground("?" + "A" * 16, profile="hardened")

    def test_too_many_labels_in_a_file(self) -> None:
        run = by_name()["two words"].run
        run = replace(run, predicted=({1: 10**15, 2: 0, 3: 0},), acts=())
        with pytest.raises(QuestionError, match="1,000,000,000,000,002 labels are too many"):
            ground_of_trace(traces.record(run, None))

    def test_too_many_views_in_a_file(self) -> None:
        run = replace(by_name()["two words"].run, views=10**15, acts=())
        with pytest.raises(QuestionError, match="can send more than 50,000 messages"):
            ground_of_trace(traces.record(run, None))

    def test_too_many_messages(self) -> None:
        with pytest.raises(QuestionError, match="can send more than 50,000 messages"):
            ground("??AABBAABB", faults=2, profile="hardened")


def test_a_question_of_several_settings_is_no_ground() -> None:
    with pytest.raises(QuestionError, match="leave 6 settings open"):
        ground_of_question(Question(3, 1), "paper")
