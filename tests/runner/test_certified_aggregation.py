"""Closed forms for voting and averaging against all that faulty nodes can show."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runner.aggregation import majority_vote, weighted_average
from runner.certified_aggregation import attained_by_average, attained_by_majority

CLASSES = 4
SEEDS = st.integers(0, 10_000)
PLACEMENTS = st.sets(st.integers(0, 4), max_size=3).map(sorted)


def drawn(seed: int, samples: int = 6) -> NDArray[np.float64]:
    """Softmax outputs of five nodes in eighths: ties are common, and sums are exact."""
    draw = np.random.default_rng(seed)
    return draw.multinomial(8, np.full(CLASSES, 1 / CLASSES), (5, samples)) / 8


def shown(
    vectors: NDArray[np.float64], faulty: list[int], labels: tuple[int, ...]
) -> NDArray[np.float64]:
    """The same where each faulty node is certain of a label."""
    seen = vectors.copy()
    for node, label in zip(faulty, labels, strict=True):
        seen[node] = np.eye(CLASSES)[label]
    return seen


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, faulty=PLACEMENTS)
def test_majority_gives_what_some_votes_of_the_faulty_nodes_give(
    seed: int, faulty: list[int]
) -> None:
    vectors = drawn(seed)
    attained = np.zeros((vectors.shape[1], CLASSES), dtype=bool)
    for votes in product(range(CLASSES), repeat=len(faulty)):
        given_labels = majority_vote(shown(vectors, faulty, votes))
        attained[np.arange(len(given_labels)), given_labels] = True
    assert np.array_equal(attained_by_majority(vectors, faulty), attained)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, faulty=PLACEMENTS)
def test_an_average_gives_what_some_certain_outputs_give_and_nothing_else(
    seed: int, faulty: list[int]
) -> None:
    """What is in the simplex between them gives no more, as 300 draws say."""
    draw = np.random.default_rng(seed)
    vectors, weights = drawn(seed), draw.integers(1, 4, 5).astype(float)
    attained = np.zeros((vectors.shape[1], CLASSES), dtype=bool)
    for labels in product(range(CLASSES), repeat=len(faulty)):
        given_labels = weighted_average(shown(vectors, faulty, labels), weights)
        attained[np.arange(len(given_labels)), given_labels] = True
    found = attained_by_average(vectors, weights, faulty)
    assert np.array_equal(found, attained)
    for _ in range(300 if faulty else 1):
        seen = vectors.copy()
        seen[faulty] = draw.dirichlet(np.full(CLASSES, 0.5), (len(faulty), vectors.shape[1]))
        given_labels = weighted_average(seen, weights)
        assert found[np.arange(len(given_labels)), given_labels].all()


@pytest.mark.parametrize("faulty", [[], [0], [0, 1]])
def test_whoever_has_no_weight_has_no_say(faulty: list[int]) -> None:
    vectors = drawn(1)
    weights = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    found = attained_by_average(vectors, weights, faulty)
    assert (found.sum(axis=1) == 1).all()
    assert np.array_equal(found.argmax(axis=1), weighted_average(vectors, weights))
