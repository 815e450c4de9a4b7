"""Questions about PoQI drawn at random, small enough to be answered without any reduction."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random

from checker.question import Pattern, Question
from poqi_core.config import ConfigError
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import REGISTER, Reading, with_changes

NUMBERS = {"count": ("1", "2", "3"), "amount": ("0", "1/3", "1", "2")}


def random_readings(random: Random, *, most_changes: int) -> Readings:
    """A profile with a few of its readings changed."""
    base = PROFILES[random.choice(sorted(PROFILES))]
    chosen = random.sample(REGISTER, random.randint(0, most_changes))
    return with_changes(base, {entry.name: random.choice(_values(entry)) for entry in chosen})


def _values(reading: Reading) -> tuple[str, ...]:
    return (*reading.words, *NUMBERS.get(reading.numbers, ()))


def random_question(
    random: Random, network: str = "asynchronous", *, most_nodes: int = 4
) -> Question:
    """Two to four nodes, at most one of them faulty, one or two samples, and random patterns.

    The larger ones are drawn seldom, as most of them have too many states for a plain search.
    """
    while True:
        nodes = min(most_nodes, random.choice((2, 3, 3, 3, 4)))
        faulty = random.randrange(nodes) if random.random() < (1.4 - nodes / 4) else None
        most_views = 1 if nodes == 4 or (nodes == 3 and random.random() < 0.5) else 2
        most_samples = 2 if nodes == 2 or (nodes == 3 and faulty is None) else 1
        samples = random.randint(1, most_samples)
        readings = random_readings(random, most_changes=4)
        if readings.agree_on == "broadcast":
            continue  # The plain searches have no rounds that a node counts.
        try:
            return Question(
                nodes=nodes,
                faults=random.choice((0, 1)),
                readings=readings,
                network=network,
                predictions=tuple(random_pattern(random, nodes, faulty) for _ in range(samples)),
                samples=samples,
                views=most_views,
                start_view=random.choice((0, 0, 1, 2)),
            )
        except ConfigError:
            continue


def random_pattern(random: Random, nodes: int, faulty: int | None) -> Pattern:
    """Labels of at most two kinds; the adversary has one more than the highest of them."""
    return tuple(None if node == faulty else random.choice((0, 0, 1)) for node in range(nodes))


def questions_in_small_rounds(first_seed: int) -> Iterator[Question]:
    """Questions about two or three nodes whose rounds can be followed without domination."""
    for seed in count(first_seed):
        question = random_question(Random(seed), "rounds", most_nodes=3)
        assert question.predictions is not None
        faulty = None in question.predictions[0]
        labels = {label for pattern in question.predictions for label in pattern}
        if faulty and question.samples > 1:
            continue
        if faulty and question.nodes == 3:
            if question.readings.stop_after_decision == "no" or len(labels) == 3:
                continue
            question = replace(question, views=1)
        yield question
