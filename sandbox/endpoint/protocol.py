"""AWS's JSON 1.1 protocol: actions as methods, errors and time stamps as AWS words them, pages.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import json
import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any, TypeVar

from sandbox.endpoint.http import Response

Fields = dict[str, Any]
Action = Callable[[Fields], Fields]
T = TypeVar("T")


class AwsError(Exception):
    """An error as a service answers it: `code` is the exception's name in botocore."""

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, fields


def action(method: Callable[[Any, Fields], Fields]) -> Callable[[Any, Fields], Fields]:
    """Marks the method that answers an AWS action: `create_job` answers CreateJob."""
    words = method.__name__.split("_")
    method.aws_action = "".join("AWS" if word == "aws" else word.capitalize() for word in words)  # type: ignore[attr-defined]
    return method


def unlocked_action(method: Callable[[Any, Fields], Fields]) -> Callable[[Any, Fields], Fields]:
    """An action that takes long, and holds `lock` no longer than it must."""
    method.unlocked = True  # type: ignore[attr-defined]
    return action(method)


class Actions:
    """A set of AWS actions over some state. Each action, and the writing of its answer, holds `lock`: it must not
    call the endpoint, or wait for anything that does. Only an `unlocked_action` takes it by itself."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def actions(self) -> dict[str, Action]:
        marked = {name: getattr(getattr(type(self), name), "aws_action", None) for name in dir(type(self))}
        return {action: getattr(self, name) for name, action in marked.items() if action}


class JsonService:
    """Answers the actions of several parts of one AWS service; `check` raises `AwsError` for a request's shape."""

    def __init__(self, name: str, check: Callable[[str, Fields], None], *parts: Actions) -> None:
        self.name, self._check = name, check
        self._actions = {name: (part, method) for part in parts for name, method in part.actions().items()}

    def answer(self, action: str, body: bytes, checked: bool = True) -> Response:
        """`checked`: whether the request's shape is looked at, which takes as long again."""
        try:
            part, method = self._find(action)
            fields = _fields(body)
            if checked:
                self._check(action, fields)
            with nullcontext() if hasattr(method, "unlocked") else part.lock:
                return json_response(200, method(fields))
        except AwsError as error:
            return error_response(error)

    def _find(self, action: str) -> tuple[Actions, Action]:
        if action not in self._actions:
            message = f"The sandbox does not implement {action} of AWS {self.name}."
            raise AwsError("UnknownOperationException", message)
        return self._actions[action]


def _fields(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The body of the request is no JSON") from None


def json_response(status: int, fields: Fields, **headers: str) -> Response:
    body = json.dumps(fields, default=_epoch_seconds).encode()
    return Response(
        status,
        {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": str(uuid.uuid4()), **headers},
        body,
    )


def error_response(error: AwsError, status: int = 400) -> Response:
    fields = {"__type": error.code, "message": error.message, "Message": error.message, **error.fields}
    return json_response(status, fields, **{"x-amzn-ErrorType": error.code})


def _epoch_seconds(value: object) -> float:
    """Time stamps travel as epoch seconds with milliseconds."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"no JSON for {value!r}")


def page(
    items: Sequence[T], fields: Fields, key: str, size: int, error: str = "InvalidInputException"
) -> Fields:
    """One page of `items` under `key`, MaxResults or else `size` of them, with a NextToken when there is more.

    What MaxResults may be is the model's to say (`shapes`); the words for a wrong token are from memory.
    """
    token = fields.get("NextToken") or "0"
    if not token.isdigit() or int(token) > len(items):
        raise AwsError(error, f"Invalid pagination token: {token}")
    start = int(token)
    end = start + int(fields.get("MaxResults") or size)
    more = {"NextToken": str(end)} if end < len(items) else {}
    return {key: list(items[start:end]), **more}
