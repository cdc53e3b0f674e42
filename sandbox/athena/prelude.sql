-- Athena's functions where DuckDB has none that is the same. Used by signatures.py and dialect.py.
-- Source: Trino documentation, "Functions and operators".

SET TimeZone = 'UTC';
SET autoinstall_known_extensions = false;
SET autoload_known_extensions = false;
SET enable_external_access = false;
-- expression_rewriter: or constants are computed ahead of time, even where a CASE would never come to them;
-- partial_aggregate_pushdown: takes half of the time that a long query is planned for, and gains nothing here
-- in_clause: makes a join of each IN of five values, through which all columns pass: gigabytes where hundreds are compared
SET disabled_optimizers = 'expression_rewriter,partial_aggregate_pushdown,in_clause';

-- Ends a query, unless what it fails because of is NULL; see scalars.fail_because.
CREATE MACRO fail(message, because) AS fail_because(message, CAST(because AS VARCHAR));

-- Numbers. Division of doubles is IEEE's, but for NaN, which DuckDB does not compare as Athena does.
CREATE MACRO double_divide(a, b) AS CASE WHEN b <> 0 THEN a / b WHEN a > 0 THEN 'Infinity'::DOUBLE
    WHEN a < 0 THEN '-Infinity'::DOUBLE WHEN fail('NOT_SUPPORTED: the sandbox has no NaN', a) THEN NULL END;
CREATE MACRO trino_sqrt(x) AS CASE WHEN x >= 0 THEN sqrt(x)
    WHEN fail('NOT_SUPPORTED: the sandbox has no NaN', x) THEN NULL END;
CREATE MACRO unscaled(x) AS CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT);
CREATE MACRO half_up(a, b) AS a // b + CASE WHEN 2 * abs(a % b) >= abs(b) THEN CASE WHEN (a < 0) = (b < 0) THEN 1 ELSE -1 END ELSE 0 END;

-- Texts. What Java calls whitespace is trimmed (scalars.BLANKS).
CREATE MACRO trino_trim(s) AS CASE WHEN contains(blanks(), left(s, 1)) OR contains(blanks(), right(s, 1)) THEN trim(s, blanks())
    ELSE s END;  -- most texts have nothing to trim, and long ones take long
CREATE MACRO trino_ltrim(s) AS ltrim(s, blanks());
CREATE MACRO trino_rtrim(s) AS rtrim(s, blanks());
CREATE MACRO trino_substr(s, i) AS CASE WHEN i = 0 OR i < -length(s) THEN '' ELSE substr(s, i) END,
    (s, i, n) AS CASE WHEN i = 0 OR i < -length(s) OR n <= 0 THEN '' ELSE substr(s, i, n) END;
CREATE MACRO trino_replace(s, f) AS replace(s, f, ''),
    (s, f, t) AS CASE WHEN f <> '' THEN replace(s, f, t)
        WHEN fail('NOT_SUPPORTED: the sandbox does not replace an empty text', s || f || t) THEN NULL END;
CREATE MACRO trino_split_part(s, d, n) AS CASE WHEN n > 0 THEN string_split(s, d)[n]
    WHEN fail('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero', s || d || n) THEN NULL END;
CREATE MACRO trino_lpad(s, n, p) AS CASE WHEN n >= 0 AND p <> '' THEN lpad(s, n::INTEGER, p)
    WHEN fail('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty, nor the size negative', s || n || p) THEN NULL END;
CREATE MACRO trino_rpad(s, n, p) AS CASE WHEN n >= 0 AND p <> '' THEN rpad(s, n::INTEGER, p)
    WHEN fail('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty, nor the size negative', s || n || p) THEN NULL END;
CREATE MACRO trino_regexp_extract(s, p) AS regex_extract(s, p, 0), (s, p, g) AS regex_extract(s, p, g);
CREATE MACRO trino_regexp_extract_all(s, p) AS regex_extract_all(s, p, 0), (s, p, g) AS regex_extract_all(s, p, g);
CREATE MACRO trino_regexp_replace(s, p) AS regex_replace(s, p, ''), (s, p, r) AS regex_replace(s, p, r);
CREATE MACRO trino_chr(n) AS chr(n::INTEGER);
CREATE MACRO trino_md5(b) AS unhex(md5(b));
CREATE MACRO trino_sha256(b) AS unhex(sha256(b));
CREATE MACRO trino_ieee754(x) AS CAST(CAST(x AS BIT) AS BLOB);
CREATE MACRO padded_number(n, size, fill) AS CASE WHEN length(n) >= size THEN n WHEN fill = '0' AND n[1] = '-'
    THEN '-' || lpad(n[2:], size - 1, '0') ELSE lpad(n, size, fill) END;

-- Times. Athena's are of milliseconds; the sandbox's clock (sandbox/clock.py) may be some days ahead.
CREATE MACRO sandbox_now() AS now() + to_days(coalesce(getvariable('days_ahead')::INTEGER, 0));
CREATE MACRO milliseconds(t) AS date_trunc('milliseconds', t + INTERVAL 500 MICROSECOND);
CREATE MACRO trino_now() AS date_trunc('milliseconds', sandbox_now());
CREATE MACRO trino_current_date() AS CAST(sandbox_now() AT TIME ZONE 'UTC' AS DATE);
CREATE MACRO trino_localtimestamp() AS date_trunc('milliseconds', sandbox_now() AT TIME ZONE 'UTC');
CREATE MACRO timestamp_text(t) AS strftime(t, '%Y-%m-%d %H:%M:%S.%g');
CREATE MACRO trino_iso8601_of_date(d) AS CAST(d AS VARCHAR);
CREATE MACRO trino_iso8601_of_timestamp(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%g');
CREATE MACRO trino_iso8601_of_instant(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ');
CREATE MACRO trino_from_unixtime(x) AS to_timestamp(round(x * 1000) / 1000);
CREATE MACRO parsed_time(s, f) AS CASE WHEN NOT regexp_matches(s, '^\s|\s$|\s\s') THEN date_trunc('milliseconds', strptime(s, f))
    WHEN fail('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || s || '"', s) THEN NULL END;
CREATE MACRO iso8601(s) AS TRY_CAST(regexp_replace(replace(s, 'T', ' '), '(Z|[+-]00:00)$', '') AS TIMESTAMP);
CREATE MACRO trino_iso8601_timestamp(s) AS
    CASE WHEN regexp_full_match(s, '\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]00:00)?)?') AND iso8601(s) IS NOT NULL
        THEN date_trunc('milliseconds', iso8601(s)) AT TIME ZONE 'UTC'
    WHEN fail(CASE WHEN regexp_matches(s, '^\d{4}') THEN 'NOT_SUPPORTED: the sandbox does not read the time "'
        ELSE 'INVALID_FUNCTION_ARGUMENT: Invalid format: "' END || s || '"', s) THEN NULL END;
CREATE MACRO trino_iso8601_date(s) AS CASE WHEN regexp_full_match(s, '\d{4}-\d\d-\d\d') AND TRY_CAST(s AS DATE) IS NOT NULL
        THEN TRY_CAST(s AS DATE)
    WHEN fail(CASE WHEN regexp_matches(s, '^\d{4}') THEN 'NOT_SUPPORTED: the sandbox does not read the date "'
        ELSE 'INVALID_FUNCTION_ARGUMENT: Invalid format: "' END || s || '"', s) THEN NULL END;

-- Arrays and maps; names within end in __, or a query's own would be taken for them. Their order is kept, and NULL is a value that is not known.
CREATE MACRO subscript(a, i) AS CASE WHEN i BETWEEN 1 AND len(a) THEN a[i] WHEN i IS NULL OR a IS NULL THEN NULL
    WHEN fail(CASE WHEN i > 0 THEN 'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
        || i || ' > ' || len(a) WHEN i = 0 THEN 'INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1'
        ELSE 'INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || i END, i) THEN NULL END;
CREATE MACRO map_subscript(m, k) AS CASE WHEN map_contains(m, k) THEN m[k] WHEN m IS NULL OR k IS NULL THEN NULL
    WHEN fail('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k, k) THEN NULL END;
CREATE MACRO trino_element_at(a, i) AS CASE WHEN i <> 0 THEN a[i] WHEN i IS NULL OR a IS NULL THEN NULL
    WHEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1', i) THEN NULL END;
CREATE MACRO trino_map_element_at(m, k) AS m[k];
CREATE MACRO has_null(a) AS list_count(a) < len(a);
CREATE MACRO trino_contains(a, x) AS CASE WHEN list_contains(a, x) THEN true WHEN has_null(a) OR x IS NULL THEN NULL
    WHEN a IS NOT NULL THEN false END;
CREATE MACRO trino_array_distinct(a) AS list_filter(a, lambda item__, number__: list_position(a, item__) IS NOT DISTINCT FROM number__);
CREATE MACRO trino_array_except(a, b) AS CASE WHEN b IS NOT NULL THEN
    list_transform([list_filter(a, lambda item__: list_position(b, item__) IS NULL)], lambda items__: trino_array_distinct(items__))[1] END;
CREATE MACRO trino_array_union(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN 
    list_transform([list_concat(a, b)], lambda items__: trino_array_distinct(items__))[1] END;
CREATE MACRO trino_array_remove(a, y) AS CASE WHEN y IS NOT NULL THEN list_filter(a, lambda item__: item__ IS NULL OR item__ <> y) END;
CREATE MACRO trino_array_position(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN coalesce(list_position(a, x), 0) END;
CREATE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO trino_array_max(a) AS CASE WHEN NOT has_null(a) THEN list_max(a) END;
CREATE MACRO trino_array_min(a) AS CASE WHEN NOT has_null(a) THEN list_min(a) END;
CREATE MACRO trino_array_join(a, s) AS array_to_string(a, s),
    (a, s, n) AS array_to_string(list_transform(a, lambda item__: coalesce(item__, n)), s);
CREATE MACRO trino_slice(a, i, n) AS CASE WHEN i <> 0 AND n >= 0 THEN
        CASE WHEN abs(i) > len(a) THEN a[1:0] WHEN i > 0 THEN a[i:i + n - 1] ELSE a[len(a) + i + 1:len(a) + i + n] END
    WHEN a IS NULL OR i IS NULL OR n IS NULL THEN NULL
    WHEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1, lengths at 0', i) THEN NULL END;
CREATE MACRO checked_sequence(a, b, c) AS CASE WHEN c = 0 OR (b - a) // c < 0 OR (b <> a AND (b > a) <> (c > 0)) THEN
        CASE WHEN fail('INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start', a) THEN NULL END
    WHEN (b - a) // c < 10000 THEN generate_series(a, b, c)
    WHEN fail('INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries', a + b + c) THEN NULL END;
CREATE MACRO trino_sequence(a, b) AS checked_sequence(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END),
    (a, b, c) AS checked_sequence(a, b, c);
CREATE MACRO trino_date_sequence(a, b) AS list_transform(trino_sequence(0, b - a), lambda item__: a + item__::INTEGER);
CREATE MACRO trino_any_match(f) AS CASE WHEN list_contains(f, true) THEN true WHEN has_null(f) THEN NULL WHEN f IS NOT NULL THEN false END;
CREATE MACRO trino_all_match(f) AS CASE WHEN list_contains(f, false) THEN false WHEN has_null(f) THEN NULL WHEN f IS NOT NULL THEN true END;
CREATE MACRO trino_none_match(f) AS NOT trino_any_match(f);

-- JSON. DuckDB makes a map of hundreds of members many times as fast by itself as it takes one over from Python.
CREATE MACRO any_json_map(s) AS list_transform([s], lambda item__: CASE WHEN json_plain(item__)
    THEN map(json_keys(item__), json_extract(item__, '$.*')::VARCHAR[]) ELSE json_map(item__) END)[1];
CREATE MACRO any_json_text_map(s) AS list_transform([s], lambda item__: CASE WHEN json_plain(item__)
    THEN map(json_keys(item__), json_extract_string(item__, '$.*')) ELSE json_text_map(item__) END)[1];

-- Casts of texts: cast_<type> fails, try_cast_<type> gives NULL.
CREATE MACRO try_cast_boolean(s) AS CASE WHEN lower(s) IN ('true', 't', '1') THEN true WHEN lower(s) IN ('false', 'f', '0') THEN false END;
CREATE MACRO whole_text(s) AS CASE WHEN regexp_full_match(s, '[+-]?\d+') THEN s WHEN regexp_full_match(s, '[+-]?\p{Nd}+')
    THEN CASE WHEN fail('NOT_SUPPORTED: the sandbox does not read the digits ' || s, s) THEN NULL END END;
CREATE MACRO try_cast_tinyint(s) AS TRY_CAST(whole_text(s) AS TINYINT);
CREATE MACRO try_cast_smallint(s) AS TRY_CAST(whole_text(s) AS SMALLINT);
CREATE MACRO try_cast_integer(s) AS TRY_CAST(whole_text(s) AS INTEGER);
CREATE MACRO try_cast_bigint(s) AS TRY_CAST(whole_text(s) AS BIGINT);
CREATE MACRO cast_to_double(s) AS CASE
    WHEN regexp_full_match(trim(s, E' \t\n\r'), '[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?|Infinity)')
    THEN TRY_CAST(rtrim(trim(s, E' \t\n\r'), 'dDfF') AS DOUBLE)
    WHEN regexp_full_match(trim(s, E' \t\n\r'), '[+-]?(NaN|0[xX][\dA-Fa-f.]+[pP][+-]?\d+[dDfF]?)')
    THEN CASE WHEN fail('NOT_SUPPORTED: the sandbox has no such double: ' || s, s) THEN NULL END END;
CREATE MACRO try_cast_double(s) AS list_transform([s], lambda item__: cast_to_double(item__))[1];
CREATE MACRO number_text(s) AS CASE WHEN regexp_full_match(s, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?') THEN s END;
CREATE MACRO of_year(s, rest) AS CASE WHEN regexp_full_match(s, '\d{1,4}' || rest) THEN lpad(split_part(s, '-', 1), 4, '0') || s[strpos(s, '-'):]
    WHEN regexp_full_match(s, '\+?\d{4,6}' || rest) THEN ltrim(s, '+')
    WHEN regexp_full_match(s, '([+-]\d+|\d{5,})' || rest)
    THEN CASE WHEN fail('NOT_SUPPORTED: the sandbox has no year before 0 or after 290000: ' || s, s) THEN NULL END END;
-- a macro's argument is worked out wherever it stands in it, and takes DuckDB's planner that often: once by a lambda
CREATE MACRO try_cast_date(s) AS
    TRY_CAST(list_transform([trino_trim(s)], lambda text__: of_year(text__, '-\d{1,2}-\d{1,2}'))[1] AS DATE);
-- a zone is read and dropped; hour 24, which DuckDB takes, is none
CREATE MACRO without_zone(s) AS regexp_replace(s, '(\d) ?(Z|UTC|GMT|[+-]\d\d:\d\d|[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+)$', '\1');
CREATE MACRO try_cast_timestamp(s) AS milliseconds(TRY_CAST(list_transform([without_zone(trino_trim(s))], lambda text__:
    CASE WHEN NOT regexp_matches(text__, ' 24:')
    THEN of_year(text__, '-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?') END)[1] AS TIMESTAMP));
CREATE MACRO or_fail(value, s, message) AS CASE WHEN s IS NULL OR value IS NOT NULL THEN value
    WHEN fail('INVALID_CAST_ARGUMENT: ' || message, s) THEN NULL END;
CREATE MACRO cast_boolean(s) AS or_fail(try_cast_boolean(s), s, 'Cannot cast ''' || s || ''' to BOOLEAN');
CREATE MACRO cast_tinyint(s) AS or_fail(try_cast_tinyint(s), s, 'Cannot cast ''' || s || ''' to TINYINT');
CREATE MACRO cast_smallint(s) AS or_fail(try_cast_smallint(s), s, 'Cannot cast ''' || s || ''' to SMALLINT');
CREATE MACRO cast_integer(s) AS or_fail(try_cast_integer(s), s, 'Cannot cast ''' || s || ''' to INT');
CREATE MACRO cast_bigint(s) AS or_fail(try_cast_bigint(s), s, 'Cannot cast ''' || s || ''' to BIGINT');
CREATE MACRO cast_double(s) AS or_fail(try_cast_double(s), s, 'Cannot cast ''' || s || ''' to DOUBLE');
CREATE MACRO cast_date(s) AS or_fail(try_cast_date(s), s, 'Value cannot be cast to date: ' || s);
CREATE MACRO cast_timestamp(s) AS or_fail(try_cast_timestamp(s), s, 'Value cannot be cast to timestamp: ' || s);
CREATE MACRO checked_decimal(value, s, type) AS or_fail(value, s, 'Cannot cast VARCHAR ''' || s || ''' to ' || type);
