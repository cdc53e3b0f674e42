"""What a crawler learns from a Parquet file without reading its rows: columns with Glue types, the number of rows."""

import json
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TAIL_BYTES = 65536
_MAGIC = b"PAR1"

_NAMES = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.large_binary(): "binary",
    pa.date32(): "date",
}


class NotParquet(Exception):
    """The object is no Parquet file, or a broken one."""


class UnknownType(Exception):
    """Of a column: as what AWS's crawlers register it is not documented, and so not known here."""


@dataclass(frozen=True)
class Schema:
    """Columns in file order, names in lower case as the catalog has them: ((name, Glue type), …)."""

    columns: tuple[tuple[str, str], ...]
    rows: int

    @property
    def repeated(self) -> frozenset[str]:
        """Names that differ in the file by their capitals alone."""
        counts = Counter(name for name, _ in self.columns)
        return frozenset(name for name, count in counts.items() if count > 1)


def read_schema(size: int, read: Callable[[int], bytes]) -> Schema:
    """`read(n)` gives the object's last n bytes; most footers need one call."""
    tail = read(min(size, _TAIL_BYTES))
    if size < 12 or tail[-4:] != _MAGIC:
        raise NotParquet("no Parquet footer")
    footer = struct.unpack("<I", tail[-8:-4])[0] + 8
    if footer > len(tail):
        tail = read(footer)
    try:
        metadata = pq.read_metadata(BytesIO(_MAGIC + tail[-footer:]))
        fields = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        raise NotParquet(f"broken Parquet footer: {error}") from error
    return Schema(tuple((field.name.lower(), glue_type(field.type)) for field in fields), metadata.num_rows)


def glue_type(type_: Any) -> str:
    """The Hive name of an Arrow type, as crawlers write it into the catalog; raises `UnknownType`."""
    if pa.types.is_timestamp(type_):
        return "timestamp"
    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision},{type_.scale})"
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return f"array<{glue_type(type_.value_type)}>"
    if pa.types.is_map(type_):
        return f"map<{glue_type(type_.key_type)},{glue_type(type_.item_type)}>"
    if pa.types.is_struct(type_):
        return "struct<" + ",".join(f"{field.name.lower()}:{glue_type(field.type)}" for field in type_) + ">"
    if pa.types.is_dictionary(type_):  # pandas' categoricals: in Parquet their values' type
        return glue_type(type_.value_type)
    if type_ not in _NAMES:
        raise UnknownType(str(type_))
    return _NAMES[type_]


def parquet_column(file: Any, name: str) -> str:
    """A column of a `pq.ParquetFile` as Parquet's own library writes it: `[id] optional binary id (STRING)`."""
    columns = (file.schema.column(number) for number in range(len(file.schema)))
    column = next(each for each in columns if each.path.lower() == name)
    physical = {"BYTE_ARRAY": "binary"}.get(column.physical_type, column.physical_type.lower())
    length = f"({column.length})" if physical == "fixed_len_byte_array" else ""
    repetition = "optional" if column.max_definition_level else "required"
    noted = _annotation(json.loads(column.logical_type.to_json()))
    return f"[{column.path}] {repetition} {physical}{length} {column.name}{noted and f' ({noted})'}"


def _annotation(logical: dict[str, Any]) -> str:
    match logical:
        case {"Type": "None"}:
            return ""
        case {"Type": "Int", "bitWidth": bits, "isSigned": signed}:
            return f"INTEGER({bits},{json.dumps(signed)})"
        case {"Type": "Decimal", "precision": precision, "scale": scale}:
            return f"DECIMAL({precision},{scale})"
        case {"Type": "Timestamp" | "Time" as kind, "timeUnit": unit, "isAdjustedToUTC": adjusted}:
            return f"{kind.upper()}({unit[:5].upper()}S,{json.dumps(adjusted)})"
        case {"Type": kind}:
            return str(kind).upper()
    return ""


_WHOLE = ("tinyint", "smallint", "int", "bigint")
_REAL = ("float", "double")


def common_type(one: str, other: str) -> str:
    """The type that a table gets whose files differ: the wider number, else string."""
    if one == other:
        return one
    for family in (_WHOLE, _REAL):
        if one in family and other in family:
            return max(one, other, key=family.index)
    if {one, other} <= {*_WHOLE, *_REAL}:
        return "double"
    return "string"
