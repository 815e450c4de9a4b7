"""Random questions whose views are communication-closed, small enough for a flat search."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random

from random_questions import NUMBERS

from checker.question import Question
from checker.views.conditions import obstacle
from poqi_core.config import ConfigError
from poqi_core.readings import PAPER
from poqi_core.register import REGISTER, REPAIRS, Reading, with_changes

FIXED = {
    "late_messages",
    "wrong_view",
    "stop_after_decision",
    "authentication",
    "agree_on",
    "tie",
    "expert_label",
    *REPAIRS,
}
"""Readings that composition needs as they are, or that change nothing where it applies."""

VARIED = tuple(entry for entry in REGISTER if entry.name not in FIXED)


def random_values(random: Random, entries: list[Reading]) -> dict[str, str]:
    """A value for each of some readings."""
    values = {}
    for entry in entries:
        words = [word for word in entry.words if (entry.name, word) != ("timeout", "ballot")]
        values[entry.name] = random.choice([*words, *NUMBERS.get(entry.numbers, ())])
    return values


def _drawn(random: Random, most_nodes: int) -> Question:
    """Two to four nodes, up to two of them faulty, one sample, readings near to the paper's."""
    while True:
        nodes = min(most_nodes, random.choice((2, 3, 3, 4, 4)))
        most_faulty = {2: 1, 3: 2, 4: 2}[nodes]
        faulty = random.sample(range(nodes), random.randint(0, most_faulty))
        changes = random_values(random, random.sample(VARIED, random.choice((0, 1, 2, 2, 3, 4))))
        try:
            return Question(
                nodes=nodes,
                faults=random.choice((0, 1, 1, 1, 2)),
                readings=with_changes(PAPER, changes),
                predictions=(
                    tuple(
                        None if node in faulty else random.choice((0, 0, 1, 2))
                        for node in range(nodes)
                    ),
                ),
                views=random.choice((1, 2, 2, 3)),
                start_view=random.choice((0, 0, 1, 2)),
            )
        except (ConfigError, ValueError):
            continue


def closed_questions_of_two_samples(first_seed: int) -> Iterator[Question]:
    """Two or three nodes, and two samples up to a conflict after one or two rejections."""
    for seed in count(first_seed):
        random = Random(seed)
        question = _drawn(random, 3)
        assert question.predictions is not None
        if question.readings.decide == "primary":
            continue  # A run cannot go beyond one sample.
        two = replace(
            question,
            readings=replace(question.readings, conflict_after=random.choice((1, 1, 2))),
            samples=2,
            views=None,
            predictions=tuple(
                tuple(
                    None if label is None else random.choice((0, 0, 1))
                    for label in question.predictions[0]
                )
                for _ in range(2)
            ),
        )
        if obstacle(two) is None:
            yield two


def closed_questions(first_seed: int, most_nodes: int = 4) -> Iterator[Question]:
    """Questions of which the views can be composed."""
    for seed in count(first_seed):
        question = _drawn(Random(seed), most_nodes)
        if obstacle(question) is None:
            yield question
