"""Which definition of the specification cites which clause, read off its comments."""

import re
from collections.abc import Iterator

from tlc import SPEC

from poqi_core.clauses import Clause

_COMMENTED = re.compile(r"((?:^\(\*.*\*\)\n)+)(?:RECURSIVE .*\n)?(\w+)(?:\(.*\))? *==", re.M)


def cited() -> dict[str, list[str]]:
    """For each clause the definitions whose comment names it, as module and name."""
    found: dict[str, list[str]] = {}
    for clause, definition in _citations():
        found.setdefault(clause, []).append(definition)
    return found


def _citations() -> Iterator[tuple[str, str]]:
    names = {clause.name for clause in Clause}
    for path in sorted(SPEC.glob("*.tla")):
        if path.stem in ("PoQI", "Rounds"):
            continue  # their actions say what can happen, not what comes of it
        for comment, definition in _COMMENTED.findall(path.read_text(encoding="utf-8")):
            for word in re.findall(r"[A-Z][A-Z_]+", comment):
                if word in names:
                    yield word, f"{path.stem}.{definition}"
