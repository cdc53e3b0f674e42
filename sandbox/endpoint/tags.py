"""Tags of Glue jobs and crawlers, by ARN. Errors and counts as in `catalog`; from memory: the words.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-tags.html
"""

from collections.abc import Iterable

from sandbox.endpoint.protocol import Actions, AwsError, Fields, action


class Tags(Actions):
    """Knows the resources that exist: they are added as they are created and dropped as they are deleted."""

    def __init__(self, region: str, account: str) -> None:
        super().__init__()
        self._prefix = f"arn:aws:glue:{region}:{account}:"
        self._tags: dict[str, dict[str, str]] = {}

    def add(self, kind: str, name: str, tags: dict[str, str] | None) -> None:
        """`kind` as in the ARN: job, crawler."""
        with self.lock:
            self._tags[f"{self._prefix}{kind}/{name}"] = dict(tags or {})

    def drop(self, kind: str, name: str) -> None:
        with self.lock:
            self._tags.pop(f"{self._prefix}{kind}/{name}", None)

    def carrying(self, kind: str, names: Iterable[str], tags: dict[str, str] | None) -> list[str]:
        """Those of the names "with the tags" (ListJobs, ListCrawlers, Tags): with all of them."""
        wanted = (tags or {}).items()
        of_kind = f"{self._prefix}{kind}/"
        return [name for name in names if wanted <= self._tags.get(of_kind + name, {}).items()]

    @action
    def get_tags(self, body: Fields) -> Fields:
        return {"Tags": self._of(body["ResourceArn"])}

    @action
    def tag_resource(self, body: Fields) -> Fields:
        refuse_reserved(body["TagsToAdd"])
        self._of(body["ResourceArn"]).update(body["TagsToAdd"])
        return {}

    @action
    def untag_resource(self, body: Fields) -> Fields:
        tags = self._of(body["ResourceArn"])
        for key in body["TagsToRemove"]:
            tags.pop(key, None)
        return {}

    def _of(self, arn: str) -> dict[str, str]:
        if arn not in self._tags:
            raise AwsError("EntityNotFoundException", f"Resource not found: {arn}")
        return self._tags[arn]


def refuse_reserved(tags: dict[str, str] | None) -> None:
    """ "The tag key and the tag value must not contain the prefix aws. No operations are allowed on such tags."
    (https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html)
    """
    if reserved := [key for key in tags or {} if key.lower().startswith("aws:")]:
        raise AwsError("InvalidInputException", f"Tag keys starting with aws: are reserved: {reserved}")
