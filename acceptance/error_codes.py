"""Error codes by which AWS services say what kind of refusal it is (their API references, "Common Errors")."""

from __future__ import annotations

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedError", "403"}
)
"""For want of a permission."""

EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "RequestExpired",
}
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
}


def is_passing(error: Exception) -> bool:
    """Whether AWS may well answer when asked again: it was not reached, throttled the call or failed itself."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return code in THROTTLED or error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
    return isinstance(error, (HTTPClientError, NoConnection))
