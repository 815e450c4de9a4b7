"""Writing and reading any value of the core, driven by its type hints alone.

There is no list of messages or fields here: :func:`codec_of` looks at the hints of a class
and composes the codecs of :mod:`traces.scalars` and :mod:`traces.compounds`.  A field that is
added to the core is in the file at once, and a file without it is refused.
"""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from types import NoneType, UnionType
from typing import TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

from traces.compounds import (
    Codec,
    Constructor,
    MapCodec,
    NamesCodec,
    OptionalCodec,
    RecordCodec,
    SequenceCodec,
    TupleCodec,
    VariantCodec,
)
from traces.json_text import Json
from traces.scalars import (
    FloatCodec,
    FractionCodec,
    TextCodec,
    TruthCodec,
    WholeCodec,
    WordCodec,
)

T = TypeVar("T")

_known: dict[object, Codec] = {
    int: WholeCodec(),
    bool: TruthCodec(),
    str: TextCodec(),
    float: FloatCodec(),
    Fraction: FractionCodec(),
}
"""The codecs composed so far."""


def encode(kind: type[T], value: T) -> Json:
    """``value`` as JSON, by the type hints of ``kind``.

    Raises:
        TraceError: a number or text in it is too long for a trace.
    """
    return codec_of(kind).encode(value)


def decode(kind: type[T], json: Json, place: str) -> T:
    """The ``kind`` that ``json`` stands for.

    Raises:
        TraceError: it stands for none; the message names the place in the file.
    """
    value = codec_of(kind).decode(json, place)
    assert isinstance(value, kind)
    return value


def is_record(hint: object) -> TypeGuard[Constructor]:
    """Whether ``hint`` is a dataclass or a named tuple."""
    return isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"))


def codec_of(hint: object) -> Codec:
    """How values of the type ``hint`` are written and read.

    Raises:
        TypeError: the trace format has no form for such a type.
    """
    codec = _known.get(hint)
    if codec is None:
        codec = _known[hint] = _compose(hint)
    return codec


def _compose(hint: object) -> Codec:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return WordCodec(hint)
    if is_record(hint):
        return RecordCodec(hint, {name: codec_of(of) for name, of in get_type_hints(hint).items()})
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        if arguments[1:] == (...,):
            return SequenceCodec(codec_of(arguments[0]))
        return TupleCodec(tuple(codec_of(argument) for argument in arguments))
    if origin in (UnionType, Union):
        return _union(arguments)
    if origin is Mapping:
        item = codec_of(arguments[1])
        return NamesCodec(item) if arguments[0] is str else MapCodec(codec_of(arguments[0]), item)
    raise TypeError(f"the trace format has no form for {hint}")


def _union(members: tuple[object, ...]) -> Codec:
    kinds = [member for member in members if member is not NoneType]
    if len(kinds) == 1:
        inner = codec_of(kinds[0])
    else:
        records: dict[str, Codec] = {}
        plain: list[tuple[type[object], Codec]] = []
        for kind in kinds:
            if not isinstance(kind, type) or (plain and not is_record(kind)):
                raise TypeError(f"the trace format cannot tell apart {kinds}")
            codec, name = codec_of(kind), kind.__name__
            if is_record(kind):
                records[name] = codec
            else:
                plain.append((kind, codec))
        inner = VariantCodec(records, tuple(plain))
    return inner if len(kinds) == len(members) else OptionalCodec(inner)
