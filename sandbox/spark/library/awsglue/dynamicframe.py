"""DynamicFrame: a data frame as Glue's transforms take it.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
"""

from typing import Any, NoReturn

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from sandbox.spark.not_covered import NotCovered


class DynamicFrame:
    """`choices` are the columns of several types, each a struct with a field a type."""

    def __init__(
        self, frame: DataFrame, glue_ctx: Any, name: str = "", choices: frozenset[str] = frozenset()
    ) -> None:
        self._frame, self.glue_ctx, self.name, self.choices = frame, glue_ctx, name, choices

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"DynamicFrame.{name}")

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Any, name: str = "") -> "DynamicFrame":
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Any = None) -> DataFrame:
        """Columns of several types are structs: "a struct type that contains the choices"."""
        if options:
            raise NotCovered("options of DynamicFrame.toDF")
        return self._frame

    def count(self) -> int:
        return self._frame.count()

    def schema(self) -> StructType:
        return self._frame.schema

    def printSchema(self) -> None:
        self._frame.printSchema()

    def show(self, num_rows: int = 20) -> None:
        self._frame.show(num_rows)
