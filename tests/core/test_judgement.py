"""What follows from evidence: the published rule, and what no choice of faulty nodes can change.

Faulty nodes choose their labels, and a faulty leader which N - f predictions are the evidence.
Honest nodes predict what they predict; N >= 3f + 1 throughout.
"""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import pytest
from core_world import World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poqi_core import HARDENED, PAPER, Config, Label
from poqi_core.judgement import Fact, Judgement, is_evidence, judge
from poqi_core.messages import Evidence, SignedPrediction
from poqi_core.outputs import Conflicted, Decided, Passed, Rejected, Rule, Undecided

A, B, C = range(3)

UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


class Case(NamedTuple):
    """A configuration, who is honest, and evidence that the faulty nodes have had a hand in."""

    config: Config
    view: int
    rewards: tuple[Fraction, ...]
    honest: dict[int, Label]
    evidence: Evidence

    def judge(self) -> Judgement:
        return judge(self.config, self.view, self.rewards, 0, self.evidence)

    def supporters(self, label: Label) -> int:
        """How many nodes of the evidence have that label."""
        return sum(signed.label == label for signed in self.evidence)

    def honest_supporters(self, label: Label) -> int:
        """How many honest nodes predict it, in the evidence or not."""
        return sum(other == label for other in self.honest.values())


@st.composite
def cases(
    draw: st.DrawFn, *, classes: int = 3, unanimous: bool = False, trimmed: bool = True
) -> Case:
    nodes = draw(st.integers(1, 13))
    faults = draw(st.integers(0, (nodes - 1) // 3))
    label = st.integers(0, classes - 1)
    labels = draw(st.lists(label, min_size=nodes, max_size=nodes))
    faulty = draw(st.sets(st.integers(0, nodes - 1), max_size=faults))
    honest = {node: labels[node] for node in range(nodes) if node not in faulty}
    if unanimous:
        honest = dict.fromkeys(honest, A)
    absent = draw(st.sets(st.integers(0, nodes - 1), max_size=faults if trimmed else 0))
    evidence = tuple(
        SignedPrediction(node, 0, honest.get(node, labels[node]))
        for node in range(nodes)
        if node not in absent
    )
    rewards = draw(st.lists(st.fractions(0, 8, max_denominator=16), min_size=nodes, max_size=nodes))
    config = Config(nodes, faults, HARDENED, samples=1)
    assert is_evidence(config, 0, evidence)
    return Case(config, draw(st.integers(0, 20)), tuple(rewards), honest, evidence)


def published(case: Case) -> list[Fact]:
    """Section III.1 and III.2, where every node has voted: how each view is left.

    A node whose label is another objects, and sum(vo)/N >= 0.5 rejects; else the label stands.
    """
    nodes = case.config.nodes
    label_of = {signed.node: signed.label for signed in case.evidence}
    facts: list[Fact] = []
    for view in range(case.view, case.view + nodes):
        label = label_of[view % nodes]
        objections = sum(other != label for other in label_of.values())
        if Fraction(objections, nodes) >= Fraction(1, 2):
            facts.append(Rejected(0, view))
        else:
            facts.append(Decided(0, label, view, Rule.CONSENSUS))
            return facts
    facts.append(Conflicted(0, case.view + nodes - 1))
    return facts


@UNHURRIED
@given(cases(trimmed=False))
def test_law_with_every_prediction_in_the_evidence_the_published_rule_applies(case: Case) -> None:
    """A conflict is then decided at once, where the paper waits for the next sample."""
    facts = list(case.judge().facts)
    if isinstance(facts[-2 if len(facts) > 1 else 0], Conflicted):
        facts.pop()
    assert facts == published(case)


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize("labels", list(product("ABC", repeat=4)), ids="".join)
def test_the_profile_paper_with_all_nodes_honest_shows_the_same(
    labels: tuple[str, ...], start: int
) -> None:
    """With N = 4, f = 1 there is no dead zone: a primary is rejected, or three nodes agree."""
    worlds = [
        World(Config(4, 1, readings, samples=1), start_view=start) for readings in (PAPER, HARDENED)
    ]
    for world in worlds:
        world.sample(0, "".join(labels))
        world.deliver()
    paper, hardened = worlds
    for node in range(4):
        assert paper.records[node].outcomes == hardened.records[node].outcomes
        assert paper.records[node].conflicts == hardened.records[node].conflicts
        assert paper.states[node].rewards == hardened.states[node].rewards
        assert paper.states[node].view == hardened.states[node].view
        if not paper.records[node].conflicts:
            assert paper.records[node].history == hardened.records[node].history


@UNHURRIED
@given(cases())
def test_law_what_is_decided_has_more_supporters_than_there_may_be_faulty_nodes(
    case: Case,
) -> None:
    """So an honest node has predicted it."""
    last = case.judge().facts[-1]
    if isinstance(last, Decided):
        assert case.supporters(last.label) > case.config.faults
        assert case.honest_supporters(last.label) > 0
    else:
        assert last == Undecided(0, agreed=True)
        assert all(case.supporters(label) <= case.config.faults for label in range(3))


@UNHURRIED
@given(cases(unanimous=True))
def test_law_the_label_of_unanimous_honest_nodes_is_accepted(case: Case) -> None:
    """Whatever up to f others say and whoever is left out; no honest primary is rejected."""
    judgement = case.judge()
    last = judgement.facts[-1]
    assert isinstance(last, Decided)
    assert (last.label, last.rule) == (A, Rule.CONSENSUS)
    for node in case.honest:
        assert judgement.rewards[node] >= case.rewards[node]


@UNHURRIED
@given(cases())
def test_law_an_accepted_label_has_more_than_n_halves_minus_2f_honest_supporters(
    case: Case,
) -> None:
    last = case.judge().facts[-1]
    if isinstance(last, Decided) and last.rule is Rule.CONSENSUS:
        assert 2 * case.honest_supporters(last.label) > case.config.nodes - 4 * case.config.faults


@UNHURRIED
@given(cases(classes=2))
def test_law_an_honest_primary_is_rejected_only_if_n_halves_minus_f_honest_nodes_disagree(
    case: Case,
) -> None:
    nodes, faults = case.config.nodes, case.config.faults
    for fact in case.judge().facts:
        if isinstance(fact, Rejected) and fact.view % nodes in case.honest:
            label = case.honest[fact.view % nodes]
            disagreeing = len(case.honest) - case.honest_supporters(label)
            assert 2 * disagreeing >= nodes - 2 * faults
            assert 2 * case.honest_supporters(label) <= nodes, "a label of most is never rejected"


@UNHURRIED
@given(cases())
def test_law_a_reward_is_halved_or_grows_and_only_a_primarys(case: Case) -> None:
    judgement = case.judge()
    expected = list(case.rewards)
    for fact in judgement.facts:
        if isinstance(fact, Rejected):
            expected[fact.view % case.config.nodes] /= 2
        elif isinstance(fact, Decided) and fact.rule is Rule.CONSENSUS:
            expected[fact.view % case.config.nodes] += 1
    assert judgement.rewards == tuple(expected)


@UNHURRIED
@given(cases())
def test_law_each_view_is_left_once_and_the_next_sample_begins_after_the_last(case: Case) -> None:
    judgement = case.judge()
    left = [
        fact.view
        for fact in judgement.facts
        if isinstance(fact, Rejected | Passed)
        or (isinstance(fact, Decided) and fact.rule is Rule.CONSENSUS)
    ]
    assert left == list(range(case.view, judgement.view))
    assert len(left) <= case.config.nodes


@UNHURRIED
@given(cases(), st.integers(1, 3))
def test_law_with_few_labels_some_label_has_support_in_every_evidence(
    case: Case, classes: int
) -> None:
    """With m labels in use and N > (m + 1) f; two labels are always few enough."""
    config = case.config
    labels = {signed.label % classes for signed in case.evidence}
    few = case._replace(
        evidence=tuple(
            SignedPrediction(signed.node, 0, signed.label % classes) for signed in case.evidence
        )
    )
    if config.nodes > (len(labels) + 1) * config.faults:
        assert isinstance(few.judge().facts[-1], Decided)


def test_three_labels_of_four_nodes_are_too_many() -> None:
    config = Config(4, 1, HARDENED, samples=1)
    evidence = tuple(SignedPrediction(node, 0, label) for node, label in enumerate((A, B, C)))
    ones = (Fraction(1),) * 4
    assert judge(config, 0, ones, 0, evidence).facts[-1] == Undecided(0, agreed=True)


def test_a_faulty_leader_can_choose_among_the_labels_of_split_honest_nodes() -> None:
    """Node 0 leads; the others predict A, A, B.  It picks its own label and whom to leave out."""
    config = Config(4, 1, HARDENED, samples=1)
    ones = (Fraction(1),) * 4
    honest = [SignedPrediction(node, 0, label) for node, label in ((1, A), (2, A), (3, B))]
    chosen = set()
    for own, left_out in product((A, B, C), honest):
        others = [signed for signed in honest if signed != left_out]
        evidence = (SignedPrediction(0, 0, own), *others)
        chosen.add(judge(config, 0, ones, 0, evidence).facts[-1])
    assert {fact.label for fact in chosen if isinstance(fact, Decided)} == {A, B}
    assert Undecided(0, agreed=True) in chosen


def test_experts_need_0_51_of_all_reward_and_the_most_honest_comes_first_among_equals() -> None:
    """A group whose label has too little support does not count, whatever it has collected."""
    config = Config(7, 2, HARDENED, samples=1)
    labels = (A, B, B, B, C, C, C)
    evidence = tuple(SignedPrediction(node, 0, label) for node, label in enumerate(labels))

    def settled(*rewards: int) -> Fact:
        return judge(config, 0, tuple(map(Fraction, rewards)), 0, evidence).facts[-1]

    assert settled(0, 51, 0, 0, 49, 0, 0) == Decided(0, B, 6, Rule.EXPERTS)
    assert settled(0, 49, 0, 0, 51, 0, 0) == Decided(0, C, 6, Rule.EXPERTS)
    assert settled(0, 50, 0, 0, 50, 0, 0) == Decided(0, B, 6, Rule.MOST_HONEST)
    assert settled(90, 1, 1, 1, 2, 1, 1) == Decided(0, C, 6, Rule.MOST_HONEST)
    assert settled(0, 0, 0, 0, 0, 0, 0) == Decided(0, B, 6, Rule.MOST_HONEST)
