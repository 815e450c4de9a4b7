"""The definitions of the specification, and which clause each cites, read off its comments."""

import re
from collections.abc import Iterator

from tlc import SPEC

from poqi_core.clauses import Clause

_COMMENTED = re.compile(r"((?:^\(\*.*\*\)\n)+)(?:RECURSIVE .*\n)?(\w+)(?:\(.*\))? *==", re.M)


_DEFINED = re.compile(r"^(?:LOCAL )?(\w+)(?:\(.*\))? *==|^  (\w+),? +\\\*", re.M)
"""A definition at the left margin, or a constant or variable with its comment."""


def defined() -> set[str]:
    """Everything that a module of the specification defines or declares, as module and name."""
    return {
        f"{path.stem}.{definition or declared}"
        for path in SPEC.glob("*.tla")
        for definition, declared in _DEFINED.findall(path.read_text(encoding="utf-8"))
    }


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
