import { identifier, openDuckDb, type SqlType, stringLiteral, typedLiteral } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("a string literal", () => {
  it("gives back any text, however hostile", async () => {
    const db = await openDuckDb({ threads: 1 });
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "'; DROP TABLE x; --",
        "''",
        "\\'",
        "/*",
        "*/ 1",
        "$$",
        "E'\\n'",
        "%s ?",
        "\u2019",
        "/*:days*/ 9",
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        fc.pre(!text.includes("\0"));
        const result = await db.connection.runAndReadAll(`SELECT ${stringLiteral(text)} AS ${identifier(`${text}x`)}`);
        expect(result.getRows()).toEqual([[text]]);
        expect(result.columnNames()).toEqual([`${text}x`]);
      }),
      { seed: 4096, numRuns: 300 },
    );
    db.close();
  });

  it("refuses NUL, which would cut the statement", () => {
    expect(() => stringLiteral("a\0b")).toThrow(/NUL character/);
    expect(() => identifier("a\0b")).toThrow(/no column name/);
    expect(() => identifier("")).toThrow(/no column name/);
  });
});

describe("a typed literal", () => {
  it.each<[SqlType, string, string]>([
    ["varchar", "it's", "'it''s'"],
    ["integer", "-42", "-42"],
    ["integer", "+7", "7"],
    ["bigint", "9223372036854775807", "9223372036854775807"],
    ["double", "1e3", "DOUBLE '1e3'"],
    ["boolean", "TRUE", "true"],
    ["date", "2026-02-28", "DATE '2026-02-28'"],
    ["timestamp", "2026-11-21T08:30:00Z", "TIMESTAMP '2026-11-21 08:30:00'"],
    ["timestamp", "2026-11-21 08:30", "TIMESTAMP '2026-11-21 08:30:00'"],
    ["ip", "198.51.100.7", "'198.51.100.7'"],
    ["ip", "2001:DB8:0:0::1", "'2001:db8::1'"],
  ])("of type %s from %s is %s", async (type, text, expected) => {
    expect(typedLiteral(type, text)).toBe(expected);
    const db = await openDuckDb({ threads: 1 });
    await db.connection.run(`SELECT ${expected}`);
    db.close();
  });

  it.each<[SqlType, string]>([
    ["integer", "2147483648"],
    ["integer", "1; DROP TABLE x"],
    ["integer", ""],
    ["bigint", "9223372036854775808"],
    ["bigint", "1e3"],
    ["double", "1' OR '1"],
    ["double", "Infinity"],
    ["boolean", "yes"],
    ["date", "2026-02-30"],
    ["date", "20260228"],
    ["timestamp", "2026-11-21T25:00:00Z"],
    ["timestamp", "2026-11-21"],
    ["ip", "300.1.1.1"],
    ["ip", "' OR 1=1 --"],
    ["ip", "10.0.0.0/8"],
  ])("of type %s refuses %s and gives an example", (type, text) => {
    expect(() => typedLiteral(type, text)).toThrow(new RegExp(`is not of type ${type}: write it like `));
  });
});
