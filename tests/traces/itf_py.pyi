"""The part of the library ``itf-py`` that the tests use; it brings no types of its own."""

from collections.abc import Mapping

from traces.json_text import Json

class State:
    meta: Mapping[str, object]
    values: Mapping[str, object]

class Trace:
    meta: Mapping[str, object]
    vars: list[str]
    states: list[State]
    loop: int | None

def trace_from_json(data: Json) -> Trace: ...
def trace_to_json(trace: Trace) -> Json: ...
