"""Section III.3, clause by clause: conflict samples, and late decisions that settle them."""

from fractions import Fraction

import pytest
from core_world import World, objections, paper

from poqi_core import Clause, finished
from poqi_core.messages import (
    Commit,
    ConflictDecision,
    Prepare,
    PrePrepare,
    TieBreak,
)
from poqi_core.outputs import Conflicted, Decided, Reason, Rejected, Rule, Undecided
from poqi_core.state import Conflict, EarlierView, Tally

A, B, C, D = range(4)
ONE = Fraction(1)
HALF = Fraction(1, 2)


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
