"""What a faulty primary attains by its word or its silence where nodes obey (profile literal)."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from core_strategies import Chance, configs
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.certification.attainable import Bounds
from checker.certification.word_of_primary import attained_by_word
from poqi_core.config import Config
from poqi_core.messages import NextSample, Received, Sample, ViewChange
from poqi_core.outputs import Conflicted, Output
from poqi_core.readings import LITERAL, PAPER, Readings
from poqi_core.register import with_changes
from poqi_core.state import initial
from poqi_core.step import step

NETWORKS = ("asynchronous", "rounds")


def by_word(network: str, faulty: int, readings: Readings = LITERAL) -> Bounds:
    found = attained_by_word(4, 1, readings, network, (0, 0, 0, 0), (faulty,), range(4))
    assert found is not None
    return found


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("faulty", range(4))
def test_its_word_attains_everything_and_its_silence_blocks(network: str, faulty: int) -> None:
    """'Every honest node must and will comply with his decision' (section IV)."""
    found = by_word(network, faulty)
    assert found.least == found.most
    assert found.most.is_breakable(0)
    assert found.most.differ
    assert found.most.blocked
    assert not found.most.conflict


@pytest.mark.parametrize("network", NETWORKS)
def test_where_time_runs_out_whether_silence_blocks_is_not_known(network: str) -> None:
    found = by_word(network, 0, with_changes(LITERAL, {"timeout": "vote"}))
    assert not found.least.blocked
    assert found.most.blocked


@pytest.mark.parametrize(
    "changes", [{"primary_hears_view_change": "yes"}, {"conflict_after": "2"}], ids=str
)
def test_where_a_node_can_be_led_past_all_primaries_a_conflict_is_not_excluded(
    changes: dict[str, str],
) -> None:
    found = by_word("asynchronous", 0, with_changes(LITERAL, changes))
    assert not found.least.conflict
    assert found.most.conflict


def test_a_word_is_nothing_where_nodes_count_commits_or_no_faulty_node_is_primary() -> None:
    for readings, faulty, views in ((PAPER, 1, range(4)), (LITERAL, 1, (0, 2))):
        found = attained_by_word(4, 1, readings, "asynchronous", (0,) * 4, (faulty,), views)
        assert found is None


@settings(max_examples=60, deadline=None)
@given(configs(), st.integers(0, 2**32))
def test_a_primary_that_hears_no_vote_leaves_its_view_with_its_sample_alone(
    config: Config, seed: int
) -> None:
    """So N views in a row cannot be rejected by any node, whatever befalls it."""
    deaf = replace(config.readings, primary_hears_view_change="no", agree_on="label")
    if deaf.timeout == "ballot":
        deaf = replace(deaf, timeout="vote")
    config = replace(config, readings=replace(deaf, authentication="channel"))
    random = Random(seed)
    chance = Chance(random, config)
    state = initial(config, random.randrange(config.nodes), random.randrange(config.nodes))
    for _ in range(100):
        event = chance.event(state)
        if isinstance(event, NextSample):
            continue  # the environment gives a sample up; nobody can bring that about
        before, (state, _) = state, step(config, state, event)
        if config.primary(before.view) == before.node and state.view != before.view:
            assert state.sample > before.sample


@pytest.mark.parametrize("hears", ["yes", "no"])
def test_votes_of_everybody_lead_a_node_into_a_conflict_only_if_it_hears_them_as_primary(
    hears: str,
) -> None:
    config = Config(4, 1, with_changes(LITERAL, {"primary_hears_view_change": hears}), samples=1)
    state, _ = step(config, initial(config, 0, 1), Sample(0, 0))
    shown: list[Output] = []
    for view, voters in ((1, (2, 3)), (2, (1, 3)), (3, (1, 2)), (4, (1, 2))):
        for voter in voters:
            vote = ViewChange(voter, view + 1, objection=True, reward=config.readings.reward_start)
            state, outputs = step(config, state, Received(voter, vote))
            shown += outputs
    assert any(isinstance(output, Conflicted) for output in shown) == (hears == "yes")


def test_the_word_works_for_every_pair_of_faulty_nodes_beyond_what_quorums_assume() -> None:
    for faulty in combinations(range(4), 2):
        found = attained_by_word(4, 1, LITERAL, "rounds", (0, 1, 2, 0), faulty, range(4))
        assert found is not None
        assert found.most.every_label
