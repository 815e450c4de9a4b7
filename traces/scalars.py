"""Numbers, words and texts as values of the Informal Trace Format.

The format knows whole numbers, truth values and strings.  A reward is the exact text of a
fraction, ``"1/2"``; a probability is the shortest text that gives the same float back.  A
value has one spelling only, so what was written and read again is the same text.
"""

import math
import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from traces.errors import TraceError
from traces.json_text import Json, shortened

LONGEST_TEXT = 100_000
"""The most characters of a text."""

LONGEST_NUMBER = 1_000
"""The most characters of a number that is written as text."""

_LARGEST_PLAIN = 2**53 - 1
"""The largest integer that the format allows as a JSON number (RFC 7159)."""

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)(?:/[1-9][0-9]*)?")


def misfit(place: str, expected: str, found: Json) -> TraceError:
    """The error for a value of the wrong kind."""
    return TraceError(f"{place}: expected {expected}, found {shortened(found)}")


def _numeral(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise TraceError(
            f"a number of {len(text)} characters is too long for a trace; "
            f"{LONGEST_NUMBER} are allowed"
        )
    return text


class WholeCodec:
    """A whole number: a JSON number, or ``{"#bigint": "..."}`` where that would be too large."""

    def encode(self, value: object) -> Json:
        """The JSON form of an int."""
        assert isinstance(value, int)
        if abs(value) <= _LARGEST_PLAIN:
            return value
        if value.bit_length() > 4 * LONGEST_NUMBER:
            raise TraceError(f"a number of {value.bit_length()} bits is too long for a trace")
        return {"#bigint": _numeral(str(value))}

    def decode(self, json: Json, place: str) -> object:
        """The int; other tools write every number as ``#bigint``, so that is accepted too."""
        if isinstance(json, int) and not isinstance(json, bool):
            return json
        if isinstance(json, dict) and len(json) == 1:
            text = json.get("#bigint")
            if isinstance(text, str) and len(text) <= LONGEST_NUMBER and _WHOLE.fullmatch(text):
                return int(text)
        raise misfit(place, "a whole number", json)


class TruthCodec:
    """A truth value."""

    def encode(self, value: object) -> Json:
        """The JSON form of a bool."""
        assert isinstance(value, bool)
        return value

    def decode(self, json: Json, place: str) -> object:
        """The bool."""
        if isinstance(json, bool):
            return json
        raise misfit(place, "true or false", json)


class TextCodec:
    """A line of text without control characters, as it may end up on a terminal."""

    def encode(self, value: object) -> Json:
        """The JSON form of a str."""
        assert isinstance(value, str)
        if len(value) > LONGEST_TEXT or not value.isprintable():
            raise TraceError(f"{shortened(value)} is not a line of at most {LONGEST_TEXT} letters")
        return value

    def decode(self, json: Json, place: str) -> object:
        """The str."""
        if isinstance(json, str) and len(json) <= LONGEST_TEXT and json.isprintable():
            return json
        raise misfit(place, "a line of text", json)


class FractionCodec:
    """An exact rational number in lowest terms, such as ``"1/2"`` or ``"3"``."""

    def encode(self, value: object) -> Json:
        """The JSON form of a Fraction."""
        assert isinstance(value, Fraction)
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > 4 * LONGEST_NUMBER:
            raise TraceError("a reward is too long for a trace")
        return _numeral(str(value))

    def decode(self, json: Json, place: str) -> object:
        """The Fraction."""
        if isinstance(json, str) and len(json) <= LONGEST_NUMBER and _FRACTION.fullmatch(json):
            value = Fraction(json)
            if str(value) == json:
                return value
        raise misfit(place, 'a fraction in lowest terms such as "1/2"', json)


class FloatCodec:
    """A finite float as the shortest text that gives it back."""

    def encode(self, value: object) -> Json:
        """The JSON form of a float; an int among floats is taken for one."""
        assert isinstance(value, float | int)
        number = float(value)
        if not math.isfinite(number):
            raise TraceError(f"{number} is not a probability")
        return repr(number)

    def decode(self, json: Json, place: str) -> object:
        """The float."""
        if isinstance(json, str) and len(json) < 30 and json.isascii():
            try:
                value = float(json)
            except ValueError:
                pass
            else:
                if math.isfinite(value) and repr(value) == json:
                    return value
        raise misfit(place, 'a finite number as text such as "0.25"', json)


@dataclass(frozen=True)
class WordCodec:
    """A member of an enumeration, by its value."""

    words: type[Enum]

    def encode(self, value: object) -> Json:
        """The JSON form of an Enum member."""
        assert isinstance(value, self.words)
        return str(value.value)

    def decode(self, json: Json, place: str) -> object:
        """The member."""
        for member in self.words:
            if member.value == json:
                return member
        known = ", ".join(f'"{member.value}"' for member in self.words)
        raise misfit(place, f"one of {known}", json)
