import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CompactOptions, type CompactSummary, compactLake, type Lake } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forget, give, valuesOf, wholeRows } from "./care-fixture.js";
import { awkwardFolder, columns, filesIn, openLake } from "./lake-fixture.js";

/** Two files are merged whatever their size: each of these is far smaller than half of it. */
const TARGET = 1_000_000;

async function compact(lake: Lake, changes: Partial<CompactOptions> = {}): Promise<CompactSummary> {
  return compactLake({ lake, run: "compact-1", now: () => Date.UTC(2026, 10, 22), targetBytes: TARGET, ...changes });
}

/** Three inputs whose times are interwoven, on one day of an account; a second account; a second day. */
async function scene(folder = awkwardFolder()): Promise<Lake> {
  const lake = await openLake(folder);
  await give(lake, { input: "a.log", times: [0, 3000, 6000, 6000], parked: 2 });
  await give(lake, { input: "b.log", times: [1000, 3000, 9000], parked: 1 });
  await give(lake, { input: "c.log", times: [-5000, 2000, 3000] });
  await give(lake, { input: "c.log", times: [100], account: "444455556666" });
  await give(lake, { input: "a.log", times: [200], day: "20261122" });
  await give(lake, { input: "b.log", times: [-200, 200], day: "20261122" });
  return lake;
}

const parkedTexts = (lake: Lake): string[] =>
  lake
    .parkedFiles()
    .flatMap(({ path }) => readFileSync(join(lake.folder, path), "utf8").split("\n"))
    .filter((line) => line !== "")
    .sort();

describe("compaction", () => {
  it("merges the small files of each partition and keeps every value and each row's input", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);

    const summary = await compact(lake);

    expect(await wholeRows(lake)).toEqual(before);
    expect(lake.parquetFiles().map(({ partition, rows, inputs }) => [Object.values(partition), rows, inputs])).toEqual([
      [["444455556666", "20261121"], 1, [3]],
      [["111122223333", "20261121"], 10, [1, 2, 3]],
      [["111122223333", "20261122"], 3, [1, 2]],
    ]);
    expect(summary).toMatchObject({ partitions: 2, merged: 5, written: 2, rows: 13, commits: 3, interrupted: false });
    await lake.close();
  });

  it("puts rows in the order of their time, those of one moment in the order of their commits", async () => {
    const lake = await scene();
    await compact(lake);
    const file = lake.parquetFiles().find(({ rows }) => rows === 10);
    expect(await valuesOf(lake, file?.path ?? "", "action")).toEqual([
      "c.log -5000",
      "a.log 0",
      "b.log 1000",
      "c.log 2000",
      "a.log 3000",
      "b.log 3000",
      "c.log 3000",
      "a.log 6000",
      "a.log 6000",
      "b.log 9000",
    ]);
    await lake.close();
  });

  it("gives the same whatever the number of rows that are sorted at a time", async () => {
    const orders: unknown[][] = [];
    for (const sliceRows of [1, 2, 3, 100]) {
      const lake = await scene();
      await compact(lake, { sliceRows });
      const file = lake.parquetFiles().find(({ rows }) => rows === 10);
      orders.push(await valuesOf(lake, file?.path ?? "", "action"));
      await lake.close();
    }
    expect(new Set(orders.map((order) => order.join())).size).toBe(1);
  });

  it("joins files that follow each other without sorting, rows without a time included elsewhere", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "late.log", times: [5000, 6000] });
    await give(lake, { input: "early.log", times: [0, 1000] });
    await give(lake, { input: "timeless.log", times: [1, 2], day: "20261122", changes: { time: null } });
    await give(lake, { input: "early.log", times: [0, 1000], day: "20261122" });
    const before = await wholeRows(lake);

    await compact(lake);

    expect(await wholeRows(lake)).toEqual(before);
    const [first, second] = lake.parquetFiles();
    expect(await valuesOf(lake, first?.path ?? "", "action")).toEqual([
      "early.log 0",
      "early.log 1000",
      "late.log 5000",
      "late.log 6000",
    ]);
    expect(await valuesOf(lake, second?.path ?? "", "time IS NULL")).toEqual([true, true, false, false]);
    await lake.close();
  });

  it("leaves files of half the target and more, and partitions with one small file", async () => {
    const lake = await scene();
    const sizes = lake.parquetFiles().map(({ bytes }) => bytes);

    const summary = await compact(lake, { targetBytes: 2 * Math.min(...sizes) });

    expect(summary).toMatchObject({ merged: 0, parked: { merged: 2, written: 1 } });
    await lake.close();
  });

  it("finds nothing to do the second time", async () => {
    const lake = await scene();
    await compact(lake);
    const { commit } = lake.state;
    expect(await compact(lake)).toMatchObject({ merged: 0, commits: 0, parked: { merged: 0 } });
    expect(lake.state.commit).toBe(commit);
    await lake.close();
  });

  it("touches only days before the one that is given, and no parked entries then", async () => {
    const lake = await scene();
    const summary = await compact(lake, { before: "20261122" });
    expect(summary).toMatchObject({ partitions: 1, merged: 3, parked: { merged: 0 } });
    await lake.close();
  });

  it("merges files of parked entries, texts untouched", async () => {
    const lake = await scene();
    const before = parkedTexts(lake);
    await compact(lake);
    expect(parkedTexts(lake)).toEqual(before);
    expect(lake.parkedFiles()).toMatchObject([{ reason: "bad-field", entries: 3, inputs: [1, 2] }]);
    await lake.close();
  });

  it("leaves what an input gave to be removed exactly", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);
    await compact(lake);

    await forget(lake, "a.log");

    expect(await wholeRows(lake)).toEqual(before.filter((row) => !row.includes(" a.log ")));
    expect(parkedTexts(lake)).toHaveLength(1);
    await lake.close();
  });

  it("does not mix files whose columns differ", async () => {
    const folder = awkwardFolder();
    const older = await openLake(folder, { columns: columns.filter(({ name }) => name !== "status_detail") });
    await give(older, { input: "old-1.log", times: [0, 10] });
    await give(older, { input: "old-2.log", times: [5] });
    await older.close();
    const lake = await openLake(folder);
    await give(lake, { input: "new-1.log", times: [1] });
    await give(lake, { input: "new-2.log", times: [7] });
    const before = await wholeRows(lake);

    await compact(lake);

    expect(await wholeRows(lake)).toEqual(before);
    expect(lake.parquetFiles().map(({ rows, schema }) => [rows, schema === lake.schema()])).toEqual([
      [3, false],
      [2, true],
    ]);
    await lake.close();
  });

  it("keeps the rows of random files, merged at random sizes", async () => {
    const seed = 4_112_026;
    const files = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }), {
      minLength: 2,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 15 }), async (given, sliceRows) => {
        const lake = await openLake(awkwardFolder());
        for (const [index, times] of given.entries()) await give(lake, { input: `${index % 3}.log`, times });
        const before = await wholeRows(lake);
        await compact(lake, { sliceRows });
        const after = await wholeRows(lake);
        const times = (await valuesOf(lake, lake.parquetFiles()[0]?.path ?? "", "time")).map(Number);
        await lake.close();
        expect(after).toEqual(before);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
      { seed, numRuns: 8 },
    );
  });
});

describe("compaction that is disturbed", () => {
  it("before any change to the disk loses and doubles nothing, and is completed by the next one", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);
    const parked = parkedTexts(lake);
    await lake.close();
    const { folder } = lake;
    const remains: { readonly copy: string; readonly step: string }[] = [];
    const disturbed = await openLake(folder, {
      onStep: (step) => {
        const copy = join(folder, "..", `crash-${remains.length}`);
        cpSync(folder, copy, { recursive: true });
        remains.push({ copy, step });
      },
    });
    await compact(disturbed);
    const compacted = disturbed.parquetFiles().length;
    await disturbed.close();
    expect(new Set(remains.map(({ step }) => step))).toEqual(
      new Set([
        "merge",
        "merge-parked",
        "sync",
        "place",
        "sync-folders",
        "write-entry",
        "entry-written",
        "delete",
        "clear-staging",
      ]),
    );
    const steps = remains.map(({ step }) => step);
    // Every kind of step, where it comes first and where it comes last.
    const telling = remains.filter((_, index) => {
      const step = steps[index] ?? "";
      return steps.indexOf(step) === index || steps.lastIndexOf(step) === index;
    });
    for (const { copy, step } of telling) {
      const opened = await openLake(copy);
      expect(await wholeRows(opened), step).toEqual(before);
      expect(parkedTexts(opened), step).toEqual(parked);
      await compact(opened);
      expect(await wholeRows(opened), step).toEqual(before);
      expect(opened.parquetFiles(), step).toHaveLength(compacted);
      const committed = filesIn(opened.folder).filter((name) => name.startsWith("ext/"));
      expect(committed, step).toHaveLength(compacted);
      await opened.close();
    }
  });

  it("by Ctrl-C keeps what is done and does the rest the next time", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);
    const controller = new AbortController();

    const summary = await compact(lake, { signal: controller.signal, onProgress: () => controller.abort() });

    expect(summary).toMatchObject({ interrupted: true, written: 1, commits: 1 });
    expect(await wholeRows(lake)).toEqual(before);
    expect(await compact(lake)).toMatchObject({ written: 1, interrupted: false });
    await lake.close();
  });

  it("by too little space says so before it writes, and changes nothing", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);
    await expect(compact(lake, { freeBytes: async () => 1000 })).rejects.toMatchObject({ code: "too-little-space" });
    expect(await wholeRows(lake)).toEqual(before);
    expect(await compact(lake)).toMatchObject({ merged: 5 });
    await lake.close();
  });

  it("by too little space for a later group of a day keeps the groups before, whose old files are gone", async () => {
    const lake = await openLake(awkwardFolder());
    for (const input of ["a.log", "b.log", "c.log", "d.log"]) await give(lake, { input, times: [0, 1000] });
    const before = await wholeRows(lake);
    const targetBytes = 2.2 * Math.max(...lake.parquetFiles().map(({ bytes }) => bytes));
    const onDisk: number[] = [];
    const freeBytes = async () => {
      onDisk.push(filesIn(lake.folder).filter((name) => name.startsWith("ext/")).length);
      return onDisk.length === 1 ? Number.POSITIVE_INFINITY : 0;
    };

    await expect(compact(lake, { targetBytes, freeBytes })).rejects.toMatchObject({ code: "too-little-space" });

    expect(onDisk).toEqual([4, 3]);
    expect(lake.parquetFiles().map(({ rows, inputs }) => [rows, inputs])).toEqual([
      [2, [3]],
      [2, [4]],
      [4, [1, 2]],
    ]);
    expect(await wholeRows(lake)).toEqual(before);
    await compact(lake);
    expect(lake.parquetFiles()).toMatchObject([{ rows: 8 }]);
    expect(await wholeRows(lake)).toEqual(before);
    await lake.close();
  });

  it.each([
    ["a flipped byte", (path: string) => writeFileSync(path, flipped(readFileSync(path)))],
    ["a lost end", (path: string) => truncateSync(path, 500)],
  ])("by %s in a file makes nothing of it", async (_, damage) => {
    const lake = await scene();
    const [file] = lake.parquetFiles();
    damage(join(lake.folder, file?.path ?? ""));
    const names = lake.parquetFiles().map(({ path }) => path);
    await expect(compact(lake)).rejects.toMatchObject({ code: "file-changed" });
    expect(lake.parquetFiles().map(({ path }) => path)).toEqual(names);
    await lake.close();
  });

  it("by a lost origin file makes nothing of it", async () => {
    const lake = await scene();
    const [file] = lake.parquetFiles();
    writeFileSync(join(lake.folder, ".tributary/origin", file?.path.split("/").at(-1) ?? ""), "");
    await expect(compact(lake)).rejects.toMatchObject({ code: "file-changed" });
    await lake.close();
  });
});

function flipped(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}
