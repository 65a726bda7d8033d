import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FlowMatch, VPC_FIELDS } from "@tributary/flow";
import { stringLiteral } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadContext, ReadPosition, ReadStep } from "../../packages/cli/src/ingest/flow-reader.js";
import { HEAD_BYTES } from "../../packages/cli/src/ingest/input-kind.js";
import { parquetKind } from "../../packages/cli/src/ingest/parquet-kind.js";
import { readVpcParquet } from "../../packages/cli/src/ingest/parquet-reader.js";
import { lineOf } from "../support/vpc-arbitraries.js";
import { ACCOUNT, HEADER, localRun, put, rowsOf, START, uidsOf, vpcLine, workFolder } from "./local-run.js";
import { MemoryBytes, runSql, writeParquet } from "./parquet-files.js";

const FIELDS = HEADER.split(" ");
const NAME = `AWSLogs/${ACCOUNT}/vpcflowlogs/eu-central-1/2026/10/10/${ACCOUNT}_vpcflowlogs_eu-central-1_fl-0a1b2c3d_20261010T1205Z_9f8e7d6c.log`;
const NODATA = `2 ${ACCOUNT} eni-1 - - - - - - - ${START} ${START + 59} - NODATA`;
const BEGINNING: ReadPosition = { position: 0, line: 0, details: {} };
const some = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => vpcLine(n));

function contextOf(changes: Partial<ReadContext> = {}): ReadContext {
  return {
    key: "k",
    path: "/logs/flows.log.parquet",
    responseBudgetBytes: 5_500_000,
    contextBytes: 0,
    mayGrow: true,
    onNote: () => undefined,
    ...changes,
  };
}

async function stepsOf(stored: MemoryBytes, from = BEGINNING, changes: Partial<ReadContext> = {}): Promise<ReadStep[]> {
  const steps: ReadStep[] = [];
  for await (const step of readVpcParquet(stored, from, contextOf(changes))) steps.push(step);
  return steps;
}

const flowsIn = (steps: readonly ReadStep[]): number =>
  steps.reduce((sum, { records }) => sum + records.reduce((flows, record) => flows + record.flows, 0), 0);

const written = async (lines: readonly string[], fields = FIELDS): Promise<MemoryBytes> =>
  new MemoryBytes(await writeParquet(join(workFolder(), "flows.log.parquet"), fields, lines, { rowGroup: 2048 }));

describe("reading Parquet flow logs", () => {
  it("counts rows, and holds all of the head for read from the first step on", async () => {
    const stored = await written(some(2500));
    const steps = await stepsOf(stored);
    expect(steps.map(({ line }) => line)).toEqual([1000, 2000, 2048, 2500]);
    expect(new Set(steps.map(({ position }) => position))).toEqual(new Set([stored.size]));
    expect(flowsIn(steps)).toBe(2500);
  });

  it("goes on behind any step, with the records that the steps behind it have", async () => {
    const stored = await written(some(5000));
    const all = await stepsOf(stored);
    for (const [index, step] of all.entries()) {
      const rest = await stepsOf(stored, step);
      const data = (steps: readonly ReadStep[]) => steps.flatMap(({ records }) => records.map((record) => record.data));
      expect(data(rest)).toEqual(data(all.slice(index + 1)));
    }
  });

  it("refuses another file in the place of one that was read half", async () => {
    const [step = { ...BEGINNING }] = await stepsOf(await written(some(2500)));
    await expect(stepsOf(await written(some(2501)), step)).rejects.toMatchObject({
      reason: "changed",
      message: expect.stringContaining("--again"),
    });
  });

  it("leaves out what a match does not want", async () => {
    const steps = await stepsOf(await written(some(2500)), BEGINNING, { match: FlowMatch.parse(["10.0.1.7"]) });
    const skipped = steps.reduce((sum, step) => sum + (step.skipped?.["not-matched"] ?? 0), 0);
    const wanted = some(2500).filter((line) => line.split(" ")[3] === "10.0.1.7").length;
    expect(wanted).toBeGreaterThan(0);
    expect([flowsIn(steps), skipped]).toEqual([wanted, 2500 - wanted]);
  });

  it("notes columns that no flow log has, once", async () => {
    const path = join(workFolder(), "flows.log.parquet");
    await writeParquet(
      path,
      [...FIELDS, "flow-label"],
      some(3).map((line) => `${line} 7`),
      { more: ["[1] AS list"] },
    );
    const notes: string[] = [];
    await stepsOf(new MemoryBytes(path), BEGINNING, { onNote: (note) => notes.push(note) });
    expect(notes).toEqual([
      'columns "list" are left out, since no field of a flow log is like them',
      expect.stringMatching(/^field "flow-label" is in none of versions 2 to 11/),
    ]);
  });
});

describe("what a Parquet file is", () => {
  async function kindOf(select: string): Promise<unknown> {
    const path = join(workFolder(), "a.parquet");
    await runSql(`COPY (${select}) TO ${stringLiteral(path)} (FORMAT parquet)`);
    return parquetKind(new MemoryBytes(path));
  }
  const other = (what: string) => ({ kind: "other", what: expect.stringContaining(what) });

  it("is told by its columns", async () => {
    expect(await kindOf("SELECT 2 AS version, '10.0.0.1' AS srcaddr, 1 AS later")).toEqual({ kind: "vpc-parquet" });
    expect(await kindOf("SELECT 'x' AS \"srcAddr\", 'y' AS \"dst_addr\"")).toEqual({ kind: "vpc-parquet" });
    expect(await kindOf("SELECT 1 AS id, 'x' AS name, 2 AS bytes")).toEqual(other("no fields of flow logs"));
    expect(await kindOf("SELECT 1 AS bytes")).toEqual(other("no fields of flow logs"));
    expect(await kindOf("SELECT 'TransitGateway' AS resource_type, 'tgw-1' AS tgw_id")).toEqual({
      kind: "vpc-parquet",
    });
  });

  it("is a lake's file, which is queried", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    await localRun(lake, [put(folder, "a.log", `${HEADER}\n${vpcLine(1)}\n`)]);
    const path = join(folder, "copy.parquet");
    await runSql(
      `COPY (FROM read_parquet(${stringLiteral(`${lake.replace(/[[\]*?]/g, "[$&]")}/ext/**/*.parquet`)})) TO ${stringLiteral(path)} (FORMAT parquet)`,
    );
    expect(await parquetKind(new MemoryBytes(path))).toEqual(other("OCSF events"));
  });

  it("is named when it is encrypted, or compressed once more", async () => {
    const bytes = Buffer.from((await written(some(3))).bytes);
    expect(await parquetKind(new MemoryBytes("a.parquet.gz", gzipSync(bytes)))).toEqual(other("unpack it first"));
    bytes.write("PARE", 0);
    expect(await parquetKind(new MemoryBytes("a.parquet", bytes))).toEqual(other("encrypted"));
  });

  it("is unreadable, by the reader too, when nothing of it is a flow log", async () => {
    const path = join(workFolder(), "a.parquet");
    await runSql(`COPY (SELECT 1 AS id) TO ${stringLiteral(path)} (FORMAT parquet)`);
    await expect(stepsOf(new MemoryBytes(path))).rejects.toMatchObject({ reason: "not-flow-logs" });
  });
});

describe("a run over Parquet flow logs", () => {
  /** The rows of both forms of the same flows, and what the runs say of them. */
  async function bothForms(fields: readonly string[], lines: readonly string[]) {
    const folder = workFolder();
    const text = put(folder, `text/${NAME}.gz`, gzipSync(`${fields.join(" ")}\n${lines.join("\n")}\n`));
    const parquet = put(folder, `parquet/${NAME}.parquet`, "");
    await writeParquet(parquet, fields, lines, { rowGroup: 2048, types: { encryption_status: "VARCHAR" } });
    const [textLake, parquetLake] = [join(folder, "text-lake"), join(folder, "parquet-lake")];
    const first = await localRun(textLake, [text]);
    const second = await localRun(parquetLake, [parquet]);
    return { text: first.summary, parquet: second.summary, textLake, parquetLake, folder, path: parquet };
  }

  it("gives row by row what the text form gives", async () => {
    const { text, parquet, textLake, parquetLake } = await bothForms(FIELDS, [...some(5000), NODATA]);
    expect(text.flows).toMatchObject({ read: 5001, delivered: 5000, skipped: { nodata: 1 } });
    expect(parquet.flows).toEqual(text.flows);
    const rows = await rowsOf(parquetLake);
    expect(rows).toHaveLength(5000);
    expect(rows).toEqual(await rowsOf(textLake));
  });

  it("gives row by row what the text form gives, for every field", async () => {
    const random = fc.sample(lineOf(VPC_FIELDS), { seed: 20261210, numRuns: 1500 });
    // Lines without an identity of their own are told apart by their number, which is one less without a header.
    const lines = random
      .map((line) => line.trim().replaceAll(/ +/g, " "))
      .filter((line) => [2, 3, 4, 5, 6, 7, 10, 11].every((field) => line.split(" ")[field] !== "-"));
    expect(lines.length).toBeGreaterThan(200);
    const { text, parquet, textLake, parquetLake } = await bothForms(VPC_FIELDS, lines);
    expect(text.flows.read).toBe(lines.length);
    expect(parquet.flows).toEqual(text.flows);
    expect(await rowsOf(parquetLake)).toEqual(await rowsOf(textLake));
  });

  it("parks the rows that the text form parks, with their rows' numbers", async () => {
    const lines = [vpcLine(1), vpcLine(2).replace("ACCEPT", "PERHAPS"), vpcLine(3)];
    const { text, parquet } = await bothForms(FIELDS, lines);
    expect(parquet.flows).toMatchObject({ read: 3, delivered: 2, parked: { "bad-field": 1 } });
    expect(parquet.flows).toEqual(text.flows);
  });

  it("reads a file once, and says that it is unchanged the next time", async () => {
    const { parquetLake, path } = await bothForms(FIELDS, some(100));
    const { summary } = await localRun(parquetLake, [path]);
    expect(summary.inputs).toMatchObject({ read: 0, unchanged: 1 });
    expect((await uidsOf(parquetLake)).length).toBe(100);
  });

  it("keeps the rows before damage, and goes on there when the file is whole again", async () => {
    const folder = workFolder();
    const path = put(folder, `${NAME}.parquet`, "");
    await writeParquet(path, FIELDS, some(10_000), { rowGroup: 2048 });
    const whole = new MemoryBytes(path).bytes;
    const damaged = Buffer.from(whole);
    const at = Math.floor(whole.length * 0.7);
    // The beginning tells whether a file is the one that was read.
    expect(at).toBeGreaterThan(HEAD_BYTES);
    damaged.fill(0xff, at, at + 4000);
    put(folder, `${NAME}.parquet`, damaged);
    const lake = join(folder, "lake");
    const first = await localRun(lake, [path]);
    expect(first.summary.inputs.problems).toMatchObject([{ reason: "unreadable" }]);
    expect(first.summary.flows.delivered).toBeGreaterThanOrEqual(2048);
    expect(first.summary.flows.delivered).toBeLessThan(10_000);

    put(folder, `${NAME}.parquet`, whole);
    const second = await localRun(lake, [path]);
    expect(second.summary.flows.delivered).toBe(10_000 - first.summary.flows.delivered);
    const uids = await uidsOf(lake);
    expect([uids.length, new Set(uids).size]).toEqual([10_000, 10_000]);
  });
});
