import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allRows, DuckDbEngine, type Lake } from "@tributary/lake";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  awkwardFolder,
  columns,
  flow,
  ingest,
  inputState,
  MARK,
  NOON,
  openLake,
  StagedCommit,
  spool,
} from "./lake-fixture.js";

const viewsFolder = join(import.meta.dirname, "..", "..", "queries", "views");

let lake: Lake;
let engine: DuckDbEngine;
const openEngine = async () => {
  engine = await DuckDbEngine.open({ lake, viewsFolder, threads: 1 });
};
beforeEach(async () => {
  lake = await openLake(awkwardFolder());
});
afterEach(async () => {
  await engine.close();
  await lake.close();
});

async function rows(sql: string): Promise<unknown[]> {
  return [...(await allRows(await engine.query(sql)))];
}

describe("the views", () => {
  it("flows has the declared columns and the partition keys in lower case, also when the lake is empty", async () => {
    const expected = [...columns.map(({ name }) => name), "region", "accountid", "eventday"];
    await openEngine();
    expect((await engine.query("SELECT * FROM flows")).columns.map(({ name }) => name)).toEqual(expected);
    expect(await rows("SELECT * FROM traffic")).toEqual([]);
    await engine.close();
    await ingest(lake, "a.log", [flow()], { accountId: "000000000012", eventDay: "20261121" });
    await openEngine();
    expect((await engine.query("SELECT * FROM flows")).columns.map(({ name }) => name)).toEqual(expected);
    expect(await rows("SELECT region, accountid, eventday FROM flows")).toEqual([
      ["local", "000000000012", "20261121"],
    ]);
  });

  it("flows_deduplicated has each uid once, and flows without one all", async () => {
    const twice = flow({ metadata: { uid: "u1" } });
    const none = { metadata: { version: "1.1.0" } };
    await ingest(lake, "a.log", [twice, flow(none)]);
    await ingest(lake, "b.log", [twice, flow(none), flow({ metadata: { uid: "u2" } })]);
    await openEngine();
    expect(await rows("SELECT metadata.uid FROM flows_deduplicated ORDER BY 1")).toEqual([
      ["u1"],
      ["u2"],
      [null],
      [null],
    ]);
  });

  it("traffic is flat", async () => {
    await ingest(lake, "a.log", [
      flow({
        time: NOON + 123,
        cloud: { provider: "Azure", account: { uid: "sub-1" } },
        connection_info: { direction: "Outbound", direction_id: 2, protocol_num: 6, protocol_name: "TCP" },
        src_endpoint: {
          ip: "10.0.0.5",
          port: 50_000,
          instance_uid: "/subscriptions/s/virtualMachines/vm1",
          interface_uid: "/x/nic1",
        },
        dst_endpoint: { ip: "203.0.113.9", port: 443, svc_name: "S3", intermediate_ips: ["198.51.100.9"] },
        firewall_rule: { name: "AllowOut", uid: "/rules/1" },
        metadata: { uid: "u1" },
        status_detail: "Likely allowed by 2 rules.",
        enrichments: [
          {
            name: "unmapped.sg_verdict",
            value: "allowed-by-rule",
            data: JSON.stringify({ groups: ["sg-1"], rules: ["sgr-1", 'of "sg-2"'], rules_truncated: true }),
          },
        ],
        unmapped: {
          sg_verdict: "allowed-by-rule",
          sg_likely: "true",
          sg_basis: "later",
          src_scope: "internet",
          dst_scope: "internal",
          source: "s3://logs/a.log",
          source_line: "7",
        },
      }),
    ]);
    await openEngine();
    const result = await engine.query("SELECT * FROM traffic");
    const [row] = await allRows(result);
    expect(Object.fromEntries(result.columns.map(({ name }, index) => [name, row?.[index]]))).toEqual({
      time: "2026-11-21 12:00:00.123",
      cloud: "Azure",
      account: "sub-1",
      src: "10.0.0.5",
      src_name: "vm1",
      sport: 50_000,
      dst: "203.0.113.9",
      dst_name: "S3",
      dport: 443,
      proto: "tcp",
      action: "Allowed",
      bytes: 1000,
      packets: 10,
      direction: "outbound",
      interface: "nic1",
      src_scope: "internet",
      dst_scope: "internal",
      src_via: null,
      dst_via: "198.51.100.9",
      verdict: "allowed-by-rule",
      likely: true,
      basis: "later",
      explanation: "Likely allowed by 2 rules.",
      rule: "AllowOut",
      rules: ["sgr-1", 'of "sg-2"'],
      rules_truncated: true,
      groups: ["sg-1"],
      source: "s3://logs/a.log",
      source_position: "7",
      uid: "u1",
      region: "local",
      accountid: "111122223333",
      eventday: "20261121",
    });
  });

  it("traffic has no context where the flow has none, or one of somebody else", async () => {
    const other = { enrichments: [{ name: "src_endpoint.ip", value: "x", data: "no JSON" }] };
    await ingest(lake, "a.log", [flow({ unmapped: {} }), flow({ ...other, unmapped: {} })]);
    await openEngine();
    expect(
      await rows("SELECT verdict, likely, basis, explanation, rules, rules_truncated, groups FROM traffic"),
    ).toEqual([
      [null, false, null, null, null, false, null],
      [null, false, null, null, null, false, null],
    ]);
  });

  it("ingest shows what every input gave", async () => {
    const flows = { read: 6, delivered: 1, skipped: { nodata: 2 }, parked: { "bad-field": 1, "no-time": 2 } };
    await lake.begin(MARK).finish({
      inputs: [inputState("it's ä.log", { flows, position: 50, match: "443", sha256: "ab" }), inputState("b.log")],
    });
    await lake.begin({ ...MARK, at: "2026-11-22T00:00:00Z" }).finish({ inputs: [inputState("b.log")] });
    await openEngine();
    expect(await rows("SELECT * FROM ingest ORDER BY path DESC")).toEqual([
      [
        "it's ä.log",
        "vpc-file",
        100,
        50,
        true,
        6,
        1,
        2,
        3,
        { nodata: 2 },
        { "bad-field": 1, "no-time": 2 },
        1,
        "2026-11-21 13:00:00.000",
        1,
        "2026-11-21 13:00:00.000",
        "443",
        "ab",
      ],
      [
        "b.log",
        "vpc-file",
        100,
        100,
        true,
        1,
        1,
        0,
        0,
        {},
        {},
        1,
        "2026-11-21 13:00:00.000",
        2,
        "2026-11-22 00:00:00.000",
        null,
        null,
      ],
    ]);
  });

  it("parked shows the raw text of what was kept aside", async () => {
    const commit = new StagedCommit(lake);
    await commit.park("no-time", "a.log", 3, 'line "3"');
    await commit.park("bad-field", "a.log", 1, "x\n", "n");
    await commit.finish({ inputs: [inputState("a.log")] });
    await openEngine();
    expect(await rows("SELECT reason, input, position, message, parked_at, raw FROM parked ORDER BY position")).toEqual(
      [
        ["bad-field", "a.log", 1, "n", "2026-11-21 13:00:00.000", "x\n"],
        ["no-time", "a.log", 3, "m", "2026-11-21 13:00:00.000", 'line "3"'],
      ],
    );
  });

  it("read files with the columns of an older version by name", async () => {
    await ingest(lake, "a.log", [flow({ action: "old" })]);
    const { folder } = lake;
    await lake.close();
    lake = await openLake(folder, { columns: [...columns, { name: "severity", type: "VARCHAR" }] });
    await ingest(lake, "b.log", [flow({ action: "new", severity: "Low" })]);
    await openEngine();
    expect(await rows("SELECT action, severity FROM flows ORDER BY action")).toEqual([
      ["new", "Low"],
      ["old", null],
    ]);
  });
});

describe("a result", () => {
  it("has values as JSON has them, times as Athena writes them and large numbers exact", async () => {
    await openEngine();
    const sql = `SELECT 1, 9007199254740993, 1.5, true, NULL, 'x', DATE '2026-01-02', TIMESTAMP '2026-01-02 03:04:05',
      TIMESTAMP '1969-12-31 23:59:59.999999', from_unixtime(0.5), ARRAY[1, NULL], MAP(ARRAY['k'], ARRAY[2]), {'a': {'b': 1}}, sum(x) FROM range(3) AS t(x)`;
    expect(await rows(sql)).toEqual([
      [
        1,
        9007199254740993n,
        1.5,
        true,
        null,
        "x",
        "2026-01-02",
        "2026-01-02 03:04:05.000",
        "1969-12-31 23:59:59.999999",
        "1970-01-01 00:00:00.500 UTC",
        [1, null],
        { k: 2 },
        { a: { b: 1 } },
        3,
      ],
    ]);
  });

  it("arrives in chunks", async () => {
    await openEngine();
    let chunks = 0;
    for await (const chunk of (await engine.query("SELECT x FROM range(1000000) AS t(x)")).chunks) {
      expect(chunk.length).toBeLessThan(10_000);
      if (++chunks === 3) break;
    }
    expect(chunks).toBe(3);
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("of two queries can be read in turns", async () => {
    await openEngine();
    const both = await Promise.all(
      ["SELECT 1 FROM range(5000)", "SELECT 2 FROM range(5000)"].map((sql) => engine.query(sql)),
    );
    const counts = await Promise.all(both.map(async (result) => (await allRows(result)).length));
    expect(counts).toEqual([5000, 5000]);
  });
});

describe("a query", () => {
  it("stops when it is interrupted, with the reason", async () => {
    await openEngine();
    const abort = new AbortController();
    const result = engine.query(
      "SELECT count(*) FROM range(100000) AS a(x), range(100000) AS b(y) WHERE x * y % 7 = 1",
      { signal: abort.signal },
    );
    const read = result.then(allRows);
    setImmediate(() => abort.abort(new Error("enough")));
    await expect(read).rejects.toThrow("enough");
    await expect(engine.query("SELECT 1", { signal: abort.signal })).rejects.toThrow("enough");
  });

  it.each([
    ["CREATE TABLE x(a integer)", "not-a-query"],
    ["COPY (SELECT 1) TO 'x.csv'", "query-failed"],
    ["SET threads = 1", "not-a-query"],
    ["SELECT 1; SELECT 2", "not-a-query"],
    ["", "not-a-query"],
    ["SELECT nonsense FROM flows", "query-failed"],
    ["SELEC 1", "query-failed"],
  ])("%s is refused with code %s", async (sql, code) => {
    await openEngine();
    await expect(engine.query(sql)).rejects.toMatchObject({ code });
  });

  it("sees no file outside the lake", async () => {
    await openEngine();
    const outside = join(lake.folder, "..", "secret.csv");
    writeFileSync(outside, "a\n1\n");
    await expect(engine.query(`SELECT * FROM read_csv('${outside.replaceAll("'", "''")}')`)).rejects.toMatchObject({
      code: "query-failed",
    });
  });

  it("says what to do when a file of the lake is gone", async () => {
    await ingest(lake, "a.log", [flow()]);
    await openEngine();
    for (const { path } of lake.parquetFiles()) rmSync(join(lake.folder, path));
    await expect(engine.query("SELECT * FROM flows").then(allRows)).rejects.toMatchObject({ code: "lake-changed" });
  });

  it("sees later commits after the engine is opened again", async () => {
    await ingest(lake, "a.log", [flow()]);
    const reader = await openLake(lake.folder, { readOnly: true });
    engine = await DuckDbEngine.open({ lake: reader, viewsFolder, threads: 1 });
    await ingest(lake, "b.log", [flow()]);
    expect(await rows("SELECT count(*) FROM flows")).toEqual([[1]]);
    await engine.close();
    engine = await DuckDbEngine.open({
      lake: await openLake(lake.folder, { readOnly: true }),
      viewsFolder,
      threads: 1,
    });
    expect(await rows("SELECT count(*) FROM flows")).toEqual([[2]]);
  });
});

it("looks only into files of the asked day and account", async () => {
  const days = ["20261119", "20261120", "20261121"];
  for (const eventDay of days) {
    const commit = new StagedCommit(lake);
    const file = spool(join(lake.folder, ".."), [flow({ action: eventDay })]);
    await commit.addDocuments({ accountId: "111122223333", eventDay }, file, [
      { input: commit.inputNumber("a"), documents: 1 },
    ]);
    await commit.finish({ inputs: [inputState("a")] });
  }
  await openEngine();
  const [unread] = lake.parquetFiles().filter(({ partition }) => partition.eventDay === "20261120");
  writeFileSync(join(lake.folder, unread?.path ?? ""), "no Parquet: reading it fails");
  for (const view of ["flows", "traffic", "flows_deduplicated"]) {
    expect(await rows(`SELECT action FROM ${view} WHERE eventday = '20261121'`)).toEqual([["20261121"]]);
  }
});
