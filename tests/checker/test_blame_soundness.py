"""The checker on the property ``blame-soundness``: what honest nodes sign convicts none of them.

Where all but one node are faulty, the one that is left meets everything that any honest node can
meet from the others, whoever of them is faulty.
"""

import pytest

from checker.blame_observer import BlameObserver
from checker.exploration import Budget
from checker.poqi_system import PoqiSystem
from checker.question import Question, QuestionError, parse_patterns
from checker.reduced import ReducedEngine
from checker.sweep import Limits, answer
from checker.table import Tables
from checker.verdict import Verdict
from poqi_core.offences import LABEL_OFFENCES, Offence, always
from poqi_core.properties import BLAME_SOUNDNESS
from poqi_core.readings import PROFILES


def question(
    profile: str,
    nodes: int,
    faults: int,
    pattern: str | None,
    *,
    views: int | None = None,
    ballots: int | None = None,
) -> Question:
    return Question(
        nodes,
        faults,
        readings=PROFILES[profile],
        predictions=None if pattern is None else parse_patterns(pattern),
        views=views,
        ballots=ballots,
        properties=(BLAME_SOUNDNESS,),
    )


@pytest.mark.parametrize(
    "asked",
    [
        question("paper", 3, 1, None),
        question("paper", 4, 1, "?AAB"),
        question("paper", 4, 1, "A???", views=2),
        question("literal", 3, 0, "A??", views=1),
        question("literal", 3, 1, "?A?", views=1),
        question("literal", 3, 1, "AA?", views=1),
        question("hardened", 3, 0, "A??", ballots=2),
        question("hardened", 4, 1, "A???", ballots=1),
    ],
)
def test_no_honest_node_is_convicted_in_any_run(asked: Question) -> None:
    (result,) = answer(asked, Limits(workers=1)).results
    assert result.verdict is Verdict.HOLDS


@pytest.mark.long
@pytest.mark.parametrize(
    "asked", [question("paper", 4, 1, None), question("literal", 3, 1, "?AB", views=1)]
)
def test_no_honest_node_is_convicted_in_any_run_of_larger_questions(asked: Question) -> None:
    (result,) = answer(asked, Limits(workers=2)).results
    assert result.verdict is Verdict.HOLDS


def careless(name: str) -> tuple[Offence, ...]:
    """The list with one offence that stands whatever the readings are."""
    return tuple(
        offence._replace(stands=always) if offence.name == name else offence
        for offence in LABEL_OFFENCES
    )


@pytest.mark.parametrize("name", ["vote-against-own-agreement", "vote-against-own-prepare"])
def test_a_list_that_forgets_the_readings_convicts_an_honest_node(name: str) -> None:
    """Under ``literal`` a validator may agree with one proposal and vote against another."""
    setting = next(question("literal", 3, 1, "?A?", views=1).settings())
    tables = Tables(PoqiSystem(setting, name_signers=False, shows_sends=True))
    engine = ReducedEngine(tables, BlameObserver(setting, careless(name)))
    found = engine.explore(Budget(), {})
    assert BLAME_SOUNDNESS.name in found.counterexamples


def test_it_is_not_asked_where_all_share_one_order() -> None:
    with pytest.raises(QuestionError, match="ask with --network rounds"):
        Question(4, 1, network="ordered", properties=(BLAME_SOUNDNESS,))


def test_it_is_asked_by_name_only() -> None:
    assert BLAME_SOUNDNESS not in Question(4, 1).properties
