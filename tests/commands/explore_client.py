"""Settings to explore, and a client that speaks to the explorer's server."""

import http.client
import json
import socket
from contextlib import suppress

from checker.question import Question, parse_patterns
from poqi.explorer.api import Explorer
from poqi.explorer.ground import Ground, ground_of_question
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import with_changes
from traces.json_text import Json


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


def ask(explorer: Explorer, path: str, **request: Json) -> dict[str, Json]:
    answer = explorer.answer(f"/api/{path}", json.loads(json.dumps(request)))
    json.dumps(answer)
    assert isinstance(answer, dict)
    return answer


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
