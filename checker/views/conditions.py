"""When views can be composed, and what stands in the way otherwise."""

from collections.abc import Iterator

from checker.question import Question, QuestionError
from poqi_core.history import Facet
from poqi_core.properties import Property

_FLAT_NODES = 5
"""Up to so many nodes a flat engine answers, and its counterexamples are shortest ones."""

_READINGS = (
    ("agree_on", "label", "ballots of evidence are no views"),
    ("wrong_view", "ignore", "messages of another view have an effect"),
    ("late_messages", "no", "messages of an earlier view have an effect"),
    ("stop_after_decision", "yes", "a node stays in the view in which it has decided"),
)


_READINGS_OF_SEVERAL = (
    ("expert_label", "heard", "the word about a conflict sample belongs to no view"),
    ("tie", "lowest", "a choice among equals belongs to no view"),
    ("reward_when", "decided", "rewards change before a node leaves a view"),
)


def obstacle(question: Question) -> str | None:
    """The first condition of the composition that ``question`` does not meet; None: it can be used.

    Properties apart, see :func:`is_composable`.
    """
    return next(_obstacles(question), None)


def require(question: Question) -> None:
    """Do nothing if views can be composed for ``question``.

    Raises:
        QuestionError: they cannot; it says which condition is not met.
    """
    reason = obstacle(question)
    if reason is not None:
        raise QuestionError(reason)


def _obstacles(question: Question) -> Iterator[str]:
    if question.network not in ("asynchronous", "rounds"):
        yield (
            f"views are composed in the network asynchronous, and in rounds by what it shows; not "
            f"in {question.network}"
        )
    if any(question.placements) and not question.fault.forges:
        yield (
            f"views are composed with Byzantine nodes, not with {question.fault.name}; leave out "
            "--engine"
        )
    if question.network == "rounds" and question.config.has_timers:
        yield (
            "in lock-step rounds timers run out where nothing else happens; views are composed "
            "there without timers (timeout=none, and collect=own or a number)"
        )
    for name, needed, otherwise in _READINGS:
        value = question.readings.value(name)
        if value != needed:
            yield f"with {name}={value} {otherwise}; views can be composed with {name}={needed}"
    if question.config.quorum < 2:
        yield (
            "a quorum of one decides in the step that enters a view; views can be composed where "
            "a quorum is of two nodes or more"
        )
    if question.samples > 1:
        yield from _obstacles_to_several(question)
    if question.coverage:
        yield (
            "composed views do not say which clauses were exercised; ask for the coverage of "
            "another engine"
        )


def _obstacles_to_several(question: Question) -> Iterator[str]:
    for name, needed, otherwise in _READINGS_OF_SEVERAL:
        value = question.readings.value(name)
        if value != needed:
            yield (
                f"with {name}={value} {otherwise}; several samples can be composed with "
                f"{name}={needed}"
            )
    if question.views_a_sample < question.config.conflict_after:
        yield (
            "several samples can be composed up to a conflict alone: a node that is followed no "
            "further may have proposed already; leave out --views"
        )


def is_composable(question: Question, entry: Property) -> bool:
    """Whether ``entry`` is one of the properties that composed views can answer.

    It must be broken by what one or two nodes have shown, whatever the others do afterwards, and
    rewards must change in the step alone in which a node leaves a view.  What is asked of the end
    of runs can be answered for one sample that goes up to a conflict.
    """
    if entry.of_evidence or entry.of_signed is not None:
        return False
    if entry.when_stuck:
        return question.samples == 1 and question.views_a_sample >= question.config.conflict_after
    return question.readings.reward_when == "decided" or Facet.REWARDS not in entry.facets


def composes(question: Question, entry: Property) -> bool:
    """Whether ``entry`` is answered by composing views.

    It is where that was asked for, and from six nodes on, where the reduced engine would take too
    long, if the conditions are met.
    """
    if question.engine == "composed":
        return True
    return question.nodes > _FLAT_NODES and _can_be_composed(question, entry)


def is_sifted(question: Question, entry: Property) -> bool:
    """Whether views are composed first to see if ``entry`` holds.

    That is worth its time for several samples.  If it is violated the reduced engine is asked for a
    shortest run.
    """
    few = question.nodes <= _FLAT_NODES and question.samples > 1
    return few and not entry.when_stuck and _can_be_composed(question, entry)


def _can_be_composed(question: Question, entry: Property) -> bool:
    if question.engine != "reduced" or not is_composable(question, entry):
        return False
    return obstacle(question) is None
