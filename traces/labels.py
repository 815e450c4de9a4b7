"""Labels as a person writes them: A for 0, B for 1, as in the option ``--predictions``.

A prediction pattern has a letter for each honest node and ``?`` for each faulty one.  A label
beyond Z stands as its number in parentheses, so that every pattern can be written.
"""

import re
from collections.abc import Mapping

from poqi_core.prediction import Label

_ITEM = re.compile(r"\?|[A-Z]|\((?:0|[1-9][0-9]{0,17})\)")


def letter(label: Label) -> str:
    """The name of ``label``."""
    return chr(ord("A") + label) if 0 <= label < 26 else f"({label})"


def pattern(predicted: Mapping[int, Label], nodes: int) -> str:
    """The pattern in which the nodes of ``predicted`` are honest and the rest of N faulty."""
    return "".join(letter(predicted[node]) if node in predicted else "?" for node in range(nodes))


def parse_pattern(text: str) -> tuple[Label | None, ...]:
    """For each node the label that ``text`` gives it; None for a faulty node.

    Raises:
        ValueError: ``text`` is no pattern; the message says what it holds instead.
    """
    labels: list[Label | None] = []
    place = 0
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            raise ValueError(
                f"a pattern is made of A to Z, ? and numbers from 26 in parentheses, "
                f"not {text[place : place + 10]!r}"
            )
        word = item.group()
        if word == "?":
            labels.append(None)
        elif len(word) == 1:
            labels.append(ord(word) - ord("A"))
        else:
            labels.append(int(word[1:-1]))
        place = item.end()
    return tuple(labels)
