"""From the arguments of ``poqi check`` to a question."""

import argparse

from checker.question import Question, QuestionError, parse_patterns
from poqi.errors import CommandError
from poqi.readings_options import readings_of
from poqi_core.config import ConfigError
from poqi_core.faults import FAULTS
from poqi_core.networks import Partition, parse_partition
from poqi_core.properties import EVERY_PROPERTY, Property


def question_of(arguments: argparse.Namespace) -> Question:
    """The question that the arguments ask.

    Raises:
        CommandError: they do not fit each other.
    """
    predictions: str | None = arguments.predictions
    samples: int | None = arguments.samples
    try:
        patterns = None if predictions is None else parse_patterns(predictions)
        if samples is None:
            samples = 1 if patterns is None else len(patterns)
        return Question(
            nodes=arguments.nodes,
            faults=arguments.faulty,
            readings=readings_of(arguments),
            network=arguments.network,
            engine=arguments.engine,
            predictions=patterns,
            byzantine=_byzantine(arguments.byzantine),
            labels=arguments.labels,
            samples=samples,
            views=arguments.views,
            start_view=arguments.start_view,
            ballots=arguments.ballots,
            adversary_labels=arguments.adversary_labels,
            adversary_evidence=arguments.adversary_evidence,
            properties=_properties(arguments.property),
            endless=arguments.endless,
            coverage=arguments.coverage,
            alternatives=arguments.coverage,
            drawn=arguments.drawn,
            fault=FAULTS[arguments.fault],
            losses=arguments.losses,
            partition=_partition(arguments.partition),
        )
    except (QuestionError, ConfigError) as error:
        raise CommandError(str(error)) from None


def _partition(text: str | None) -> Partition | None:
    if text is None:
        return None
    try:
        return parse_partition(text)
    except ValueError as error:
        raise CommandError(f"--partition: {error}") from None


def _byzantine(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    if text == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise CommandError(
            f"--byzantine {text!r} names no nodes; write numbers such as 0 or 0,2, or none"
        ) from None


def _properties(names: list[str] | None) -> tuple[Property, ...]:
    if not names:
        return ()
    known = {entry.name: entry for entry in EVERY_PROPERTY}
    for name in names:
        if name not in known:
            raise CommandError(
                f"there is no property {name!r} to check; the properties are {', '.join(known)}"
            )
    return tuple(known[name] for name in dict.fromkeys(names))
