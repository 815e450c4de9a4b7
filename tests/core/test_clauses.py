"""Section III, clause by clause, on the smallest states that show it."""

from fractions import Fraction

import pytest
from core_world import World, labels

from poqi_core import Clause, Config, Readings, Softmax, finished, initial, step
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    ConflictDecision,
    Decision,
    NextSample,
    NodePrediction,
    Prepare,
    PrePrepare,
    Received,
    Sample,
    TieBreak,
    TimeOut,
    ViewChange,
)
from poqi_core.outputs import Conflicted, Decided, Reason, Rejected, Rule, Send, Undecided
from poqi_core.readings import with_changes
from poqi_core.state import Conflict, EarlierView, Tally
from poqi_core.step import may_heed, views_heard

A, B, C, D = range(4)
ONE = Fraction(1)
HALF = Fraction(1, 2)


def paper(nodes: int = 4, faults: int = 1, samples: int | None = 1, **readings: str) -> Config:
    return Config(nodes, faults, with_changes(Readings(), readings), samples)


def objections(world: World, node: int, *objectors: int, view: int = 0) -> None:
    for objector in objectors:
        world.receive(objector, node, ViewChange(objector, view + 1, True, ONE))


# III.1: election, pre-prepare, view change


@pytest.mark.parametrize("view", range(9))
def test_clause_election_the_primary_is_the_view_modulo_n(view: int) -> None:
    world = World(paper(nodes=4), start_view=view)
    proposers = [done.node for done in world.sample(0, "AAAA") if Clause.ELECTION in done.clauses]
    assert proposers == [view % 4]


def test_clause_election_the_primary_tells_everybody_its_label_and_its_reward() -> None:
    world = World(paper())
    (proposed, *_) = world.sample(0, "BAAA")
    assert Send((1, 2, 3), PrePrepare(0, B, 0, ONE)) in proposed.outputs


def test_clause_agree_a_validator_hands_its_prediction_to_the_primary() -> None:
    world = World(paper(), faulty=[0])
    world.sample(0, "?AAA")
    done = world.receive(0, 2, PrePrepare(0, A, 0, ONE))
    assert done.clauses == [Clause.AGREE]
    assert Send((0,), NodePrediction(2, A, 0)) in done.outputs


def test_clause_object_another_label_is_voted_against_with_vo_1() -> None:
    world = World(paper(), faulty=[0])
    world.sample(0, "?AAA")
    done = world.receive(0, 2, PrePrepare(0, B, 0, ONE))
    assert done.clauses == [Clause.OBJECT]
    assert Send((0, 1, 3), ViewChange(2, 1, True, ONE)) in done.outputs


def test_clause_object_a_validator_without_a_prediction_waits_for_it() -> None:
    world = World(paper(), faulty=[0])
    assert world.receive(0, 2, PrePrepare(0, B, 0, ONE)).ignored is Reason.EARLY


@pytest.mark.parametrize("nodes", range(2, 8))
def test_clause_rejection_at_exactly_half(nodes: int) -> None:
    """The divisor is N although N-1 validators vote: ceil(N/2) objections reject."""
    world = World(paper(nodes=nodes, faults=0), faulty=range(1, nodes))
    needed = -(-nodes // 2)
    objections(world, 0, *range(1, needed))
    assert world.states[0].view == 0
    objections(world, 0, needed)
    assert world.states[0].view == 1


def test_clause_rejection_needs_no_prediction_of_ones_own() -> None:
    world = World(paper())
    objections(world, 1, 2, 3)
    assert world.steps[-1].facts == [Rejected(0, 0)]


def test_clause_rejection_by_a_nodes_own_vote() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    objections(world, 1, 2)
    done = world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert done.facts == [Rejected(0, 0)]


def test_clause_rejection_votes_of_a_view_do_not_count_in_the_next() -> None:
    world = World(paper())
    objections(world, 2, 1)
    objections(world, 2, 3)
    objections(world, 2, 3, view=1)
    assert world.states[2].view == 1
    assert world.states[2].log.objectors == 1 << 3


def test_clause_penalty_is_exact_after_many_rejections() -> None:
    world = World(paper(nodes=3, faults=1, samples=None))
    for view in range(300):
        others = [node for node in range(1, 3) if node != view % 3]
        objections(world, 0, *others, view=view)
        if len(others) < 2:
            world.sample(world.states[0].sample, "B")
            world.receive(view % 3, 0, PrePrepare(view % 3, A, view, ONE))
    assert world.states[0].view == 300
    assert world.states[0].rewards == (Fraction(1, 2**100),) * 3


def test_clause_reward_a_primary_that_decides_earns_q() -> None:
    world = World(paper(q="1/3"))
    world.sample(0, "AAAA")
    world.deliver()
    assert {state.rewards for state in world.states.values()} == {(Fraction(4, 3), ONE, ONE, ONE)}


# III.2: collection, prepare, commit


def test_clause_collect_only_matching_predictions_enter_the_set() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, "A")
    assert world.receive(1, 0, NodePrediction(1, B, 0)).ignored is Reason.OTHER_LABEL
    assert world.receive(2, 0, NodePrediction(2, A, 0)).clauses == [Clause.COLLECT]
    assert world.receive(2, 0, NodePrediction(2, A, 0)).ignored is Reason.DUPLICATE
    assert world.receive(3, 0, NodePrediction(3, A, 1)).ignored is Reason.EARLY
    assert world.receive(0, 0, NodePrediction(0, A, 0)).ignored is Reason.DUPLICATE


def test_clause_collect_waits_for_the_primarys_own_prediction() -> None:
    world = World(paper(collect="round"))
    assert world.receive(1, 0, NodePrediction(1, A, 0)).ignored is Reason.EARLY
    assert world.happen(0, CollectionClosed(0)).ignored is Reason.EARLY


def test_clause_collect_a_vector_of_another_length_does_not_match() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.6, 0.4)), None, None, None])
    short = NodePrediction(1, Softmax(A, (1.0,)), 0)
    assert world.receive(1, 0, short).ignored is Reason.MALFORMED
    assert world.receive(2, 0, NodePrediction(2, A, 0)).ignored is Reason.MALFORMED
    good = NodePrediction(3, Softmax(A, (0.8, 0.2)), 0)
    assert world.receive(3, 0, good).clauses == [Clause.COLLECT]


def test_clause_combine_the_average_of_what_was_collected() -> None:
    world = World(paper(collect="round"), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.75, 0.25)), None, None, None])
    world.receive(1, 0, NodePrediction(1, Softmax(A, (1.0, 0.0)), 0))
    done = world.happen(0, CollectionClosed(0))
    assert done.sent == [Prepare(0, A, Softmax(A, (0.875, 0.125)), 0, ONE)]
    assert world.states[0].log.collected == ()


def test_clause_combine_the_primary_counts_its_own_prepare() -> None:
    """The paper has him multicast it "to all agents, including himself"."""
    world = World(paper())
    world.sample(0, "A")
    assert [tally.senders for tally in world.states[0].log.prepares] == [1 << 0]


def test_clause_relay_the_primarys_prepare_is_passed_on_to_all_others() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    prepare = Prepare(0, A, A, 0, ONE)
    done = world.receive(0, 1, prepare)
    assert done.clauses == [Clause.PREPARE_LOG, Clause.RELAY]
    assert done.outputs[-1] == Send((0, 2, 3), prepare)


def test_clause_relay_only_the_primarys_own_prepare_makes_a_validator_relay() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    assert world.receive(2, 1, Prepare(0, A, A, 0, ONE)).clauses == [Clause.PREPARE_LOG]


@pytest.mark.parametrize(("nodes", "faults"), [(1, 0), (4, 1), (5, 1), (7, 2), (10, 3)])
def test_clause_commit_takes_2f_1_identical_prepares_from_different_agents(
    nodes: int, faults: int
) -> None:
    world = World(paper(nodes=nodes, faults=faults), faulty=range(1, nodes))
    world.sample(0, "A" + "?" * (nodes - 1))
    for supporter in range(1, 2 * faults + 1):
        assert not world.states[0].log.committed
        world.receive(supporter, 0, Prepare(0, A, A, 0, ONE))
    assert Clause.COMMIT in world.steps[-1].clauses


def test_clause_commit_prepares_of_different_content_are_not_identical() -> None:
    world = World(paper(check_final="no"), faulty=[1, 2, 3])
    world.sample(0, "A")
    world.receive(1, 0, Prepare(0, A, B, 0, ONE))
    world.receive(2, 0, Prepare(0, A, C, 0, ONE))
    assert not world.states[0].log.committed
    world.receive(3, 0, Prepare(0, A, A, 0, ONE))
    world.receive(2, 0, Prepare(0, A, A, 0, ONE))
    assert world.states[0].log.committed == (A,)


def test_clause_commit_rewards_and_vectors_do_not_make_messages_different() -> None:
    world = World(paper(), faulty=[1, 2, 3])
    world.sample(0, [Softmax(A, (0.75, 0.25)), None, None, None])
    world.receive(1, 0, Prepare(0, A, Softmax(A, (0.5, 0.5)), 0, HALF))
    world.receive(2, 0, Prepare(0, A, Softmax(A, (1.0, 0.0)), 0, ONE))
    assert world.states[0].log.committed == (A,)


def test_clause_commit_passes_on_the_final_decision_that_was_seen_first() -> None:
    world = World(paper(), faulty=[0, 2, 3])
    world.sample(0, [None, Softmax(A, (1.0, 0.0)), None, None])
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    for sender, share in ((0, 0.75), (2, 0.5)):
        final = Softmax(A, (share, 1 - share))
        done = world.receive(sender, 1, Prepare(0, A, final, 0, ONE))
    assert done.sent == [Commit(1, A, Softmax(A, (0.75, 0.25)), 0, ONE)]


def test_clause_consensus_takes_2f_1_commits_from_different_agents() -> None:
    world = World(paper(nodes=7, faults=2), faulty=[0, 1, 2, 3, 4, 5])
    for node in range(1, 5):
        assert world.receive(node, 6, Commit(node, A, A, 0, ONE)).clauses == [Clause.COMMIT_LOG]
        assert world.receive(node, 6, Commit(node, A, A, 0, ONE)).ignored is Reason.DUPLICATE
    done = world.receive(0, 6, Commit(0, A, A, 0, ONE))
    assert done.facts == [Decided(0, A, 0, Rule.CONSENSUS)]


def test_clause_consensus_needs_no_prediction_of_ones_own() -> None:
    """A node whose network is slow decides with the others, and its own answer is too late."""
    world = World(paper(samples=2), faulty=[0, 1, 2])
    for node in range(3):
        world.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert world.decided(3) == {0: A}
    assert world.happen(3, Sample(0, A)).ignored is Reason.STALE
    assert world.happen(3, Sample(1, A)).clauses == [Clause.SAMPLE]


def test_clause_convey_the_primary_alone_conveys_the_decision() -> None:
    world = World(paper())
    world.sample(0, "AAAA")
    conveying = [done.node for done in world.deliver() if Clause.CONVEY in done.clauses]
    assert conveying == [0]


def test_clause_history_the_next_sample_begins_in_the_next_view() -> None:
    world = World(paper(samples=None))
    for index in range(5):
        world.sample(index, "AAAA")
        world.deliver()
        for state in world.states.values():
            assert (state.sample, state.view) == (index + 1, index + 1)
    assert world.decided(3) == dict.fromkeys(range(5), A)


@pytest.mark.parametrize("nodes", range(2, 8))
def test_messages_of_an_accepted_view_are_as_many_as_the_formula_says(nodes: int) -> None:
    """(N-1)(2N+3): propose N-1, predict N-1, prepare N-1 + (N-1)^2, commit N(N-1), tell N-1."""
    world = World(paper(nodes=nodes, faults=(nodes - 1) // 3, quorum="intersecting"))
    world.sample(0, "A" * nodes)
    world.deliver()
    sent = sum(
        len(output.recipients)
        for done in world.steps
        for output in done.outputs
        if isinstance(output, Send)
    )
    assert sent == (nodes - 1) * (2 * nodes + 3)
    assert all(finished(world.config, state) for state in world.states.values())


def test_clause_sample_its_order_and_its_label() -> None:
    world = World(paper(samples=2))
    assert world.happen(1, Sample(1, A)).ignored is Reason.EARLY
    assert world.happen(1, Sample(-1, A)).ignored is Reason.STALE
    assert world.happen(1, Sample(0, -1)).ignored is Reason.MALFORMED
    assert world.happen(1, Sample(0, Softmax(2, (0.5, 0.5)))).ignored is Reason.MALFORMED
    assert world.happen(1, Sample(0, B)).clauses == [Clause.SAMPLE]
    assert world.happen(1, Sample(0, A)).ignored is Reason.DUPLICATE


# III.3: conflict samples


def split(world: World, sample: int, predictions: str) -> None:
    """A sample that no primary settles."""
    world.sample(sample, predictions)
    world.deliver()


def test_clause_conflict_after_n_rejected_views_in_a_row() -> None:
    world = World(paper(nodes=4, samples=2))
    split(world, 0, "ABCD")
    for node in range(4):
        facts = [fact for done in world.steps if done.node == node for fact in done.facts]
        assert facts == [*(Rejected(0, view) for view in range(4)), Conflicted(0, 3)]
        assert world.states[node].sample == 1
        assert world.states[node].view == 4


def test_clause_conflict_a_decision_begins_the_count_of_rejections_anew() -> None:
    world = World(paper(nodes=4, samples=2))
    world.sample(0, "BAAA")
    world.deliver()
    assert world.decided(0) == {0: A}
    split(world, 1, "ABCD")
    facts = [fact for done in world.steps if done.node == 3 for fact in done.facts]
    rejected = [fact for fact in facts if isinstance(fact, Rejected)]
    assert rejected == [Rejected(0, 0), *(Rejected(1, view) for view in range(2, 6))]


@pytest.mark.parametrize(
    ("amounts", "rule", "label"),
    [
        ((51, 0, 49), Rule.EXPERTS, A),
        ((50, 0, 50), Rule.MOST_HONEST, A),
        ((49, 1, 50), Rule.MOST_HONEST, C),
        ((26, 25, 49), Rule.EXPERTS, A),
        ((25, 25, 50), Rule.MOST_HONEST, C),
        ((0, 0, 0), Rule.MOST_HONEST, A),
    ],
)
def test_clause_experts_hold_at_least_0_51_of_all_reward(
    amounts: tuple[int, int, int], rule: Rule, label: int
) -> None:
    """Nodes 0 and 1 call the conflict sample an A, node 2 a C; node 0 is the next primary."""
    config = paper(nodes=3, faults=0, samples=2, quorum="majority", q="0")
    world = World(config, start_view=0)
    world.states[0] = world.states[0]._replace(
        rewards=tuple(map(Fraction, amounts)),
        sample=1,
        view=3,
        conflicts=(conflict_sample(A, A, C),),
    )
    world.receive(1, 0, Commit(1, A, A, 3, ONE))
    done = world.receive(2, 0, Commit(2, A, A, 3, ONE))
    assert done.facts == [Decided(0, label, 3, rule), Decided(1, A, 3, Rule.CONSENSUS)]


def conflict_sample(*predictions: int | None) -> Conflict:
    return Conflict(0, predictions)


def test_clause_most_honest_among_those_whose_label_is_known() -> None:
    """Nobody has heard node 2, which has the highest reward."""
    config = paper(nodes=3, faults=0, samples=2, quorum="majority", q="0")
    world = World(config)
    world.states[0] = world.states[0]._replace(
        rewards=(ONE, Fraction(2), Fraction(3)),
        sample=1,
        view=5,
        conflicts=(conflict_sample(A, B, None),),
    )
    world.receive(1, 0, Commit(1, A, A, 5, ONE))
    done = world.receive(2, 0, Commit(2, A, A, 5, ONE))
    assert done.facts[0] == Decided(0, B, 5, Rule.MOST_HONEST)


def test_clause_most_honest_nobody_is_known_to_have_a_label() -> None:
    """A node that heard nothing at all, not even its own network, has nobody to name."""
    world = World(paper(samples=2), faulty=[0, 1, 2])
    for view in range(4):
        voters = [node for node in range(3) if node != view][:2]
        objections(world, 3, *voters, view=view)
    for node in range(3):
        world.receive(node, 3, Commit(node, A, A, 4, ONE))
    assert world.steps[-1].facts == [Undecided(0), Decided(1, A, 4, Rule.CONSENSUS)]


def test_clause_told_a_decider_without_a_label_has_no_word_to_give() -> None:
    world = World(paper(samples=2, expert_label="told"), faulty=[1, 2, 3])
    world.states[0] = world.states[0]._replace(
        sample=1, view=4, conflicts=(conflict_sample(None, B, C, D),)
    )
    for node in range(1, 4):
        world.receive(node, 0, Commit(node, A, A, 4, ONE))
    assert world.steps[-1].facts == [Undecided(0), Decided(1, A, 4, Rule.CONSENSUS)]


def test_clause_tie_equal_labels_need_no_choice() -> None:
    world = World(paper(nodes=2, faults=0, samples=2, tie="free", q="0"))
    world.states[0] = world.states[0]._replace(
        rewards=(Fraction(0), Fraction(0)), sample=1, view=2, conflicts=(conflict_sample(B, B),)
    )
    done = world.receive(1, 0, Commit(1, A, A, 2, ONE))
    assert done.facts == [Decided(0, B, 2, Rule.MOST_HONEST), Decided(1, A, 2, Rule.CONSENSUS)]


def tied(**readings: str) -> World:
    """Node 0 waits for a choice between itself and node 1 on sample 0, after its last sample."""
    config = paper(nodes=2, faults=0, samples=2, tie="free", q="0", **readings)
    world = World(config)
    world.states[0] = world.states[0]._replace(
        rewards=(ONE, ONE), sample=1, view=2, conflicts=(conflict_sample(A, B),)
    )
    world.receive(1, 0, Commit(1, A, A, 2, ONE))
    assert finished(config, world.states[0])
    assert world.states[0].conflicts[0].deciders == 0b11
    return world


def test_clause_tie_the_choice_is_between_the_equals() -> None:
    world = tied()
    for stranger in (-1, 2, 10**6):
        assert world.happen(0, TieBreak(0, stranger)).ignored is Reason.NOT_THE_DECIDER
    assert world.happen(0, TieBreak(1, 0)).ignored is Reason.UNEXPECTED
    done = world.happen(0, TieBreak(0, 1))
    assert done.clauses == [Clause.TIE]
    assert done.facts == [Decided(0, B, 3, Rule.MOST_HONEST)]
    assert world.happen(0, TieBreak(0, 1)).ignored is Reason.UNEXPECTED


def test_clause_tie_and_told_the_chosen_node_gives_its_word() -> None:
    world = tied(expert_label="told")
    early = world.receive(1, 0, ConflictDecision(1, 0, C))
    assert early.ignored is Reason.EARLY
    assert world.happen(0, TieBreak(0, 1)).facts == []
    assert world.happen(0, TieBreak(0, 0)).ignored is Reason.UNEXPECTED
    done = world.receive(1, 0, ConflictDecision(1, 0, C))
    assert done.facts == [Decided(0, C, 3, Rule.MOST_HONEST)]
    assert world.receive(1, 0, ConflictDecision(1, 0, C)).ignored is Reason.STALE


def test_clause_tie_and_told_a_node_may_choose_itself() -> None:
    done = tied(expert_label="told").happen(0, TieBreak(0, 0))
    assert done.clauses == [Clause.TIE, Clause.TOLD]
    assert done.sent == [ConflictDecision(0, 0, A)]
    assert done.facts == [Decided(0, A, 3, Rule.MOST_HONEST)]


def test_clause_told_a_word_on_a_sample_that_cannot_fall_is_unexpected() -> None:
    world = World(paper(samples=2, expert_label="told"))
    for sample, reason in ((0, Reason.EARLY), (1, Reason.UNEXPECTED), (9, Reason.UNEXPECTED)):
        assert world.receive(1, 0, ConflictDecision(1, sample, A)).ignored is reason
    assert world.receive(1, 0, ConflictDecision(1, 0, -1)).ignored is Reason.MALFORMED


def test_clause_told_one_word_settles_one_of_several_conflict_samples() -> None:
    world = World(paper(nodes=2, faults=0, samples=3, expert_label="told"), faulty=[1])
    state = world.states[0]
    waiting = [
        Conflict(sample, (A, B), deciders=1 << 1, rule=Rule.MOST_HONEST) for sample in (0, 1)
    ]
    world.states[0] = state._replace(sample=2, view=4, conflicts=tuple(waiting))
    world.receive(1, 0, ConflictDecision(1, 1, B))
    assert world.states[0].conflicts == (waiting[0],)
    world.receive(1, 0, ConflictDecision(1, 0, C))
    assert not world.states[0].conflicts
    assert world.decided(0) == {1: B, 0: C}


def test_clause_told_the_decider_is_named_once() -> None:
    """The rewards of a later sample do not make another node the decider."""
    config = paper(nodes=2, faults=0, samples=3, expert_label="told", q="9", quorum="majority")
    world = World(config, faulty=[1])
    named = Conflict(0, (A, B), deciders=1 << 1, rule=Rule.MOST_HONEST)
    world.states[0] = world.states[0]._replace(sample=1, view=2, conflicts=(named,))
    world.sample(1, "A")
    world.receive(1, 0, Prepare(0, A, A, 2, ONE))
    world.receive(1, 0, Commit(1, A, A, 2, ONE))
    assert world.decided(0) == {1: A}
    assert world.states[0].rewards[0] == 10
    assert world.states[0].conflicts == (named,)


def late(predictions: tuple[int | None, ...], view: int) -> World:
    """Node 3 of four, in ``view``, lacks one commit of view 0 for sample 1; 0 is a conflict."""
    config = paper(samples=2, late_messages="yes", q="0")
    world = World(config, faulty=[0, 1, 2])
    commits = Tally(A, A, 0b011, A)
    world.states[3] = world.states[3]._replace(
        sample=1,
        view=view,
        earlier=(EarlierView(0, (commits,)),),
        conflicts=(conflict_sample(*predictions),),
    )
    return world


def test_a_late_decision_goes_on_in_the_view_that_the_node_has_reached() -> None:
    world = late((A, A, A, A), 2)
    world.receive(2, 3, Commit(2, A, A, 0, ONE))
    assert world.states[3].view == 2


def test_a_late_decision_lets_the_group_of_its_own_primary_decide() -> None:
    """Nodes 0, 2 and 3 hold 3/4 of all reward and call it a B; node 1, whose view it is, a C."""
    done = late((B, C, B, B), 1).receive(2, 3, Commit(2, A, A, 0, ONE))
    assert done.facts == [Decided(0, B, 1, Rule.EXPERTS), Decided(1, A, 0, Rule.CONSENSUS)]


def test_a_label_once_heard_is_the_one_that_a_node_counts_with() -> None:
    world = World(paper(samples=2, first_preprepare_only="no"), faulty=[0])
    world.sample(0, "?AAA")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert world.states[1].heard == (A, None, None, None)


def test_labels_heard_on_the_last_sample_are_forgotten() -> None:
    world = World(paper(samples=1), faulty=[0])
    world.sample(0, "?AAA")
    world.receive(0, 1, PrePrepare(0, A, 0, ONE))
    assert world.states[1].heard == ()


# II, III: time-outs, synchrony, and what a run over data needs


def test_clause_time_out_is_a_vote_with_vo_1() -> None:
    world = World(paper(timeout="vote"))
    done = world.happen(1, TimeOut(0))
    assert done.sent == [ViewChange(1, 1, True, ONE)]
    assert world.happen(1, TimeOut(0)).ignored is Reason.DUPLICATE
    assert world.happen(1, TimeOut(1)).ignored is Reason.EARLY
    assert world.happen(0, TimeOut(0)).ignored is Reason.NOT_A_VALIDATOR


def test_clause_time_out_a_late_proposal_is_not_voted_against_twice() -> None:
    world = World(paper(timeout="vote"), faulty=[0, 2, 3])
    world.sample(0, "?A")
    world.happen(1, TimeOut(0))
    done = world.receive(0, 1, PrePrepare(0, B, 0, ONE))
    assert done.clauses == [Clause.OBJECT]
    assert done.sent == []


def test_clause_early_what_is_kept_takes_effect_in_the_order_of_the_protocol() -> None:
    """A vote about view 1 is tried before the pre-prepare of view 2, though both name view 2."""
    config = Config(4, 1, Readings(), 1, keep_early=True)
    world = World(config, faulty=[0, 1, 2])
    world.sample(0, "???A")
    world.receive(2, 3, PrePrepare(2, A, 2, ONE))
    world.receive(2, 3, ViewChange(2, 2, True, ONE))
    world.receive(0, 3, ViewChange(0, 2, True, ONE))
    objections(world, 3, 1, 2)
    assert world.states[3].view == 2
    assert world.states[3].log.agreed
    assert world.states[3].early == ()


def test_clause_early_kept_votes_can_make_a_node_the_primary_at_once() -> None:
    config = Config(4, 1, Readings(), 2, keep_early=True)
    world = World(config, faulty=[0, 1, 3])
    world.sample(0, "??A?")
    assert world.happen(2, Sample(1, A)).ignored is Reason.EARLY
    objections(world, 2, 0, 3, view=1)
    objections(world, 2, 1, 3)
    assert world.states[2].view == 2
    assert Clause.ELECTION in world.steps[-1].clauses


def test_clause_early_a_kept_pre_prepare_is_answered_once_with_vo_0() -> None:
    config = Config(4, 1, Readings(wrong_view="vote"), 1, keep_early=True)
    world = World(config, faulty=[0, 1, 2])
    world.sample(0, "???A")
    first = world.receive(2, 3, PrePrepare(2, A, 2, ONE))
    assert first.clauses == [Clause.OBJECT_VIEW, Clause.EARLY]
    objections(world, 3, 1, 2)
    votes = [message for done in world.steps for message in done.sent]
    assert votes == [ViewChange(3, 1, False, ONE)]


def test_clause_early_nothing_is_kept_that_is_too_far_ahead_or_can_never_count() -> None:
    config = Config(4, 1, Readings(expert_label="told"), 1, keep_early=True)
    state = initial(config, 3)
    for message, sender in (
        (PrePrepare(1, A, 5, ONE), 1),
        (ViewChange(1, 6, True, ONE), 1),
        (ConflictDecision(1, 0, A), 1),
    ):
        assert step(config, state, Received(sender, message))[0] is state
    farthest = step(config, state, Received(1, ViewChange(1, 5, True, ONE)))[0]
    assert len(farthest.early) == 1


def test_clause_early_a_word_waits_until_the_conflict_sample_falls() -> None:
    """Node 1 is the primary when it falls, 3/2 of 5/2 is its own: the word of node 1 counts."""
    config = Config(3, 1, Readings(expert_label="told"), 2, keep_early=True)
    world = World(config, faulty=[1, 2], start_view=1)
    world.sample(0, "A")
    for view in (1, 2, 3):
        primary = view % 3
        objections(world, 0, *({1, 2} - {primary}), view=view)
        if primary:
            world.receive(primary, 0, PrePrepare(primary, B, view, ONE))
    assert world.states[0].conflicts == (Conflict(0, (A, B, B)),)
    assert world.receive(2, 0, ConflictDecision(2, 0, B)).clauses == [Clause.EARLY]
    assert world.receive(1, 0, ConflictDecision(1, 0, C)).clauses == [Clause.EARLY]
    for node in (1, 2):
        world.receive(node, 0, Commit(node, A, A, 4, ONE))
    world.sample(1, "A")
    world.receive(1, 0, PrePrepare(1, A, 4, ONE))
    for node in (1, 2):
        world.receive(node, 0, Prepare(1, A, A, 4, ONE))
    assert world.decided(0) == {0: C, 1: A}
    assert not world.states[0].early


@pytest.mark.parametrize(
    ("readings", "keep_early", "heard"),
    [
        ({}, False, range(2, 3)),
        ({}, True, range(2, 7)),
        ({"late_messages": "yes"}, False, range(3)),
        ({"wrong_view": "vote"}, False, None),
    ],
)
def test_the_views_that_a_node_hears(
    readings: dict[str, str], keep_early: bool, heard: range | None
) -> None:
    """A node in its third view for the sample, of four nodes."""
    config = Config(4, 1, with_changes(Readings(), readings), 1, keep_early)
    state = initial(config, 0)._replace(view=2)
    assert views_heard(config, state) == heard
    vote = ViewChange(1, 3, True, ONE)
    assert may_heed(config, state, vote)
    stale = Commit(1, A, A, 1, ONE)
    assert may_heed(config, state, stale) is (heard is None or 1 in heard)
    assert may_heed(config, state, Commit(1, A, A, 99, ONE))
    over = state._replace(sample=1)
    assert views_heard(config, over) == (None if heard is None else range(0))
    assert may_heed(config, over, vote) is (heard is None)
    assert may_heed(config, over, ConflictDecision(1, 0, A))


def test_clause_next_sample_gives_up_what_is_open() -> None:
    world = World(paper(samples=4))
    world.sample(0, "AAAA")
    done = world.happen(1, NextSample(2, 5))
    assert done.facts == [Undecided(0), Undecided(1)]
    state = world.states[1]
    assert (state.sample, state.view, state.opened, state.prediction) == (2, 5, 5, None)
    assert world.happen(1, NextSample(2, 5)).ignored is Reason.STALE
    assert world.happen(1, NextSample(2, 7)).facts == []
    assert world.states[1].view == 7
    assert world.happen(1, NextSample(3, 6)).ignored is Reason.STALE
    assert world.happen(1, NextSample(3, 7)).facts == [Undecided(2)]
    assert world.happen(1, NextSample(5, 8)).ignored is Reason.MALFORMED
    assert world.happen(1, NextSample(4, 8)).facts == [Undecided(3)]
    assert world.happen(1, NextSample(4, 9)).ignored is Reason.FINISHED
    assert world.happen(1, Sample(3, A)).ignored is Reason.FINISHED
    assert world.happen(1, TimeOut(8)).ignored is Reason.FINISHED
    assert world.receive(0, 1, PrePrepare(0, A, 8, ONE)).ignored is Reason.FINISHED


def test_clause_next_sample_cannot_undo_a_decision() -> None:
    world = World(paper(samples=2, stop_after_decision="no"), faulty=[0, 1, 2])
    for node in range(3):
        world.receive(node, 3, Commit(node, A, A, 0, ONE))
    assert world.happen(3, NextSample(0, 1)).ignored is Reason.STALE
    assert world.happen(3, NextSample(1, 1)).facts == []
    assert world.decided(3) == {0: A}


def test_a_node_and_a_view_that_do_not_exist_have_no_state() -> None:
    config = paper()
    for node in (-1, 4):
        with pytest.raises(ValueError, match="does not exist"):
            initial(config, node)
    with pytest.raises(ValueError, match="views count from 0"):
        initial(config, 0, -1)


def test_the_letters_of_a_pattern() -> None:
    assert labels("A?C") == [A, None, C]


def test_clause_convey_a_decision_binds_nobody_who_counts_commits() -> None:
    world = World(paper())
    assert world.receive(0, 1, Decision(0, A, 0)).ignored is Reason.NOT_BINDING
