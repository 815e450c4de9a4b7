"""``poqi explore``: what can happen is what the core allows, and nobody else gets an answer."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from trace_runs import by_name

import traces
from checker.question import Question, QuestionError, parse_patterns
from poqi.explorer.api import MOST_ACTS, Explorer
from poqi.explorer.errors import RefusedError
from poqi.explorer.ground import Ground, ground_of_question, ground_of_trace
from poqi.explorer.position import Choice, Position
from poqi.explorer.server import LARGEST_REQUEST, ExplorerServer
from poqi.main import main
from poqi_core.messages import Decision, Received
from poqi_core.properties import properties_for
from poqi_core.readings import PROFILES, Readings, with_changes
from poqi_core.run import Act
from poqi_core.step import step
from traces.codec import encode
from traces.json_text import Json

ROOT = Path(__file__).parents[2]


def ground(
    predictions: str = "?AAB",
    *,
    faults: int = 1,
    network: str = "asynchronous",
    profile: str = "paper",
    **readings: str,
) -> Ground:
    patterns = parse_patterns(predictions)
    taken: Readings = with_changes(PROFILES[profile], readings)
    question = Question(
        len(patterns[0]),
        faults,
        taken,
        network=network,
        predictions=patterns,
        samples=len(patterns),
    )
    return ground_of_question(question, profile)


class TestWhatCanHappen:
    """Every choice is one that the core allows, and none that matters is missing."""

    def walk(self, where: Ground, seed: int, most: int = 25) -> Iterator[tuple[Position, Choice]]:
        chance = random.Random(seed)
        acts: tuple[Act, ...] = ()
        number = 0
        while len(acts) < most:
            position = Position(where, acts, number)
            choices = list(position.choices())
            if position.can_end_round() and (not choices or chance.random() < 0.3):
                number = position.round + 1
                if number > 20:
                    return
                continue
            if not choices:
                return
            chosen = chance.choice(choices)
            yield position, chosen
            acts, number = (*acts, chosen.act), chosen.act.round

    @pytest.mark.parametrize("network", ["asynchronous", "rounds"])
    @pytest.mark.parametrize("profile", PROFILES)
    def test_a_choice_comes_to_what_was_said_of_it(self, network: str, profile: str) -> None:
        taken = 0
        samples = "?AAB" if profile == "literal" else "?AAB,?ABA"
        where = ground(samples, network=network, profile=profile)
        for seed in range(3):
            acts: tuple[Act, ...] = ()
            for position, chosen in self.walk(where, seed):
                before = position.execution.states[chosen.act.node]
                expected = step(where.setting.config, before, chosen.act.event)
                assert expected[0] != before
                moment = position.execution.perform(chosen.act)
                assert (moment.after, moment.outputs) == expected
                assert chosen.step.number == len(position.acts) + 1
                assert chosen.step.changes
                acts = (*position.acts, chosen.act)
                taken += 1
            trace = traces.record(where.run(acts), None, profile=profile)
            assert traces.replay(trace).departure is None
        assert taken > 25

    @pytest.mark.parametrize("profile", ["paper", "hardened"])
    @pytest.mark.parametrize("predictions", ["?AAB", "AAAB", "?AAB,?ABA"])
    def test_every_honest_step_is_offered(self, predictions: str, profile: str) -> None:
        where = ground(predictions, profile=profile)
        for position, _ in self.walk(where, 3):
            offered = {
                choice.act for choice in list(position.choices()) if choice.kind != "byzantine"
            }
            assert offered == set(position.execution.honest_steps())

    def test_a_byzantine_message_may_be_sent_but_no_forged_name(self) -> None:
        choices = list(Position(ground(), ()).choices())
        senders = {
            choice.act.event.sender for choice in choices if isinstance(choice.act.event, Received)
        }
        assert senders == {0}
        assert {choice.kind for choice in choices} == {"own", "byzantine"}

    def test_a_round_ends_only_when_what_is_due_has_happened(self) -> None:
        where = ground("AAAB", network="rounds")
        acts: tuple[Act, ...] = ()
        for left in range(4, 0, -1):
            position = Position(where, acts)
            choices = list(position.choices())
            assert len(choices) == left
            assert all(choice.owed for choice in choices)
            assert not position.can_end_round()
            acts = (*acts, choices[0].act)
        assert Position(where, acts).can_end_round()
        later = Position(where, acts, 1)
        assert later.round == 1
        assert all(choice.kind == "delivery" for choice in later.choices())

    def test_beyond_the_bounds_nothing_is_offered(self) -> None:
        bounded = replace(ground("AAAA"), setting=replace(ground("AAAA").setting, views=1))
        for position, _ in self.walk(bounded, 1, most=60):
            for choice in list(position.choices()):
                state = position.execution.states[choice.act.node]
                assert state.view - state.opened < 1


class TestWhatHolds:
    def test_a_property_is_judged_at_every_step(self) -> None:
        where = ground_of_trace(by_name()["forged final"].trace())
        asked = properties_for(where.setting.config)
        for at in range(len(where.start) + 1):
            standing = {
                entry.name: entry for entry in Position(where, where.start[:at]).standings()
            }
            assert list(standing) == [entry.name for entry in asked]
            broken = standing["decided-validity"]
            if at < 11:
                assert broken.verdict == "holds"
            else:
                assert broken.verdict == "violated"
                assert broken.since == 11
                assert broken.why == (
                    "node 2 decided label C for sample 0, which no honest node predicted"
                )
            assert standing["unanimity"].verdict == "vacuous"
            assert standing["termination"].verdict == "open"

    def test_what_broke_stays_broken_and_since_when(self) -> None:
        found = by_name()["two words"].trace()
        where = ground_of_trace(found)
        acts = (*where.start, Act(3, Received(0, Decision(0, 0, 0))))
        standing = {entry.name: entry for entry in Position(where, acts).standings()}
        assert (standing["agreement"].verdict, standing["agreement"].since) == ("violated", 2)

    def test_termination_is_asked_where_no_honest_step_is_left(self) -> None:
        where = ground_of_trace(by_name()["dead zone"].trace())
        standing = {entry.name: entry for entry in Position(where, where.start).standings()}
        assert standing["termination"].verdict == "violated"
        before = Position(where, where.start[:-1]).standings()
        open_still = {entry.name: entry for entry in before}["termination"]
        assert (open_still.verdict, open_still.why) == ("open", "1 honest step is left")

    def test_termination_is_not_asked_beyond_the_bounds(self) -> None:
        """The ballots of an asynchronous network are the question's bound, no promise."""
        where = ground("AAAB", profile="hardened")
        acts: tuple[Act, ...] = ()
        while choices := [
            choice
            for choice in Position(where, acts).choices()
            if not isinstance(choice.act.event, Received)
        ]:
            acts = (*acts, choices[0].act)
        final = Position(where, acts)
        left = {entry.name: entry for entry in final.standings()}["termination"]
        assert left.verdict == "open"
        assert left.why == "a node has gone beyond the bounds of the setting"


def ask(explorer: Explorer, path: str, **request: Json) -> dict[str, Json]:
    answer = explorer.answer(f"/api/{path}", json.loads(json.dumps(request)))
    json.dumps(answer)
    assert isinstance(answer, dict)
    return answer


class TestRequests:
    def test_the_steps_of_a_trace_are_the_walk_to_start_from(self) -> None:
        trace = by_name()["order in rounds"].trace()
        explorer = Explorer(ground_of_trace(trace))
        start = ask(explorer, "start")
        acts = start["acts"]
        assert isinstance(acts, list)
        assert acts == [encode(Act, act) for act in trace.run.acts]
        told = ask(explorer, "walk", acts=acts, at=len(acts), round=0, draw=True)
        picture = told["picture"]
        assert isinstance(picture, dict)
        rows = picture["rows"]
        assert isinstance(rows, list)
        assert len(rows) == trace.steps
        assert told["round"] == trace.run.acts[-1].round

    def test_a_choice_can_be_taken(self) -> None:
        explorer = Explorer(ground())
        acts: list[Json] = []
        for _ in range(6):
            told = ask(explorer, "walk", acts=acts, at=len(acts), round=0, draw=False)
            assert told["picture"] is None
            choices = told["choices"]
            assert isinstance(choices, list)
            first = choices[0]
            assert isinstance(first, dict)
            acts.append(first["act"])
        told = ask(explorer, "walk", acts=acts, at=2, round=0, draw=True)
        picture = told["picture"]
        assert isinstance(picture, dict)
        assert isinstance(picture["rows"], list)
        assert len(picture["rows"]) == 6, "the steps after the cursor are drawn as well"

    @pytest.mark.parametrize("network", ["asynchronous", "rounds"])
    def test_a_violation_is_found_where_there_is_one(self, network: str) -> None:
        where = ground(network=network, check_final="no")
        assert where.asked is not None
        where = ground_of_question(replace(where.asked, views=1), "paper")
        explorer = Explorer(where)
        found = ask(explorer, "search", property="decided-validity")
        assert found["verdict"] == "violated"
        acts = found["acts"]
        assert isinstance(acts, list)
        saved = ask(explorer, "save", acts=acts, property="decided-validity", name="found.itf.json")
        assert isinstance(saved["text"], str)
        assert '"property": "decided-validity"' in saved["text"]

    def test_a_property_that_holds_has_no_violation(self) -> None:
        asked = ground().asked
        assert asked is not None
        explorer = Explorer(ground_of_question(replace(asked, views=1), "paper"))
        found = ask(explorer, "search", property="integrity")
        assert (found["verdict"], found["acts"]) == ("holds", None)

    def test_a_search_ends_with_its_budget(self) -> None:
        explorer = Explorer(ground("??AABBA", faults=2), seconds=0.001)
        assert ask(explorer, "search", property="agreement")["verdict"] == "undetermined"

    def test_nodes_that_keep_early_messages_are_not_the_checker_s(self) -> None:
        explorer = Explorer(ground_of_trace(by_name()["order in rounds"].trace()))
        with pytest.raises(RefusedError, match="nodes that keep no early messages"):
            ask(explorer, "search", property="agreement")

    def test_a_walk_is_saved_and_nothing_is_written_over(self, tmp_path: Path) -> None:
        trace = by_name()["forged final"].trace()
        explorer = Explorer(ground_of_trace(trace), tmp_path)
        acts: list[Json] = [encode(Act, act) for act in trace.run.acts]
        saved = ask(explorer, "save", acts=acts[:5], property=None, name="walk.itf.json")
        assert saved == {
            "name": "walk.itf.json",
            "text": None,
            "path": str(tmp_path / "walk.itf.json"),
        }
        again = traces.read(tmp_path / "walk.itf.json")
        assert again.breach is None
        assert again.run.acts == trace.run.acts[:5]
        assert traces.replay(again).departure is None
        with pytest.raises(RefusedError, match=r"there is a file .* already"):
            ask(explorer, "save", acts=acts, property=None, name="walk.itf.json")
        ask(explorer, "save", acts=acts, property="decided-validity", name="whole.itf.json")
        assert traces.read(tmp_path / "whole.itf.json").violation == trace.violation

    @pytest.mark.parametrize(
        "name",
        ["../up.itf.json", "/etc/passwd", "a/b.itf.json", "x.json", ".itf.json", "", 7, None],
    )
    def test_no_other_file_is_written(self, name: Json, tmp_path: Path) -> None:
        explorer = Explorer(ground(), tmp_path)
        with pytest.raises(RefusedError, match="the name of a trace file"):
            ask(explorer, "save", acts=[], property=None, name=name)
        assert list(tmp_path.iterdir()) == []

    def test_only_what_is_so_is_claimed_of_a_walk(self) -> None:
        trace = by_name()["forged final"].trace()
        explorer = Explorer(ground_of_trace(trace))
        acts: list[Json] = [encode(Act, act) for act in trace.run.acts]
        with pytest.raises(RefusedError, match="the run does not violate agreement"):
            ask(explorer, "save", acts=acts, property="agreement", name="x.itf.json")

    REFUSED: tuple[tuple[str, dict[str, Json], str], ...] = (
        ("walk", {}, "acts: expected a list"),
        ("walk", {"acts": [1], "at": 1, "round": 0, "draw": True}, "acts[0]: expected an object"),
        ("walk", {"acts": [], "at": 1, "round": 0, "draw": True}, "at: expected a whole number"),
        ("walk", {"acts": [], "at": True, "round": 0, "draw": True}, "at: expected a whole number"),
        (
            "walk",
            {"acts": [], "at": 0, "round": -1, "draw": True},
            "round: expected a whole number",
        ),
        ("walk", {"acts": [], "at": 0, "round": 10**9, "draw": True}, "round: expected a whole"),
        ("walk", {"acts": [], "at": 0, "round": 0}, "draw: expected true or false"),
        ("walk", {"more": 1}, "there is no field 'more'"),
        ("walk", {"acts": [0] * (MOST_ACTS + 1)}, "a walk has at most 1,000 steps, not 1,001"),
        (
            "walk",
            {
                "acts": [
                    {"node": 1, "event": {"tag": "TimeOut", "value": {"view": 0}}, "round": 10**18}
                ],
                "at": 0,
                "round": 0,
                "draw": True,
            },
            "acts[0].round: an asynchronous network has no rounds",
        ),
        (
            "walk",
            {
                "acts": [
                    {
                        "node": 1,
                        "event": {"tag": "NextSample", "value": {"index": 10**18, "view": 0}},
                        "round": 0,
                    }
                ],
                "at": 0,
                "round": 0,
                "draw": True,
            },
            "acts[0].event.index: there are only 1 samples",
        ),
        (
            "walk",
            {
                "acts": [
                    {"node": 0, "event": {"tag": "TimeOut", "value": {"view": 0}}, "round": 0}
                ],
                "at": 1,
                "round": 0,
                "draw": True,
            },
            "step 1: node 0 is not an honest node of this run",
        ),
        ("search", {"property": "peace"}, "property: there is none of that name"),
        ("start", {"x": 0}, "there is no field 'x'"),
        ("save", {"acts": {}, "property": None, "name": "a.itf.json"}, "acts: expected a list"),
    )

    @pytest.mark.parametrize(("path", "request_", "reason"), REFUSED)
    def test_a_request_without_sense_is_refused_with_a_reason(
        self, path: str, request_: dict[str, Json], reason: str
    ) -> None:
        with pytest.raises(RefusedError) as caught:
            ask(Explorer(ground()), path, **request_)
        assert str(caught.value).startswith(reason)
        assert "\n" not in str(caught.value)

    def test_a_message_that_was_never_sent_is_refused(self) -> None:
        forged = Act(1, Received(2, Decision(2, 0, 2)))
        with pytest.raises(RefusedError, match="the honest node 2 has not sent that to node 1"):
            ask(
                Explorer(ground()),
                "walk",
                acts=[encode(Act, forged)],
                at=1,
                round=0,
                draw=True,
            )


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def error(self) -> str:
        told = json.loads(self.body)
        assert list(told) == ["error"]
        assert isinstance(told["error"], str)
        return told["error"]


class Client:
    """Speaks to a server as whoever it pretends to be."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self,
        method: str = "POST",
        path: str = "/api/start",
        body: bytes = b"{}",
        **headers: str | None,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Content_Type": "application/json",
            "Content_Length": str(len(body)),
            **headers,
        }
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        reply = Reply(connection.getresponse())
        connection.close()
        return reply

    def raw(self, data: bytes) -> bytes:
        """What comes back for ``data``; a server that hangs up in the middle may do so."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            with suppress(OSError):
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    received += part
        return received

    def is_well(self) -> bool:
        return self.ask().status == 200


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with ExplorerServer(Explorer(ground()), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield Client(server.server_port)
        server.shutdown()
        thread.join()


class TestServing:
    """The server answers its own page, and nobody else."""

    def test_the_page_is_served_and_nothing_beside_it(self, client: Client) -> None:
        page = client.ask("GET", "/", b"")
        assert page.status == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.body.startswith(b"<!doctype html>")
        assert b"http://" not in page.body.replace(b"http://www.w3.org/2000/svg", b"")
        for path in ("/index.html", "/../pyproject.toml", "/api/start", "/?x", "/%2e%2e/"):
            assert client.ask("GET", path, b"").status == 404, path
        for path in ("/", "/api", "/api/start/", "/api/walk?x=1", "/api/../api/walk"):
            assert client.ask("POST", path).status == 404, path

    def test_headers_keep_others_out_of_the_page(self, client: Client) -> None:
        headers = client.ask("GET", "/", b"").headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
        assert "Python" not in headers["Server"]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize(
        "host",
        [
            None,
            "",
            "evil.example",
            "evil.example:{port}",
            "127.0.0.1",
            "127.0.0.1:1",
            "localhost",
            "127.0.0.1.evil.example:{port}",
            "127.0.0.1:{port}.evil.example",
            "0.0.0.0:{port}",
        ],
    )
    def test_a_name_that_was_made_to_point_here_is_refused(
        self, client: Client, method: str, host: str | None
    ) -> None:
        """DNS rebinding: the browser of a reader of evil.example sends that name as its host."""
        named = None if host is None else host.format(port=client.port)
        reply = client.ask(method, "/" if method == "GET" else "/api/start", Host=named)
        assert reply.status == 403
        assert reply.error == f"this server is http://127.0.0.1:{client.port}/ and no other"

    def test_two_hosts_are_refused(self, client: Client) -> None:
        ours = f"Host: 127.0.0.1:{client.port}\r\n"
        reply = client.raw(f"GET / HTTP/1.1\r\n{ours}Host: evil.example\r\n\r\n".encode())
        assert reply.startswith(b"HTTP/1.0 403 ")

    def test_localhost_is_a_name_of_this_server(self, client: Client) -> None:
        assert client.ask(Host=f"localhost:{client.port}").status == 200

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"]
    )
    def test_a_page_of_another_site_is_refused(self, client: Client, origin: str) -> None:
        reply = client.ask(Origin=origin.format(port=client.port))
        assert reply.status == 403
        assert reply.error == "a page of another site asks"
        assert client.ask(Origin=f"http://127.0.0.1:{client.port}").status == 200

    @pytest.mark.parametrize(
        "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    )
    def test_what_a_foreign_page_could_post_unasked_is_refused(
        self, client: Client, kind: str | None
    ) -> None:
        assert client.ask(Content_Type=kind).status == 415

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "BREW"])
    def test_other_methods_are_not_known(self, client: Client, method: str) -> None:
        assert client.ask(method, "/").status == 501
        assert client.is_well()

    @pytest.mark.parametrize(
        ("length", "status"),
        [
            (None, 411),
            ("-1", 411),
            ("0x10", 411),
            ("+5", 411),
            ("٥", 411),
            (str(LARGEST_REQUEST + 1), 413),
            ("9" * 400, 413),
        ],
    )
    def test_a_length_without_sense_is_refused(
        self, client: Client, length: str | None, status: int
    ) -> None:
        stated = b"" if length is None else b"Content-Length: " + length.encode() + b"\r\n"
        reply = client.raw(
            f"POST /api/start HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
            "Content-Type: application/json\r\n".encode()
            + stated
            + b"\r\n{}"
        )
        assert reply.startswith(f"HTTP/1.0 {status} ".encode())
        assert client.is_well()

    def test_a_body_in_pieces_is_refused(self, client: Client) -> None:
        assert client.ask(Transfer_Encoding="chunked").status == 411

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"{}{}", b"\xff", b'{"a":1e5}', b'{"a":0,"a":1}', b"[" * 9_000],
    )
    def test_what_is_no_request_is_refused(self, client: Client, body: bytes) -> None:
        reply = client.ask(body=body)
        assert reply.status == 400
        assert reply.error
        assert client.is_well()

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
            b"GET / HTTP/1.1\r\nX" + b"y" * 100_000 + b"\r\n\r\n",
            b"POST /api/start HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
        ],
    )
    def test_what_is_not_even_http_does_no_harm(
        self, client: Client, data: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        reply = client.raw(data)
        assert not reply.startswith(b"HTTP/1.0 200")
        assert b"Traceback" not in reply
        assert client.is_well()
        assert capfd.readouterr().err == ""

    def test_a_body_that_ends_too_early(self, client: Client) -> None:
        reply = client.raw(
            f"POST /api/start HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
            "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{}".encode()
        )
        assert b"the request ends too early" in reply

    def test_a_client_that_goes_away_or_dawdles_holds_nobody_up(self, client: Client) -> None:
        dawdler = socket.create_connection(("127.0.0.1", client.port))
        dawdler.sendall(b"POST /api/start HTTP/1.1\r\n")
        for _ in range(20):
            gone = socket.create_connection(("127.0.0.1", client.port))
            gone.sendall(b"GET / HTTP/1.1\r\n")
            gone.close()
        assert client.is_well()
        dawdler.close()

    def test_it_is_reached_from_this_machine_alone(self, client: Client) -> None:
        with ExplorerServer(Explorer(ground()), 0) as server:
            assert server.server_address[0] == "127.0.0.1"

    def test_one_search_at_a_time(self) -> None:
        explorer = Explorer(ground())
        assert explorer._searching.acquire()
        with pytest.raises(RefusedError, match="searching already") as caught:
            ask(explorer, "search", property="agreement")
        assert caught.value.status == 409


class TestTheCommand:
    def test_it_says_where_it_serves_and_ends_with_ctrl_c(self) -> None:
        command = [sys.executable, "-m", "poqi", "explore", "-n", "4", "-f", "1"]
        process = subprocess.Popen(
            [*command, "--predictions", "?AAB"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("exploring at http://127.0.0.1:")
        port = int(line.split(":")[2].split("/")[0])
        assert Client(port).is_well()
        dawdler = socket.create_connection(("127.0.0.1", port))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        dawdler.close()
        assert process.returncode == 0
        assert out == "\nended\n"
        assert err == ""

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ([], "name a trace file, or a setting with --nodes and others"),
            (["-n", "4"], "name a trace file, or a setting with --faulty and others"),
            (["-n", "4", "-f", "1"], "leave 16 settings open and only one can be explored; give"),
            (["-n", "4", "-f", "1", "--predictions", "?AA"], "pattern ?AA has 3 letters for 4 no"),
            (["-n", "4", "-f", "1", "--predictions", "?AAB", "--port", "70000"], "no port 70000"),
            (["-n", "4", "-f", "1", "--save-dir", "nowhere"], "there is no folder nowhere; make"),
            (["-n", "4", "-f", "1", "--max-seconds", "0"], "--max-seconds must be more than 0"),
            (["x.itf.json", "-n", "4"], "x.itf.json brings its own setting, so --nodes has no pla"),
            (["nowhere.itf.json"], "cannot read nowhere.itf.json: No such file or directory"),
        ],
    )
    def test_misuse_is_answered_in_one_line(
        self, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["explore", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("poqi explore: ")
        assert complaint in err
        assert err.count("\n") == 1

    def test_a_port_that_is_taken_is_misuse(
        self, client: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        taken = ["--port", str(client.port)]
        assert main(["explore", "-n", "4", "-f", "1", "--predictions", "?AAB", *taken]) == 2
        assert capsys.readouterr().err == (
            f"poqi explore: cannot serve on port {client.port}: Address already in use; "
            "give another --port, or 0 for any\n"
        )

    def test_a_trace_that_departs_from_the_core_is_no_start(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "edited.itf.json"
        text = traces.write(by_name()["forged final"].trace())
        edited = text.replace('"check_final": "no"', '"check_final": "yes"')
        path.write_text(edited, encoding="utf-8")
        assert main(["explore", str(path)]) == 1
        assert "departs from the core at step 5" in capsys.readouterr().err


class TestSize:
    """What a person could not look through is refused at once, whoever asks."""

    def test_too_many_nodes(self) -> None:
        with pytest.raises(QuestionError, match="31 nodes are too many to explore by hand"):
            ground("?" + "A" * 30)
        with pytest.raises(QuestionError, match="17 nodes are too many to explore by hand"):
            ground("?" + "A" * 16, profile="hardened")

    def test_too_many_labels_in_a_file(self) -> None:
        run = by_name()["two words"].run
        run = replace(run, predicted=({1: 10**15, 2: 0, 3: 0},), acts=())
        with pytest.raises(QuestionError, match="1,000,000,000,000,002 labels are too many"):
            ground_of_trace(traces.record(run, None))

    def test_too_many_views_in_a_file(self) -> None:
        run = replace(by_name()["two words"].run, views=10**15, acts=())
        with pytest.raises(QuestionError, match="can send more than 50,000 messages"):
            ground_of_trace(traces.record(run, None))

    def test_too_many_messages(self) -> None:
        with pytest.raises(QuestionError, match="can send more than 50,000 messages"):
            ground("??AABBAABB", faults=2, profile="hardened")


def test_a_question_of_several_settings_is_no_ground() -> None:
    with pytest.raises(QuestionError, match="leave 6 settings open"):
        ground_of_question(Question(3, 1), "paper")
