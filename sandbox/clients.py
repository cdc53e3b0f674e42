"""boto3 clients of the endpoint: one a service, shared by all threads.

The engines' calls carry a mark in their user agent, by which the endpoint neither records nor disturbs them.
"""

import io
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config

from sandbox.endpoint.http import Handler, Request

ENGINE = "sandbox-engine"
"""The application id in the user agent of the sandbox's own calls: `app/sandbox-engine`."""


class Clients:
    """`clients("s3")` is the endpoint's S3 client. Creating clients is not thread-safe in boto3, using them is.

    With `handler` the calls are handed over within the process: no sockets, the same bytes.
    """

    def __init__(
        self, endpoint: str, region: str, handler: Handler | None = None, application: str | None = None
    ) -> None:
        self._endpoint, self._handler = endpoint, handler
        self._session = boto3.Session("sandbox", "sandbox", region_name=region)
        self._config = Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1} if handler else None,
            parameter_validation=handler is None,  # half the time of a call, and ours are tested
            max_pool_connections=32,
            user_agent_extra=f"app/{application}" if application else None,
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._create(service)
            return self._clients[service]

    def _create(self, service: str) -> Any:
        client = self._session.client(service, endpoint_url=self._endpoint, config=self._config)  # type: ignore[call-overload]
        if self._handler:
            client.meta.events.register("before-send", _Shortcut(self._handler))
        return client


class _Shortcut:
    """Answers botocore's prepared requests in place of its HTTP session."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        host = urlsplit(request.url).netloc
        target = request.url.partition(host)[2] or "/"
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        response = self._handler(
            Request(request.method, target, {"host": host, **headers}, _bytes(request.body))
        )
        body = b"" if request.method == "HEAD" else response.body
        answered = HeadersDict(response.headers)
        return AWSResponse(request.url, response.status, answered, _Raw(body))  # type: ignore[arg-type]


class _Raw(io.BytesIO):
    """A body as botocore expects it of urllib3."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while part := self.read(amt):
            yield part


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else bytes(body.read())
