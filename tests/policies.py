"""IAM policies against recorded calls: what is missing, and what is never used.

Knows of IAM what these policies use: Allow statements with wildcards, whose conditions hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from acceptance.aws.permissions import actions

ROOT = Path(__file__).parents[1]
REGION, ACCOUNT = "eu-west-2", "111122223333"

Call = Mapping[str, Any]  # as the sandbox records them


@dataclass(frozen=True)
class Policy:
    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, name: str) -> Policy:
        document = json.loads((ROOT / name).read_text("utf-8"))
        assert document["Version"] == "2012-10-17"
        return cls(tuple(document["Statement"]))

    @property
    def own(self) -> list[Mapping[str, Any]]:
        """Statements about calls of the suite's own: not those that AWS services make on its behalf."""
        return [statement for statement in self.statements if "Itself" not in statement["Sid"]]

    def allows(self, action: str, resource: str) -> bool:
        return any(
            action in statement["Action"]
            and any(fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
            for statement in self.own
        )

    def missing(self, calls: Iterable[Call]) -> set[tuple[str, str]]:
        """Action and resource of calls that the policy refuses."""
        needed = {pair for call in calls for pair in needs(call)}
        return {pair for pair in needed if not self.allows(*pair)}

    def unused(self, calls: Iterable[Call]) -> set[str]:
        """Actions that it grants and no call takes."""
        used = {action for call in calls for action, _ in needs(call)}
        return {action for statement in self.own for action in statement["Action"]} - used


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def needs(call: Call) -> Iterator[tuple[str, str]]:
    """The actions that a call takes, each with a resource that it takes them on."""
    for action in actions(call["service"], call["action"]):
        for resource in _resources(call, action):
            yield _of_version(action) if call.get("version") else action, resource


def _of_version(action: str) -> str:
    """Of one version of an object, some actions are others (Service Authorization Reference, "Amazon S3")."""
    return {"s3:DeleteObject": "s3:DeleteObjectVersion", "s3:GetObject": "s3:GetObjectVersion"}.get(
        action, action
    )


def _resources(call: Call, action: str) -> list[str]:
    name = call.get("resource", "")
    match call["service"]:
        case "s3":
            bucket = f"arn:aws:s3:::{call['bucket']}"
            if action == "s3:GetObject" and call.get("source"):
                return [f"arn:aws:s3:::{call['source']}"]
            of_bucket = action in ("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning")
            return [bucket if of_bucket else f"{bucket}/{call.get('key', '')}"]
        case "athena":
            return [f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/planning"]  # queries belong to theirs
        case "logs":
            return [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"]
        case "iam" | "service-quotas":
            return ["*"]  # they are about the account
        case "glue":
            return _of_glue(call, name)
        case service:
            raise AssertionError(f"{service} is not a service of the policies")


def _of_glue(call: Call, name: str) -> list[str]:
    glue, action = f"arn:aws:glue:{REGION}:{ACCOUNT}:", call["action"]
    if action in ("ListJobs", "GetCrawlers", "GetTriggers"):
        return ["*"]  # they know no resources
    if action in ("GetTags", "TagResource"):
        return [name]
    if "Crawl" in action:
        return [f"{glue}crawler/{name}"]
    if "Job" in action:
        return [f"{glue}job/{name}"]
    database = call["database"]
    table = name if name else "*"
    return [f"{glue}catalog", f"{glue}database/{database}", f"{glue}table/{database}/{table}"]
