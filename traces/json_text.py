"""JSON as this room reads it: whole numbers only, no key twice, and a limit on everything.

A trace comes from anywhere.  Whatever is slow, ambiguous or outside the Informal Trace Format
is refused here, before anybody looks at the meaning.
"""

import json
from typing import NoReturn, TypeAlias

from traces.errors import TraceError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that a JSON text stands for."""

MOST_DIGITS = 20
"""The most digits of a number; a longer one is written as text, ``{"#bigint": "..."}``."""

MOST_CONTAINERS = 2_000_000
"""The most lists and objects; an empty one takes twenty times its text in memory."""


def parse(text: str) -> Json:
    """The value that ``text`` stands for.

    Raises:
        TraceError: it is not JSON, or JSON that no trace contains.
    """
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise TraceError("it has too many lists and objects for a trace")
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        what = "the text ends too early" if error.pos >= len(text.rstrip()) else error.msg
        raise TraceError(
            f"it is not JSON, or truncated: line {error.lineno}, column {error.colno}: {what}"
        ) from None
    except RecursionError:
        raise TraceError("it is nested too deeply for a trace") from None
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise TraceError(f"the field {shortened(name)} occurs twice in one object")
            seen.add(name)
    return value


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise TraceError(f"a number of {len(text)} digits is too long; {MOST_DIGITS} are allowed")
    return int(text)


def _fraction(text: str) -> NoReturn:
    raise TraceError(f"a trace has no fractional numbers, but this one has {text[:20]}")


def _constant(text: str) -> NoReturn:
    raise TraceError(f"a trace has no {text}")


def shortened(value: Json) -> str:
    """``value`` in a few words, for an error message."""
    match value:
        case None:
            return "null"
        case list():
            return f"a list of {len(value)}"
        case dict():
            names = ", ".join(ascii(name[:40])[1:-1] for name in list(value)[:3])
            more = ", ..." if len(value) > 3 else ""
            return f"an object with {names}{more}" if value else "an empty object"
        case str():
            text = json.dumps(value[:40])
            return text if len(value) <= 40 else f'{text[:-1]}..."'
        case _:
            return json.dumps(value)
