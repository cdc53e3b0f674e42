"""Requests against AWS's own model of them, as botocore has it: what AWS refuses for its shape is refused here.

botocore checks less before it sends a request, and other clients check nothing. The words are AWS's: "1 validation
error detected: Value at 'expression' failed to satisfy constraint: Member must have length less than or equal to 2048".
Patterns are left out: they are Java's. https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html
(ValidationException), https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
(InvalidRequestException)
"""

from collections.abc import Iterator
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
_ERRORS = {"athena": "InvalidRequestException"}


def check_request(model: ServiceModel, action: str, fields: Fields) -> None:
    """Raises `AwsError` in AWS's words for the first thing that is wrong."""
    shape = model.operation_model(action).input_shape
    for place, told in _wrong(shape, fields, "") if shape else ():
        raise AwsError(
            _ERRORS.get(model.service_name, "ValidationException"),
            f"1 validation error detected: Value at '{place}' failed to satisfy constraint: {told}",
        )


def _wrong(shape: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Where, and the constraint."""
    if not _is_of(shape, value):
        raise AwsError("SerializationException", f"Value at '{place}' is no {shape.type_name}")
    yield from ((place, told) for told in _beyond(shape, value))
    match shape.type_name:
        case "structure":
            yield from _members(shape, value, place)
        case "list":
            for number, each in enumerate(value, 1):
                yield from _wrong(shape.member, each, _below(place, f"{number}.member"))
        case "map":
            for key, each in value.items():
                yield from _wrong(shape.value, each, _below(place, f"{key}.member"))


def _is_of(shape: Shape, value: Any) -> bool:
    kind = _TYPES.get(shape.type_name, object)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _members(shape: Any, value: Fields, place: str) -> Iterator[tuple[str, str]]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _below(place, _lower(name)), "Member must not be null"
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


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
