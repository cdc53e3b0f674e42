"""Where DynamicFrames are written to: files in S3, and on demand the Data Catalog.

https://docs.aws.amazon.com/glue/latest/dg/update-from-job.html
"""

from collections.abc import Mapping
from typing import Any

from awsglue.dynamicframe import DynamicFrame
from sandbox.spark import catalog
from sandbox.spark.not_covered import NotCovered

_CSV = {"separator": "sep", "quoteChar": "quote", "escaper": "escape"}
_HOW = ("compression", "useGlueParquetWriter", "optimizePerformance", "blockSize", "pageSize")
"""Options that say how, and not what, is written."""


def write(frame: DynamicFrame, url: str, keys: list[str], form: str, options: Mapping[str, Any] = {}) -> None:
    """Adds files; a frame without columns, as reading nothing gives it, adds none."""
    rows = frame.toDF()
    if not rows.columns:
        return
    writer = rows.write.mode("append").partitionBy(*keys)
    if form in ("parquet", "glueparquet"):
        writer.parquet(url)
    elif form == "json":
        writer.json(url)
    elif form == "csv":
        if unknown := options.keys() - {*_CSV, *_HOW, "writeHeader", "withHeader"}:
            raise NotCovered(f"format_options {sorted(unknown)} of CSV")
        header = str(options.get("writeHeader", True)).lower()
        writer.options(
            header=header, **{_CSV[name]: options[name] for name in _CSV.keys() & options.keys()}
        ).csv(url)
    else:
        raise NotCovered(f"writing the format {form!r}")


class Sink:
    """`path` takes the files; `behavior` LOG leaves a table of the catalog as it is, and adds partitions alone."""

    def __init__(self, path: str, keys: list[str], update_catalog: bool, behavior: str) -> None:
        self._path, self._keys = path, keys
        self._update_catalog, self._behavior = update_catalog, behavior
        self._format = ""
        self._options: Mapping[str, Any] = {}
        self._database = self._table = ""

    def setFormat(self, format: str, **options: Any) -> None:
        self._format, self._options = format, options

    def setCatalogInfo(self, catalogDatabase: str, catalogTableName: str, catalogId: str = "") -> None:
        self._database, self._table = catalogDatabase, catalogTableName

    def writeFrame(self, frame: DynamicFrame, info: str = "") -> DynamicFrame:
        write(frame, self._path, self._keys, self._format, self._options)
        if self._update_catalog and frame.toDF().columns:
            catalog.update(
                self._database,
                self._table,
                self._path,
                self._format,
                frame.toDF(),
                self._keys,
                self._behavior,
            )
        return frame

    def write(self, dynamic_frame_or_dfc: DynamicFrame, info: str = "") -> DynamicFrame:
        return self.writeFrame(dynamic_frame_or_dfc, info)

    def __getattr__(self, name: str) -> Any:
        raise NotCovered(f"DataSink.{name}")
