"""CloudWatch Logs FilterLogEvents as AWS answers it, where moto is laxer: all streams that it names must be there.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json

from sandbox.endpoint.http import Handler, Request, Response
from sandbox.endpoint.protocol import AwsError, error_response

_STREAMS_AT_ONCE = 100


def filter_log_events(request: Request, answer: Handler) -> Response:
    """`answer`: moto's."""
    named = set(json.loads(request.body).get("logStreamNames", []))
    if len(named) > _STREAMS_AT_ONCE:
        message = "Member must have length less than or equal to 100"
        return error_response(AwsError("InvalidParameterException", f"'logStreamNames': {message}"))
    response = answer(request)
    if response.status == 200:
        searched = {stream["logStreamName"] for stream in json.loads(response.body)["searchedLogStreams"]}
        if named - searched:
            return error_response(
                AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
            )
    return response
