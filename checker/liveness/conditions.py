"""Which questions are about runs without end."""

from checker.question import Question, QuestionError
from poqi_core.config import Config
from poqi_core.properties import Property


def require(question: Question) -> None:
    """Raise an error unless samples that come for ever can be asked about so.

    Raises:
        QuestionError: they cannot.
    """
    if any(not entry.when_stuck for entry in question.properties):
        raise QuestionError(
            "of samples that never end, termination alone can be asked; ask the other "
            "properties without --endless, of as many samples as you like"
        )
    if question.network in ("ordered", "lossy") or (
        any(question.placements) and not question.fault.forges
    ):
        raise QuestionError(
            "samples that never end are asked of the networks asynchronous and rounds, with "
            "Byzantine nodes or none; leave out --endless, or --network and --fault"
        )
    if question.engine != "reduced" or question.coverage:
        raise QuestionError(
            "samples that never end are explored in a quotient, which has an engine of its "
            "own; leave out --engine and --coverage"
        )


def can_change_for_ever(config: Config, network: str) -> bool:
    """Whether a node can always change the ballot, and nobody can tell how long messages take.

    Then a run can go on for ever within one sample.
    """
    timer = config.readings.timeout == "ballot"
    return config.has_ballots and timer and network == "asynchronous"


def asked_by_default(config: Config, network: str, entry: Property, *, endless: bool) -> bool:
    """Whether a property is asked if none is named.

    Where a run can go on for ever, termination is asked by name: no protocol can promise it.
    """
    if endless:
        return entry.when_stuck
    return not (entry.when_stuck and can_change_for_ever(config, network))
