"""A Promela model out of tabulated automata, for a comparison with Spin.

Each node is a process whose local state is a number.  Its transitions are the edges of its
automaton: an edge is enabled if the messages that it needs have been sent, and a local state says
what its node has sent.  So a global state of the model is a vector of local states, as in the
checker, and so are the transitions, by construction.  The edges stand in a table of C, which is
how Spin is given a large automaton without a line of Promela for each of its edges.  (A call in
parentheses gets past Spin's ban on calls in expressions, which might have side effects.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from checker.observer import Seen
from checker.system import Event, Message, Shown, State
from checker.table import Automaton, Edge

_MOST_MESSAGES = 64
_MOST_LOCALS = 2**16


@dataclass(frozen=True)
class Model:
    """The text of a model: Promela, and the tables that it includes."""

    promela: str
    tables: str


def model_of(
    automata: Sequence[Automaton[State, Event, Message, Shown, Seen]],
    filled: Sequence[Sequence[Sequence[Edge]]],
) -> Model:
    """The model of ``automata``; ``filled`` holds for each local state its edges.

    Raises:
        ValueError: there are more messages than bits in a word, or several initial states.
    """
    most = max(len(edges) for process in filled for edges in process)
    rows: list[tuple[int, int]] = []
    needs: list[int] = []
    targets: list[int] = []
    sent: list[int] = []
    first_rows = []
    for automaton, process in zip(automata, filled, strict=True):
        first_rows.append(len(rows))
        for local, edges in enumerate(process):
            rows.append((len(needs), len(edges)))
            sent.append(automaton.sent_mask[local])
            needs += [edge.needs for edge in edges]
            targets += [edge.target for edge in edges]
        if len(process) > _MOST_LOCALS:
            raise ValueError(f"{len(process)} local states are more than a short holds")
    if max(sent, default=0) >> _MOST_MESSAGES:
        raise ValueError(f"the model takes {_MOST_MESSAGES} messages at most")
    tables = "\n".join(
        (
            _array("int", "first_edge", [first for first, _ in rows]),
            _array("int", "edges", [count for _, count in rows]),
            _array("unsigned long", "sent", sent, "UL"),
            _array("unsigned long", "needs", needs, "UL"),
            _array("unsigned short", "target", targets),
        )
    )
    places = range(len(automata))
    available = " | ".join(f"sent[{first_rows[place]} + now.at{place}]" for place in places)
    lines = [
        "c_decl {",
        '\\#include "tables.h"',
        "}",
        *(f"unsigned at{place} : 16 = {_initial(automata[place])};" for place in places),
        "c_code {",
        "static int can_follow(int row, int edge)",
        "{",
        "    if (edge >= edges[row]) return 0;",
        f"    unsigned long available = {available};",
        "    return !(needs[first_edge[row] + edge] & ~available);",
        "}",
        "}",
    ]
    for place in places:
        row = f"{first_rows[place]} + now.at{place}"
        lines += [f"active proctype node{place}() {{", "    do"]
        lines += [
            f"    :: d_step {{ c_expr {{ (can_follow)({row}, {edge}) }} -> "
            f"c_code {{ now.at{place} = target[first_edge[{row}] + {edge}]; }} }}"
            for edge in range(most)
        ]
        lines += ["    od", "}"]
    return Model("\n".join(lines) + "\n", tables)


def _initial(automaton: Automaton[State, Event, Message, Shown, Seen]) -> int:
    numbers = automaton.initial()
    if len(numbers) > 1:
        raise ValueError("the model takes one initial state a process")
    return numbers[0]


def _array(kind: str, name: str, values: Sequence[int], suffix: str = "") -> str:
    listed = ", ".join(f"{value}{suffix}" for value in values)
    return f"static const {kind} {name}[] = {{ {listed} }};"
