"""How words are set where there is more than a terminal."""

import re

from traces.json_text import Json

_NUMBERED = re.compile(r"\b(node|view|sample|ballot|step) (?=\d)")
_IN_EVIDENCE = re.compile(r"-(?=[-A-Z\[])")


def typeset(text: str) -> str:
    """``text`` with real arrows, and without a line's end in the middle of a name.

    The number of a thing stays beside its kind, and evidence such as ``A-BB`` in one piece.
    """
    joined = text.replace("->", "→").replace(" = ", "\u00a0=\u00a0")
    joined = _IN_EVIDENCE.sub("\u2011", joined)
    return _NUMBERED.sub("\\1\u00a0", joined)


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
