import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Conversion, convertSpool, type DuckDb, type InputRange, openDuckDb } from "@tributary/lake";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awkwardFolder, columns, flow, NOON, spool } from "./lake-fixture.js";

let db: DuckDb;
beforeEach(async () => {
  db = await openDuckDb({ threads: 2 });
});
afterEach(() => db.close());

async function convert(
  documents: readonly unknown[],
  ranges: readonly InputRange[] = [{ input: 1, documents: documents.length }],
): Promise<Conversion & { parquet: string; origin: string }> {
  const folder = awkwardFolder();
  const files = { parquet: join(folder, "flows.parquet"), origin: join(folder, "origin.parquet") };
  const conversion = await convertSpool(db.connection, { spool: spool(folder, documents), ranges, columns, ...files });
  return { ...conversion, ...files };
}

async function rows(file: string, select = "*"): Promise<Record<string, unknown>[]> {
  const pattern = file.replaceAll(/[[*?]/g, "[$&]").replaceAll("'", "''");
  const result = await db.connection.runAndReadAll(
    `SELECT ${select} FROM read_parquet('${pattern}', hive_partitioning = false)`,
  );
  return result.getRowObjectsJson();
}

describe("a spool of good documents", () => {
  it("becomes one row a document, ordered by time, with the declared columns only", async () => {
    const { parquet, ...conversion } = await convert([flow({ time: 3 }), flow({ time: 1 }), flow({ time: 2 })]);
    expect(conversion).toMatchObject({ rows: 3, inputs: [1], failed: [] });
    const [first, ...others] = await rows(parquet);
    expect(Object.keys(first ?? {})).toEqual(columns.map(({ name }) => name));
    expect([first, ...others].map((row) => row?.time)).toEqual(["1", "2", "3"]);
  });

  it("has the declared types even where every value is absent", async () => {
    const { parquet } = await convert([{ time: 1 }]);
    const described = await db.connection.runAndReadAll(
      `DESCRIBE SELECT * FROM read_parquet('${parquet.replaceAll("[", "[[]").replaceAll("'", "''")}', hive_partitioning = false)`,
    );
    expect(described.getRows().map(([name, type]) => ({ name, type: String(type).replaceAll('"', "") }))).toEqual(
      columns.map(({ name, type }) => ({ name, type: type.replaceAll('"', "") })),
    );
  });

  it("keeps timestamps as UTC", async () => {
    const { parquet } = await convert([flow({ time_dt: "2026-11-21T12:00:00.123Z" })]);
    expect(await rows(parquet, "time_dt")).toEqual([{ time_dt: "2026-11-21 12:00:00.123+00" }]);
    const schema = await db.connection.runAndReadAll(
      `SELECT logical_type FROM parquet_schema('${parquet.replaceAll("[", "[[]").replaceAll("'", "''")}') WHERE name = 'time_dt'`,
    );
    expect(String(schema.getRows()[0]?.[0])).toContain("isAdjustedToUTC=1");
  });
});

describe("the OpenX deserializer's meaning", () => {
  it("drops unknown keys at every depth", async () => {
    const { parquet } = await convert([{ time: 1, stranger: 1, cloud: { provider: "AWS", stranger: { deep: 1 } } }]);
    expect(await rows(parquet, "time, cloud")).toEqual([
      { time: "1", cloud: { provider: "AWS", region: null, account: null } },
    ]);
  });

  it("makes the keys of maps lower case and keeps their values", async () => {
    const { parquet } = await convert([
      { time: 1, unmapped: { "Flow.State": "C", ÄB: "Ü" } },
      { time: 2, unmapped: {} },
      { time: 3 },
    ]);
    expect(await rows(parquet, "map_entries(unmapped) AS m")).toEqual([
      {
        m: [
          { key: "flow.state", value: "C" },
          { key: "äb", value: "Ü" },
        ],
      },
      { m: [] },
      { m: null },
    ]);
  });

  it("takes numbers and objects into text columns and numeric text into numeric ones", async () => {
    const { parquet } = await convert([
      { time: "7", action: 5, activity_id: "3", status_detail: { a: [1, 2] }, unmapped: { n: 1 } },
    ]);
    expect(await rows(parquet, "time, action, activity_id, status_detail, unmapped['n'] AS n")).toEqual([
      { time: "7", action: "5", activity_id: 3, status_detail: '{"a":[1,2]}', n: "1" },
    ]);
  });

  it("keeps an empty struct apart from an absent one", async () => {
    const { parquet } = await convert([
      { time: 1, traffic: {} },
      { time: 2, traffic: null },
    ]);
    expect(await rows(parquet, "traffic IS NULL AS absent")).toEqual([{ absent: false }, { absent: true }]);
  });

  it.each([
    ["text in a numeric column", '{"time":1,"activity_id":"oops"}', "oops"],
    ["a number beyond its column", '{"time":1,"activity_id":3000000000}', "3000000000"],
    ["a scalar where a struct belongs", '{"time":1,"cloud":5}', "5"],
    ["JSON that is cut off", '{"time":1,', "unexpected end"],
    ["an array instead of a document", "[1]", "ARRAY"],
    ["two keys of a map that differ in case only", '{"time":1,"unmapped":{"a":"1","A":"2"}}', "unique"],
    ["a lone surrogate", '{"time":1,"action":"\\ud800"}', "surrogate"],
  ])("fails %s alone", async (_, bad, reason) => {
    const { parquet, origin, ...conversion } = await convert(
      [flow({ time: 2 }), bad, flow({ time: 1 })],
      [
        { input: 4, documents: 1 },
        { input: 9, documents: 2 },
      ],
    );
    expect(conversion.rows).toBe(2);
    expect(conversion.failed).toEqual([{ ordinal: 1, input: 9, text: bad, message: expect.stringContaining(reason) }]);
    expect(conversion.failed[0]?.message).not.toContain("spool");
    expect(await rows(origin)).toEqual([{ input: 9 }, { input: 4 }]);
    expect(await rows(parquet, "time")).toEqual([{ time: "1" }, { time: "2" }]);
  });

  it("keeps rows without a single value", async () => {
    const { parquet, ...conversion } = await convert(["{}", '{"stranger":1}']);
    expect(conversion).toMatchObject({ rows: 2, failed: [] });
    expect(await rows(parquet, "time, cloud")).toEqual([
      { time: null, cloud: null },
      { time: null, cloud: null },
    ]);
  });

  it("writes no file for an empty spool", async () => {
    const { parquet, rows: written, failed } = await convert([]);
    expect([written, failed, existsSync(parquet)]).toEqual([0, [], false]);
  });

  it("writes no file when every document fails", async () => {
    const { parquet, origin, rows: written, failed } = await convert(["{", "}"]);
    expect({ written, ordinals: failed.map(({ ordinal }) => ordinal) }).toEqual({ written: 0, ordinals: [0, 1] });
    expect([existsSync(parquet), existsSync(origin)]).toEqual([false, false]);
  });
});

describe("the origin file", () => {
  it("says for any mix of inputs, times and bad documents which input each row came from", async () => {
    const document = fc.record({ time: fc.integer({ min: NOON, max: NOON + 5 }), bad: fc.integer({ min: 0, max: 9 }) });
    const range = fc.record({ input: fc.integer({ min: 1, max: 5 }), documents: fc.array(document, { maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 6 }), async (inputs) => {
        const documents = inputs.flatMap(({ input, documents }) =>
          documents.map(({ time, bad }) => (bad === 0 ? "{oops" : flow({ time, action: `from ${input}` }))),
        );
        const ranges = inputs.map(({ input, documents }) => ({ input, documents: documents.length }));
        const { parquet, origin, rows: written, failed } = await convert(documents, ranges);
        expect(written + failed.length).toBe(documents.length);
        if (written === 0) return;
        const actions = await rows(parquet, "action, time");
        expect(actions.map(({ action }) => action)).toEqual((await rows(origin)).map(({ input }) => `from ${input}`));
        const times = actions.map(({ time }) => Number(time));
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
      { seed: 20261121, numRuns: 25 },
    );
  });
});

it("refuses a spool that holds another number of documents than its ranges say", async () => {
  await expect(convert([flow(), flow()], [{ input: 1, documents: 3 }])).rejects.toMatchObject({
    code: "spool-mismatch",
    message: expect.stringContaining("holds 2 documents, but its ranges say 3"),
  });
});

it("keeps 30,000 rows of two threads in the order of time and spool", async () => {
  const documents = Array.from({ length: 30_000 }, (_, index) => ({ time: NOON + (index % 7), action: String(index) }));
  const { parquet } = await convert(documents);
  const order = (await rows(parquet, "action")).map(({ action }) => Number(action));
  const expected = documents.map((_, index) => index).sort((a, b) => (a % 7) - (b % 7) || a - b);
  expect(order).toEqual(expected);
});

it.each([
  ["a small", 1],
  ["a large", 1001],
])("writes any mix of present, empty and absent members as they came into %s file", async (_, least) => {
  const text = fc.option(fc.constantFrom("a", "ä'"), { nil: null });
  const optional = { requiredKeys: [] };
  const document = fc.record(
    {
      action: text,
      cloud: fc.option(
        fc.record(
          { provider: text, region: text, account: fc.option(fc.record({ uid: text }, optional), { nil: null }) },
          optional,
        ),
        { nil: null },
      ),
      metadata: fc.record({ profiles: fc.option(fc.array(text), { nil: null }) }, optional),
      enrichments: fc.option(fc.array(fc.record({ name: text }, optional)), { nil: null }),
    },
    optional,
  );
  const member = (value: unknown, names: readonly string[]) =>
    value === null || value === undefined
      ? null
      : Object.fromEntries(names.map((name) => [name, (value as Record<string, unknown>)[name] ?? null]));
  await fc.assert(
    fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 5 }), async (kinds) => {
      const documents = Array.from(
        { length: Math.max(least, kinds.length) },
        (_, index) => kinds[index % kinds.length] ?? {},
      );
      const { parquet } = await convert(documents.map((changes, time) => ({ time, ...changes })));
      const written = await rows(parquet, "action, cloud, metadata.profiles AS profiles, enrichments");
      expect(written).toEqual(
        documents.map(({ action = null, cloud, metadata, enrichments }) => {
          const expected = member(cloud, ["provider", "region", "account"]);
          return {
            action,
            cloud: expected && { ...expected, account: member(expected.account, ["uid"]) },
            profiles: metadata?.profiles ?? null,
            enrichments: enrichments?.map((entry) => member(entry, ["name", "value", "data"])) ?? null,
          };
        }),
      );
    }),
    { seed: 777, numRuns: 25 },
  );
});
