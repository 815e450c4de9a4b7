"""Headers of earlier versions of the trace format, turned into those of today."""

from traces.compounds import field_of
from traces.json_text import Json


def from_version_1(header: Json, place: str) -> Json:
    """The header of a file of version 1, in which a trace always violated a property.

    Raises:
        TraceError: what version 1 said about the violation is missing.
    """
    names = {"property": "property", "conjunct": "conjunct", "concerned": "nodes"}
    breach: Json = {now: field_of(header, name, place) for name, now in names.items()}
    assert isinstance(header, dict)
    others = {name: value for name, value in header.items() if name not in names}
    return {**others, "schema": 2, "violated": [breach], "ballots": []}
