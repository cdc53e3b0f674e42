"""DynamicFrame: a data frame as Glue's transforms take it.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
"""

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, NullType, StructType

from sandbox.spark import catalog, choices, nested
from sandbox.spark.not_covered import NotCovered

_SHAPES = ("struct", "array", "map", "choice", "null")
"""Types that a mapping may name without saying of what; the column stays as it is."""


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
        """Choices are structs: "a struct type that contains the choices"."""
        if options:
            raise NotCovered("options of DynamicFrame.toDF")
        return self._frame

    # What there is

    def count(self) -> int:
        rows: int = self._frame.count()
        return rows

    def schema(self) -> StructType:
        return self._frame.schema

    def printSchema(self) -> None:
        self._frame.printSchema()

    def show(self, num_rows: int = 20) -> None:
        self._frame.show(num_rows)

    def getNumPartitions(self) -> int:
        number: int = self._frame.rdd.getNumPartitions()
        return number

    def errorsCount(self) -> int:
        """Rows that a transform could not do: here it fails the run."""
        return 0

    # Rows

    def repartition(self, num_partitions: int, transformation_ctx: str = "", **_: Any) -> "DynamicFrame":
        return self._like(self._frame.repartition(num_partitions))

    def coalesce(
        self, num_partitions: int, shuffle: bool = False, transformation_ctx: str = "", **_: Any
    ) -> "DynamicFrame":
        return self._like(self._frame.coalesce(num_partitions))

    def filter(
        self, f: Callable[[dict[str, Any]], bool], transformation_ctx: str = "", **_: Any
    ) -> "DynamicFrame":
        """The rows for which the function, of a row as a dict, says so."""
        rows = self._frame.rdd.filter(lambda row: bool(f(row.asDict(recursive=True))))
        return self._like(self.glue_ctx.spark_session.createDataFrame(rows, self._frame.schema))

    def join(
        self,
        paths1: list[str],
        paths2: list[str],
        frame2: "DynamicFrame",
        transformation_ctx: str = "",
        **_: Any,
    ) -> "DynamicFrame":
        """Inner equijoin; a name that both have gets a dot before it on the right."""
        left, right = self._frame, frame2.toDF()
        renamed = {name: f".{name}" if name in left.columns else name for name in right.columns}
        right = right.toDF(*renamed.values())
        pairs = zip(paths1, paths2, strict=True)
        equal = [left[f"`{one}`"] == right[f"`{renamed[other]}`"] for one, other in pairs]
        return self._like(left.join(right, equal))

    # Columns

    def apply_mapping(
        self,
        mappings: Iterable[tuple[str, ...]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        **_: Any,
    ) -> "DynamicFrame":
        """The columns mapped, and no others: (source, source type, target, target type).

        A source that is not there is left out.
        """
        mapped: dict[nested.Path, Any] = {}
        for mapping in mappings:
            if len(mapping) != 4:
                raise NotCovered("apply_mapping with other than (source, source type, target, target type)")
            source, _source_type, target, type_ = mapping
            parts = nested.path(source)
            if nested.has(self._frame.schema, parts):
                column = nested.column(parts)
                cast = type_ if type_ not in _SHAPES else None
                mapped[nested.path(target)] = (
                    choices.cast(column, self._members(parts), cast) if cast else column
                )
        return self._like(self._frame.select(*nested.assembled(mapped)), frozenset())

    def select_fields(self, paths: list[str], transformation_ctx: str = "", **_: Any) -> "DynamicFrame":
        """These columns alone; those that are not there are left out."""
        there = [parts for parts in map(nested.path, paths) if nested.has(self._frame.schema, parts)]
        return self._like(
            self._frame.select(*nested.assembled({parts: nested.column(parts) for parts in there}))
        )

    def drop_fields(self, paths: list[str], transformation_ctx: str = "", **_: Any) -> "DynamicFrame":
        frame = self._frame
        for top, *below in map(nested.path, paths):
            if not below:
                frame = frame.drop(top)
            elif nested.has(frame.schema, (top, *below)):
                frame = frame.withColumn(
                    top, F.col(f"`{top}`").dropFields(".".join(f"`{part}`" for part in below))
                )
        return self._like(frame)

    def rename_field(
        self, oldName: str, newName: str, transformation_ctx: str = "", **_: Any
    ) -> "DynamicFrame":
        old, new = nested.path(oldName), nested.path(newName)
        if len(old) > 1 or len(new) > 1:
            raise NotCovered("rename_field of a nested field")
        kept = self.choices - {old[0]} | ({new[0]} if old[0] in self.choices else frozenset())
        return self._like(self._frame.withColumnRenamed(old[0], new[0]), frozenset(kept))

    def drop_null_fields(self) -> "DynamicFrame":
        """Without the columns that are of no type, as only NULL is in them."""
        return self._like(
            self._frame.drop(
                *(field.name for field in self._frame.schema if isinstance(field.dataType, NullType))
            )
        )

    def unnest(self, transformation_ctx: str = "", **_: Any) -> "DynamicFrame":
        """Structs become columns with dots in their names."""
        flat = [nested.column(parts).alias(".".join(parts)) for parts in nested.leaves(self._frame.schema)]
        return self._like(self._frame.select(*flat), frozenset())

    def resolveChoice(
        self,
        specs: list[tuple[str, str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> "DynamicFrame":
        """One type for columns of several: by `specs` (column, action), or by one `choice` for all that there are.

        "You can only use one of the spec and choice parameters":
        https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-transforms-ResolveChoice.html
        """
        if specs and choice:
            raise ValueError("ResolveChoice takes either specs or choice")
        if not (specs or choice):
            raise NotCovered("ResolveChoice with neither specs nor choice")
        actions = dict(specs or [])
        if choice == "match_catalog":
            found = catalog.table(str(database), str(table_name))
            types = {each["Name"]: each["Type"] for each in found.fields["StorageDescriptor"]["Columns"]}
            actions |= {
                name: f"cast:{choices.glue_name(types[name])}"
                for name in self._frame.columns
                if name in types
            }
        elif choice:
            actions |= dict.fromkeys(self.choices, choice)
        columns = []
        for name in self._frame.columns:
            column = F.col(f"`{name}`")
            members = self._members((name,))
            made = (
                choices.resolved(name, column, members, actions[name]) if name in actions else {name: column}
            )
            columns += [value.alias(new) for new, value in made.items()]
        left = frozenset(name for name in self.choices if actions.get(name, "make_struct") == "make_struct")
        kept = left - {name for name, action in actions.items() if action == "make_struct"}
        return self._like(self._frame.select(*columns), kept)

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str = "",
        options: Any = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> "DynamicFrameCollection":
        """Frames without structs and arrays: the root, and one for each array, whose `id` is in its place."""
        if options:
            raise NotCovered("options of DynamicFrame.relationalize")
        frames = dict(_flat(root_table_name, self._frame))
        return DynamicFrameCollection(
            {name: self._like(frame, frozenset(), name) for name, frame in frames.items()}
        )

    # Shared

    def _members(self, parts: nested.Path) -> list[str]:
        """The types of a choice; of another column none."""
        if len(parts) > 1 or parts[0] not in self.choices:
            return []
        return [field.name for field in self._frame.schema[parts[0]].dataType.fields]

    def _like(
        self, frame: DataFrame, choices: frozenset[str] | None = None, name: str | None = None
    ) -> "DynamicFrame":
        kept = self.choices & set(frame.columns) if choices is None else choices
        return DynamicFrame(frame, self.glue_ctx, self.name if name is None else name, kept)


def _flat(name: str, frame: DataFrame) -> Iterable[tuple[str, DataFrame]]:
    """The frame with its structs unnested and its arrays in frames of their own, which follow."""
    flat = frame.select(
        *(nested.column(parts).alias(".".join(parts)) for parts in nested.leaves(frame.schema))
    )
    arrays = [field.name for field in flat.schema if isinstance(field.dataType, ArrayType)]
    if not arrays:
        yield name, flat
        return
    keyed = flat.withColumn("__id", F.monotonically_increasing_id() + 1).cache()  # the ids must not change
    yield (
        name,
        keyed.select(
            *(F.col("__id" if each in arrays else f"`{each}`").alias(each) for each in flat.columns)
        ),
    )
    for each in arrays:
        items = keyed.select(
            F.col("__id").alias("id"), F.posexplode(f"`{each}`").alias("index", f"{each}.val")
        )
        yield from _flat(f"{name}_{each}", items)


class DynamicFrameCollection(dict[str, DynamicFrame]):
    """Frames by name."""

    def select(self, key: str, default: DynamicFrame | None = None) -> DynamicFrame | None:
        return self.get(key, default)

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"DynamicFrameCollection.{name}")
