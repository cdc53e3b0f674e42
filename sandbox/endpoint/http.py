"""HTTP on loopback for the endpoint: a threaded server, and the two records its handlers work with.

Connections are kept alive and Nagle's delay is off, so that a poll costs a millisecond. Bodies are read whole: what is
sent to a sandbox is small.
"""

import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from socketserver import StreamRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

_LONGEST_LINE = 1 << 16
_STATUSES = frozenset(HTTPStatus)


@dataclass
class Request:
    """One HTTP request; header names are lower-case."""

    method: str
    target: str  # path and query as sent
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        values = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: value[-1] for name, value in values.items()}


@dataclass
class Response:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Handler = Callable[[Request], Response]


class ConnectionReset(Exception):
    """Raised by a handler that wants the connection cut without an answer."""


class Server:
    """Serves `handler` on 127.0.0.1 from a background thread; port 0 takes a free one."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._http = _LoopbackServer(("127.0.0.1", port), partial(_Connection, handler))
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Connection(StreamRequestHandler):
    """Reads and writes HTTP/1.1 by itself: `http.server` makes a mail message of each request, and takes twice as long.

    https://www.rfc-editor.org/rfc/rfc9112
    """

    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def __init__(self, handler: Handler, *args: object) -> None:
        self._handler = handler
        super().__init__(*args)  # type: ignore[arg-type]

    def handle(self) -> None:
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        """Whether the connection is kept alive."""
        line = self.rfile.readline(_LONGEST_LINE)
        if not line:
            return False
        words = line.decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            self._write("GET", Response(HTTPStatus.BAD_REQUEST))
            return False
        method, target, version = words
        headers = self._read_headers()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()  # writes are buffered, and the client waits for this one
        try:
            response = self._handler(Request(method, target, headers, self._read_body(headers)))
        except ConnectionReset:
            self._cut()
            return False
        self._write(method, response)
        return version != "HTTP/1.0" and headers.get("connection", "").lower() != "close"

    def _read_headers(self) -> dict[str, str]:
        headers = {}
        while line := self.rfile.readline(_LONGEST_LINE).rstrip(b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(headers.get("content-length") or 0))

    def _chunks(self) -> Iterable[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass

    def _write(self, method: str, response: Response) -> None:
        status = int(response.status)
        phrase = HTTPStatus(status).phrase if status in _STATUSES else ""
        headers = {"Date": formatdate(usegmt=True), **response.headers}
        if "content-length" not in {name.lower() for name in headers}:
            headers["Content-Length"] = str(len(response.body))
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join([*lines, "\r\n"]).encode("latin-1"))
        if method != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _cut(self) -> None:
        """Closes with RST: what a broken network looks like to the client."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
