"""Records, variants, sequences and maps as values of the Informal Trace Format.

| Python | trace format |
| --- | --- |
| dataclass or named tuple | record: an object with a field for each field |
| one of several records | variant: ``{"tag": NAME, "value": RECORD}`` |
| ``X | None`` | a sequence of no item or one |
| ``tuple[X, ...]`` | sequence: a list |
| ``tuple[X, Y]`` | ``{"#tup": [X, Y]}`` |
| mapping from numbers | ``{"#map": [[KEY, VALUE], ...]}`` |
| mapping from names | record |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from traces.json_text import Json, shortened
from traces.scalars import misfit


class Codec(Protocol):
    """How values of one type are written and read."""

    def encode(self, value: object) -> Json:
        """The JSON form of ``value``.

        Raises:
            TraceError: it is too long for a trace.
        """

    def decode(self, json: Json, place: str) -> object:
        """The value that ``json`` stands for; ``place`` is where in the file it stands.

        Raises:
            TraceError: it stands for none; the message names the place.
        """


class Constructor(Protocol):
    """A class whose fields are given by name."""

    def __call__(self, **fields: object) -> object:
        """A new value."""


def field_of(json: Json, name: str, place: str) -> Json:
    """Field ``name`` of the object ``json``.

    Raises:
        TraceError: ``json`` is no object or lacks the field.
    """
    if not isinstance(json, dict):
        raise misfit(place, "an object", json)
    if name not in json:
        raise misfit(place, f"a field {name}", json)
    return json[name]


def check_fields(json: Json, names: Mapping[str, object], place: str) -> dict[str, Json]:
    """``json`` as an object that has exactly the fields ``names``.

    Raises:
        TraceError: it is none.
    """
    if not isinstance(json, dict):
        raise misfit(place, "an object", json)
    if json.keys() != names.keys():
        for name in names:
            field_of(json, name, place)
        unknown = next(name for name in json if name not in names)
        raise misfit(place, "no other field than " + ", ".join(names), unknown)
    return json


@dataclass(frozen=True)
class RecordCodec:
    """A dataclass or named tuple."""

    make: Constructor
    fields: Mapping[str, Codec]

    def encode(self, value: object) -> Json:
        """The record as an object, its fields in order."""
        return {name: codec.encode(getattr(value, name)) for name, codec in self.fields.items()}

    def decode(self, json: Json, place: str) -> object:
        """The value; every field must be there, and no other."""
        given = check_fields(json, self.fields, place)
        return self.make(
            **{
                name: codec.decode(given[name], f"{place}.{name}")
                for name, codec in self.fields.items()
            }
        )


@dataclass(frozen=True)
class VariantCodec:
    """One of several records, told apart by its tag; a plain value stands for itself."""

    records: Mapping[str, Codec]
    plain: tuple[tuple[type[object], Codec], ...]

    def encode(self, value: object) -> Json:
        """The plain value, or the record with its tag."""
        for kind, codec in self.plain:
            if type(value) is kind:
                return codec.encode(value)
        tag = type(value).__name__
        return {"tag": tag, "value": self.records[tag].encode(value)}

    def decode(self, json: Json, place: str) -> object:
        """The value; in the place of what is inside, the tag is passed over."""
        if self.plain and not (isinstance(json, dict) and "tag" in json):
            return self.plain[0][1].decode(json, place)
        given = check_fields(json, {"tag": None, "value": None}, place)
        tag = given["tag"]
        if not isinstance(tag, str) or tag not in self.records:
            raise misfit(f"{place}.tag", "one of " + ", ".join(self.records), tag)
        return self.records[tag].decode(given["value"], place)


@dataclass(frozen=True)
class OptionalCodec:
    """A value or None, as a sequence of at most one item."""

    item: Codec

    def encode(self, value: object) -> Json:
        """No item for None."""
        return [] if value is None else [self.item.encode(value)]

    def decode(self, json: Json, place: str) -> object:
        """The value or None."""
        if not isinstance(json, list) or len(json) > 1:
            raise misfit(place, "a list of at most one item", json)
        return self.item.decode(json[0], place) if json else None


@dataclass(frozen=True)
class SequenceCodec:
    """A tuple of any length."""

    item: Codec

    def encode(self, value: object) -> Json:
        """A list."""
        assert isinstance(value, tuple)
        return [self.item.encode(item) for item in value]

    def decode(self, json: Json, place: str) -> object:
        """The tuple."""
        if not isinstance(json, list):
            raise misfit(place, "a list", json)
        return tuple(self.item.decode(item, f"{place}[{at}]") for at, item in enumerate(json))


@dataclass(frozen=True)
class TupleCodec:
    """A tuple of a fixed length."""

    items: tuple[Codec, ...]

    def encode(self, value: object) -> Json:
        """A tuple of the format."""
        assert isinstance(value, tuple)
        return {"#tup": [codec.encode(item) for codec, item in zip(self.items, value, strict=True)]}

    def decode(self, json: Json, place: str) -> object:
        """The tuple."""
        given = check_fields(json, {"#tup": None}, place)["#tup"]
        if not isinstance(given, list) or len(given) != len(self.items):
            raise misfit(place, f"a tuple of {len(self.items)}", given)
        return tuple(
            codec.decode(item, f"{place}[{at}]")
            for at, (codec, item) in enumerate(zip(self.items, given, strict=True))
        )


@dataclass(frozen=True)
class MapCodec:
    """A mapping from whole numbers."""

    key: Codec
    item: Codec

    def encode(self, value: object) -> Json:
        """A map of the format, in ascending order of the keys."""
        assert isinstance(value, Mapping)
        return {
            "#map": [[self.key.encode(key), self.item.encode(value[key])] for key in sorted(value)]
        }

    def decode(self, json: Json, place: str) -> object:
        """The mapping, in ascending order of the keys; no key may occur twice."""
        given = check_fields(json, {"#map": None}, place)["#map"]
        if not isinstance(given, list):
            raise misfit(place, "a list of pairs", given)
        result: dict[int, object] = {}
        for pair in given:
            if not isinstance(pair, list) or len(pair) != 2:
                raise misfit(place, "a list of pairs", pair)
            key = self.key.decode(pair[0], place)
            assert isinstance(key, int)
            if key in result:
                raise misfit(place, "each key once", key)
            result[key] = self.item.decode(pair[1], f"{place}[{shortened(key)}]")
        return dict(sorted(result.items()))


@dataclass(frozen=True)
class NamesCodec:
    """A mapping from names."""

    item: Codec

    def encode(self, value: object) -> Json:
        """An object, in the order of the mapping."""
        assert isinstance(value, Mapping)
        return {str(name): self.item.encode(item) for name, item in value.items()}

    def decode(self, json: Json, place: str) -> object:
        """The mapping."""
        if not isinstance(json, dict):
            raise misfit(place, "an object", json)
        return {name: self.item.decode(item, f"{place}.{name}") for name, item in json.items()}
