"""Values of the core survive being written and read; anything else is refused with its place."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poqi_core.history import Record
from poqi_core.messages import Event, Prepare, PrePrepare, Received, Sample
from poqi_core.outputs import Rule
from poqi_core.prediction import Softmax
from poqi_core.run import Act
from poqi_core.state import Conflict, NodeState
from traces.codec import codec_of, decode, encode
from traces.errors import TraceError
from traces.json_text import Json, parse

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(10**40), 10**40))

UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
"""A state has many parts, and Hypothesis takes its time to make them all up."""


def written(kind: type[object], value: object) -> str:
    return json.dumps(codec_of(kind).encode(value))


@UNHURRIED
@given(st.from_type(Act))
def test_every_act_survives_a_file(act: Act) -> None:
    again = decode(Act, parse(written(Act, act)), "act")
    assert again == act
    assert written(Act, again) == written(Act, act)


@UNHURRIED
@given(st.from_type(NodeState))
def test_every_state_survives_a_file(state: NodeState) -> None:
    assert decode(NodeState, parse(written(NodeState, state)), "state") == state


@UNHURRIED
@given(st.from_type(Record))
def test_every_record_survives_a_file(record: Record) -> None:
    assert decode(Record, parse(written(Record, record)), "record") == record


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_probability_keeps_its_last_bit(value: float) -> None:
    softmax = Softmax(0, (value,))
    again = decode(Softmax, parse(written(Softmax, softmax)), "softmax")
    assert math.copysign(1, again.vector[0]) == math.copysign(1, value)
    assert again == softmax


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_probability_cannot_be_written(value: float) -> None:
    with pytest.raises(TraceError, match="is not a probability"):
        encode(Softmax, Softmax(0, (value,)))


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "1e999", "1", "0.50", "٠.٥"])
def test_what_is_no_probability_cannot_be_read(text: str) -> None:
    with pytest.raises(TraceError, match=r"softmax\.vector\[0\]: expected a finite number"):
        decode(Softmax, {"label": 0, "vector": [text]}, "softmax")


@pytest.mark.parametrize(
    "text", ["2/4", "1/0", "1/1", "0.5", "1e9", "+1", " 1", "", "-0", "9" * 2000]
)
def test_a_reward_has_one_spelling(text: str) -> None:
    with pytest.raises(TraceError, match="expected a fraction in lowest terms"):
        decode(PrePrepare, {"primary": 0, "label": 0, "view": 0, "reward": text}, "message")


def test_a_number_too_long_for_a_trace_is_refused_both_ways() -> None:
    with pytest.raises(TraceError, match="too long"):
        encode(PrePrepare, PrePrepare(0, 10**2000, 0, Fraction(0)))
    with pytest.raises(TraceError, match="too long"):
        encode(PrePrepare, PrePrepare(0, 0, 0, Fraction(1, 2**20000)))
    with pytest.raises(TraceError, match="a number of 21 digits is too long"):
        parse("1" * 21)
    with pytest.raises(TraceError, match="expected a whole number"):
        decode(
            Conflict,
            {"sample": {"#bigint": "1" * 1001}, "labels": [], "deciders": 0, "rule": []},
            "x",
        )


def test_the_forms_are_those_of_the_trace_format() -> None:
    act = Act(1, Received(2, Prepare(0, 1, Softmax(1, (0.25, 0.75)), 3, Fraction(1, 2))))
    assert encode(Act, act) == {
        "node": 1,
        "event": {
            "tag": "Received",
            "value": {
                "sender": 2,
                "message": {
                    "tag": "Prepare",
                    "value": {
                        "primary": 0,
                        "label": 1,
                        "final": {
                            "tag": "Softmax",
                            "value": {"label": 1, "vector": ["0.25", "0.75"]},
                        },
                        "view": 3,
                        "reward": "1/2",
                    },
                },
            },
        },
        "round": 0,
    }
    conflict = Conflict(0, (None, 2), 2**60, Rule.MOST_HONEST)
    assert encode(Conflict, conflict) == {
        "sample": 0,
        "labels": [[], [2]],
        "deciders": {"#bigint": str(2**60)},
        "rule": ["most honest"],
    }


def _sample(**changes: Json) -> Json:
    fields: dict[str, Json] = {"index": 0, "prediction": 0}
    return {"node": 1, "event": {"tag": "Sample", "value": {**fields, **changes}}, "round": 0}


@pytest.mark.parametrize(
    ("json_act", "complaint"),
    [
        (_sample(index="x"), 'act.event.index: expected a whole number, found "x"'),
        (_sample(index=True), "act.event.index: expected a whole number, found true"),
        (_sample(index=None), "act.event.index: expected a whole number, found null"),
        (
            _sample(prediction=[]),
            "act.event.prediction: expected a whole number, found a list of 0",
        ),
        (
            _sample(prediction={"tag": "Guess", "value": 0}),
            'act.event.prediction.tag: expected one of Softmax, found "Guess"',
        ),
        (
            _sample(more=1),
            'act.event: expected no other field than index, prediction, found "more"',
        ),
        (
            {"node": 1, "event": {"tag": "Sample", "value": {"index": 0}}, "round": 0},
            "act.event: expected a field prediction, found an object with index",
        ),
        (
            {"node": 1, "event": {"tag": "Rumour", "value": {}}, "round": 0},
            "act.event.tag: expected one of Received, Sample, TimeOut, CollectionClosed, "
            "BallotTimeOut, BallotCollectionClosed, RoundEnded, NextSample, TieBreak, Crash, "
            'found "Rumour"',
        ),
        ({"node": 1, "event": 7, "round": 0}, "act.event: expected an object, found 7"),
        ([], "act: expected an object, found a list of 0"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(
    json_act: Json, complaint: str
) -> None:
    with pytest.raises(TraceError) as caught:
        decode(Act, json_act, "act")
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("json_map", "complaint"),
    [
        ({"#map": [[1, 1], [1, 2]]}, "map: expected each key once, found 1"),
        ({"#map": [[1]]}, "map: expected a list of pairs, found a list of 1"),
        ({"#map": {}}, "map: expected a list of pairs, found an empty object"),
        ([], "map: expected an object, found a list of 0"),
    ],
)
def test_a_map_has_each_key_once(json_map: Json, complaint: str) -> None:
    with pytest.raises(TraceError) as caught:
        codec_of(Mapping[int, int]).decode(json_map, "map")
    assert str(caught.value) == complaint


def test_a_pair_has_two_items() -> None:
    with pytest.raises(TraceError, match="expected a tuple of 2, found a list of 3"):
        codec_of(tuple[int, int]).decode({"#tup": [1, 2, 3]}, "pair")


@dataclass(frozen=True)
class _Unclear:
    either: int | str


class _Untyped(NamedTuple):
    anything: object


@pytest.mark.parametrize("kind", [_Unclear, _Untyped, list[int]])
def test_a_type_without_a_form_is_a_mistake_of_the_programmer(kind: object) -> None:
    with pytest.raises(TypeError):
        codec_of(kind)


def test_every_kind_of_event_and_message_has_a_form() -> None:
    kinds = {
        type(event).__name__
        for event in (Sample(0, 0), Received(0, PrePrepare(0, 0, 0, Fraction(0))))
    }
    assert kinds == {"Sample", "Received"}
    codec_of(Event)
