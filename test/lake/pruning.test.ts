import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  compactLake,
  type Lake,
  type ManifestEntry,
  openDuckDb,
  pruneLake,
  prunePlan,
  verifyLake,
} from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { forget, give, wholeRows } from "./care-fixture.js";
import { awkwardFolder, filesIn, MARK, openLake } from "./lake-fixture.js";

/** Two accounts over three days. */
async function scene(): Promise<Lake> {
  const lake = await openLake(awkwardFolder());
  await give(lake, { input: "a.log", times: [0, 1], day: "20261119", parked: 1 });
  await give(lake, { input: "a.log", times: [2], day: "20261121" });
  await give(lake, { input: "b.log", times: [3], day: "20261120" });
  await give(lake, { input: "b.log", times: [4], day: "20261120", account: "444455556666" });
  return lake;
}

const days = (lake: Lake) => lake.parquetFiles().map(({ partition }) => `${partition.accountId} ${partition.eventDay}`);

async function problems(lake: Lake): Promise<string[]> {
  const db = await openDuckDb({ threads: 1 });
  try {
    const { findings } = await verifyLake({ lake, connection: db.connection });
    return findings.filter(({ level }) => level === "problem").map(({ code, subject }) => `${code} ${subject}`);
  } finally {
    db.close();
  }
}

describe("pruning", () => {
  it("says what would go, and changes nothing", async () => {
    const lake = await scene();
    expect(prunePlan(lake, { before: "20261121" })).toEqual([
      {
        account: "111122223333",
        days: 2,
        firstDay: "20261119",
        lastDay: "20261120",
        files: 2,
        flows: 3,
        bytes: expect.any(Number),
      },
      {
        account: "444455556666",
        days: 1,
        firstDay: "20261120",
        lastDay: "20261120",
        files: 1,
        flows: 1,
        bytes: expect.any(Number),
      },
    ]);
    expect(days(lake)).toHaveLength(4);
    await lake.close();
  });

  it("takes the days before the given one in one commit, and no others", async () => {
    const lake = await scene();
    const before = await wholeRows(lake);
    const { commit } = lake.state;

    await pruneLake(lake, { before: "20261120" }, MARK);

    expect(lake.state.commit).toBe(commit + 1);
    expect(await wholeRows(lake)).toEqual(before.filter((row) => !row.startsWith("111122223333 20261119")));
    expect(filesIn(lake.folder).filter((name) => name.includes("eventDay=20261119"))).toEqual([]);
    await lake.close();
  });

  it("takes days of the given accounts only", async () => {
    const lake = await scene();
    await pruneLake(lake, { before: "20261122", accounts: ["444455556666"] }, MARK);
    expect(days(lake)).toEqual(["111122223333 20261119", "111122223333 20261121", "111122223333 20261120"]);
    await lake.close();
  });

  it("leaves inputs and parked entries known, and sums that still hold", async () => {
    const lake = await scene();
    const inputs = structuredClone([...lake.inputs().values()]);

    await pruneLake(lake, { before: "20261120" }, MARK);
    await pruneLake(lake, { before: "20261121" }, MARK);

    expect([...lake.inputs().values()]).toEqual(inputs);
    expect(lake.parkedFiles()).toHaveLength(1);
    expect([...lake.state.pruned]).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(await problems(lake)).toEqual([]);
    await lake.close();
    const again = await openLake(lake.folder, { readOnly: true });
    expect([...again.state.pruned]).toEqual([...lake.state.pruned]);
    await again.close();
  });

  it("does not count for an input that is read again", async () => {
    const lake = await scene();
    await pruneLake(lake, { before: "20261121" }, MARK);
    await forget(lake, "a.log");
    await give(lake, { input: "a.log", times: [0, 1], day: "20261119" });
    expect([...lake.state.pruned]).toEqual([[2, 2]]);
    expect(await problems(lake)).toEqual([]);
    await lake.close();
  });

  it("removes days whose origin is lost, and says of their inputs no more than can be told", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0], day: "20261119" });
    await give(lake, { input: "b.log", times: [1], day: "20261119" });
    await compactLake({ lake, run: "r", now: () => 0 });
    const [file] = lake.parquetFiles();
    rmSync(join(lake.folder, ".tributary/origin", file?.path.split("/").at(-1) ?? ""));

    await pruneLake(lake, { before: "20261120" }, MARK);

    expect([...lake.state.pruned.values()]).toEqual([null, null]);
    expect(await problems(lake)).toEqual([]);
    await lake.close();
  });

  it("removes a day of hundreds of thousands of inputs whose origin is lost", async () => {
    const made = await openLake(awkwardFolder());
    await give(made, { input: "a.log", times: [0], day: "20261119" });
    await made.close();
    const [name = ""] = filesIn(join(made.folder, ".tributary/manifest"));
    const path = join(made.folder, ".tributary/manifest", name);
    const inputs = Array.from({ length: 200_000 }, (_, n) => n + 1);
    const entry = JSON.parse(readFileSync(path, "utf8")) as ManifestEntry;
    const parquet = entry.parquet.map((file) => ({ ...file, inputs }));
    writeFileSync(path, `${JSON.stringify({ ...entry, parquet })}\n`);
    rmSync(join(made.folder, ".tributary/origin"), { recursive: true });
    const lake = await openLake(made.folder);

    await pruneLake(lake, { before: "20261120" }, MARK);

    expect(days(lake)).toEqual([]);
    expect(lake.state.pruned.size).toBe(inputs.length);
    await lake.close();
  });

  it("leaves a day's folder that holds a file of somebody else", async () => {
    const lake = await scene();
    const folder = dirname(join(lake.folder, lake.parquetFiles()[0]?.path ?? ""));
    writeFileSync(join(folder, "notes.txt"), "mine");
    await pruneLake(lake, { before: "20261120" }, MARK);
    expect(filesIn(folder)).toEqual(["notes.txt"]);
    await lake.close();
  });

  it("with nothing to remove commits nothing", async () => {
    const lake = await scene();
    const { commit } = lake.state;
    await pruneLake(lake, { before: "20261119" }, MARK);
    expect(lake.state.commit).toBe(commit);
    await lake.close();
  });

  it("that crashes leaves all days or none", async () => {
    const lake = await scene();
    await lake.close();
    const remains: { readonly copy: string; readonly step: string }[] = [];
    const disturbed = await openLake(lake.folder, {
      onStep: (step) => {
        const copy = join(lake.folder, "..", `crash-${remains.length}`);
        cpSync(lake.folder, copy, { recursive: true });
        remains.push({ copy, step });
      },
    });
    await pruneLake(disturbed, { before: "20261121" }, MARK);
    await disturbed.close();
    const written = remains.findIndex(({ step }) => step === "entry-written");
    expect(written).toBeGreaterThan(0);
    for (const [index, { copy, step }] of remains.entries()) {
      const opened = await openLake(copy);
      expect(days(opened), step).toHaveLength(index < written ? 4 : 1);
      expect(await problems(opened), step).toEqual([]);
      for (const { path } of opened.parquetFiles()) expect(existsSync(join(copy, path))).toBe(true);
      await opened.close();
    }
  });
});
