"""As much of the AWS CLI as the way back's commands need, for a sandbox: `python -m tests.aws_cli glue delete-table …`.

Options and structures are those of botocore's service models, as the real one's are: what it would not take fails.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # botocore brings it, without stubs
from botocore import xform_name


def main(words: list[str]) -> None:
    service, operation, *rest = words
    if service == "s3":
        return _s3(operation, rest)
    client: Any = boto3.client({"s3api": "s3"}.get(service, service))  # type: ignore[call-overload]
    given, query = _options(client, operation, rest)
    found = getattr(client, operation.replace("-", "_"))(**given)
    if query:
        print(json.dumps(jmespath.search(query, found), default=str))
    return None


def _options(client: Any, operation: str, rest: list[str]) -> tuple[dict[str, Any], str]:
    """The operation's input, and what is to be told of its answer."""
    model = client.meta.service_model
    name = {xform_name(each): each for each in model.operation_names}[operation.replace("-", "_")]
    members = model.operation_model(name).input_shape.members
    known = {"--" + xform_name(each, "-"): each for each in members}
    values: dict[str, list[str]] = {}
    for word in rest:
        if word.startswith("--"):
            values[word] = []
            last = word
        else:
            values[last].append(word)
    query = "".join(values.pop("--query", []))
    values.pop("--output", None)
    return {
        known[option]: _value(members[known[option]].type_name, each) for option, each in values.items()
    }, query


def _value(kind: str, words: list[str]) -> Any:
    if kind == "list":
        return words
    if kind == "structure":
        return json.loads(words[0])
    return dict([words[0].split("=", 1)]) if kind == "map" else words[0]


def _s3(operation: str, rest: list[str]) -> None:
    """`rm` of an object, or of all that begins with a prefix."""
    assert operation == "rm", operation
    client = boto3.client("s3")
    bucket, _, key = rest[-1].removeprefix("s3://").partition("/")
    keys = [key]
    if "--recursive" in rest:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    for each in keys:
        client.delete_object(Bucket=bucket, Key=each)


if __name__ == "__main__":
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1")
    main(sys.argv[1:])
