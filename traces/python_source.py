"""Values of the core as Python source, laid out as ``ruff format`` lays it out."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

WIDTH = 100
"""The most columns of a line."""

Imports: TypeAlias = dict[str, set[str]]
"""For each module the names that the source needs from it."""


class Brackets(NamedTuple):
    """Items between brackets; the arguments of a call stay together where they fit in a line."""

    opening: str
    items: "tuple[tuple[str, Source], ...]"
    """Each with what stands in front of it, such as ``name=``."""
    closing: str
    is_call: bool = True


Source: TypeAlias = str | Brackets
"""An expression: a word that is never broken, or something in brackets."""


def call(name: str, **arguments: Source) -> Brackets:
    """A call with named arguments."""
    items = tuple((f"{name}=", argument) for name, argument in arguments.items())
    return Brackets(f"{name}(", items, ")")


def quoted(text: str) -> str:
    """A string literal."""
    return json.dumps(text)


def source_of(value: object, imports: Imports) -> Source:
    """The expression for ``value``; what it needs is added to ``imports``."""
    if isinstance(value, Fraction):
        imports.setdefault("fractions", set()).add("Fraction")
        only = () if value.denominator == 1 else (("", str(value.denominator)),)
        return Brackets("Fraction(", (("", str(value.numerator)), *only), ")")
    if isinstance(value, Mapping):
        entries = tuple((f"{key!r}: ", source_of(item, imports)) for key, item in value.items())
        return Brackets("{", entries, "}", is_call=False)
    names: tuple[str, ...] = getattr(value, "_fields", ())
    if dataclasses.is_dataclass(value):
        names = tuple(field.name for field in dataclasses.fields(value))
    if names or dataclasses.is_dataclass(value):
        kind = type(value)
        imports.setdefault(kind.__module__, set()).add(kind.__name__)
        return call(
            kind.__name__, **{name: source_of(getattr(value, name), imports) for name in names}
        )
    if isinstance(value, tuple):
        return Brackets(
            "(", tuple(("", source_of(item, imports)) for item in value), ")", is_call=False
        )
    return quoted(value) if isinstance(value, str) else repr(value)


def flat(source: Source) -> str:
    """``source`` in one line."""
    if isinstance(source, str):
        return source
    inner = ", ".join(f"{prefix}{flat(item)}" for prefix, item in source.items)
    comma = "," if source.opening == "(" and len(source.items) == 1 else ""
    return f"{source.opening}{inner}{comma}{source.closing}"


def laid_out(prefix: str, source: Source, suffix: str = "", indent: int = 0) -> Iterator[str]:
    """``prefix``, ``source`` and ``suffix`` in as few lines as fit."""
    margin = " " * indent
    line = f"{margin}{prefix}{flat(source)}{suffix}"
    if isinstance(source, str) or not source.items or len(line) <= WIDTH:
        yield line
        return
    yield f"{margin}{prefix}{source.opening}"
    inner = ", ".join(f"{before}{flat(item)}" for before, item in source.items)
    if source.is_call and indent + 4 + len(inner) <= WIDTH:
        yield f"{margin}    {inner}"
    else:
        for before, item in source.items:
            yield from laid_out(before, item, ",", indent + 4)
    yield f"{margin}{source.closing}{suffix}"


def import_lines(imports: Imports) -> Iterator[str]:
    """The import statements, the standard library before our own modules."""
    ours = [module for module in sorted(imports) if module.startswith("poqi_core")]
    standard = [module for module in sorted(imports) if module not in ours]
    for module in standard:
        yield from _import(module, imports[module])
    if standard:
        yield ""
    for module in ours:
        yield from _import(module, imports[module])


def _import(module: str, names: set[str]) -> Iterator[str]:
    ordered = sorted(names, key=str.lower)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"from {module} import ("
    for name in ordered:
        yield f"    {name},"
    yield ")"
