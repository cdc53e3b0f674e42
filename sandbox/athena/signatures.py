"""The functions of Athena that the sandbox has: what they take, what they give, what does it in DuckDB.

A list of what is allowed, as DuckDB has many functions that Athena has not, and some of the same name that do
something else. Source: Trino documentation, "Functions and operators" (Athena engine version 3 is Trino).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandbox.athena.types import UNKNOWN, Type, common, decimal, parse

# name(parameters) -> result = DuckDB's name (or a macro of prelude.sql), where it is not the same.
# T U K V: any type; O: any that has an order; N: any number; W: any whole number; D: any date or timestamp.
# any: any type, each on its own. "..." repeats the last parameter.
_SCALAR = """
coalesce(T, T...) -> T
greatest(O, O...) -> O = trino_greatest
least(O, O...) -> O = trino_least
try(T) -> T

abs(N) -> N
sign(W) -> W
sign(double) -> double
sqrt(double) -> double = trino_sqrt
power(double, double) -> double
exp(double) -> double
mod(W, W) -> W
ceil(W) -> W = trino_same
ceil(double) -> double
ceiling(W) -> W = trino_same
ceiling(double) -> double = ceil
floor(W) -> W = trino_same
floor(double) -> double
round(W) -> W = trino_same
round(double) -> double
round(double, integer) -> double
round(decimal) -> decimal
round(decimal, integer) -> decimal
is_nan(double) -> boolean = isnan

length(varchar) -> bigint
lower(varchar) -> varchar
upper(varchar) -> varchar
trim(varchar) -> varchar = trino_trim
ltrim(varchar) -> varchar = trino_ltrim
rtrim(varchar) -> varchar = trino_rtrim
substr(varchar, bigint) -> varchar = trino_substr
substr(varchar, bigint, bigint) -> varchar = trino_substr
substring(varchar, bigint) -> varchar = trino_substr
substring(varchar, bigint, bigint) -> varchar = trino_substr
replace(varchar, varchar) -> varchar = trino_replace
replace(varchar, varchar, varchar) -> varchar = trino_replace
concat(varchar, varchar...) -> varchar = trino_concat
concat(array(T), array(T)...) -> array(T) = trino_concat
concat_ws(varchar, varchar...) -> varchar
split(varchar, varchar) -> array(varchar) = string_split
split_part(varchar, varchar, bigint) -> varchar = trino_split_part
strpos(varchar, varchar) -> bigint
starts_with(varchar, varchar) -> boolean
lpad(varchar, bigint, varchar) -> varchar = trino_lpad
rpad(varchar, bigint, varchar) -> varchar = trino_rpad
chr(bigint) -> varchar = trino_chr
format(varchar, any...) -> varchar = trino_format
regexp_like(varchar, varchar) -> boolean = regex_like
regexp_extract(varchar, varchar) -> varchar = trino_regexp_extract
regexp_extract(varchar, varchar, bigint) -> varchar = trino_regexp_extract
regexp_extract_all(varchar, varchar) -> array(varchar) = trino_regexp_extract_all
regexp_extract_all(varchar, varchar, bigint) -> array(varchar) = trino_regexp_extract_all
regexp_replace(varchar, varchar) -> varchar = trino_regexp_replace
regexp_replace(varchar, varchar, varchar) -> varchar = trino_regexp_replace
to_utf8(varchar) -> varbinary = encode
to_hex(varbinary) -> varchar = hex
md5(varbinary) -> varbinary = trino_md5
sha256(varbinary) -> varbinary = trino_sha256
to_ieee754_64(double) -> varbinary = trino_ieee754

now() -> timestamp with time zone = trino_now
current_date() -> date = trino_current_date
localtimestamp() -> timestamp = trino_localtimestamp
date(varchar) -> date = trino_date
date(date) -> date = trino_date
date(timestamp) -> date = trino_date
date(timestamp with time zone) -> date = trino_date
year(D) -> bigint
quarter(D) -> bigint
month(D) -> bigint
week(D) -> bigint
day(D) -> bigint
day_of_month(D) -> bigint = day
day_of_week(D) -> bigint = isodow
day_of_year(D) -> bigint = dayofyear
year_of_week(D) -> bigint = isoyear
hour(timestamp) -> bigint
hour(timestamp with time zone) -> bigint
minute(timestamp) -> bigint
minute(timestamp with time zone) -> bigint
second(timestamp) -> bigint
second(timestamp with time zone) -> bigint
last_day_of_month(D) -> date = last_day
date_trunc(varchar, D) -> D = trino_date_trunc
date_add(varchar, bigint, D) -> D = trino_date_add
date_diff(varchar, D, D) -> bigint = trino_date_diff
date_parse(varchar, varchar) -> timestamp = trino_date_parse
date_format(timestamp, varchar) -> varchar = trino_date_format
date_format(timestamp with time zone, varchar) -> varchar = trino_date_format
from_unixtime(double) -> timestamp with time zone = trino_from_unixtime
to_unixtime(timestamp) -> double = epoch
to_unixtime(timestamp with time zone) -> double = epoch
from_iso8601_timestamp(varchar) -> timestamp with time zone = trino_iso8601_timestamp
from_iso8601_date(varchar) -> date = trino_iso8601_date
to_iso8601(date) -> varchar = trino_iso8601_of_date
to_iso8601(timestamp) -> varchar = trino_iso8601_of_timestamp
to_iso8601(timestamp with time zone) -> varchar = trino_iso8601_of_instant

json_parse(varchar) -> json = json_parsed
json_format(json) -> varchar = trino_same
json_extract(varchar, varchar) -> json = json_at
json_extract(json, varchar) -> json = json_at
json_extract_scalar(varchar, varchar) -> varchar = json_scalar_at
json_extract_scalar(json, varchar) -> varchar = json_scalar_at
json_array_length(varchar) -> bigint = json_length
json_array_length(json) -> bigint = json_length
json_size(varchar, varchar) -> bigint = json_size_at
json_size(json, varchar) -> bigint = json_size_at

cardinality(array(T)) -> bigint = len
cardinality(map(K, V)) -> bigint
contains(array(T), T) -> boolean = trino_contains
element_at(array(T), bigint) -> T = trino_element_at
element_at(map(K, V), K) -> V = trino_map_element_at
array_distinct(array(T)) -> array(T) = trino_array_distinct
array_except(array(T), array(T)) -> array(T) = trino_array_except
array_union(array(T), array(T)) -> array(T) = trino_array_union
array_remove(array(T), T) -> array(T) = trino_array_remove
array_position(array(T), T) -> bigint = trino_array_position
array_sort(array(O)) -> array(O) = trino_array_sort
array_max(array(O)) -> O = trino_array_max
array_min(array(O)) -> O = trino_array_min
array_join(array(varchar), varchar) -> varchar = trino_array_join
array_join(array(varchar), varchar, varchar) -> varchar = trino_array_join
array_join(array(W), varchar) -> varchar = trino_array_join
reverse(array(T)) -> array(T) = list_reverse
slice(array(T), bigint, bigint) -> array(T) = trino_slice
flatten(array(array(T))) -> array(T)
sequence(bigint, bigint) -> array(bigint) = trino_sequence
sequence(bigint, bigint, bigint) -> array(bigint) = trino_sequence
sequence(date, date) -> array(date) = trino_date_sequence
transform(array(T), function(T, U)) -> array(U) = list_transform
filter(array(T), function(T, boolean)) -> array(T) = list_filter
any_match(array(T), function(T, boolean)) -> boolean = trino_any_match
all_match(array(T), function(T, boolean)) -> boolean = trino_all_match
none_match(array(T), function(T, boolean)) -> boolean = trino_none_match
map(array(K), array(V)) -> map(K, V)
map_keys(map(K, V)) -> array(K)
map_values(map(K, V)) -> array(V)
"""
_AGGREGATE = """
count(T) -> bigint
count_if(boolean) -> bigint = trino_count_if
sum(bigint) -> bigint
sum(double) -> double
sum(decimal) -> decimal
avg(bigint) -> double
avg(double) -> double
min(O) -> O
max(O) -> O
min_by(T, O) -> T = arg_min_null
max_by(T, O) -> T = arg_max_null
arbitrary(T) -> T = any_value
any_value(T) -> T
bool_and(boolean) -> boolean
bool_or(boolean) -> boolean
every(boolean) -> boolean = bool_and
array_agg(T) -> array(T)
checksum(T) -> varbinary
grouping(any, any...) -> bigint
"""
_WINDOW = """
row_number() -> bigint
rank() -> bigint
dense_rank() -> bigint
percent_rank() -> double
cume_dist() -> double
ntile(bigint) -> bigint
lag(T) -> T
lag(T, bigint) -> T
lag(T, bigint, T) -> T
lead(T) -> T
lead(T, bigint) -> T
lead(T, bigint, T) -> T
first_value(T) -> T
last_value(T) -> T
"""
_OVERLOADS = """
array_position(array(T), T, bigint) -> bigint
array_join(array(any), varchar) -> varchar
array_join(array(any), varchar, varchar) -> varchar
array_sort(array(T), function(T, T, integer)) -> array(T)
avg(decimal) -> double
avg(real) -> double
ceil(decimal) -> double
ceil(real) -> double
ceiling(decimal) -> double
ceiling(real) -> double
concat(array(T), T) -> array(T)
concat(varbinary, varbinary...) -> varbinary
concat_ws(varchar, array(varchar)) -> varchar
count() -> bigint
floor(decimal) -> double
floor(real) -> double
from_unixtime(double, varchar) -> timestamp with time zone
from_unixtime(double, bigint, bigint) -> timestamp with time zone
length(varbinary) -> bigint
ltrim(varchar, varchar) -> varchar
map() -> map(unknown, unknown)
max(any, bigint) -> any
max_by(any, any, bigint) -> any
min(any, bigint) -> any
min_by(any, any, bigint) -> any
mod(any, decimal) -> any
mod(decimal, any) -> any
mod(double, double) -> double
regexp_replace(varchar, varchar, function(array(varchar), varchar)) -> varchar
reverse(varchar) -> varchar
round(real) -> real
round(real, integer) -> real
round(W, integer) -> W
rtrim(varchar, varchar) -> varchar
sequence(date, date, any) -> array(date)
sequence(timestamp, timestamp, any) -> array(timestamp)
sign(decimal) -> decimal
sign(real) -> real
split(varchar, varchar, bigint) -> array(varchar)
strpos(varchar, varchar, bigint) -> bigint
substr(varbinary, bigint) -> varbinary
sum(real) -> real
sum(interval day to second) -> bigint
trim(varchar, varchar) -> varchar
avg(interval day to second) -> bigint
"""
"""Of functions above, what Athena takes and the sandbox does not."""
_REFUSED = """
acos all_keys_match any_keys_match any_values_match approx_distinct approx_most_frequent approx_percentile
approx_set array_histogram array_intersect arrays_overlap asin at_timezone atan atan2 bar beta_cdf
bit_count bitwise_and bitwise_and_agg bitwise_left_shift bitwise_not bitwise_or bitwise_or_agg
bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor cbrt codepoint color combinations
contains_sequence corr cos cosh cosine_similarity covar_pop covar_samp crc32 create_hll current_groups
current_time current_timezone current_user degrees dow doy e empty_approx_set entropy format_datetime
format_number from_base from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64
from_hex from_ieee754_32 from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos from_utf8
geometric_mean hamming_distance hash_counts histogram hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512
human_readable_seconds infinity intersection_cardinality inverse_beta_cdf inverse_normal_cdf is_finite
is_infinite is_json_scalar jaccard_index json_array json_array_contains json_array_get json_exists
json_object json_query json_value kurtosis levenshtein_distance listagg ln localtime log log10 log2
luhn_check make_set_digest map_agg map_concat map_entries map_filter map_from_entries map_union
map_zip_with merge merge_set_digest millisecond multimap_agg multimap_from_entries murmur3 nan ngrams
normal_cdf normalize nth_value numeric_histogram parse_data_size parse_datetime parse_duration
parse_presto_data_size pi pow qdigest_agg quantile_at_value radians rand random reduce reduce_agg
regexp_count regexp_position regexp_split regr_intercept regr_slope render repeat rgb row sha1 sha512
shuffle sin sinh skewness soundex split_to_map split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 stddev
stddev_pop stddev_samp tan tanh tdigest_agg timezone_hour timezone_minute to_base to_base32 to_base64
to_base64url to_big_endian_32 to_big_endian_64 to_ieee754_32 to_milliseconds transform_keys
transform_values translate trim_array truncate typeof url_decode url_encode url_extract_fragment
url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
url_extract_query uuid value_at_quantile values_at_quantiles var_pop var_samp variance version week_of_year
width_bucket wilson_interval_lower wilson_interval_upper with_timezone word_stem xxhash64 yow zip zip_with
"""
REFUSED = frozenset(_REFUSED.split())
"""Functions that Athena has and the sandbox has not."""

_VARIABLES = "TUKVONWD"


@dataclass(frozen=True)
class Signature:
    name: str
    parameters: tuple[Type, ...]
    repeated: bool
    result: Type
    duckdb: str
    kind: str  # scalar, aggregate, window; refused: one that Athena has and the sandbox has not

    def __deepcopy__(self, memo: object) -> Signature:
        return self

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.parameters))})"

    def expanded(self, count: int) -> tuple[Type, ...] | None:
        """A parameter for each of so many arguments."""
        if self.repeated and count >= len(self.parameters) - 1:
            last = self.parameters[-1]
            return (*self.parameters[:-1], *[last] * (count - len(self.parameters) + 1))
        return self.parameters if count == len(self.parameters) else None


_TABLES = {"scalar": _SCALAR, "aggregate": _AGGREGATE, "window": _WINDOW, "refused": _OVERLOADS}


@cache
def signatures() -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = {}
    for kind, table in _TABLES.items():
        for line in table.split("\n"):
            if line:
                signature = _signature(line, kind)
                found.setdefault(signature.name, []).append(signature)
    return found


def _signature(line: str, kind: str) -> Signature:
    told, _, duckdb = line.partition(" = ")
    left, _, result = told.partition(" -> ")
    name, _, parameters = left.partition("(")
    types = parse(f"row({parameters.replace('...', '')}").parts
    return Signature(name, types, "..." in parameters, parse(result), duckdb or name, kind)


def fits(parameter: Type, argument: Type, bound: dict[str, Type]) -> bool:
    """Whether an argument may stand for a parameter; binds the variables in it."""
    if parameter.name == "any":
        return True
    if parameter.name == "decimal":
        return argument.name == "decimal"
    if parameter.name in _VARIABLES:
        before = bound.get(parameter.name, UNKNOWN)
        together = common(before, argument)
        if together is None or not _of_kind(parameter.name, argument):
            return False
        bound[parameter.name] = together
        return True
    if argument == UNKNOWN:
        return True
    if parameter.parts:
        same = parameter.name == argument.name and len(parameter.parts) == len(argument.parts)
        return same and all(fits(p, a, bound) for p, a in zip(parameter.parts, argument.parts, strict=True))
    if parameter.name == argument.name:
        return True
    return common(parameter, argument) == parameter


def _of_kind(variable: str, argument: Type) -> bool:
    match variable:
        case "N":
            return argument.is_number or argument == UNKNOWN
        case "W":
            return argument.is_whole or argument == UNKNOWN
        case "D":
            return argument.is_time or argument == UNKNOWN
        case "O":
            return argument.is_scalar and argument.name != "json"
    return True


def bind(result: Type, bound: dict[str, Type]) -> Type:
    if result.name in _VARIABLES:
        return bound.get(result.name, UNKNOWN)
    return Type(
        result.name, tuple(bind(part, bound) if isinstance(part, Type) else part for part in result.args)
    )


def decimal_result(signature: Signature, argument: Type) -> Type:
    """https://trino.io/docs/current/functions/decimal.html, .../math.html#round"""
    digits, scale = argument.decimal
    if signature.name == "sum":
        return decimal(38, scale)
    if signature.name == "round" and len(signature.parameters) == 1:
        return decimal(digits - scale + min(1, scale), 0)
    return decimal(digits + 1, scale)
