"""What the sandbox does not do, refused by its name, as the service's protocol has errors.

JSON (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html), the XML of the Query protocol
(https://smithy.io/2.0/aws/protocols/aws-query-protocol.html), with the code of what no service knows
(https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html), and S3's.
"""

from uuid import uuid4

from sandbox.calls import identify
from sandbox.endpoint.http import Request, Response
from sandbox.endpoint.protocol import AwsError, error_response


def unimplemented(request: Request) -> Response:
    """The call may be one that is done otherwise: "as it was asked"."""
    call = identify(request)
    known = call.action != "?"  # calls of REST services are told by their paths
    action = call.action if known else f"{request.method} {request.path}"
    message = f"The sandbox does not implement {action} of AWS {call.service} as it was asked."
    if call.service == "s3":
        return _xml(501, f"<Error><Code>NotImplemented</Code><Message>{message}</Message></Error>")
    if "x-amz-target" in request.headers or not known:
        return error_response(AwsError("UnknownOperationException", message))
    error = f"<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{message}</Message></Error>"
    return _xml(400, f"<ErrorResponse>{error}<RequestId>{uuid4()}</RequestId></ErrorResponse>")


def _xml(status: int, body: str) -> Response:
    headers = {"Content-Type": "application/xml", "x-amz-request-id": uuid4().hex[:16]}
    return Response(status, headers, body.encode())
