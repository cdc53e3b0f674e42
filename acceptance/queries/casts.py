"""What a text says as the type that it is cast to, and what became of it in the cast.

Spark's rules, as far as Athena can follow them (Spark, `Cast`, `SparkDateTimeUtils.stringToTimestamp` and
`stringToDate`, `UTF8String.toLong`). Whether Spark makes a value of a text is seen in the data. So a text may be read
here that Spark refuses, and one that cannot be read counts as not compared.
"""

from __future__ import annotations

TIMES = {"date": "date '1582-10-15'", "timestamp": "timestamp '1582-10-15 00:00:00'"}
"""Types of times, each with the first day of the Gregorian calendar.

Spark 2, and Spark 3 in its legacy mode, write what is before it by the Julian calendar (SPARK-31404), and Athena reads
it by the Gregorian one: some days off. Which of them wrote a file is not among what a query sees.
"""

_NO_DATE = r"^0000-00-00([T ][0:.]+)?$"
_NUMBER = r"^[+-]?(inf|[0-9.]+(e[+-]?[0-9]+)?[df]?$)"
_DAY = "[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"[T ]+([0-9]{1,2}:[0-9:]+(\.[0-9]{1,9})?)[0-9]*"
_OFFSET = "[+-][0-9]{1,2}:?[0-9]{2}"
_MOMENT = rf"^#\+?({_DAY})({_CLOCK} *(Z|(UTC|GMT|UT)?({_OFFSET})?))?(-1){{0,2}}$"
"""Of a text with a mark before it: what is not of this form keeps the mark, and is no timestamp."""


def said(text: str, kind: str) -> str:
    """What a text says, as a value of a catalog type; NULL where Athena cannot tell."""
    match kind:
        case "boolean":
            return (
                f"CASE WHEN lower({text}) IN ('t', 'true', 'y', 'yes', '1') THEN true "
                f"WHEN lower({text}) IN ('f', 'false', 'n', 'no', '0') THEN false END"
            )
        case "date":  # what stands behind the day does not count
            return f"try_cast(regexp_extract({_padded(text)}, '^[+]?({_DAY})(-1|$|[T ])', 1) AS date)"
        case "timestamp":
            return _moment(text)
        case "double":  # as Java reads it, and inf, which Spark takes too; a D or F behind it may stand
            number = f"regexp_extract(lower({text}), '{_NUMBER}')"
            return f"try_cast(replace({number}, 'inf', '1e999') AS double)"
        case _:  # exact, which a double is not for long ones
            return f"try_cast({text} AS decimal(38, 18))"


def to_cast(text: str, kind: str) -> str:
    """A text that says something as a catalog type, else NULL: blank ones do not, nor those of no date."""
    some = f"nullif(trim({text}), '')"
    return f"CASE WHEN NOT regexp_like({some}, '{_NO_DATE}') THEN {some} END" if kind in TIMES else some


def fate(text: str, value: str, said: str, kind: str) -> str:
    """What became of a text in the cast: lost, changed, uncompared, dateless; NULL where the value says the same.

    A text of no date, as MySQL writes it, has none to lose (MySQL reference manual, "The DATE, DATETIME, and
    TIMESTAMP Types").
    """
    known = f"{said} >= {TIMES[kind]}" if kind in TIMES else f"{said} IS NOT NULL"
    same = f"{value} IS NULL AND {text} IS NULL OR {value} = {said}"
    if kind == "double":
        same += f" OR is_nan({value}) AND lower({text}) = 'nan'"
    branches = {
        same: "NULL",
        f"{value} IS NULL": "'lost'",
        f"{text} IS NULL OR {known}": "'changed'",
    }
    if kind in TIMES:
        dateless = f"CASE WHEN {value} IS NULL THEN 'dateless' ELSE 'changed' END"
        branches = {f"regexp_like({text}, '{_NO_DATE}')": dateless} | branches
    whens = " ".join(f"WHEN {condition} THEN {what}" for condition, what in branches.items())
    return f"CASE {whens} ELSE 'uncompared' END"


def _padded(text: str) -> str:
    """2024 and 2024-05 are the first day of the year, of the month; what a whole date has too much, is ignored."""
    return f"{text} || '-1-1'"


def _moment(text: str) -> str:
    """UTC, as Spark casts it there: Trino's own cast drops an offset, and refuses a T between date and time.

    Not read are a time without a day, an offset without minutes, and zones by their names.
    """
    local = f"try_cast(regexp_replace('#' || {_padded(text)}, '{_MOMENT}', '$1 $3') AS timestamp)"
    offset = f"replace(regexp_extract({text}, ':[0-9.]+ *[A-Z]*({_OFFSET})$', 1), ':')"
    hundred = f"coalesce(try_cast({offset} AS integer), 0)"  # +0130 is 130: an hour, and 30 minutes
    return f"date_add('minute', 40 * ({hundred} / 100) - {hundred}, {local})"
