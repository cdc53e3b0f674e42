"""ListObjectsV2 of plain listings, in S3's XML: moto's Flask application takes ten times as long over each.

What is listed, and where a page ends, is moto's to say.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.sax.saxutils import escape

from sandbox.endpoint.http import Request, Response

_PLAIN = frozenset({"list-type", "prefix", "start-after", "continuation-token", "max-keys", "encoding-type"})
_PAGE = 1000


def is_plain_listing(request: Request) -> bool:
    """Of a bucket, without what takes moto to answer: folders, owners, empty tokens."""
    query = request.query
    return (
        request.method == "GET"
        and query.get("list-type") == "2"
        and query.keys() <= _PLAIN
        and query.get("continuation-token") != ""
        and query.get("max-keys", "1").isdigit()
        and not request.path.strip("/").partition("/")[2]
    )


def refused_token(request: Request, backend: Any) -> Response | None:
    """The answer to a continuation token that no page has given: LocalStack's snapshot of AWS has it."""
    token = request.query.get("continuation-token")
    if request.query.get("list-type") != "2" or token is None or token in backend._pagination_tokens:
        return None
    error = {
        "Code": "InvalidArgument",
        "Message": "The continuation token provided is incorrect",
        "ArgumentName": "continuation-token",
    }
    headers = {"Content-Type": "application/xml", "x-amz-request-id": uuid4().hex[:16]}
    return Response(400, headers, f"<Error>{_xml(error)}</Error>".encode())


def listed(request: Request, backend: Any) -> Response | None:
    """`backend`: moto's, of S3. None where there is no such bucket."""
    query, name = request.query, request.path.strip("/")
    bucket = backend.buckets.get(name)
    if bucket is None:
        return None
    most = int(query.get("max-keys", _PAGE))
    prefix, token, after = (query.get(key) for key in ("prefix", "continuation-token", "start-after"))
    keys, truncated, more = backend.list_objects_v2(bucket, prefix, None, token, after, most)
    encoding = query.get("encoding-type")
    fields = {
        "Name": name,
        "Prefix": quote(prefix or "") if encoding else prefix or "",
        "MaxKeys": most,
        "KeyCount": len(keys),
        "IsTruncated": str(bool(truncated)).lower(),
        "EncodingType": encoding,
        "ContinuationToken": token,
        "NextContinuationToken": more,
        "StartAfter": None if token else after or None,
    }
    contents = "".join(f"<Contents>{_xml(_object(key, encoding))}</Contents>" for key in keys)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{_xml(fields)}{contents}</ListBucketResult>'
    )
    headers = {"Content-Type": "application/xml", "x-amz-request-id": uuid4().hex[:16]}
    return Response(200, headers, body.encode())


def _object(key: Any, encoding: str | None) -> dict[str, Any]:
    return {
        "Key": key.safe_name(encoding),
        "LastModified": key.last_modified_ISO8601,
        "ETag": key.etag,
        "ChecksumAlgorithm": key.checksum_algorithm,
        "Size": key.size,
        "StorageClass": key.storage_class,
    }


def _xml(fields: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items() if value is not None
    )
