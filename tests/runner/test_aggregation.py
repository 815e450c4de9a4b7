"""Weighted averaging and majority voting, by hand."""

import numpy as np
from runner_world import vectors_of

from runner.aggregation import labels_of, majority_vote, received, weighted_average


def test_the_heavier_node_wins_the_average() -> None:
    vectors = np.array([[[0.6, 0.4]], [[0.3, 0.7]]])
    # Equal weights: 0.45 against 0.55.  Three to one: 2.1 / 4 against 1.9 / 4.
    assert weighted_average(vectors, np.array([1.0, 1.0])).tolist() == [1]
    assert weighted_average(vectors, np.array([0.3, 0.1])).tolist() == [0]


def test_a_confident_minority_wins_the_average_and_loses_the_vote() -> None:
    vectors = np.array([[[0.51, 0.49]], [[0.51, 0.49]], [[0.0, 1.0]]])
    assert weighted_average(vectors, np.ones(3)).tolist() == [1]
    assert majority_vote(vectors).tolist() == [0]


def test_ties_go_to_the_lowest_class() -> None:
    vectors = vectors_of([[3, 2], [1, 2], [1, 4], [3, 4]])
    assert majority_vote(vectors).tolist() == [1, 2]
    assert labels_of(np.array([[0.4, 0.4, 0.2]])).tolist() == [0]


def test_under_equivocation_each_receiver_aggregates_something_else() -> None:
    """Two honest nodes differ, so the faulty third one decides the vote, for each as it likes."""
    vectors = vectors_of([[1], [2], [0]])
    shown = vectors_of([[2], [1], [0]])[None]
    assert majority_vote(received(vectors, shown, [2], 0)).tolist() == [2]
    assert majority_vote(received(vectors, shown, [2], 1)).tolist() == [1]
    assert received(vectors, shown[:0], [], 0) is vectors
    assert labels_of(vectors).tolist() == [[1], [2], [0]], "what was loaded is left as it was"
