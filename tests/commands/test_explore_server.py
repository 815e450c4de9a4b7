"""The explorer's server answers its own page, and nobody else; nothing knocks it over."""

import socket
import threading
from collections.abc import Iterator

import pytest
from explore_client import Client, ask, ground

from poqi.explorer.api import Explorer
from poqi.explorer.errors import RefusedError
from poqi.explorer.server import LARGEST_REQUEST, ExplorerServer


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
