"""Glue's transforms as classes: `ApplyMapping.apply(frame=…, mappings=…)`.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-transforms.html
"""

from typing import Any, ClassVar

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from sandbox.spark.not_covered import NotCovered


class GlueTransform:
    """Calls the method of the DynamicFrame that is named like it."""

    method: ClassVar[str] = ""

    @classmethod
    def apply(cls, *arguments: Any, **named: Any) -> Any:
        return cls()(*arguments, **named)

    def __call__(self, frame: DynamicFrame, *arguments: Any, **named: Any) -> Any:
        if not self.method:
            raise NotCovered(f"transform {type(self).__name__}")
        return getattr(frame, self.method)(*arguments, **named)


class ApplyMapping(GlueTransform):
    method = "apply_mapping"


class DropFields(GlueTransform):
    method = "drop_fields"


class SelectFields(GlueTransform):
    method = "select_fields"


class RenameField(GlueTransform):
    def __call__(
        self, frame: DynamicFrame, old_name: str, new_name: str, transformation_ctx: str = "", **_: Any
    ) -> Any:
        return frame.rename_field(old_name, new_name)


class ResolveChoice(GlueTransform):
    method = "resolveChoice"


class Relationalize(GlueTransform):
    def __call__(
        self,
        frame: DynamicFrame,
        staging_path: str = "",
        name: str = "roottable",
        options: Any = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> Any:
        return frame.relationalize(name, staging_path, options)


class UnnestFrame(GlueTransform):
    method = "unnest"


class Filter(GlueTransform):
    method = "filter"


class Repartition(GlueTransform):
    method = "repartition"


class DropNullFields(GlueTransform):
    def __call__(self, frame: DynamicFrame, transformation_ctx: str = "", **_: Any) -> Any:
        return frame.drop_null_fields()


class Join(GlueTransform):
    def __call__(
        self,
        frame1: DynamicFrame,
        frame2: DynamicFrame,
        keys1: list[str],
        keys2: list[str],
        transformation_ctx: str = "",
    ) -> Any:
        return frame1.join(keys1, keys2, frame2)


class SelectFromCollection(GlueTransform):
    def __call__(  # type: ignore[override]  # its first argument is no frame
        self, dfc: DynamicFrameCollection, key: str, transformation_ctx: str = ""
    ) -> Any:
        return dfc[key]


class _NotCovered(GlueTransform):
    def __call__(self, *_: Any, **__: Any) -> Any:
        raise NotCovered(f"transform {type(self).__name__}")


class ErrorsAsDynamicFrame(_NotCovered):
    pass


class FillMissingValues(_NotCovered):
    pass


class FindMatches(_NotCovered):
    pass


class FlatMap(_NotCovered):
    pass


class Map(_NotCovered):
    pass


class MapToCollection(_NotCovered):
    pass


class Spigot(_NotCovered):
    pass


class SplitFields(_NotCovered):
    pass


class SplitRows(_NotCovered):
    pass


class Unbox(_NotCovered):
    pass
