"""Which AWS call a request is: service, action, and what it is about."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from sandbox.endpoint.http import Request

_SERVICES = {
    "AWSGlue": "glue",
    "AmazonAthena": "athena",
    "Logs_20140328": "logs",
    "ServiceQuotasV20190624": "service-quotas",
    "TrentService": "kms",
}
_NAMES = (
    "JobName",
    "CrawlerName",
    "TableName",
    "WorkGroup",
    "SecretId",
    "logStreamName",
    "QueryExecutionId",
    "Name",
    "logGroupName",
    "ResourceArn",
)

# (method, on a key?) → action, where no part of the query says otherwise
_PLAIN = {
    ("GET", False): "ListObjects",
    ("HEAD", False): "HeadBucket",
    ("PUT", False): "CreateBucket",
    ("DELETE", False): "DeleteBucket",
    ("POST", False): "PostObject",
    ("GET", True): "GetObject",
    ("HEAD", True): "HeadObject",
    ("PUT", True): "PutObject",
    ("DELETE", True): "DeleteObject",
    ("POST", True): "PostObject",
}

# (method, part of the query) → action
_BY_QUERY = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "versioning"): "GetBucketVersioning",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("POST", "delete"): "DeleteObjects",
    ("POST", "select"): "SelectObjectContent",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}


_KEY = re.compile(r"<Key>([^<]*)</Key>")


@dataclass(frozen=True)
class Call:
    service: str
    action: str
    bucket: str | None = None
    key: str | None = None
    resource: str | None = None  # the name of the job, crawler, table, … it is about
    database: str | None = None  # of the Data Catalog
    version: str | None = None  # of an object, where the call names one
    source: str | None = None  # bucket and key of what is copied

    def told(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value is not None}


def identify(request: Request) -> Call:
    if request.headers.get("x-amz-target"):
        fields = _fields(request.body)
        return replace(asked_of(request), resource=_resource(fields), database=_text(fields, "DatabaseName"))
    return asked_of(request)


def asked_of(request: Request) -> Call:
    """Service and action; what the body says that it is about is left out."""
    if target := request.headers.get("x-amz-target"):
        prefix, _, action = target.partition(".")
        return Call(_SERVICES.get(prefix, prefix), action)
    service = _signed_service(request)
    if service == "s3":
        return _s3_call(request)
    form = parse_qs(request.body.decode(errors="replace"))
    return Call(service, form.get("Action", ["?"])[0])


def _signed_service(request: Request) -> str:
    """From the credential scope, key/date/region/service/aws4_request; unsigned calls are S3's."""
    scope = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    return scope[3] if len(scope) == 5 else "s3"


def _s3_call(request: Request) -> Call:
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not bucket:
        return Call("s3", "ListBuckets")
    by_query = (_BY_QUERY.get((request.method, part)) for part in request.query)
    action = next(filter(None, by_query), None) or _PLAIN.get((request.method, bool(key)), request.method)
    if action == "PutObject" and "x-amz-copy-source" in request.headers:
        action = "CopyObject"
    if action == "DeleteObjects":  # one of them stands for all
        key = "".join(_KEY.findall(request.body.decode(errors="replace"))[:1])
    source, _, version = request.headers.get("x-amz-copy-source", "").partition("?versionId=")
    version = version or request.query.get("versionId", "")
    copied = unquote(source.lstrip("/"))
    return Call("s3", action, bucket, key or None, version=version or None, source=copied or None)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _resource(fields: dict[str, Any]) -> str | None:
    for holder in (fields, fields.get("TableInput", {}), fields.get("DatabaseInput", {})):
        for name in _NAMES:
            if (found := _text(holder, name)) is not None:
                return found
    return None


def _text(fields: Any, name: str) -> str | None:
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else None
