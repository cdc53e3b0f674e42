"""The Tascomi REST API on loopback, in a thread of the sandbox's own process.

    GET  /rest/v1/<resource>?page=N[&last_updated=YYYY-MM-DD]   a page of records, a JSON list
    POST /_sandbox/faults                                       a JSON list of faults, which replaces the last

A fault names its resource and what happens to it:

    {"resource": "wards", "page": 2, "status": 500}             this page (each page, without "page") fails
    {"resource": "wards", "page": 2, "body": "<html>…"}         this page says something else, with status 200
    {"resource": "wards", "empty": true}                        no results (202)
    {"resource": "wards", "records": [{…}, …]}                  other records
    {"resource": "wards", "rename_field": ["name", "title"]}    another name for a field
    {"resource": "wards", "night": true}                        records as they are before today's work on them
    {"resource": "wards", "add_field": ["colour", "red"]}       a field more
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from sandbox import clock
from sandbox.tascomi.recorded import Page, Recording, Recordings
from sandbox.tascomi.records import Record, records

RESULTS_PER_PAGE = 50
ROOT = "/rest/v1/"
LONDON = ZoneInfo("Europe/London")


def signature(public_key: str, private_key: str, moment: datetime) -> str:
    """The X-Hash header for a moment (aware), as the API's documentation has it."""
    message = public_key + moment.astimezone(LONDON).strftime("%Y%m%d%H%M")
    digest = hashlib.sha256(message.encode()).hexdigest()
    return base64.b64encode(
        hmac.new(private_key.encode(), digest.encode(), hashlib.sha256).hexdigest().encode()
    ).decode()


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    results: int = 0
    per_page: int = RESULTS_PER_PAGE


class TascomiApi:
    """`start()`, then `url`; `stop()` in the end."""

    def __init__(
        self,
        public_key: str,
        private_key: str,
        today: Callable[[], date] = clock.today,
        recordings: Recordings = Recordings(),  # noqa: B008  frozen
    ) -> None:
        self.public_key, self.private_key, self.today = public_key, private_key, today
        self.recordings = recordings
        self.faults: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Without a slash at the end, and without `/rest/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        Thread(target=self._server.serve_forever, args=(0.05,), name="tascomi-api", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def signed(self, public_key: str, hashed: str) -> bool:
        """Whether the headers are right, a clock that is a minute off allowed for.

        Spark's workers sign by the machine's clock: their processes are Spark's, and nobody moves theirs.
        """
        clocks = (clock.now(), datetime.now(UTC))
        moments = (now + timedelta(minutes=minutes) for now in clocks for minutes in (0, -1, 1))
        return public_key == self.public_key and any(
            hmac.compare_digest(hashed, signature(public_key, self.private_key, moment)) for moment in moments
        )

    def answer(self, resource: str, page: int | None, last_updated: str) -> Answer:
        """Without a page, the first one is sent; a fault of page 1 spares it: pages can be counted."""
        fault = {
            key: value
            for fault in self.faults
            if fault["resource"] == resource and fault.get("page") in (None, page)
            for key, value in fault.items()
        }
        if "status" in fault or "body" in fault:
            # The page's own failure: how many results there are is known all the same.
            found = self._found(resource, last_updated, fault)
            return Answer(fault.get("status", 200), fault.get("body", "Internal Server Error"), len(found))
        if (recording := self._recorded(resource, last_updated)) and not fault.get("empty"):
            return _of_recording(recording, page or 1)
        try:
            found = self._found(resource, last_updated, fault)
        except KeyError:
            return Answer(404, json.dumps({"error": f"There is no resource {resource}"}))
        if not found:
            return Answer(202, "")
        start = ((page or 1) - 1) * RESULTS_PER_PAGE
        return Answer(200, json.dumps(found[start : start + RESULTS_PER_PAGE]), len(found))

    def _recorded(self, resource: str, last_updated: str) -> Recording | None:
        """Of several days that are asked for, the last one has what was recorded."""
        if last_updated and last_updated != str(self.today() - timedelta(days=1)):
            return Recording() if resource in self.recordings.days else None
        return self.recordings.of(resource, clock.days_ahead() + 1, updates=bool(last_updated))

    def _found(self, resource: str, last_updated: str, fault: dict[str, Any]) -> Sequence[Record]:
        if fault.get("empty"):
            return ()
        if "records" in fault:
            replaced: list[Record] = fault["records"]
            return [r for r in replaced if (r.get("last_updated") or "").startswith(last_updated)]
        day = self.today() - timedelta(days=bool(fault.get("night")))
        found = records(resource, day, date.fromisoformat(last_updated) if last_updated else None)
        if "add_field" in fault:
            return [record | dict([fault["add_field"]]) for record in found]
        if "rename_field" in fault:
            old, new = fault["rename_field"]
            return [{new if key == old else key: value for key, value in r.items()} for r in found]
        return found


def _of_recording(recording: Recording, page: int) -> Answer:
    if not recording.pages:
        return Answer(202, "")
    found = recording.pages.get(page, Page("There is no recording of this page", 404))
    return Answer(found.status, found.body, recording.results, recording.per_page)


def _handler(api: TascomiApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(address.query).items()}
            if not address.path.startswith(ROOT):
                self._send(Answer(404, json.dumps({"error": "There is no such page"})))
            elif not api.signed(self.headers.get("X-Public", ""), self.headers.get("X-Hash", "")):
                self._send(Answer(401, json.dumps({"error": "Authentication failed"})))
            else:
                page = int(query["page"]) if "page" in query else None
                self._send(api.answer(address.path.removeprefix(ROOT), page, query.get("last_updated", "")))

        def do_POST(self) -> None:
            if self.path != "/_sandbox/faults":
                self._send(Answer(404, json.dumps({"error": "There is no such page"})))
                return
            api.faults = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(Answer(200, json.dumps(api.faults)))

        def _send(self, answer: Answer) -> None:
            body = answer.body.encode("utf-8", "surrogateescape")
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Number-Of-Results", str(answer.results))
            self.send_header("X-Results-Per-Page", str(answer.per_page))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are not printed: the sandbox's output belongs to whoever started it."""

    return Handler
