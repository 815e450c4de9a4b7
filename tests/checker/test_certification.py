"""What an adversary can attain for one sample: laws, and the core's own word for it."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.certification.after_conflict import AfterConflict
from checker.certification.attainable import NOTHING, Attainable, either
from checker.certification.evidence import EvidenceCertifier, EvidenceError
from checker.certification.explore import explore
from checker.certification.views import SampleCertifier
from checker.question import Question, QuestionError, parse_patterns
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.config import Config
from poqi_core.fallen import fallen
from poqi_core.judgement import is_evidence, judge
from poqi_core.messages import SignedPrediction
from poqi_core.outputs import Decided, Rule
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, LITERAL, PAPER

VIEWS = SampleCertifier(4, 1)
EVIDENCE = EvidenceCertifier(4, 1)
IN_ROUNDS = SampleCertifier(4, 1, network="rounds")
EVIDENCE_IN_ROUNDS = EvidenceCertifier(4, 1, network="rounds")
FOUR = range(4)
LABELS = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@settings(max_examples=30, deadline=None)
@given(
    labels=LABELS,
    faulty=st.integers(0, 3),
    names=st.permutations(range(4)),
    turn=st.integers(0, 3),
    view=st.integers(0, 3),
)
@pytest.mark.parametrize("certifier", [VIEWS, EVIDENCE], ids=["views", "evidence"])
def test_labels_are_only_names_and_primaries_take_turns(
    certifier: SampleCertifier | EvidenceCertifier,
    labels: list[int],
    faulty: int,
    names: list[int],
    turn: int,
    view: int,
) -> None:
    plain = certifier.attainable(labels, [faulty], [view])
    turned = [names[labels[(node - turn) % 4]] for node in range(4)]
    other = certifier.attainable(turned, [(faulty + turn) % 4], [view + turn])
    assert other.labels == {names[label] for label in plain.labels}
    assert (other.every_label, other.differ, other.blocked, other.conflict) == (
        plain.every_label,
        plain.differ,
        plain.blocked,
        plain.conflict,
    )


@settings(max_examples=20, deadline=None)
@given(labels=LABELS, faulty=st.integers(0, 3))
def test_the_choice_of_the_start_view_is_the_adversarys(labels: list[int], faulty: int) -> None:
    every = VIEWS.attainable(labels, [faulty], FOUR)
    assert every == either([VIEWS.attainable(labels, [faulty], [view]) for view in FOUR])
    assert either([]) == NOTHING


def attains_no_more(one: Attainable, other: Attainable) -> bool:
    return either([one, other]) == other


@settings(max_examples=20, deadline=None)
@given(labels=LABELS, faulty=st.integers(0, 3), view=st.integers(0, 3))
@pytest.mark.parametrize("profile", ["paper", "hardened"])
def test_in_rounds_an_adversary_attains_no_more_than_with_asynchronous_messages(
    profile: str, labels: list[int], faulty: int, view: int
) -> None:
    asynchronous, in_rounds = (
        (VIEWS, IN_ROUNDS) if profile == "paper" else (EVIDENCE, EVIDENCE_IN_ROUNDS)
    )
    least, most = in_rounds.bounds(labels, [faulty], [view])
    assert attains_no_more(least, most)
    assert attains_no_more(most, asynchronous.attainable(labels, [faulty], [view]))
    if len(set(labels)) == 1:
        assert least.labels == most.labels == set(labels), "what all predict is decided there too"


@pytest.mark.parametrize(
    ("faults", "labels", "faulty"),
    [
        (1, (1, 1, 1, 2, 2, 2, 3), (6,)),
        (2, (1, 1, 1, 2, 2, 3, 3), (2, 4)),
        (3, (1, 1, 1, 2, 2, 1, 1), (0, 1, 2)),
    ],
)
def test_seven_nodes_are_as_exposed_in_rounds_as_without(
    faults: int, labels: tuple[int, ...], faulty: tuple[int, ...]
) -> None:
    """What asynchronous messages can do comes about in rounds as well: both bounds meet."""
    views = range(7)
    in_rounds = SampleCertifier(7, faults, network="rounds").bounds(labels, faulty, views)
    assert in_rounds.least == in_rounds.most
    assert in_rounds.most == SampleCertifier(7, faults).attainable(labels, faulty, views)


def test_two_workers_attain_what_one_does() -> None:
    cases = [(labels, (node,)) for labels in product(range(3), repeat=4) for node in (0, 2)]
    one, two = (
        {
            case: bounds
            for some in explore(SampleCertifier(4, 1), cases, (0, 1), workers)
            for case, bounds in some.items()
        }
        for workers in (1, 2)
    )
    assert one == two
    assert set(two) == set(cases)


def test_a_quorum_of_alike_honest_nodes_certifies() -> None:
    """With N=4, f=1 the three honest nodes decide what all of them predict, or nothing."""
    attained = VIEWS.attainable((2, 2, 2, 0), [3], FOUR)
    assert attained.is_certified(2)
    assert not attained.is_breakable(2)
    assert attained.is_breakable(1), "where the truth is another label they are all wrong"
    assert attained.blocked, "a silent primary without a time-out"


def test_a_dead_zone_is_neither_certified_nor_breakable() -> None:
    """Two of four agree: no quorum of three, if the faulty node keeps quiet, and no other label."""
    attained = VIEWS.attainable((0, 0, 1, 2), [3], FOUR)
    assert not attained.is_certified(1)


@pytest.mark.long
def test_in_a_conflict_the_core_decides_what_a_faulty_node_has_proposed() -> None:
    """Every label can come of a conflict: a label that nobody predicted, by the most honest rule.

    The claim of ``checker/certification/views.py``, found by the flat engine on two samples.
    """
    attained = VIEWS.attainable((9, 0, 1, 2), [0], [0])
    assert attained.conflict
    assert attained.every_label
    question = Question(
        4,
        1,
        samples=2,
        predictions=parse_patterns("?ABC,?AAA"),
        properties=(property_named("decided-validity"),),
    )
    result = answer(question).results[0]
    assert result.verdict is Verdict.VIOLATED


@settings(max_examples=12, deadline=None)
@given(labels=LABELS, faulty=st.sets(st.integers(0, 3), max_size=2), seed=st.integers(0, 10**6))
def test_after_a_conflict_the_core_decides_nothing_else_for_any_rewards_and_any_next_primary(
    labels: list[int], faulty: set[int], seed: int
) -> None:
    """Against random rewards: with a faulty node every label, without one those of honest nodes."""
    pattern = tuple(None if node in faulty else label for node, label in enumerate(labels))
    predicted = frozenset(label for label in pattern if label is not None)
    attained = AfterConflict(Config(4, 1)).labels(pattern)
    told = frozenset(range(2 + max(predicted)))
    assert attained == (told if faulty else predicted)
    draw = Random(seed)
    for _ in range(50):
        heard = tuple(draw.choice(sorted(told)) if one is None else one for one in pattern)
        rewards = tuple(Fraction(draw.randrange(5)) for _ in FOUR)
        label = fallen(Config(4, 1, samples=2), 0, heard, rewards, draw.randrange(4))
        assert label is None or label in attained


@settings(max_examples=20, deadline=None)
@given(heard=st.lists(st.integers(0, 3), min_size=4, max_size=5), told=st.booleans())
def test_of_a_conflict_it_matters_only_how_many_said_the_same(heard: list[int], told: bool) -> None:
    """Against everything that the core decides for that very pattern, node by node."""
    config = Config(len(heard), 1, replace(PAPER, expert_label="told") if told else PAPER)
    nodes = range(len(heard))
    decided = {
        fallen(
            replace(config, samples=2),
            decider,
            tuple(heard),
            tuple(Fraction(reward if node == highest else 1) for node in nodes),
            primary,
        )
        for highest, decider, primary in product(nodes, nodes, nodes)
        for reward in (Fraction(101, 100), 10**6)
    }
    assert AfterConflict(config).labels(tuple(heard)) == decided - {None}


@pytest.mark.parametrize(
    "pattern",
    [
        "?AAA",
        *(
            pytest.param(pattern, marks=pytest.mark.long)
            for pattern in ("?AAB", "A?BA", "AB?A", "ABC?", "AA?A")
        ),
    ],
)
def test_the_same_as_the_flat_engine_finds(pattern: str) -> None:
    """Agreement breaks in one sample if and only if two honest nodes can differ in consensus."""
    labels = [0 if letter == "?" else ord(letter) - ord("A") for letter in pattern]
    attained = VIEWS.attainable(labels, [pattern.index("?")], [0])
    question = Question(
        4,
        1,
        predictions=parse_patterns(pattern),
        properties=(property_named("agreement"), property_named("decided-validity")),
    )
    agreement, validity = (result.verdict for result in answer(question).results)
    if agreement is Verdict.VIOLATED:
        assert attained.differ
    if not attained.differ:
        assert agreement is Verdict.HOLDS
    assert validity is Verdict.HOLDS, "in one sample nothing is decided by conflict"


def attained_by_every_evidence(labels: list[int], faulty: int, view: int) -> set[int]:
    """The naive way: every vector of signatures, judged by the core with every order of rewards."""
    config = Config(4, 1, HARDENED)
    others = {*labels, 1 + max(labels)}
    decided = set()
    choices = [
        [None, *others] if node == faulty else [None, label] for node, label in enumerate(labels)
    ]
    for signed in product(*choices):
        evidence = tuple(
            SignedPrediction(node, 0, label)
            for node, label in enumerate(signed)
            if label is not None
        )
        if not is_evidence(config, 0, evidence):
            continue
        for order in permutations(range(1, 5)):
            rewards = tuple(Fraction(100**place) for place in order)
            last = judge(config, view, rewards, 0, evidence).facts[-1]
            if isinstance(last, Decided):
                decided.add(last.label)
    return decided


@settings(max_examples=20, deadline=None)
@given(labels=LABELS, faulty=st.integers(0, 3), view=st.integers(0, 3))
def test_evidence_gives_what_every_order_of_rewards_gives(
    labels: list[int], faulty: int, view: int
) -> None:
    attained = EVIDENCE.attainable(labels, [faulty], [view])
    honest = {label for node, label in enumerate(labels) if node != faulty}
    assert attained.labels == attained_by_every_evidence(labels, faulty, view)
    assert attained.labels <= honest, "a decided label has an honest supporter"
    assert not attained.every_label
    assert not attained.differ
    assert not attained.blocked


def test_agreement_on_evidence_is_promised_for_a_third_only() -> None:
    with pytest.raises(EvidenceError, match="needs N >= 3f\\+1, and 5 < 7"):
        EvidenceCertifier(5, 2)
    with pytest.raises(EvidenceError, match="do not let nodes agree on evidence"):
        EvidenceCertifier(4, 1, PAPER)
    with pytest.raises(EvidenceError, match="2 nodes are faulty, more than f = 1"):
        EVIDENCE.attainable((0, 0, 0, 0), [1, 2], FOUR)


def test_what_cannot_be_composed_is_refused_by_name() -> None:
    with pytest.raises(QuestionError, match="wrong_view=vote"):
        SampleCertifier(4, 1, LITERAL)


def test_the_rules_that_judge_evidence_are_the_cores() -> None:
    """Consensus where all sign alike, whatever the rewards."""
    evidence = tuple(SignedPrediction(node, 0, 1) for node in range(4))
    last = judge(Config(4, 1, HARDENED), 0, (Fraction(1),) * 4, 0, evidence).facts[-1]
    assert isinstance(last, Decided)
    assert last.rule is Rule.CONSENSUS
