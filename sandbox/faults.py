"""What tests ask of the endpoint: to fail, to be slow, to tell which calls were made.

A layer in front of the services. The sandbox's own calls (job scripts' included) pass unseen.

    POST /_sandbox/faults   a JSON list of rules replaces the rules; the first that fits and has times left answers
    GET /_sandbox/calls     the calls so far: {"service", "action", "time", "bucket", "key", "resource", "database"}
    DELETE /_sandbox/calls  forgets them
    POST /_sandbox/clock    {"days": 1}: it is one day later than the machine's clock says (`sandbox.clock`)
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sandbox import clock
from sandbox.calls import Call, identify
from sandbox.endpoint.http import ConnectionReset, Handler, Request, Response

_CONTROL = "/_sandbox/"


@dataclass
class Rule:
    """One fault. None fits everything; `times` None: always.

    `delay` (seconds) alone passes the call on, later. `altered`: fields in place of those of the service's own answer,
    in every item where that has a list of them.
    """

    service: str | None = None
    action: str | None = None
    match: str | None = None  # text that must occur in the path or the body
    times: int | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | str = ""
    delay: float = 0.0
    reset: bool = False
    altered: dict[str, Any] = field(default_factory=dict)
    lost: bool = False  # the call is carried out, and its answer never arrives

    def fits(self, call: Call, request: Request) -> bool:
        return (
            self.times != 0
            and self.service in (None, call.service)
            and self.action in (None, call.action)
            and (self.match is None or self.match in request.target or self.match.encode() in request.body)
        )

    def answer(self, call: Call) -> Response | None:
        """None: the call goes on to AWS."""
        if self.reset:
            raise ConnectionReset
        if self.status is None:
            return None
        body = self.body if isinstance(self.body, str) else _error_body(call.service, self.body)
        headers = {"x-amzn-RequestId": str(uuid4()), **self.headers}
        return Response(self.status, headers, body.encode())


def _error_body(service: str, body: dict[str, Any]) -> str:
    """A dict is JSON, but XML for S3 and STS: {"Code": …, "Message": …}."""
    if service not in ("s3", "sts"):
        return json.dumps(body)
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in body.items())
    error = f"<Error>{fields}</Error>"
    return error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"


class Faults:
    """Wraps a handler; `engine` is the mark of the sandbox's own calls in their user agent, which go to `own`."""

    def __init__(
        self,
        services: Handler,
        engine: str,
        own: Handler | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._services, self._engine, self._own, self._sleep = services, engine, own or services, sleep
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._calls: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        if request.path.startswith(_CONTROL):
            return self._control(request)
        if f"app/{self._engine}" in request.headers.get("user-agent", ""):
            return self._own(request)
        call = identify(request)
        rule = self._record(call, request)
        if rule is None:
            return self._services(request)
        if rule.delay:
            self._sleep(rule.delay)
        if rule.lost:
            self._services(request)
            raise ConnectionReset
        return rule.answer(call) or _altered(self._services(request), rule.altered)

    def _record(self, call: Call, request: Request) -> Rule | None:
        with self._lock:
            self._calls.append({**call.told(), "time": time.time()})
            rule = next((rule for rule in self._rules if rule.fits(call, request)), None)
            if rule is not None and rule.times is not None:
                rule.times -= 1
            return rule

    def _control(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(_CONTROL):
            case "POST", "faults":
                return self._replace_rules(request.body)
            case "GET", "calls":
                with self._lock:
                    return _json(200, self._calls)
            case "DELETE", "calls":
                with self._lock:
                    self._calls.clear()
                return _json(200, {})
            case "POST", "clock":
                clock.move_to(int(json.loads(request.body)["days"]))
                return _json(200, {})
            case method, path:
                return _json(404, {"error": f"no {method} {_CONTROL}{path}"})

    def _replace_rules(self, body: bytes) -> Response:
        try:
            rules = [Rule(**rule) for rule in json.loads(body)]
        except (TypeError, ValueError) as error:
            return _json(400, {"error": str(error)})
        with self._lock:
            self._rules = rules
        return _json(200, {})


def _altered(response: Response, fields: dict[str, Any]) -> Response:
    if not fields:
        return response
    return replace(response, body=json.dumps(_merged(json.loads(response.body), fields)).encode())


def _merged(value: Any, fields: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_merged(item, fields) for item in value]
    nested = {
        name: _merged(value[name], new)
        for name, new in fields.items()
        if isinstance(new, dict) and name in value
    }
    return {**value, **fields, **nested}


def _json(status: int, value: object) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(value).encode())
