"""How words are set where there is more than a terminal."""

import re

_NODE = re.compile(r"\bnode (?=\d)")


def typeset(text: str) -> str:
    """``text`` with real arrows, and with every node's number beside the word."""
    return _NODE.sub("node\u00a0", text.replace("->", "→"))
