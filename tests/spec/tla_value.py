"""Values of TLA+ in Python: parsed from what TLC prints, and written as TLC reads them.

A record is a function of strings and a sequence a function of 1 to n, as in TLA+ itself; two
values are equal here iff they are equal there.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias


class Name(NamedTuple):
    """A model value, or the name of a definition."""

    name: str


class Function(NamedTuple):
    """A function that is no sequence."""

    pairs: frozenset[tuple["Value", "Value"]]

    def at(self, argument: "Value") -> "Value":
        """The value at ``argument``."""
        return dict(self.pairs)[argument]


Value: TypeAlias = "bool | int | str | Name | tuple[Value, ...] | frozenset[Value] | Function"


def function(values: Mapping[int, Value]) -> Value:
    """A function of numbers: a sequence if these are 1 to n."""
    if set(values) == set(range(1, len(values) + 1)):
        return tuple(values[place] for place in sorted(values))
    return Function(frozenset(values.items()))


def record(**fields: Value) -> Function:
    """A record."""
    return Function(frozenset(fields.items()))


def field(value: Value, name: str) -> Value:
    """The field of a record."""
    assert isinstance(value, Function)
    return value.at(name)


def entries(value: Value) -> dict[int, Value]:
    """The values of a function of numbers."""
    if isinstance(value, Function):
        return {argument: result for argument, result in value.pairs if isinstance(argument, int)}
    assert isinstance(value, tuple)
    return dict(enumerate(value, 1))


def written(value: Value) -> str:
    """The value as TLC reads it."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case str():
            return f'"{value}"'
        case Name(name):
            return name
        case frozenset():
            return "{" + ", ".join(sorted(written(element) for element in value)) + "}"
        case Function(pairs):
            if all(isinstance(argument, str) for argument, _ in pairs):
                fields = sorted(f"{name} |-> {written(content)}" for name, content in pairs)
                return "[" + ", ".join(fields) + "]"
            mapped = sorted(f"{written(argument)} :> {written(at)}" for argument, at in pairs)
            return "(" + " @@ ".join(mapped) + ")"
    return "<<" + ", ".join(written(element) for element in value) + ">>"


_TOKEN = re.compile(r'"[^"]*"|<<|>>|\|->|:>|@@|-?\d+|\w+|[][(){},]')
_BRACKET = re.compile(r'"[^"]*"|<<|>>|@@|[][(){},]')
_WORDS: dict[str, Value] = {"TRUE": True, "FALSE": False}


class Reader:
    """Parses values; what occurs again and again is parsed once."""

    def __init__(self) -> None:
        self._known: dict[str, Value] = {}

    def value(self, text: str) -> Value:
        """The value that ``text`` writes, each element of the outermost brackets looked up first.

        ``text`` holds no line breaks.
        """
        opening, parts = _split(text)
        if opening == "{":
            return frozenset(self._element(part) for part in parts)
        if opening == "<<":
            return tuple(self._element(part) for part in parts)
        if opening == "(":
            pairs = [part.split(" :> ", 1) for part in parts]
            return function({int(argument): self._element(at) for argument, at in pairs})
        return self._element(text)

    def _element(self, text: str) -> Value:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = parsed(text)
        return known


def _split(text: str) -> tuple[str, Iterable[str]]:
    """The outermost bracket, and the elements between it and its partner."""
    opening, closing = (text[:2], 2) if text.startswith("<<") else (text[:1], 1)
    if opening not in ("{", "<<", "("):
        return "", ()
    inside = text[len(opening) : -closing].strip()
    parts = []
    depth = start = 0
    for found in _BRACKET.finditer(inside):
        token = found.group()
        if token in ("<<", "(", "[", "{"):
            depth += 1
        elif token in (">>", ")", "]", "}"):
            depth -= 1
        elif token in (",", "@@") and depth == 0:
            parts.append(inside[start : found.start()].strip())
            start = found.end()
    if inside:
        parts.append(inside[start:].strip())
    return opening, parts


def parsed(text: str) -> Value:
    """The value that ``text`` writes.

    Raises:
        ValueError: it is no value as TLC prints them.
    """
    tokens = _TOKEN.findall(text)
    value, end = _parse(tokens, 0)
    if end != len(tokens):
        raise ValueError(f"no value of TLC: {text}")
    return value


def _parse(tokens: list[str], place: int) -> tuple[Value, int]:
    token = tokens[place]
    if token == "<<":
        elements, place = _elements(tokens, place + 1, ">>")
        return tuple(elements), place
    if token == "{":
        elements, place = _elements(tokens, place + 1, "}")
        return frozenset(elements), place
    if token in ("[", "("):
        return _parse_function(tokens, place)
    if token.startswith('"'):
        return token[1:-1], place + 1
    if token.lstrip("-").isdigit():
        return int(token), place + 1
    if not re.fullmatch(r"\w+", token):
        raise ValueError(f"no value of TLC at {token!r}")
    return _WORDS.get(token, Name(token)), place + 1


def _elements(tokens: list[str], place: int, closing: str) -> tuple[list[Value], int]:
    elements: list[Value] = []
    while tokens[place] != closing:
        if tokens[place] == ",":
            place += 1
        element, place = _parse(tokens, place)
        elements.append(element)
    return elements, place + 1


def _parse_function(tokens: list[str], place: int) -> tuple[Value, int]:
    is_record = tokens[place] == "["
    closing, between = ("]", ",") if is_record else (")", "@@")
    pairs: dict[Value, Value] = {}
    place += 1
    while tokens[place] != closing:
        if tokens[place] == between:
            place += 1
        argument, place = (tokens[place], place + 1) if is_record else _parse(tokens, place)
        pairs[argument], place = _parse(tokens, place + 1)
    return Function(frozenset(pairs.items())), place + 1
