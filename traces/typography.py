"""How words are set where there is more than a terminal."""

import re

from traces.json_text import Json

_NUMBERED = re.compile(r"\b(node|view|sample|ballot|step) (?=\d)")


def typeset(text: str) -> str:
    """``text`` with real arrows, and with the number of a thing always beside its name."""
    return _NUMBERED.sub("\\1\u00a0", text.replace("->", "→"))


def typeset_all(value: Json) -> Json:
    """``value`` with every text in it typeset, the names of fields apart."""
    match value:
        case str():
            return typeset(value)
        case list():
            return [typeset_all(item) for item in value]
        case dict():
            return {name: typeset_all(item) for name, item in value.items()}
        case _:
            return value
