"""Prediction patterns: what each node predicts for a sample, and which nodes are faulty."""

from collections.abc import Iterator
from typing import TypeAlias

from checker.errors import QuestionError
from poqi_core.prediction import Label

MOST_LABELS = 20

Pattern: TypeAlias = tuple[Label | None, ...]
"""The label that each node predicts for a sample; None for a faulty node."""


def canonical_patterns(nodes: int, placement: tuple[int, ...], labels: int) -> Iterator[Pattern]:
    """Every pattern of at most ``labels`` labels up to renaming, in ascending order.

    Renaming labels of one sample changes no behaviour, as the protocol only compares them; so
    the honest labels are numbered in the order of their first occurrence.
    """
    honest = [node for node in range(nodes) if node not in placement]

    def extend(prefix: tuple[Label, ...]) -> Iterator[tuple[Label, ...]]:
        if len(prefix) == len(honest):
            yield prefix
            return
        used = 1 + max(prefix, default=-1)
        for label in range(min(used + 1, labels)):
            yield from extend((*prefix, label))

    for chosen in extend(()):
        by_node = dict(zip(honest, chosen, strict=True))
        yield tuple(by_node.get(node) for node in range(nodes))


def patterns_up_to_renaming(nodes: int, labels: int) -> int:
    """How many patterns of at most ``labels`` labels that many nodes have, up to renaming.

    The sum of the Stirling numbers of the second kind S(nodes, k) for k up to ``labels``.
    """
    partitions = [1] + [0] * labels
    for _ in range(nodes):
        partitions = [
            0,
            *(k * partitions[k] + partitions[k - 1] for k in range(1, labels + 1)),
        ]
    return sum(partitions)


def pattern_text(pattern: Pattern) -> str:
    """A pattern as a person writes it: A, B, C ... for labels, ? for a faulty node."""
    return "".join("?" if label is None else chr(ord("A") + label) for label in pattern)


def parse_patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns that ``text`` writes, one a sample, separated by commas.

    Raises:
        QuestionError: a character is neither a letter from A to T nor a question mark.
    """
    patterns = []
    for part in text.split(","):
        for place, letter in enumerate(part, 1):
            if letter != "?" and not 0 <= ord(letter) - ord("A") < MOST_LABELS:
                last = chr(ord("A") + MOST_LABELS - 1)
                raise QuestionError(
                    f"{letter!r} at place {place} of pattern {part!r} is no label; write A to "
                    f"{last} for a label and ? for a faulty node"
                )
        patterns.append(tuple(None if letter == "?" else ord(letter) - ord("A") for letter in part))
    return tuple(patterns)


def faulty_in(pattern: Pattern) -> tuple[int, ...]:
    """The faulty nodes, in ascending order."""
    return tuple(node for node, label in enumerate(pattern) if label is None)


def unity(pattern: Pattern) -> int:
    """How many honest nodes predict the label that most of them predict."""
    return max(pattern.count(label) for label in pattern if label is not None)
