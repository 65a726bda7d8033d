import type { DuckDBConnection } from "@duckdb/node-api";

// date_format and date_parse take MySQL's letters; DuckDB takes strftime's. Months' names go first: %M means minutes afterwards.
const MYSQL_TO_STRFTIME: readonly (readonly [string, string])[] = [
  ["%M", "%B"],
  ["%i", "%M"],
  ["%s", "%S"],
  ["%W", "%A"],
  ["%h", "%I"],
  ["%T", "%H:%M:%S"],
  ["%r", "%I:%M:%S %p"],
  ["%e", "%-d"],
  ["%c", "%-m"],
  ["%k", "%-H"],
  ["%l", "%-I"],
];

// strptime takes constants only, and a rewritten format is none to it, so date_parse knows the usual formats one by one.
const PARSED_FORMATS = [
  "%Y%m%d",
  "%Y-%m-%d",
  "%Y-%m-%d %H:%i",
  "%Y-%m-%d %H:%i:%s",
  "%Y-%m-%d %H:%i:%s.%f",
  "%Y-%m-%dT%H:%i:%s",
  "%Y-%m-%dT%H:%i:%sZ",
  "%Y-%m-%dT%H:%i:%s.%fZ",
  "%d/%m/%Y",
];

function strftimeFormat(format: string): string {
  return MYSQL_TO_STRFTIME.reduce((text, [from, to]) => text.replaceAll(from, to), format);
}

const rewritten = MYSQL_TO_STRFTIME.reduce((sql, [from, to]) => `replace(${sql}, '${from}', '${to}')`, "format");
const parsed = PARSED_FORMATS.map((format) => `WHEN '${format}' THEN strptime(text, '${strftimeFormat(format)}')`).join(
  " ",
);

const letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/** Overloads of one macro for 2 to 10 arguments. */
function overloads(body: (parameters: readonly string[]) => string): string {
  return letters
    .slice(1)
    .map((_, index) => letters.slice(0, index + 2))
    .map((parameters) => `(${parameters.join(", ")}) AS ${body(parameters)}`)
    .join(", ");
}

const nullIfAny = (name: string) => (parameters: readonly string[]) =>
  `CASE WHEN ${parameters.map((parameter) => `${parameter} IS NOT NULL`).join(" AND ")} THEN system.main.${name}(${parameters.join(", ")}) END`;

const units = ["millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];
const added = (moment: string) =>
  `${moment} + amount * CASE unit ${units.map((unit) => `WHEN '${unit}' THEN INTERVAL '1 ${unit}'`).join(" ")} END`;

/**
 * Trino's functions for DuckDB, by name. Where DuckDB has a function of that name with another meaning (concat, greatest,
 * split_part …), Trino's meaning wins. Source: Trino's documentation of functions and operators.
 */
export const TRINO_MACROS: Readonly<Record<string, string>> = {
  // Dates and times
  from_unixtime: "(seconds) AS to_timestamp(seconds)",
  to_unixtime: "(moment) AS epoch(moment)",
  date_format: `(moment, format) AS strftime(moment, ${rewritten})`,
  date_parse: `(text, format) AS CASE format ${parsed} ELSE error('date_parse does not know this format here: ' || format) END`,
  date_add: `(unit VARCHAR, amount BIGINT, day DATE) AS CAST(${added("day")} AS DATE), (unit VARCHAR, amount BIGINT, moment TIMESTAMP) AS ${added("moment")}, (unit VARCHAR, amount BIGINT, moment TIMESTAMPTZ) AS ${added("moment")}`,
  day_of_week: "(day) AS isodow(day)",
  day_of_month: "(day) AS dayofmonth(day)",
  day_of_year: "(day) AS dayofyear(day)",
  to_iso8601: "(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ')",
  // Text
  concat: overloads((parameters) => parameters.join(" || ")),
  split_part: "(text, delimiter, part) AS string_split(text, delimiter)[part]",
  regexp_like: "(text, pattern) AS regexp_matches(text, pattern)",
  regexp_extract: `(text, pattern) AS CASE WHEN regexp_matches(text, pattern) THEN system.main.regexp_extract(text, pattern) END, (text, pattern, part) AS CASE WHEN regexp_matches(text, pattern) THEN system.main.regexp_extract(text, pattern, part) END`,
  json_extract_scalar:
    "(document, path) AS CASE WHEN json_type(document, path) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(document, path) END",
  // Arrays and maps
  element_at: "(collection, key) AS collection[key]",
  // Through JSON, because no other function of DuckDB takes both arrays and maps of any type.
  cardinality:
    "(c) AS CASE json_type(to_json(c)) WHEN 'ARRAY' THEN json_array_length(to_json(c)) WHEN 'OBJECT' THEN len(json_keys(to_json(c))) END",
  array_join: "(list, delimiter) AS array_to_string(list, delimiter)",
  slice: "(list, first, amount) AS list_slice(list, first, first + amount - 1)",
  // Rows of one key keep one of its values; a NULL key is left out.
  map_agg:
    "(k, v) AS map_from_entries(list_filter(list({'k': k, 'v': v}) FILTER (k IS NOT NULL), lambda e, i: list_position(list(k) FILTER (k IS NOT NULL), e.k) = i))",
  // Numbers and comparison
  greatest: overloads(nullIfAny("greatest")),
  least: overloads(nullIfAny("least")),
  bitwise_and: "(a, b) AS a & b",
  bitwise_or: "(a, b) AS a | b",
  // Exact: DuckDB's own estimates are off by up to a quarter for small sets, and a laptop's lake is small enough.
  approx_distinct: "(x) AS count(DISTINCT x)",
  approx_percentile: "(x, fraction) AS quantile_disc(x, fraction)",
};

/** Gives a database Trino's functions. Their aggregates take no FILTER clause there. */
export async function installTrinoMacros(connection: DuckDBConnection): Promise<void> {
  for (const [name, definition] of Object.entries(TRINO_MACROS)) {
    await connection.run(`CREATE OR REPLACE MACRO ${name}${definition}`);
  }
}
