"""The questions that are put to mutants: each is one setting, or one run of the proofs.

No test of the project has a part in them: the checker explores, or the proofs hold every step
against the proved relation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from mutant_laws import (
    accepted_is_supported,
    conflict_is_computed,
    conflict_is_due,
    conflict_is_settled,
    majority_is_kept,
    rewards_follow,
    unanimous_is_accepted,
    views_go_on,
)

from checker.question import Question, parse_patterns
from poqi_core.properties import Property, properties_for
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes


class By(Enum):
    """Who answers."""

    CHECKER = "checker"
    """``poqi check``."""
    OPEN = "open network"
    """The checker, in a network in which faulty nodes try everything (:mod:`open_network`)."""
    STEPS = "steps"
    """The unreduced engine; each of its steps is judged by itself (:mod:`step_laws`)."""
    OUTCOMES = "outcomes"
    """What follows from each evidence that can come about (:mod:`checker.composition`)."""
    PROOFS = "proofs"
    """The relation of ``poqi prove``: is every step in the open network one of it?"""


@dataclass(frozen=True)
class Asked:
    """A question with a name.

    Attributes:
        question: what is asked.
        by: who answers.
    """

    question: Question
    by: By = By.CHECKER


def _ask(
    predictions: str,
    changes: Mapping[str, str] | None = None,
    *,
    profile: str = "paper",
    faults: int = 1,
    network: str = "asynchronous",
    engine: str = "reduced",
    views: int | None = None,
    ballots: int | None = None,
    laws: tuple[Property, ...] = (),
    names: tuple[str, ...] = (),
    by: By = By.CHECKER,
) -> Asked:
    patterns = parse_patterns(predictions)
    question = Question(
        nodes=len(patterns[0]),
        faults=faults,
        readings=with_changes(PROFILES[profile], changes or {}),
        network=network,
        engine=engine,
        predictions=patterns,
        samples=len(patterns),
        views=views,
        ballots=ballots,
    )
    properties = [
        entry for entry in properties_for(question.config) if not names or entry.name in names
    ]
    return Asked(replace(question, properties=(*properties, *laws)), by)


_RULE = rewards_follow(PROFILES["paper"].q, PROFILES["paper"].reward_start)

QUESTIONS: dict[str, Asked] = {
    # The published protocol, asynchronous, with a faulty node.
    "faulty-primary": _ask("?AAB", views=1, laws=(_RULE,)),
    "faulty-validator-split": _ask("AAB?", views=1),
    "two-views": _ask("?AAB", views=2),
    "collect-all": _ask("AAB?", {"collect": "4"}, views=1),
    "final-unchecked": _ask("AAA?", {"check_final": "no"}, views=1),
    "obey": _ask("AAA?", {"decide": "obey"}, views=1),
    # The same, where the faulty node also sends what must be refused.
    "open-validator": _ask("AAA?", views=1, by=By.OPEN),
    "open-split": _ask(
        "AB?", {"quorum": "majority"}, views=1, names=("decided-validity",), by=By.OPEN
    ),
    "open-collect": _ask("AAB?", {"collect": "4"}, views=1, by=By.OPEN),
    "open-final-unchecked": _ask("AAA?", {"check_final": "no"}, views=1, by=By.OPEN),
    "open-obey": _ask("AAA?", {"decide": "obey"}, views=1, by=By.OPEN),
    # The published protocol in rounds, all honest.
    "accepted": _ask("AAAA", network="rounds", laws=(_RULE, majority_is_kept(4))),
    "accepted-collecting": _ask("AAAA", {"collect": "4"}, network="rounds", laws=(_RULE,)),
    "rejected": _ask("ABBB", network="rounds", laws=(_RULE,)),
    "two-rejected": _ask("AABBB", network="rounds", laws=(_RULE,)),
    "unlike-samples": _ask("AAAA,BBBB", network="rounds", laws=(_RULE, views_go_on())),
    "rejections-add-up": _ask(
        "AABBB,BBBAA", network="rounds", laws=(views_go_on(), conflict_is_due(5))
    ),
    "conflict": _ask(
        "AABB,AAAA",
        network="rounds",
        laws=(_RULE, views_go_on(), conflict_is_due(4), conflict_is_settled(4)),
    ),
    "conflict-of-equals": _ask(
        "AAAA,BABA,AAAA", {"q": "0"}, network="rounds", laws=(conflict_is_settled(4),)
    ),
    "conflict-by-a-hair": _ask(
        "ABBA,AAAA", {"q": "1/1000"}, network="rounds", laws=(conflict_is_settled(4),)
    ),
    "conflict-of-three-labels": _ask(
        "AAAAA,ABBCC,AAAAA", {"q": "0"}, network="rounds", laws=(conflict_is_settled(5),)
    ),
    "early-conflict": _ask("AABB,AAAA", {"conflict_after": "2"}, network="rounds"),
    "told-among-faulty": _ask(
        "AAB?,AAA?", {"expert_label": "told", "conflict_after": "1"}, views=1
    ),
    "kept-majority": _ask("AAAA", {"reward_when": "not_rejected"}, network="rounds", laws=(_RULE,)),
    "late": _ask("AAA", {"late_messages": "yes", "timeout": "vote"}, views=2),
    "answered": _ask("A?AA", {"wrong_view": "vote"}, views=2),
    # Step by step.
    "steps-timed": _ask("?AA", {"timeout": "vote", "quorum": "majority"}, views=1, by=By.STEPS),
    "steps": _ask("AAA", faults=0, views=1, by=By.STEPS),
    "steps-collecting": _ask("AA?", {"collect": "3"}, faults=0, views=1, by=By.STEPS),
    "steps-of-locks": _ask("AB", profile="hardened", faults=0, ballots=3, by=By.STEPS),
    # Without reduction.
    "unreduced-primary": _ask("?AA", {"quorum": "majority"}, views=1, engine="full"),
    "unreduced-validator": _ask("AB?", {"quorum": "majority"}, views=1, engine="full"),
    "unreduced-repaired": _ask("AB", profile="hardened", faults=0, ballots=2, engine="full"),
    # The repaired protocol, in rounds.
    "repaired-rounds": _ask(
        "AAAB",
        profile="hardened",
        network="rounds",
        ballots=1,
        laws=(_RULE, majority_is_kept(4)),
    ),
    "repaired-two-nodes": _ask(
        "AB",
        profile="hardened",
        faults=0,
        network="rounds",
        ballots=1,
        laws=(_RULE, accepted_is_supported(2, 0), conflict_is_due(2), conflict_is_computed(0)),
    ),
    "repaired-three-nodes": _ask(
        "ABB",
        profile="hardened",
        faults=0,
        network="rounds",
        ballots=1,
        laws=(_RULE, majority_is_kept(3), accepted_is_supported(3, 0), conflict_is_due(3)),
    ),
    "repaired-conflict": _ask(
        "BABA",
        profile="hardened",
        network="rounds",
        ballots=1,
        laws=(_RULE, conflict_is_due(4), conflict_is_computed(1)),
    ),
    "repaired-samples": _ask(
        "AAB,BAB",
        profile="hardened",
        faults=0,
        network="rounds",
        ballots=1,
        laws=(_RULE, views_go_on()),
    ),
    "repaired-synchrony": _ask(
        "A?AA", profile="hardened", network="rounds", ballots=1, names=("termination",)
    ),
    "repaired-equivocation": _ask(
        "?AAA", profile="hardened", ballots=1, names=("evidence-agreement",)
    ),
    # The repaired protocol, in the open network; a quorum is everybody, so that few nodes do.
    "open-repaired": _ask(
        "?AA",
        profile="hardened",
        ballots=1,
        names=("evidence-agreement", "decided-validity"),
        by=By.OPEN,
    ),
    # What follows from evidence.
    "outcomes-alike": _ask(
        "?AAA",
        profile="hardened",
        laws=(_RULE, conflict_is_due(4), unanimous_is_accepted(4)),
        by=By.OUTCOMES,
    ),
    "outcomes-split": _ask(
        "?AAB", profile="hardened", laws=(_RULE, conflict_is_computed(1)), by=By.OUTCOMES
    ),
    # The steps of the repaired protocol, held against the proved relation.
    "relation": _ask("AB", profile="hardened", faults=0, ballots=3, by=By.PROOFS),
    "relation-any-evidence": _ask("AB", profile="hardened", faults=1, ballots=2, by=By.PROOFS),
    "relation-faulty-next": _ask("A?", profile="hardened", faults=1, ballots=2, by=By.PROOFS),
    "relation-faulty-leader": _ask("?A", profile="hardened", faults=1, ballots=2, by=By.PROOFS),
    "relation-three-ballots": _ask("?A", profile="hardened", faults=1, ballots=3, by=By.PROOFS),
    "relation-three-nodes": _ask("?AA", profile="hardened", faults=1, ballots=1, by=By.PROOFS),
}
"""Every question by its name."""
