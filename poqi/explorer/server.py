"""The explorer's HTTP server: one page and four requests, for this machine alone.

It is bound to the loopback address.  A page of another site could still make its reader's
browser send requests here, directly or by a name that it lets point to this machine; so a request
whose ``Host`` is not this server, or whose ``Origin`` is another page, is refused, and what is
posted must be JSON, which a foreign page cannot send without being asked for permission first.
"""

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from poqi.errors import CommandError
from poqi.explorer.api import Explorer
from poqi.explorer.errors import RefusedError
from poqi.explorer.page import explorer_page
from traces.errors import TraceError
from traces.json_text import Json, parse

ADDRESS = "127.0.0.1"
LARGEST_REQUEST = 4 * 1024 * 1024
"""The most bytes of a request's body."""

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ExplorerServer(ThreadingHTTPServer):
    """Serves one explorer until it is closed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, explorer: Explorer, port: int) -> None:
        """A server on ``port``; 0: on any that is free.

        Raises:
            CommandError: the port cannot be had.
        """
        self.explorer = explorer
        self.page = explorer_page().encode()
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(
                f"cannot serve on port {port}: {reason}; give another --port, or 0 for any"
            ) from None
        except OverflowError:
            raise CommandError(f"there is no port {port}; ports go from 0 to 65535") from None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The values of ``Host`` that mean this server."""
        names = (ADDRESS, "localhost")
        short = names if self.server_port == 80 else ()
        return (*(f"{name}:{self.server_port}" for name in names), *short)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; anything else is a bug of ours and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: ExplorerServer
    timeout = 20
    """Seconds that a client may keep a request waiting for its rest."""
    server_version = "poqi"
    sys_version = ""

    def do_GET(self) -> None:
        """The page, and nothing else."""
        try:
            self._check_host()
            if self.path != "/":
                raise RefusedError("there is nothing here", HTTPStatus.NOT_FOUND)
        except RefusedError as error:
            self._refuse(error)
            return
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)

    def do_POST(self) -> None:
        """A request of the page."""
        try:
            self._check_host()
            self._check_origin()
            if not self.server.explorer.knows(self.path):
                raise RefusedError("there is no such request", HTTPStatus.NOT_FOUND)
            self._answer(HTTPStatus.OK, self.server.explorer.answer(self.path, self._body()))
        except RefusedError as error:
            self._refuse(error)

    def _check_host(self) -> None:
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            raise RefusedError(
                f"this server is {self.server.url} and no other", HTTPStatus.FORBIDDEN
            )

    def _check_origin(self) -> None:
        origins = self.headers.get_all("Origin", [])
        if any(
            origin not in [f"http://{host}" for host in self.server.hosts] for origin in origins
        ):
            raise RefusedError("a page of another site asks", HTTPStatus.FORBIDDEN)

    def _body(self) -> Json:
        kind = self.headers.get_content_type() if "Content-Type" in self.headers else ""
        if kind != "application/json":
            raise RefusedError(
                "what is posted must be application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
            )
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise RefusedError("a request states its length", HTTPStatus.LENGTH_REQUIRED)
        if len(length) > 12 or int(length) > LARGEST_REQUEST:
            raise RefusedError(
                f"a request has at most {LARGEST_REQUEST:,} bytes",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            raise RefusedError("the request ends too early")
        try:
            return parse(data.decode("utf-8"))
        except UnicodeDecodeError:
            raise RefusedError("the request is not UTF-8 text") from None
        except TraceError as error:
            raise RefusedError(str(error)) from None

    def _refuse(self, error: RefusedError) -> None:
        self._answer(error.status, {"error": str(error)})

    def _answer(self, status: HTTPStatus, value: Json) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: HTTPStatus, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no proper request; the base class calls it."""
        self._answer(HTTPStatus(code), {"error": message or HTTPStatus(code).phrase})

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""
