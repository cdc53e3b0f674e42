"""Requests against AWS's own model of them, as botocore has it: what AWS refuses for its shape is refused here.

botocore checks less before it sends a request, and other clients check nothing. The model's lengths, counts, values and
patterns are those of the API reference. The words are AWS's: "1 validation error detected: Value '…' at 'expression'
failed to satisfy constraint: Member must have length less than or equal to 255" (ValidationException of Glue:
boto/boto3 issue 3229; of patterns and several errors at once: moj-analytical-services/etl_manager issue 90;
InvalidRequestException of Athena: Tomme/dbt-athena issue 136; InvalidParameterException of CloudWatch Logs:
LocalStack's snapshot of FilterLogEvents). From memory: `Value null at`, the words about a map's keys, and
SerializationException.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import ServiceModel, Shape

from sandbox.endpoint.protocol import AwsError, Fields

_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float, str),
}
_ERRORS = {"athena": "InvalidRequestException", "logs": "InvalidParameterException"}
_TOLD = 1000  # characters of a value in a message
_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"  # how Java's patterns write what is beyond the basic plane
_BEYOND_BASIC = r"\U00010000-\U0010FFFF"


def check_request(model: ServiceModel, action: str, fields: Fields) -> None:
    """Raises `AwsError` in AWS's words for all that is wrong."""
    shape = model.operation_model(action).input_shape
    wrong = list(_wrong(shape, fields, "")) if shape else []
    if wrong:
        errors = "1 validation error" if len(wrong) == 1 else f"{len(wrong)} validation errors"
        code = _ERRORS.get(model.service_name, "ValidationException")
        raise AwsError(code, f"{errors} detected: {'; '.join(wrong)}")


def _wrong(shape: Any, value: Any, place: str) -> Iterator[str]:
    """What is wrong, and where."""
    if not _is_of(shape, value):
        raise AwsError("SerializationException", f"Value at '{place}' is no {shape.type_name}")
    yield from (_failed(f"'{str(value)[:_TOLD]}'", place, told) for told in _beyond(shape, value))
    match shape.type_name:
        case "structure":
            yield from _members(shape, value, place)
        case "list":
            for number, each in enumerate(value, 1):
                yield from _wrong(shape.member, each, _below(place, f"{number}.member"))
        case "map":
            for key, each in value.items():
                if beyond := list(_beyond(shape.key, key)):
                    told = f"Map keys must satisfy constraint: [{', '.join(beyond)}]"
                    yield _failed(f"'{str(value)[:_TOLD]}'", place, told)
                yield from _wrong(shape.value, each, _below(place, f"{key}.member"))


def _is_of(shape: Shape, value: Any) -> bool:
    kind = _TYPES.get(shape.type_name, object)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _failed(value: str, place: str, told: str) -> str:
    return f"Value {value} at '{place}' failed to satisfy constraint: {told}"


def _members(shape: Any, value: Fields, place: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _failed("null", _below(place, _lower(name)), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _wrong(member, value[name], _below(place, _lower(name)))


def _beyond(shape: Shape, value: Any) -> Iterator[str]:
    metadata = shape.metadata
    if allowed := metadata.get("enum"):
        if value not in allowed:
            yield f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        return
    number = isinstance(value, int | float)
    measured, what = (value, "value") if number else (len(value), "length")
    if measured < metadata.get("min", measured):
        yield f"Member must have {what} greater than or equal to {metadata['min']}"
    if measured > metadata.get("max", measured):
        yield f"Member must have {what} less than or equal to {metadata['max']}"
    if (pattern := metadata.get("pattern")) and isinstance(value, str) and not _matches(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of Java's, as Python reads it; none where it cannot (`\\p{L}`)."""
    try:
        return re.compile(pattern.replace(_SURROGATES, _BEYOND_BASIC))
    except re.error:
        return None


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
