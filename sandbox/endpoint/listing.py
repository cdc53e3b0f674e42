"""ListObjectsV2 of plain listings, and ListObjectVersions, in S3's XML.

moto's Flask application takes ten times as long over the first; there, what is listed, and where a page ends, is moto's
to say. For the second moto copies all versions of all objects, and orders those of a second at random.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.sax.saxutils import escape

from sandbox.endpoint.http import Request, Response

_PLAIN = frozenset({"list-type", "prefix", "start-after", "continuation-token", "max-keys", "encoding-type"})
_VERSIONS = frozenset({"versions", "prefix", "key-marker", "version-id-marker", "max-keys", "encoding-type"})
_PAGE = 1000
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


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


def is_listing_of_versions(request: Request) -> bool:
    """Of a bucket, without folders (`delimiter`), which are moto's."""
    query = request.query
    return (
        request.method == "GET"
        and "versions" in query
        and query.keys() <= _VERSIONS
        and query.get("max-keys", "1").isdigit()
        and not request.path.strip("/").partition("/")[2]
    )


def listed_versions(request: Request, backend: Any) -> Response | None:
    """In the order of the keys, of each the newest first. None where there is no such bucket."""
    query, name = request.query, request.path.strip("/")
    bucket = backend.buckets.get(name)
    if bucket is None:
        return None
    prefix, most = query.get("prefix", ""), int(query.get("max-keys", _PAGE))
    lists = sorted(pair for pair in bucket.keys.lists() if pair[0].startswith(prefix) and pair[1])
    found = [(each, each is kept[-1]) for _, kept in lists for each in reversed(kept)]
    found = found[_begin(found, query.get("key-marker", ""), query.get("version-id-marker", "")) :]
    shown, more = found[:most], found[most:]
    encoding = query.get("encoding-type")
    after = shown[-1][0] if shown and more else None
    fields = {
        "Name": name,
        "Prefix": quote(prefix) if encoding else prefix,
        "KeyMarker": query.get("key-marker", ""),
        "VersionIdMarker": query.get("version-id-marker", ""),
        "MaxKeys": most,
        "IsTruncated": str(bool(more)).lower(),
        "EncodingType": encoding,
        "NextKeyMarker": after and (quote(after.name) if encoding else after.name),
        "NextVersionIdMarker": after and after.version_id,
    }
    entries = "".join(_version(each, latest, encoding) for each, latest in shown)
    return _answer(f'<ListVersionsResult xmlns="{_NAMESPACE}">{_xml(fields)}{entries}</ListVersionsResult>')


def _begin(found: list[tuple[Any, bool]], key: str, version: str) -> int:
    """Where a page begins: behind a version of a key, or behind all versions of it."""
    if not key:
        return 0
    ends = [
        place
        for place, (each, _) in enumerate(found, 1)
        if each.name < key or (each.name == key and version in ("", each.version_id))
    ]
    return max(ends, default=0)


def _version(found: Any, latest: bool, encoding: str | None) -> str:
    """A delete marker has no content: neither size nor ETag."""
    head = {
        "Key": quote(found.name) if encoding else found.name,
        "VersionId": found.version_id,
        "IsLatest": str(latest).lower(),
        "LastModified": found.last_modified_ISO8601,
    }
    if not hasattr(found, "etag"):
        return f"<DeleteMarker>{_xml(head)}</DeleteMarker>"
    content = {"ETag": found.etag, "Size": found.size, "StorageClass": found.storage_class}
    return f"<Version>{_xml(head | content)}</Version>"


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
    return _answer(f'<ListBucketResult xmlns="{_NAMESPACE}">{_xml(fields)}{contents}</ListBucketResult>')


def _answer(xml: str) -> Response:
    headers = {"Content-Type": "application/xml", "x-amz-request-id": uuid4().hex[:16]}
    return Response(200, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode())


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
