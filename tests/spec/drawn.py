"""Settings drawn at random that are small enough for a plain search, always the same ones.

They are drawn as the random systems are on which the engines are compared, in parts of ten.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import NamedTuple

from explored import Explored, explored
from random_questions import random_question

from checker.setting import Setting

PARTS = 30
OF_A_PART = 10

MOST = {"asynchronous": 4_000, "rounds": 1_000}
"""The states of the largest setting that is taken, by network."""


class Drawn(NamedTuple):
    """A setting, and everything that it can do by the core."""

    network: str
    setting: Setting
    explored: Explored


def part(number: int) -> Iterator[Drawn]:
    """The settings of a part."""
    return islice(_drawn(50_000 + 1_000 * number), OF_A_PART)


def _drawn(first_seed: int) -> Iterator[Drawn]:
    for seed in count(first_seed):
        random = Random(seed)
        network = random.choice(("asynchronous", "asynchronous", "rounds"))
        question = random_question(random, network)
        if question.readings.support == "f+1-absent":
            continue  # It is of use to the broadcast, which the specification does not have.
        if question.config.has_ballots and question.nodes > random.choice((2, 3)):
            question = replace(question, ballots=1, adversary_labels=1, adversary_evidence=1)
        (setting,) = question.settings()
        found = explored(setting, network, MOST[network])
        if found is not None and found.states >= 10:
            yield Drawn(network, setting, found)
