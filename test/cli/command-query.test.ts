import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start, tributary } from "./command.js";
import { azureBlob, localRun, put, vpcLine, vpcLines } from "./local-run.js";

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tributary-query-"));
  put(folder, "logs/a.log", `${vpcLines(0, 4000)}broken 1 2 10.0.0.1\n`);
  put(folder, "logs/PT1H.json", azureBlob("vnet-v4.json"));
  await localRun(join(folder, "lake"), [join(folder, "logs")]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function query(...args: string[]) {
  return tributary(["query", ...args], { cwd: folder });
}

const FEW = `select time, src, sport, dport, bytes, verdict from traffic where cloud = 'AWS' order by bytes limit 2`;

describe("a result", () => {
  it("as a table has counts with separators, ports without, and times in UTC", async () => {
    const { code, stdout, stderr } = await query("--sql", FEW.replace("bytes,", "bytes * 1000000 as bytes,"));

    expect(code).toBe(0);
    expect(stderr).toBe("");
    const [first = "", second = ""] = stdout.split("\n").slice(3);
    expect(first.split(/[│\s]+/).filter((cell) => cell !== "")).toEqual([
      "2026-10-10T12:00:00Z",
      "10.0.0.0",
      "1024",
      "443",
      "100,000,000",
    ]);
    expect(second).toContain("2026-10-10T12:00:01Z");
  });

  it("as JSON is one array of objects", async () => {
    const { stdout, stderr } = await query("--sql", FEW, "--output", "json");

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      { time: "2026-10-10T12:00:00Z", src: "10.0.0.0", sport: 1024, dport: 443, bytes: 100, verdict: null },
      { time: "2026-10-10T12:00:01Z", src: "10.0.0.1", sport: 1025, dport: 443, bytes: 101, verdict: null },
    ]);
  });

  it("as JSON lines is one object a line", async () => {
    const { stdout, stderr } = await query("--sql", FEW, "--output", "jsonl");

    expect(stderr).toBe("");
    expect(stdout).toBe(
      '{"time":"2026-10-10T12:00:00Z","src":"10.0.0.0","sport":1024,"dport":443,"bytes":100,"verdict":null}\n' +
        '{"time":"2026-10-10T12:00:01Z","src":"10.0.0.1","sport":1025,"dport":443,"bytes":101,"verdict":null}\n',
    );
  });

  it("as CSV has a header and empty fields for what is unknown", async () => {
    const { stdout, stderr } = await query("--sql", FEW, "--output", "csv");

    expect(stderr).toBe("");
    expect(stdout).toBe(
      "time,src,sport,dport,bytes,verdict\r\n" +
        "2026-10-10T12:00:00Z,10.0.0.0,1024,443,100,\r\n" +
        "2026-10-10T12:00:01Z,10.0.0.1,1025,443,101,\r\n",
    );
  });

  it("as Markdown is a table", async () => {
    const { stdout, stderr } = await query("--sql", FEW, "--output", "markdown");

    expect(stderr).toBe("");
    expect(stdout).toBe(
      "| time | src | sport | dport | bytes | verdict |\n| --- | --- | ---: | ---: | ---: | --- |\n" +
        "| 2026-10-10T12:00:00Z | 10.0.0.0 | 1024 | 443 | 100 |  |\n" +
        "| 2026-10-10T12:00:01Z | 10.0.0.1 | 1025 | 443 | 101 |  |\n",
    );
  });

  it.each([["table"], ["json"]])(
    "as %s writes every time in UTC with Z, whatever its type and however deep, and leaves text alone",
    async (form) => {
      const { code, stdout } = await query(
        "--sql",
        `select time_dt as zoned, last_commit_at as plain, timestamp '2026-10-10 12:00:00.25' as parts,
           {'moment': time_dt, 'list': [timestamp_s '2026-10-10 12:00:01']} as deep, date '2026-10-10' as day,
           '2026-10-10 12:00:00.000' as text
         from flows, ingest where cloud.provider = 'AWS' and traffic.bytes = 100 and kind = 'vpc-lines'`,
        "--output",
        form,
      );

      expect(code).toBe(0);
      const times = stdout.match(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^"}\s|│,\]]*/g);
      expect(times).toEqual([
        "2026-10-10T12:00:00Z",
        "2026-10-15T00:00:00Z",
        "2026-10-10T12:00:00.25Z",
        "2026-10-10T12:00:00Z",
        "2026-10-10T12:00:01Z",
        "2026-10-10 12:00:00.000",
      ]);
    },
  );

  it("of no rows says so beside the data, not in it", async () => {
    const table = await query("--sql", "select src from traffic where false");
    const csv = await query("--sql", "select src from traffic where false", "--output", "csv");
    const json = await query("--sql", "select src from traffic where false", "--output", "json");

    expect(table.stderr).toBe("no rows\n");
    expect(csv.stdout).toBe("src\r\n");
    expect(JSON.parse(json.stdout)).toEqual([]);
    for (const { code } of [table, csv, json]) expect(code).toBe(0);
  });

  it("that is longer than the table shows says how to get all of it", async () => {
    const { stdout, stderr } = await query("--sql", "select src from traffic", "--rows", "3");

    expect(stdout.match(/10\.0\./g)).toHaveLength(3);
    expect(stderr).toBe("shown: 3 of 4,006 rows; --output csv, json or jsonl gives all of them\n");
  });

  it("whose reader has seen enough ends with 0", async () => {
    const { child, finished } = start(["query", "--sql", "select * from flows", "--output", "jsonl"], { cwd: folder });
    child.stdout.once("data", () => child.stdout.destroy());

    const { code, signal, stderr } = await finished;

    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  });
});

it("Ctrl-C ends a query with 130", async () => {
  const endless = "select range as n from range(1000000000000)";
  const { child, finished } = start(["query", "--sql", endless, "--output", "jsonl"], { cwd: folder });
  child.stdout.once("data", () => child.kill("SIGINT"));

  const { code, signal, stderr } = await finished;

  expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: "" });
});

describe("the documents themselves", () => {
  it("come as OCSF JSON", async () => {
    const sql = "select to_json(flows) from flows where cloud.provider = 'AWS' order by traffic.bytes limit 1";

    const { code, stdout } = await query("--sql", sql, "--output", "csv");

    expect(code).toBe(0);
    const [, field = ""] = stdout.split("\r\n");
    expect(JSON.parse(field.slice(1, -1).replaceAll('""', '"'))).toMatchObject({
      class_uid: 4001,
      time: Date.UTC(2026, 9, 10, 12),
      src_endpoint: { ip: "10.0.0.0", port: 1024 },
      dst_endpoint: { ip: "198.51.100.7", port: 443 },
    });
  });
});

describe("saved queries", () => {
  it("are listed with what they answer and their parameters", async () => {
    const { code, stdout } = await query("--list", "--output", "json");

    expect(code).toBe(0);
    const list = JSON.parse(stdout) as { query: string; answers: string; parameters: string }[];
    expect(list).toContainEqual({
      query: "top-talkers",
      answers: "Which sources sent the most bytes?",
      parameters: expect.stringContaining("days=7"),
    });
  });

  it("are shown as the SQL that Athena runs", async () => {
    const { code, stdout } = await query("top-talkers", "--show");

    expect(code).toBe(0);
    expect(stdout).toMatch(/^-- @name top-talkers\n/);
    expect(stdout).toContain("LIMIT");
  });

  it("are run with the parameters that are given, counting days from the newest one in the lake", async () => {
    const { code, stdout, stderr } = await query(
      "top-talkers",
      "--param",
      "rows=2",
      "-p",
      "days=1",
      "--output",
      "json",
    );

    expect(code).toBe(0);
    expect(stderr).toBe("");
    const rows = JSON.parse(stdout) as { src: string; flows: number }[];
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ src_scope: "internal", destinations: 1 });
  });
});

it("what each file gave and what was parked can be asked for", async () => {
  const ingest = await query(
    "--sql",
    "select kind, flows_read, delivered, parked from ingest order by kind",
    "--output",
    "json",
  );
  const parked = await query("--sql", "select reason, position, raw from parked", "--output", "json");

  expect(JSON.parse(ingest.stdout)).toEqual([
    { kind: "azure-blob", flows_read: 6, delivered: 6, parked: 0 },
    { kind: "vpc-lines", flows_read: 4001, delivered: 4000, parked: 1 },
  ]);
  expect(JSON.parse(parked.stdout)).toEqual([{ reason: "no-format-fits", position: 4001, raw: "broken 1 2 10.0.0.1" }]);
});

it("a sample can be made, read and asked", async () => {
  const sample = await tributary(["sample", "--flows", "2_000", "--out", "made"], { cwd: folder });
  const run = await tributary(["run", "made", "--lake", "made-lake", "--output", "json"], { cwd: folder });
  const asked = await query("traffic-by-account", "--lake", "made-lake", "--output", "jsonl");

  expect(sample.stdout).toMatch(
    /^2,000 flows of 3 days in .*below made\nNext: tributary run made --inventory made\/inventory\n$/,
  );
  expect(JSON.parse(run.stdout)).toMatchObject({ flows: { read: 2000, parked: {} }, inputs: { problems: [] } });
  expect(run.code).toBe(0);
  expect(asked.stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(3);
});

it("nothing is left among the temporary files", async () => {
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);

  const { code } = await tributary(["query", "--sql", FEW], { cwd: folder, env: { TMPDIR: temporary } });

  expect(code).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
});

it("text from logs cannot speak to the terminal", async () => {
  const path = put(folder, "logs-2/a.log", `${vpcLine(0)}\n\u001b[2Jbroken 10.0.0.1 2 3\n`);
  await localRun(join(folder, "lake-2"), [path]);

  const { stdout } = await query("--sql", "select raw from parked", "--lake", "lake-2");

  expect(stdout).not.toContain("\u001b");
  expect(stdout).toContain("\\x1b[2Jbroken");
});
