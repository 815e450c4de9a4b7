"""Whatever a file holds: one line, the right exit status, no traceback, no hang.

Mutated files go through the command line, as a person would feed them to it.
"""

import copy
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from trace_runs import by_name

import traces
from poqi.main import main
from traces.document import from_document
from traces.files import LARGEST_FILE
from traces.json_text import Json, parse

SLOWEST = 10.0
"""Seconds within which any of these small files must be dealt with, on a busy machine."""

NASTY: list[Json] = [
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    7,
    10**19,
    -(10**18),
    2**63,
    [],
    {},
    [[]],
    "",
    "0",
    "A",
    "1/3",
    "x" * 5000,
    "\x1b[2J",
    "\ud800",
    "é",
    {"#bigint": "9" * 900},
    {"#bigint": "-1"},
    {"#map": []},
    {"#tup": [0, 0]},
    {"tag": "Received", "value": {}},
    {"tag": "NextSample", "value": {"index": 10**18, "view": 10**18}},
    {"tag": "TieBreak", "value": {"sample": 0, "node": -1}},
    {"tag": "TimeOut", "value": {"view": -5}},
    {"tag": "CollectionClosed", "value": {"view": 0}},
    {"tag": "Sample", "value": {"index": -1, "prediction": -1}},
    {"tag": "Softmax", "value": {"label": 5, "vector": []}},
    {"tag": "Softmax", "value": {"label": 0, "vector": ["1e308", "1e308"]}},
]


def _places(value: Json) -> Iterator[list[Json] | dict[str, Json]]:
    """Every list and object inside ``value`` that holds something."""
    if isinstance(value, dict | list) and value:
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _places(item)


def _mutate_value(document: Json, chance: random.Random) -> None:
    """Change one thing somewhere: replace, remove, repeat or swap."""
    places = list(_places(document))
    place, other = chance.choice(places), chance.choice(places)
    if isinstance(place, dict):
        key = chance.choice(list(place))
        match chance.randrange(5):
            case 0:
                del place[key]
            case 1:
                place[chance.choice(["more", "#bigint", "tag", "value"])] = place[key]
            case 2 if isinstance(other, dict):
                place[key] = copy.deepcopy(other[chance.choice(list(other))])
            case _:
                place[key] = copy.deepcopy(chance.choice(NASTY))
        return
    at = chance.randrange(len(place))
    match chance.randrange(6):
        case 0:
            del place[at]
        case 1:
            place.insert(at, copy.deepcopy(place[at]))
        case 2:
            elsewhere = chance.randrange(len(place))
            place[at], place[elsewhere] = place[elsewhere], place[at]
        case 3 if isinstance(other, list):
            place[at] = copy.deepcopy(chance.choice(other))
        case _:
            place[at] = copy.deepcopy(chance.choice(NASTY))


def _mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    """Change the text as a failing disk or a careless editor would."""
    at = chance.randrange(len(data))
    match chance.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 2:
            return data[:at] + data[at + chance.randrange(40) :]
        case 3:
            return data[:at] + data[chance.randrange(len(data)) :][:50] + data[at:]
        case 4:
            digits = b"0123456789"
            while data[at] not in digits:
                at = (at + 1) % len(data)
            return data[:at] + bytes([chance.choice(digits)]) + data[at + 1 :]
        case _:
            return (
                data[:at]
                + chance.choice([b"[" * 3000, b'{"a":' * 3000, b"-", b"e9", b'"'])
                + data[at:]
            )


def _mutated(text: str, chance: random.Random) -> bytes:
    if chance.random() < 0.4:
        return _mutate_bytes(text.encode(), chance)
    document: Json = json.loads(text)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        _mutate_value(document, chance)
    return json.dumps(document).encode()


def _feed(seeds: range, path: Path, capsys: pytest.CaptureFixture[str]) -> dict[int, int]:
    """Feed a mutated file for each seed to a command; how often each status came."""
    texts = [
        traces.write(by_name()[name].trace())
        for name in ("forged final", "two words", "two words with vectors", "order in rounds")
    ]
    weights = [6, 10, 8, 1]
    drawn = str(path.with_name("drawn"))
    drawings = [["--mermaid"], ["--svg", drawn], ["--html", drawn]]
    statuses = dict.fromkeys((0, 1, 2), 0)
    for seed in seeds:
        chance = random.Random(seed)
        path.write_bytes(_mutated(chance.choices(texts, weights)[0], chance))
        command = chance.choice(["replay", "show", "coverage"])
        option = chance.choice([[], ["--json"], *(drawings if command == "show" else [])])
        started = time.monotonic()
        status = main([command, *option, str(path)])
        assert time.monotonic() - started < SLOWEST, seed
        out, err = capsys.readouterr()
        assert status in statuses, seed
        statuses[status] += 1
        assert "Traceback" not in out + err, seed
        assert "\x1b" not in out + err, seed
        if status == 2:
            assert out == "", seed
            assert err.startswith(f"poqi {command}: "), seed
            assert err.count("\n") == 1, seed
            assert len(err) < 2000, seed
    return statuses


def test_two_thousand_mutated_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = _feed(range(2_000), tmp_path / "mutated.itf.json", capsys)
    assert all(times > 20 for times in statuses.values()), statuses


@pytest.mark.long
def test_a_hundred_thousand_mutated_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _feed(range(2_000, 102_000), tmp_path / "mutated.itf.json", capsys)


def _text(change: Callable[[dict[str, Json]], None]) -> str:
    """A trace file in which ``change`` was made to the header."""
    document: dict[str, Json] = json.loads(traces.write(by_name()["two words"].trace()))
    meta = document["#meta"]
    assert isinstance(meta, dict)
    header = meta["poqi"]
    assert isinstance(header, dict)
    change(header)
    return json.dumps(document)


def _readings(**changes: str) -> Callable[[dict[str, Json]], None]:
    def change(header: dict[str, Json]) -> None:
        readings = header["readings"]
        assert isinstance(readings, dict)
        header["readings"] = {**readings, **changes}

    return change


def _drop_reading(header: dict[str, Json]) -> None:
    readings = header["readings"]
    assert isinstance(readings, dict)
    del readings["latch"]


def _put(**changes: Json) -> Callable[[dict[str, Json]], None]:
    return lambda header: header.update(changes)


HEADERS: list[tuple[Callable[[dict[str, Json]], None], str]] = [
    (
        _put(schema=3),
        "#meta.poqi.schema: expected the version of the format that this PoQI reads, 2",
    ),
    (_put(schema=True), "#meta.poqi.schema: expected the version of the format"),
    (
        _put(schema=1),
        "#meta.poqi.schema: expected the version of the format that this PoQI reads, 2",
    ),
    (
        _put(violated=[{"property": "peace", "conjunct": "", "nodes": []}]),
        '#meta.poqi.violated.property: there is no property "peace"; there are agreement, ',
    ),
    (_put(violated="agreement"), "#meta.poqi.violated: expected a list of at most one item, fou"),
    (_put(profile="dogma"), '#meta.poqi.profile: there is no profile "dogma"; there are paper, '),
    (_put(network="post"), '#meta.poqi.network: there is no network "post"; there are asynchr'),
    (_put(nodes=10**9), "#meta.poqi.nodes: 1000000000 nodes are too many, at most 1000"),
    (_put(nodes=5), "#meta.poqi.predictions[0]: it stands for 4 nodes, but there are 5"),
    (_put(nodes=-1), "#meta.poqi.predictions[0]: it stands for 4 nodes, but there are -1"),
    (_put(faults=4), "#meta.poqi: f must be from 0 to 3, not 4"),
    (_put(start_view=-1), "#meta.poqi.start_view: views count from 0, not -1"),
    (_put(predictions=[]), "#meta.poqi.predictions: there is no sample"),
    (_put(predictions=["?aaa"]), "#meta.poqi.predictions[0]: a pattern is made of A to Z, ? and"),
    (_put(predictions=["A?AA"]), "#meta.poqi.predictions[0]: it marks the nodes [1] as faulty, "),
    (_put(predictions=["????"], byzantine=[0, 1, 2, 3]), "#meta.poqi.predictions[0]: it has no h"),
    (_put(samples=[2]), "#meta.poqi.samples: there are 2 samples, but 1 patterns of predictions"),
    (_put(scope="two\nlines"), "#meta.poqi.scope: expected a line of text, found"),
    (_put(command="\x1b]0;"), "#meta.poqi.command: expected a line of text, found"),
    (_put(more=1), "#meta.poqi: expected no other field than schema, version,"),
    (_readings(q="1e999999999"), "#meta.poqi.readings: reading q cannot be '1e999999999'"),
    (_readings(q="9" * 200), '#meta.poqi.readings: "q" cannot be "999'),
    (_readings(latch="maybe"), "#meta.poqi.readings: reading latch cannot be 'maybe'; it takes y"),
    (_readings(mood="good"), "#meta.poqi.readings: there is no reading 'mood'; the readings are"),
    (_drop_reading, "#meta.poqi.readings: latch is missing"),
]


@pytest.mark.parametrize(("change", "complaint"), HEADERS, ids=[text[:40] for _, text in HEADERS])
def test_a_header_that_does_not_fit_is_refused_with_its_place(
    change: Callable[[dict[str, Json]], None], complaint: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        from_document(parse(_text(change)))
    assert str(caught.value).startswith(complaint)


WHOLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \n", "is empty"),
    "no text": (b"\xff\xfe\x00", "is not a trace file: byte 0 is not UTF-8 text"),
    "prose": (b"Dear all,", "it is not JSON, or truncated: line 1, column 1: Expecting value"),
    "cut off": (b'{"#meta": {"format": "ITF"', "line 1, column 27: the text ends too early"),
    "two values": (b"{} {}", "line 1, column 4: Extra data"),
    "deep": (b"[" * 200_000, "it is nested too deeply for a trace"),
    "deep objects": (b'{"a":' * 200_000, "it is nested too deeply for a trace"),
    "long number": (b"9" * 1_000_000, "a number of 1000000 digits is too long"),
    "fraction": (b"[0.5]", "a trace has no fractional numbers, but this one has 0.5"),
    "huge exponent": (b"[1e999999999]", "a trace has no fractional numbers"),
    "no number": (b"[NaN]", "a trace has no NaN"),
    "twice": (b'{"vars": [], "vars": []}', 'the field "vars" occurs twice in one object'),
    "list": (b"[]", "the file: expected an object, found a list of 0"),
    "object": (b"{}", "the file: expected a field #meta, found an empty object"),
    "other tool": (
        b'{"#meta": {"format": "ITF"}, "vars": ["x"], "states": [{"x": 1}]}',
        "#meta: expected a field poqi, found an object with format",
    ),
    "other format": (
        b'{"#meta": {"format": "XML"}, "vars": [], "states": []}',
        '#meta.format: expected "ITF", found "XML"',
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_trace_is_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, complaint = WHOLE[name]
    path = tmp_path / "some.itf.json"
    path.write_bytes(data)
    started = time.monotonic()
    assert main(["replay", str(path)]) == 2
    assert time.monotonic() - started < SLOWEST
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"poqi replay: {path} is ")
    assert complaint in err
    assert err.count("\n") == 1


def _edited(**changes: Json) -> str:
    document: dict[str, Json] = json.loads(traces.write(by_name()["two words"].trace()))
    return json.dumps({**document, **changes})


def _states() -> list[dict[str, Json]]:
    document: dict[str, Json] = json.loads(traces.write(by_name()["two words"].trace()))
    states = document["states"]
    assert isinstance(states, list)
    return [state for state in states if isinstance(state, dict)]


def _with_state(index: int, changes: dict[str, Json]) -> str:
    states: list[Json] = list(_states())
    states[index] = {**_states()[index], **changes}
    return _edited(states=states)


def _act(event: Json, number: int = 0) -> Json:
    return [{"node": 1, "event": event, "round": number}]


STATES: list[tuple[str, str]] = [
    (_edited(states=[]), "states: expected a list that is not empty, found a list of 0"),
    (_edited(states=[7]), "states[0]: expected an object, found 7"),
    (_edited(vars=["act"]), 'vars: expected ["act", "nodes", "records"], found a list of 1'),
    (_edited(params=["N"]), "params: expected nothing, as a run has no parameters"),
    (_edited(loop=0), "loop: expected the number of a state from 1 to "),
    (_edited(loop=10_000), "loop: expected the number of a state from 1 to "),
    (_edited(loop=True), "loop: expected the number of a state from 1 to "),
    (_edited(more=0), "the file: expected no other field than #meta, vars, states"),
    (
        _with_state(1, {"#meta": {"index": 2}}),
        'states[1].#meta: expected {"index": 1}, found an object with index',
    ),
    (
        _with_state(0, {"act": _act({"tag": "TimeOut", "value": {"view": 0}})}),
        "states[0].act: every",
    ),
    (_with_state(2, {"act": []}), "states[2].act: every state but the initial one has an act"),
    (
        _with_state(1, {"nodes": {"#map": []}}),
        "states[1].nodes: it is about the nodes [], but the hon",
    ),
    (
        _with_state(1, {"records": {"#map": []}}),
        "states[1].records: it is about the nodes [], but th",
    ),
    (
        _with_state(1, {"act": _act({"tag": "NextSample", "value": {"index": 10**18, "view": 0}})}),
        "states[1].act.event.index: there are only 1 samples",
    ),
    (
        _with_state(1, {"act": _act({"tag": "TimeOut", "value": {"view": 0}}, 3)}),
        "states[1].act.round: an asynchronous network has no rounds, so it is 0, not 3",
    ),
]


@pytest.mark.parametrize(("text", "complaint"), STATES, ids=[text[:40] for _, text in STATES])
def test_states_that_do_not_fit_are_refused_with_their_place(text: str, complaint: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        from_document(parse(text))
    assert str(caught.value).startswith(complaint)


def test_a_round_in_the_far_future_is_not_waited_for() -> None:
    text = traces.write(by_name()["order in rounds"].trace())
    before, act = text.rsplit('"act": ', 1)
    head, tail = act.split('"round": ', 1)
    head = f'{before}"act": {head}'
    with pytest.raises(traces.TraceError, match="at most 10 rounds can pass like that"):
        from_document(parse(f'{head}"round": {10**18}{tail[tail.index("}") :]}'))


def test_a_file_of_nothing_but_brackets_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(traces.TraceError, match="too many lists and objects for a trace"):
        parse("[" + "[]," * 3_000_000 + "[]]")


def test_many_fields_of_which_the_last_is_there_twice() -> None:
    fields = ",".join(f'"{number}":0' for number in range(200_000))
    started = time.monotonic()
    with pytest.raises(traces.TraceError, match='the field "199999" occurs twice'):
        parse(f'{{{fields},"199999":0}}')
    assert time.monotonic() - started < SLOWEST


class TestFilesThatCannotBeRead:
    """What is no readable file of a sensible size."""

    def refused(self, path: Path, capsys: pytest.CaptureFixture[str]) -> str:
        for command in ("replay", "show", "coverage"):
            assert main([command, str(path)]) == 2
            out, err = capsys.readouterr()
            assert out == ""
            assert err.count("\n") == 1
        return err

    def test_gigabytes(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "huge.itf.json"
        with path.open("wb") as stream:
            stream.truncate(50 * 2**30)
        started = time.monotonic()
        assert "is larger than 32 MiB, the limit for a trace file" in self.refused(path, capsys)
        assert time.monotonic() - started < SLOWEST

    def test_one_byte_too_many(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "large.itf.json"
        path.write_bytes(b" " * LARGEST_FILE + b"1")
        assert "is larger than" in self.refused(path, capsys)
        path.write_bytes(b" " * (LARGEST_FILE - 1) + b"1")
        assert "the file: expected an object, found 1" in self.refused(path, capsys)

    def test_missing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        error = self.refused(tmp_path / "nowhere", capsys)
        assert error.endswith("nowhere: No such file or directory\n")

    def test_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.refused(tmp_path, capsys).endswith(f"cannot read {tmp_path}: Is a directory\n")

    def test_without_end(self, capsys: pytest.CaptureFixture[str]) -> None:
        path = Path("/dev/zero")
        if not path.exists():
            pytest.skip("there is no endless file here")
        assert "/dev/zero is larger than" in self.refused(path, capsys)

    def test_a_pipe(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        if sys.platform == "win32":
            pytest.skip("there are no named pipes here")
        path = tmp_path / "pipe"
        os.mkfifo(path)
        text = traces.write(by_name()["two words"].trace())
        writer = threading.Thread(target=path.write_text, args=(text,))
        writer.start()
        assert main(["replay", str(path)]) == 0
        writer.join()
        assert "replays on the core in 2 steps" in capsys.readouterr().out
