import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FlowGaps,
  findGaps,
  type GapOptions,
  type Lake,
  lakeStatus,
  openDuckDb,
  pruneLake,
} from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { give } from "./care-fixture.js";
import { awkwardFolder, columns, inputState, MARK, NOON, openLake, StagedCommit } from "./lake-fixture.js";

const HOUR = 3_600_000;

describe("the status of a lake", () => {
  it("sums up accounts and days, and names the days that are missing", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0, 1], day: "20261121" });
    await give(lake, { input: "a.log", times: [2], day: "20261125", parked: 2 });
    await give(lake, { input: "b.log", times: [3], day: "20261123" });
    await give(lake, { input: "b.log", times: [3, 4], day: "20261123", account: "external_ab" });
    const status = await lakeStatus(lake);
    expect(status).toMatchObject({ commits: 4, flows: 6, files: 4, partitions: 4, prunedFlows: 0 });
    expect(status.accounts).toMatchObject([
      {
        account: "111122223333",
        firstDay: "20261121",
        lastDay: "20261125",
        days: 3,
        missingDays: ["20261122", "20261124"],
        files: 3,
        flows: 4,
      },
      { account: "external_ab", firstDay: "20261123", lastDay: "20261123", days: 1, missingDays: [], flows: 2 },
    ]);
    expect(status.accounts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(status.bytes);
    expect(status.parked).toEqual({ files: 1, flows: 2, reasons: { "bad-field": 2 } });
    await lake.close();
  });

  it("counts inputs, and those of which only matching flows were kept", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    await commit.finish({
      inputs: [
        inputState("a.log"),
        inputState("b.log", { complete: false }),
        inputState("c.log", { match: "port 22" }),
        inputState("d.log", { match: "port 22" }),
      ],
    });
    expect((await lakeStatus(lake)).inputs).toEqual({
      known: 4,
      complete: 3,
      unfinished: 1,
      searched: { "port 22": 2 },
    });
    await lake.close();
  });

  it("says what compaction would merge, what was pruned, and what runs have left", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0] });
    await give(lake, { input: "a.log", times: [1] });
    await give(lake, { input: "b.log", times: [2], day: "20261119" });
    await pruneLake(lake, { before: "20261120" }, MARK);
    for (const name of ["staging/commit-9", "spool/job-1"]) {
      const left = join(lake.folder, ".tributary", name);
      mkdirSync(left, { recursive: true });
      writeFileSync(join(left, "part"), "12345");
    }
    const status = await lakeStatus(lake);
    expect(status.compactable).toMatchObject({ partitions: 1, files: 2, bytes: status.bytes });
    expect(status).toMatchObject({ prunedFlows: 1, working: { files: 2, bytes: 10 } });
    await lake.close();
  });

  it("of an empty lake is all zeros", async () => {
    const lake = await openLake(awkwardFolder());
    expect(await lakeStatus(lake)).toMatchObject({
      flows: 0,
      accounts: [],
      compactable: { files: 0 },
      inventories: [],
    });
    await lake.close();
  });
});

async function gapsOf(lake: Lake, changes: Partial<GapOptions> = {}): Promise<FlowGaps> {
  const db = await openDuckDb({ threads: 1 });
  try {
    return await findGaps({ lake, connection: db.connection, longerThan: HOUR, limit: 10, ...changes });
  } finally {
    db.close();
  }
}

const onInterface = (id: string) => ({ unmapped: { interface_id: id } });

describe("gaps in time", () => {
  it("are the stretches without any flow of an account and of each interface, longest first", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0, 5 * HOUR], changes: onInterface("eni-a") });
    await give(lake, { input: "b.log", times: [HOUR, 3 * HOUR, 3.5 * HOUR], changes: onInterface("eni-b") });
    expect(await gapsOf(lake)).toEqual({
      accountGaps: 2,
      interfaceGaps: 2,
      gaps: [
        { account: "111122223333", from: NOON + HOUR, to: NOON + 3 * HOUR },
        { account: "111122223333", from: NOON + 3.5 * HOUR, to: NOON + 5 * HOUR },
        { account: "111122223333", interface: "eni-a", from: NOON, to: NOON + 5 * HOUR },
        { account: "111122223333", interface: "eni-b", from: NOON + HOUR, to: NOON + 3 * HOUR },
      ],
    });
    await lake.close();
  });

  it("of exactly the given length are none", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0, HOUR, 2 * HOUR + 1], changes: onInterface("eni-a") });
    expect((await gapsOf(lake)).gaps.map(({ from }) => from - NOON)).toEqual([HOUR, HOUR]);
    await lake.close();
  });

  it("end where a long flow ends that began earlier", async () => {
    const declared = [...columns, { name: "end_time_dt", type: "TIMESTAMP WITH TIME ZONE" }];
    const lake = await openLake(awkwardFolder(), { columns: declared });
    const ending = (hours: number) => ({
      ...onInterface("eni-a"),
      end_time_dt: new Date(NOON + hours * HOUR).toISOString(),
    });
    await give(lake, { input: "a.log", times: [0], changes: ending(4) });
    await give(lake, { input: "b.log", times: [2 * HOUR], changes: ending(2) });
    await give(lake, { input: "c.log", times: [6 * HOUR], changes: ending(6) });
    expect((await gapsOf(lake)).gaps).toMatchObject([
      { from: NOON + 4 * HOUR, to: NOON + 6 * HOUR },
      { interface: "eni-a", from: NOON + 4 * HOUR, to: NOON + 6 * HOUR },
    ]);
    await lake.close();
  });

  it("are counted beyond those that are listed", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0, 2, 5, 9].map((hours) => hours * HOUR) });
    const { gaps, accountGaps, interfaceGaps } = await gapsOf(lake, { limit: 1 });
    expect([gaps.map(({ to }) => to - NOON), accountGaps, interfaceGaps]).toEqual([[9 * HOUR], 3, 0]);
    await lake.close();
  });

  it("are those that comparing all flows one by one finds", async () => {
    const seed = 11_212_026;
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(minutes, fc.integer({ min: 1, max: 90 }), async (given, longest) => {
        const lake = await openLake(awkwardFolder());
        await give(lake, { input: "a.log", times: given.map((minute) => minute * 60_000) });
        const found = await gapsOf(lake, { longerThan: longest * 60_000, limit: 100 });
        await lake.close();
        const sorted = [...given].sort((a, b) => a - b);
        const naive = sorted.slice(1).filter((minute, index) => minute - (sorted[index] ?? 0) > longest);
        expect(found.gaps.map(({ to }) => (to - NOON) / 60_000).sort((a, b) => a - b)).toEqual(naive);
      }),
      { seed, numRuns: 10 },
    );
  });

  it("are not looked for any further after Ctrl-C", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0] });
    await expect(gapsOf(lake, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    await lake.close();
  });
});
