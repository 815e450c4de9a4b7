"""Tables and masks change nothing: PoQI explored once more by calling the core at every step.

A state is here what the design calls it: the states of the honest nodes, what each of them has
shown, and the set of everything that was ever sent.  The core is called for every message that
is there and every event that the environment and the Byzantine nodes have to offer.
"""

from dataclasses import replace
from typing import NamedTuple, TypeAlias

import pytest

from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Adversary, PoqiSystem
from checker.question import Question, parse_patterns
from checker.setting import Setting
from checker.table import Tables
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.messages import CollectionClosed, Event, Received, Sample, TieBreak, TimeOut
from poqi_core.outputs import Send
from poqi_core.properties import Property, property_named
from poqi_core.readings import LITERAL, PAPER, Readings
from poqi_core.state import NodeState, initial
from poqi_core.step import step


class Sent(NamedTuple):
    recipient: int
    received: Received


World: TypeAlias = tuple[tuple[NodeState, ...], tuple[Record, ...], frozenset[Sent]]


def offered(setting: Setting, node: int) -> list[Event]:
    """What can befall a node whatever the honest nodes send."""
    views = range(setting.start_view, setting.last_view + 1)
    samples = range(len(setting.predicted))
    labels = [predicted[node] for predicted in setting.predicted_by_honest]
    return [
        *(Sample(index, label) for index, label in enumerate(labels)),
        *(TimeOut(view) for view in views),
        *(CollectionClosed(view) for view in views),
        *(TieBreak(sample, other) for sample in samples for other in range(setting.config.nodes)),
        *Adversary(setting).messages(),
    ]


def explore(setting: Setting) -> tuple[int, int]:
    """Count the states, and the steps between them that change a node."""
    honest, config = setting.honest, setting.config
    start: World = (
        tuple(initial(config, node, setting.start_view) for node in honest),
        tuple(Record() for _ in honest),
        frozenset(),
    )
    always = {node: offered(setting, node) for node in honest}
    visited, queue, steps = {start}, [start], 0
    for states, records, sent in queue:
        for place, node in enumerate(honest):
            before = states[place]
            if before.view - before.opened >= setting.views:
                continue
            arriving = [message.received for message in sent if message.recipient == node]
            for event in [*always[node], *arriving]:
                after, outputs = step(config, before, event)
                if after == before:
                    continue
                steps += 1
                record = follow(records[place], outputs, after, EVERY_FACET)
                following = (
                    (*states[:place], after, *states[place + 1 :]),
                    (*records[:place], record, *records[place + 1 :]),
                    sent.union(
                        Sent(recipient, Received(node, output.message))
                        for output in outputs
                        if isinstance(output, Send)
                        for recipient in output.recipients
                    ),
                )
                if following not in visited:
                    visited.add(following)
                    queue.append(following)
    return len(visited), steps


NEVER = Property(
    "never",
    "an exploration that waits for its violation goes on to the end",
    EVERY_FACET,
    lambda records, predicted: None,
)


@pytest.mark.parametrize(
    ("patterns", "readings", "views"),
    [
        ("ABA", PAPER, 2),
        ("AAA", PAPER, 1),
        ("AAB", LITERAL, 1),
        ("A?", replace(PAPER, check_final="no"), 2),
        ("?A,?A", PAPER, 1),
        ("?AB", PAPER, 1),
        ("A?B", replace(PAPER, timeout="vote"), 1),
        ("AA?", replace(PAPER, wrong_view="vote", late_messages="yes"), 1),
    ],
)
def test_a_search_without_tables_counts_the_same_states_and_steps(
    patterns: str, readings: Readings, views: int
) -> None:
    predictions = parse_patterns(patterns)
    question = Question(
        len(predictions[0]),
        1,
        readings,
        predictions=predictions,
        samples=len(predictions),
        views=views,
    )
    (setting,) = question.settings()
    engine = FullEngine(Tables(PoqiSystem(setting)), RecordObserver(setting, [NEVER]))
    explored = engine.explore(Budget(), {})
    assert explored.complete
    assert (explored.states, explored.transitions) == explore(setting)
    assert explored.states > 10


def test_the_core_is_called_once_for_a_state_and_an_event() -> None:
    """The calls of the tables stay far below the steps that are followed."""
    (setting,) = Question(4, 1, predictions=parse_patterns("AAAB"), views=1).settings()
    tables = Tables(PoqiSystem(setting))
    observer = RecordObserver(setting, [NEVER, property_named("agreement")])
    explored = FullEngine(tables, observer).explore(Budget(), {})
    states = sum(len(table.states) for table in tables.processes)
    events = max(len(table.events) for table in tables.processes)
    assert tables.calls <= states * events
    assert tables.calls < explored.transitions
    FullEngine(tables, observer).explore(Budget(), {})
    calls = tables.calls
    assert FullEngine(tables, observer).explore(Budget(), {}) == explored
    assert tables.calls == calls
