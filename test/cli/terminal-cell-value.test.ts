import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cell, cellJson, cellText, toCell } from "../../packages/cli/src/terminal/cell-value.js";

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function cell(expression: string): Promise<Cell> {
  const reader = await connection.runAndReadAll(`SELECT ${expression} AS value`);
  return toCell(reader.getRows()[0]?.[0]);
}

describe("a value of DuckDB", () => {
  it.each([
    ["NULL", "null"],
    ["true", "true"],
    ["42::INTEGER", "42"],
    ["9223372036854775807::BIGINT", "9223372036854775807"],
    ["170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"],
    ["12.50::DECIMAL(18,2)", "12.50"],
    ["-0.001::DECIMAL(18,3)", "-0.001"],
    ["1.5::DOUBLE", "1.5"],
    ["'nan'::DOUBLE", '"NaN"'],
    ["'infinity'::DOUBLE", '"Infinity"'],
    ["'a \"b\"'", '"a \\"b\\""'],
    ["TIMESTAMP '2026-10-14 08:00:00'", '"2026-10-14T08:00:00Z"'],
    ["TIMESTAMP '2026-10-14 08:00:00.250001'", '"2026-10-14T08:00:00.250001Z"'],
    ["TIMESTAMP '1969-12-31 23:59:59.5'", '"1969-12-31T23:59:59.5Z"'],
    ["TIMESTAMPTZ '2026-10-14 08:00:00+02:00'", '"2026-10-14T06:00:00Z"'],
    ["TIMESTAMP_S '2026-10-14 08:00:00'", '"2026-10-14T08:00:00Z"'],
    ["TIMESTAMP_MS '2026-10-14 08:00:00.125'", '"2026-10-14T08:00:00.125Z"'],
    ["TIMESTAMP_NS '2026-10-14 08:00:00.123456789'", '"2026-10-14T08:00:00.123456789Z"'],
    ["'infinity'::TIMESTAMP", '"infinity"'],
    ["'-infinity'::DATE", '"-infinity"'],
    ["DATE '2026-10-14'", '"2026-10-14"'],
    ["TIME '08:00:00'", '"08:00:00"'],
    ["INTERVAL 90 MINUTE", '"01:30:00"'],
    ["UUID 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb'", '"aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"'],
    ["'\\xAB\\x01'::BLOB", '"\\\\xAB\\\\x01"'],
    ["'0101'::BIT", '"0101"'],
    ["[1, NULL, 3]", "[1,null,3]"],
    ["array_value(1, 2)", "[1,2]"],
    ["{'uid': 'x', 'ports': [{'from': 1::BIGINT}]}", '{"uid":"x","ports":[{"from":1}]}'],
    ["MAP {'sg_verdict': 'allowed-by-rule', 'b': NULL}", '{"sg_verdict":"allowed-by-rule","b":null}'],
    ["MAP {1: TIMESTAMP '2026-10-14 08:00:00'}", '{"1":"2026-10-14T08:00:00Z"}'],
    ["union_value(num := 5)", "5"],
    ["'a'::ENUM('a', 'b')", '"a"'],
  ])("%s is %s", async (expression, json) => {
    expect(cellJson(await cell(expression))).toBe(json);
  });
});

describe("a plain value", () => {
  it("of JavaScript is taken as well", () => {
    expect(cellJson(toCell({ time: new Date(0), n: 1n, list: ["a", undefined] }))).toBe(
      '{"time":"1970-01-01T00:00:00Z","n":1,"list":["a",null]}',
    );
  });

  it("keeps a key named __proto__", () => {
    expect(cellJson(toCell(JSON.parse('{"__proto__":{"x":1}}')))).toBe('{"__proto__":{"x":1}}');
  });

  it("is bare text in a cell, JSON when nested, nothing when null", () => {
    expect([null, "a", 1n, ["a"], true].map((value) => cellText(toCell(value)))).toEqual([
      "",
      "a",
      "1",
      '["a"]',
      "true",
    ]);
  });
});
