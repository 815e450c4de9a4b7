"""What a random run is a run of: who is faulty, and what the others predict."""

from checker.question import Pattern, Question
from checker.setting import Setting
from checker.simulation.chance import Chance
from poqi_core.faults import NONE

_SHARES = (0.5, 0.7, 0.9)
"""How likely an honest node is to predict the most frequent label, where they disagree."""


def draw_setting(question: Question, chance: Chance) -> Setting:
    """A setting of ``question``; what the question fixes is not drawn.

    Placements are equally likely.  Patterns are not: nodes that mostly agree are as frequent
    as nodes that are split, and sometimes all agree.
    """
    if question.predictions is not None:
        predicted = question.predictions
    else:
        faulty = _placement(question, chance)
        predicted = tuple(_pattern(question, faulty, chance) for _ in range(question.samples))
    return Setting(
        question.config,
        predicted,
        question.views_a_sample,
        question.start_view,
        question.ballots_a_sample,
        question.adversary_labels,
        question.adversary_evidence,
        question.fault,
        question.losses,
        question.partition,
    )


def _placement(question: Question, chance: Chance) -> frozenset[int]:
    if question.byzantine is not None:
        return frozenset(question.byzantine)
    if question.fault == NONE:
        return frozenset()
    return frozenset(chance.some(range(question.nodes), question.faults))


def _pattern(question: Question, faulty: frozenset[int], chance: Chance) -> Pattern:
    """Labels are drawn anew for each sample, the frequent one among them."""
    frequent = chance.below(question.labels)
    share = 1.0 if chance.happens(0.2) else chance.pick(_SHARES)
    return tuple(
        None
        if node in faulty
        else frequent
        if chance.happens(share)
        else chance.below(question.labels)
        for node in range(question.nodes)
    )
