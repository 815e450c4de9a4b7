"""What a node says about a sample: a bare label, or a softmax vector with its label.

The protocol only ever compares labels and combines vectors that share one, so the
core is written against :data:`Prediction`, which is either of the two.  The model
checker passes bare labels, the runner passes :class:`Softmax` vectors, and both take
the same transitions: replacing every vector by its label before a step or after it
gives the same state (``tests/core/test_abstraction.py``).
"""

from collections.abc import Sequence
from enum import Enum
from statistics import median
from typing import NamedTuple, TypeAlias

Label: TypeAlias = int
"""The index of a class, counted from 0."""


class Softmax(NamedTuple):
    """A probability vector together with the label that it stands for.

    ``label`` is kept beside the vector since the label of a *combined* vector is by
    definition the primary's (see :func:`combine`), also where floating point would tie.
    """

    label: Label
    vector: tuple[float, ...]

    @classmethod
    def of(cls, vector: Sequence[float]) -> "Softmax":
        """The prediction that ``vector`` makes: its argmax, the lowest class on a tie (eq. 2, 3).

        Raises:
            ValueError: the vector is empty.
        """
        values = tuple(vector)
        if not values:
            raise ValueError("a softmax vector needs at least one class")
        return cls(values.index(max(values)), values)


Prediction: TypeAlias = Label | Softmax
"""A node's prediction in either domain."""


class CombinationRule(Enum):
    """How the primary combines the matching predictions (section III.2, after eq. 5)."""

    AVERAGE = "average"
    MEDIAN = "median"


def label_of(prediction: Prediction) -> Label:
    """The label of a prediction (eq. 2, 3)."""
    return prediction.label if isinstance(prediction, Softmax) else prediction


def combine(rule: CombinationRule, predictions: Sequence[Prediction]) -> Prediction:
    """The final decision that the primary makes of the predictions it collected (eq. 5).

    ``predictions`` all carry the primary's label and the first is the primary's own.
    If every vector has its maximum at class c, so have their average and their
    median, hence the result is *defined* to carry that label.  Bare labels combine to
    themselves.  All vectors have the same length.
    """
    own = predictions[0]
    if not isinstance(own, Softmax):
        return own
    vectors = [prediction.vector for prediction in predictions if isinstance(prediction, Softmax)]
    if rule is CombinationRule.AVERAGE:
        combined = tuple(sum(column) / len(vectors) for column in zip(*vectors, strict=True))
    else:
        combined = tuple(median(column) for column in zip(*vectors, strict=True))
    return Softmax(own.label, combined)
