"""CloudWatch Logs FilterLogEvents as AWS answers it, where moto is laxer or has not got it.

All streams that it names must be there; streams can be asked for by the start of their names, not by both. Words and
code of a wrong nextToken are those of LocalStack's snapshot of it, recorded from AWS.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json
from collections.abc import Callable
from dataclasses import replace

from sandbox.endpoint.http import Handler, Request, Response
from sandbox.endpoint.protocol import AwsError, Fields, error_response


def filter_log_events(request: Request, check: Callable[[str, Fields], None], answer: Handler) -> Response:
    """`check`: raises `AwsError` for a request's shape; `answer`: moto's."""
    body = json.loads(request.body)
    try:
        check("FilterLogEvents", body)
    except AwsError as error:
        return error_response(error)
    prefix = body.pop("logStreamNamePrefix", None)
    if prefix is not None:
        return _by_prefix(request, answer, body, prefix)
    named = set(body.get("logStreamNames", []))
    response = _page(request, answer)
    if response.status == 200:
        searched = {stream["logStreamName"] for stream in json.loads(response.body)["searchedLogStreams"]}
        if named - searched:
            return error_response(
                AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
            )
    return response


def _by_prefix(request: Request, answer: Handler, body: Fields, prefix: str) -> Response:
    """Streams whose names begin so, none among them: moto would pass over the prefix and search all."""
    if "logStreamNames" in body:
        message = "logStreamNames and logStreamNamePrefix cannot be given both"
        return error_response(AwsError("InvalidParameterException", message))
    names: list[str] = []
    token: Fields = {}
    while True:
        asked = {"logGroupName": body["logGroupName"], "logStreamNamePrefix": prefix, **token}
        listed = answer(_call(request, "DescribeLogStreams", asked))
        if listed.status != 200:
            return listed
        found = json.loads(listed.body)
        names += [stream["logStreamName"] for stream in found["logStreams"]]
        if not found.get("nextToken"):
            break
        token = {"nextToken": found["nextToken"]}
    if not names:
        nothing = json.dumps({"events": [], "searchedLogStreams": []}).encode()
        return Response(200, {"Content-Type": "application/x-amz-json-1.1"}, nothing)
    return _page(_call(request, "FilterLogEvents", {**body, "logStreamNames": names}), answer)


def _page(request: Request, answer: Handler) -> Response:
    """moto's tokens always lead to events, and to none where they are wrong."""
    response = answer(request)
    if response.status != 200 or not json.loads(request.body).get("nextToken"):
        return response
    if json.loads(response.body)["events"]:
        return response
    return error_response(AwsError("InvalidParameterException", "The specified nextToken is invalid."))


def _call(request: Request, action: str, body: Fields) -> Request:
    """The same caller's call of another action."""
    content = json.dumps(body).encode()
    headers = {
        **request.headers,
        "x-amz-target": f"Logs_20140328.{action}",
        "content-length": str(len(content)),
    }
    return replace(request, headers=headers, body=content)
