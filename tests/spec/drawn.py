"""Settings drawn at random that are small enough for a plain search, always the same ones.

They are drawn as the random systems are on which the engines are compared, in parts of ten.
Chance draws few of four nodes, so that further settings are drawn until they are of a kind: one of
each network, profile, number of nodes, and place of the faulty node.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import NamedTuple

from covered import COMBINATIONS, OTHER_NETWORKS, TOO_LARGE, Combination, combination
from explored import Explored, explored
from random_questions import random_question

from checker.setting import Setting
from poqi_core.networks import Partition

PARTS = 30
OF_A_PART = 10

MOST = {"asynchronous": 4_000, "rounds": 1_000, "lossy": 3_000, "ordered": 1_000}
"""The states of the largest setting that is taken, by network."""

WANTED = [each for each in (*COMBINATIONS, *OTHER_NETWORKS) if each != TOO_LARGE]
"""The combinations of which a setting is drawn."""


class Drawn(NamedTuple):
    """A setting, and everything that it can do by the core."""

    network: str
    setting: Setting
    explored: Explored


def part(number: int) -> Iterator[Drawn]:
    """The settings of a part."""
    return islice(_drawn(50_000 + 1_000 * number), OF_A_PART)


def _partition(random: Random, nodes: int) -> Partition | None:
    """Two groups, for some time, or no partition."""
    first = frozenset(random.sample(range(nodes), random.randint(0, nodes // 2)))
    if not first:
        return None
    groups = (tuple(sorted(first)), tuple(sorted(set(range(nodes)) - first)))
    return random.choice((Partition(groups), Partition(groups, "rounds", 1, random.randint(1, 3))))


def of_kind(number: int) -> Drawn:
    """A setting of the combination of that number."""
    wanted = WANTED[number]
    return next(_drawn(200_000 + 10_000 * number, wanted))


def _drawn(first_seed: int, wanted: Combination | None = None) -> Iterator[Drawn]:
    for seed in count(first_seed):
        random = Random(seed)
        if wanted is None:
            network = random.choice(("asynchronous", "asynchronous", "rounds"))
        else:
            network = wanted.network
        question = random_question(
            random, "asynchronous" if network == "asynchronous" else "rounds"
        )
        if question.readings.support == "f+1-absent":
            continue  # It is of use to the broadcast, which the specification does not have.
        if question.config.has_ballots and question.nodes > random.choice((2, 3)):
            question = replace(question, ballots=1, adversary_labels=1, adversary_evidence=1)
        if wanted is not None:
            if question.nodes != wanted.nodes:
                continue
            if network == "ordered" and question.config.on_evidence:
                continue
            question = replace(question, views=1, adversary_labels=1, network=network)
            if network == "lossy":
                question = replace(
                    question,
                    losses=random.randint(0, 2),
                    partition=_partition(random, question.nodes),
                )
        (setting,) = question.settings()
        if wanted is not None and combination(network, setting) != wanted:
            continue
        found = explored(setting, network, MOST[network])
        if found is not None and found.states >= 10:
            yield Drawn(network, setting, found)
