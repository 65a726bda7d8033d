import { type DuckDb, installTrinoMacros, openDuckDb, TRINO_MACROS } from "@tributary/lake";
import { afterAll, beforeAll, expect, it } from "vitest";

let db: DuckDb;
beforeAll(async () => {
  db = await openDuckDb({ threads: 1 });
  await installTrinoMacros(db.connection);
});
afterAll(() => db.close());

/** Expression, and what Trino's documentation says it gives, as text; null for NULL. */
const documented: readonly (readonly [string, string | null])[] = [
  ["from_unixtime(1764000000)", "2025-11-24 16:00:00+00"],
  ["CAST(from_unixtime(1764000000123 / 1e3) AS timestamp(3))", "2025-11-24 16:00:00.123"],
  ["to_unixtime(TIMESTAMP '2025-11-24 16:00:00')", "1764000000.0"],
  ["date_format(TIMESTAMP '2026-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2026-01-02 03:04:05"],
  ["date_format(TIMESTAMP '2026-01-02 15:04:05', '%W %e %M %y, %h:%i %p')", "Friday 2 January 26, 03:04 PM"],
  ["date_format(TIMESTAMP '2026-01-02 03:04:05', '%T')", "03:04:05"],
  ["date_format(DATE '2026-01-08' - 6 * INTERVAL '1' DAY, '%Y%m%d')", "20260102"],
  ["date_parse('2026-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2026-01-02 03:04:05"],
  ["date_parse('20260102', '%Y%m%d')", "2026-01-02 00:00:00"],
  ["date_add('day', -1, DATE '2026-01-01')", "2025-12-31"],
  ["date_add('hour', 2, TIMESTAMP '2026-01-01 23:00:00')", "2026-01-02 01:00:00"],
  ["date_add('month', 1, DATE '2026-01-31')", "2026-02-28"],
  ["date_diff('minute', TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-01 01:30:00')", "90"],
  ["day_of_week(DATE '2026-01-04')", "7"],
  ["day_of_month(DATE '2026-01-04')", "4"],
  ["day_of_year(DATE '2026-02-01')", "32"],
  ["to_iso8601(TIMESTAMP '2026-01-02 03:04:05.678')", "2026-01-02T03:04:05.678Z"],
  ["concat('a', 'b', 'c')", "abc"],
  ["concat('a', NULL)", null],
  ["concat(ARRAY[1], ARRAY[2])", "[1, 2]"],
  ["split_part('a,b', ',', 2)", "b"],
  ["split_part('a,b', ',', 3)", null],
  ["regexp_like('1a 2b 14m', '\\d+b')", "true"],
  ["regexp_extract('1a 2b 14m', '\\d+')", "1"],
  ["regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "a"],
  ["regexp_extract('abc', '\\d+')", null],
  [`json_extract_scalar('{"a":{"b":"x"}}', '$.a.b')`, "x"],
  [`json_extract_scalar('{"a":[1,true]}', '$.a[1]')`, "true"],
  [`json_extract_scalar('{"a":{"b":"x"}}', '$.a')`, null],
  ["element_at(MAP(ARRAY['a'], ARRAY[1]), 'a')", "1"],
  ["element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')", null],
  ["element_at(ARRAY[1, 2], -1)", "2"],
  ["element_at(ARRAY[1, 2], 3)", null],
  ["cardinality(ARRAY['a', 'b'])", "2"],
  ["cardinality(ARRAY[1, 2, 3])", "3"],
  ["cardinality(MAP(ARRAY['a'], ARRAY['x']))", "1"],
  ["cardinality(CAST(NULL AS varchar[]))", null],
  ["array_join(ARRAY['a', NULL, 'b'], '-')", "a-b"],
  ["slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2, 3]"],
  ["contains(ARRAY['a'], 'a')", "true"],
  ["greatest(1, 3, 2)", "3"],
  ["greatest(1, NULL)", null],
  ["least('b', 'a')", "a"],
  ["least(NULL, 1)", null],
  ["bitwise_and(19, 2)", "2"],
  ["bitwise_or(16, 2)", "18"],
  ["7 / 2", "3"],
  ["-7 / 2", "-3"],
  ["-7 % 3", "-1"],
  ["CAST(1 AS double) / 4", "0.25"],
];

it.each(documented)("%s is %s", async (expression, expected) => {
  const result = await db.connection.runAndReadAll(`SELECT CAST(${expression} AS varchar)`);
  expect(result.getRows()).toEqual([[expected]]);
});

const aggregates: readonly (readonly [string, string | null])[] = [
  ["approx_distinct(x)", "3"],
  ["approx_percentile(x, 0.5)", "2"],
  ["count_if(x > 1)", "3"],
  ["arbitrary(7)", "7"],
  ["element_at(map_agg(name, x), 'b')", "2"],
  ["cardinality(map_agg(name, x))", "3"],
  ["max_by(name, x)", "c"],
  ["min_by(name, x)", "a"],
  ["array_join(array_agg(name ORDER BY x DESC), '')", "cbba"],
  ["bool_or(x = 3)", "true"],
  ["avg(x)", "2.0"],
];

it.each(aggregates)("%s over rows, one of them NULL, is %s", async (expression, expected) => {
  const rows = "(VALUES ('a', 1), ('b', 2), ('b', 2), ('c', 3), (NULL, NULL)) AS t(name, x)";
  const filtered = /map_agg|array_agg/.test(expression) ? `${rows} WHERE name IS NOT NULL` : rows;
  const result = await db.connection.runAndReadAll(`SELECT CAST(${expression} AS varchar) FROM ${filtered}`);
  expect(result.getRows()).toEqual([[expected]]);
});

it("leaves NULL keys out of map_agg", async () => {
  const result = await db.connection.runAndReadAll(
    "SELECT CAST(map_agg(k, v) AS varchar) FROM (VALUES ('a', 1), (NULL, 2)) AS t(k, v)",
  );
  expect(result.getRows()).toEqual([["{a=1}"]]);
});

it.each(["ASC", "DESC"])("sorts NULL last in %s order", async (order) => {
  const result = await db.connection.runAndReadAll(
    `SELECT x FROM (VALUES (1), (NULL), (2)) AS t(x) ORDER BY x ${order}`,
  );
  expect(result.getRows().at(-1)).toEqual([null]);
});

it("says which format date_parse does not know", async () => {
  await expect(db.connection.run("SELECT date_parse('1', '%c')")).rejects.toThrow(
    "date_parse does not know this format here: %c",
  );
});

it("tests every macro", () => {
  const tested = [...documented, ...aggregates].map(([expression]) => expression).join(" ");
  expect(Object.keys(TRINO_MACROS).filter((name) => !tested.includes(`${name}(`))).toEqual([]);
});
