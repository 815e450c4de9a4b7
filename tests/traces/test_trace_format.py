"""The files are valid Informal Trace Format, and the documentation has every field."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import itf_py
import pytest
from trace_runs import by_name

import traces
from traces.codec import is_record
from traces.document import from_document
from traces.header import Header
from traces.json_text import Json, parse
from traces.trace import Snapshot

PAGE = Path(__file__).parents[2] / "docs" / "trace-format.md"
NAMES = list(by_name())


@pytest.mark.parametrize("name", NAMES)
def test_another_library_reads_the_files(name: str) -> None:
    trace = by_name()[name].trace()
    read = itf_py.trace_from_json(json.loads(traces.write(trace)))
    assert read.meta["format"] == "ITF"
    assert read.vars == ["act", "nodes", "records"]
    assert [state.meta["index"] for state in read.states] == list(range(trace.steps + 1))
    for snapshot, state in zip(trace.snapshots, read.states, strict=True):
        nodes = state.values["nodes"]
        assert isinstance(nodes, Mapping)
        assert set(nodes) == set(trace.run.honest)
        for node, mine in snapshot.nodes.items():
            for field in ("view", "sample", "decided"):
                assert getattr(nodes[node], field) == getattr(mine, field)
            assert list(nodes[node].rewards) == [str(reward) for reward in mine.rewards]
            assert nodes[node].log.objectors == mine.log.objectors


@pytest.mark.parametrize("name", NAMES)
def test_what_another_tool_saves_again_still_replays(name: str) -> None:
    trace = by_name()[name].trace()
    saved = itf_py.trace_to_json(itf_py.trace_from_json(json.loads(traces.write(trace))))
    again = from_document(parse(json.dumps(saved)))
    assert again == trace
    assert traces.replay(again).departure is None


def test_only_values_of_the_format_are_in_the_states() -> None:
    def check(value: Json) -> None:
        assert value is not None
        assert not isinstance(value, float)
        if isinstance(value, list):
            for item in value:
                check(item)
        elif isinstance(value, dict):
            special = [key for key in value if key.startswith("#")]
            assert len(special) <= 1
            assert not special or (len(value) == 1 and special[0] in ("#bigint", "#tup", "#map"))
            for item in value.values():
                check(item)

    for found in by_name().values():
        document: dict[str, Json] = json.loads(traces.write(found.trace()))
        states = document["states"]
        assert isinstance(states, list)
        for state in states:
            assert isinstance(state, dict)
            for variable in ("act", "nodes", "records"):
                check(state[variable])


def _fields(hint: object) -> Iterator[str]:
    """Every field of every record that a value of the type ``hint`` can contain."""
    name = getattr(hint, "__name__", "")
    if is_record(hint):
        for field, kind in get_type_hints(hint).items():
            yield f"{name}.{field}"
            yield from _fields(kind)
    for argument in get_args(hint):
        if argument not in (NoneType, ...):
            yield from _fields(argument)


@pytest.mark.parametrize("hint", [Header, Snapshot])
def test_the_page_about_the_format_has_every_field_and_no_other(hint: type[object]) -> None:
    rows = [
        line.split("|")[1].strip().strip("`")
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert len(rows) == len(set(rows))
    kinds = {name.split(".")[0] for name in _fields(hint)}
    documented = {row for row in rows if row.split(".")[0] in kinds}
    assert documented == set(_fields(hint))
