"""What knows moto, with `listing`: it serves S3, CloudWatch Logs, Secrets Manager, IAM and KMS, state and protocol.

moto reads its account number from the environment when it is first imported, hence the order of the imports below.
Backends are global to the process: one endpoint a process.
"""

import io
import os
import threading
import traceback
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox import clock
from sandbox.endpoint.http import Request, Response
from sandbox.endpoint.listing import (
    is_listing_of_versions,
    is_plain_listing,
    listed,
    listed_versions,
    refused_token,
)
from sandbox.endpoint.refusals import unimplemented

ACCOUNT = "111122223333"
os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT

import moto.logs.models  # noqa: E402
import moto.s3.models  # noqa: E402
from moto.moto_server.werkzeug_app import create_backend_app  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402


def _naive_now() -> datetime:
    return clock.now().replace(tzinfo=None)


for models in (moto.s3.models, moto.logs.models):  # moto has no clock that one could hand it
    models.utcnow = _naive_now

SERVICES = frozenset({"s3", "logs", "secretsmanager", "iam", "kms"})


class MotoServices:
    """Hands requests to moto's WSGI applications, one a service, and takes whole responses back."""

    def __init__(self) -> None:
        os.environ["MOTO_ACCOUNT_ID"] = (
            ACCOUNT  # read with each request, too, and a forked process may have lost it
        )
        self._lock = threading.Lock()
        self._conditional_writes = threading.Lock()  # moto looks, then writes: of two at once, both would win
        self._applications: dict[str, Any] = {}

    def __call__(self, service: str, request: Request) -> Response:
        with self._conditional_writes if _is_conditional_write(request) else nullcontext():
            return self._answer(service, request)

    def _answer(self, service: str, request: Request) -> Response:
        if service == "s3" and (refused := refused_token(request, _s3())):
            return refused
        if service == "s3" and is_plain_listing(request) and (found := listed(request, _s3())):
            return found
        if service == "s3" and is_listing_of_versions(request) and (found := listed_versions(request, _s3())):
            return found
        status: list[str] = []
        headers: list[tuple[str, str]] = []

        def start_response(line: str, fields: list[tuple[str, str]], *_: object) -> None:
            status.append(line)
            headers.extend(fields)

        try:
            chunks = self._application(service)(_environ(request), start_response)
        except Exception:  # noqa: BLE001  moto stumbles over fields that it has not got
            traceback.print_exc()
            return unimplemented(request)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        response = Response(int(status[0].split()[0]), dict(headers), body)
        return unimplemented(request) if _is_html(response) else response

    def _application(self, service: str) -> Any:
        """moto's own dispatcher finds the service anew, listing its source folder, at every request."""
        with self._lock:
            if service not in self._applications:
                self._applications[service] = create_backend_app(service)
            return self._applications[service]

    @staticmethod
    def put_object(bucket: str, key: str, body: bytes, written: datetime | None = None) -> None:
        """The short way into a bucket, for seeding: what PutObject does, without HTTP; `written`: UTC, if not now."""
        put = _s3().put_object(bucket, key, body)
        if written is not None:
            put.last_modified = written.replace(tzinfo=None)


def _s3() -> Any:
    return s3_backends[ACCOUNT]["aws"]


def _is_conditional_write(request: Request) -> bool:
    return request.method == "PUT" and not request.headers.keys().isdisjoint({"if-match", "if-none-match"})


def _is_html(response: Response) -> bool:
    """moto answers what it does not implement with Flask's HTML error page."""
    return response.status >= 500 and "html" in response.headers.get("Content-Type", "")


def _environ(request: Request) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it: text as latin-1."""
    url = urlsplit(request.target)
    host, _, port = request.headers.get("host", "127.0.0.1:80").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ
