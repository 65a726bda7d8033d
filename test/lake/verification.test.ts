import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  compactLake,
  type Finding,
  type Lake,
  type ManifestEntry,
  openDuckDb,
  recordChecksums,
  type Verification,
  type VerifyOptions,
  verifyLake,
} from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { forget, give } from "./care-fixture.js";
import { awkwardFolder, filesIn, inputState, MARK, openLake, StagedCommit } from "./lake-fixture.js";

async function verify(lake: Lake, changes: Partial<VerifyOptions> = {}): Promise<Verification> {
  const db = await openDuckDb({ threads: 1 });
  try {
    return await verifyLake({ lake, connection: db.connection, ...changes });
  } finally {
    db.close();
  }
}

/** Two inputs in one file of a day, one of them in another day, and parked entries. */
async function scene(): Promise<Lake> {
  const lake = await openLake(awkwardFolder());
  await give(lake, { input: "a.log", times: [0, 2000], parked: 2 });
  await give(lake, { input: "b.log", times: [1000] });
  await compactLake({ lake, run: "r", now: () => 0 });
  await give(lake, { input: "b.log", times: [0], day: "20261122", account: "444455556666" });
  return lake;
}

const parquet = (lake: Lake, index = 0) => lake.parquetFiles()[index]?.path ?? "";
const origin = (lake: Lake, index = 0) => `.tributary/origin/${parquet(lake, index).split("/").at(-1)}`;
const parked = (lake: Lake) => lake.parkedFiles()[0]?.path ?? "";
const codes = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.map(({ code, subject }) => [code, subject]);

function flip(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Changes what the manifest says; the lake is closed and opened again. */
async function rewritten(lake: Lake, change: (entry: ManifestEntry) => unknown): Promise<Lake> {
  await lake.close();
  const name = join(lake.folder, ".tributary/manifest", `${String(lake.state.commit).padStart(10, "0")}.json`);
  const entry = JSON.parse(readFileSync(name, "utf8")) as ManifestEntry;
  writeFileSync(name, `${JSON.stringify(change(entry))}\n`);
  return openLake(lake.folder, { readOnly: true });
}

/** As version 0.1.0 would have written the last commit. */
const withoutChecksums = (entry: ManifestEntry) => ({
  ...entry,
  parquet: entry.parquet.map(({ sha256: _one, originSha256: _other, ...file }) => file),
  errors: entry.errors.map(({ sha256: _one, ...file }) => file),
});

describe("verification", () => {
  it("finds nothing in a lake that holds", async () => {
    const lake = await scene();
    expect(await verify(lake)).toEqual({
      findings: [],
      more: 0,
      problems: 0,
      files: 2,
      flows: 4,
      bytes: expect.any(Number),
      parkedFiles: 1,
      inputs: 2,
      withoutChecksum: [],
      interrupted: false,
    });
    await lake.close();
  });

  it("changes no file", async () => {
    const lake = await scene();
    const before = filesIn(lake.folder).map((name) => [name, readFileSync(join(lake.folder, name)).toString("hex")]);
    await verify(lake);
    expect(filesIn(lake.folder).map((name) => [name, readFileSync(join(lake.folder, name)).toString("hex")])).toEqual(
      before,
    );
    await lake.close();
  });

  it.each<[fault: string, damage: (lake: Lake) => void, found: (lake: Lake) => [string, string][]]>([
    [
      "one flipped byte",
      (lake) => flip(join(lake.folder, parquet(lake))),
      (lake) => [["wrong-checksum", parquet(lake)]],
    ],
    [
      "a lost end",
      (lake) => truncateSync(join(lake.folder, parquet(lake)), 99),
      (lake) => [["wrong-size", parquet(lake)]],
    ],
    ["a lost file", (lake) => rmSync(join(lake.folder, parquet(lake))), (lake) => [["missing-file", parquet(lake)]]],
    [
      "a lost origin file",
      (lake) => rmSync(join(lake.folder, origin(lake))),
      (lake) => [["missing-file", origin(lake)]],
    ],
    [
      "one flipped byte in an origin file",
      (lake) => flip(join(lake.folder, origin(lake))),
      (lake) => [["wrong-checksum", origin(lake)]],
    ],
    [
      "a changed parked entry",
      (lake) => flip(join(lake.folder, parked(lake))),
      (lake) => [["wrong-checksum", parked(lake)]],
    ],
    [
      "a lost file of parked entries",
      (lake) => rmSync(join(lake.folder, parked(lake))),
      (lake) => [["missing-file", parked(lake)]],
    ],
  ])("finds %s, names it, and says nothing that follows from it", async (_, damage, found) => {
    const lake = await scene();
    damage(lake);
    const verification = await verify(lake);
    expect(codes(verification)).toEqual(found(lake));
    expect(verification.problems).toBe(1);
    expect(verification.findings[0]?.message).toMatch(
      /restore it from a copy of the lake, or ingest [ab]\.log.* into a new lake/,
    );
    await lake.close();
  });

  it("with --quick looks at presence and size only", async () => {
    const lake = await scene();
    flip(join(lake.folder, parquet(lake)));
    truncateSync(join(lake.folder, parquet(lake, 1)), 99);
    expect(codes(await verify(lake, { quick: true }))).toEqual([["wrong-size", parquet(lake, 1)]]);
    await lake.close();
  });

  it("finds a wrong number of rows, and an input that gave more than the lake holds", async () => {
    const lake = await rewritten(await scene(), (entry) => ({
      ...entry,
      parquet: entry.parquet.map((file) => ({ ...file, rows: 5 })),
      inputs: entry.inputs.map((input) => ({ ...input, flows: { ...input.flows, read: 9, delivered: 8 } })),
    }));
    expect(codes(await verify(lake))).toEqual([
      ["wrong-rows", parquet(lake, 1)],
      ["wrong-origin", origin(lake, 1)],
      ["wrong-sum", "b.log"],
    ]);
    await lake.close();
  });

  it("finds an input whose rows are more or fewer than it delivered", async () => {
    const lake = await rewritten(await scene(), (entry) => ({
      ...entry,
      inputs: entry.inputs.map((input) => ({ ...input, flows: { ...input.flows, read: 3, delivered: 3 } })),
    }));
    const { findings } = await verify(lake);
    expect(findings).toMatchObject([
      {
        code: "rows-missing",
        subject: "b.log",
        message: expect.stringContaining("3 flows were delivered, but the lake holds 2"),
      },
    ]);
    await lake.close();
    const more = await rewritten(lake, (entry) => ({
      ...entry,
      inputs: entry.inputs.map((input) => ({ ...input, flows: { ...input.flows, read: 1, delivered: 1 } })),
    }));
    expect(codes(await verify(more))).toEqual([["rows-too-many", "b.log"]]);
    await more.close();
  });

  it("finds a parked entry that was taken out of a file without a checksum", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0], parked: 2 });
    const opened = await rewritten(lake, withoutChecksums);
    const path = join(opened.folder, parked(opened));
    writeFileSync(path, `${readFileSync(path, "utf8").split("\n")[0]}\n`);
    const verification = await verify(opened);
    expect(codes(verification)).toEqual([
      ["wrong-parked", parked(opened)],
      ["no-checksum", parquet(opened)],
    ]);
    await opened.close();
  });

  it("finds rows that lie in the folder of another day or account", async () => {
    const lake = await openLake(awkwardFolder());
    await give(lake, { input: "a.log", times: [0, 12 * 3_600_000] });
    await give(lake, { input: "b.log", times: [0], changes: { cloud: { account: { uid: "999988887777" } } } });
    expect(codes(await verify(lake))).toEqual([
      ["wrong-partition", parquet(lake, 0)],
      ["wrong-partition", parquet(lake, 1)],
    ]);
    await lake.close();
  });

  it("finds a file without a checksum that is no Parquet", async () => {
    const lake = await rewritten(await scene(), withoutChecksums);
    const path = join(lake.folder, parquet(lake, 1));
    writeFileSync(path, Buffer.alloc(readFileSync(path).length, "x"));
    expect(codes(await verify(lake))).toEqual([["unreadable-file", parquet(lake, 1)]]);
    await lake.close();
  });

  it("finds Parquet that nobody committed, and notes other files", async () => {
    const lake = await scene();
    const folder = join(lake.folder, parquet(lake), "..");
    copyFileSync(join(lake.folder, parquet(lake)), join(folder, "copy.parquet"));
    copyFileSync(join(lake.folder, parquet(lake)), join(folder, "part-0000000009-0001.parquet"));
    writeFileSync(join(folder, "notes.txt"), "mine");
    const { findings, problems } = await verify(lake);
    expect(findings.map(({ level, code, subject }) => [level, code, subject.split("/").at(-1)]).sort()).toEqual([
      ["notice", "foreign-file", "notes.txt"],
      ["notice", "leftover-file", "part-0000000009-0001.parquet"],
      ["problem", "foreign-file", "copy.parquet"],
    ]);
    expect(problems).toBe(1);
    await lake.close();
  });

  it("leaves out files that a commit replaced or added meanwhile", async () => {
    const lake = await scene();
    const reader = await openLake(lake.folder, { readOnly: true });
    await forget(lake, "a.log");
    await give(lake, { input: "c.log", times: [5], parked: 1 });
    const { findings, problems } = await verify(reader);
    expect(findings.map(({ code }) => code)).toEqual(["changed-meanwhile"]);
    expect(problems).toBe(0);
    await reader.close();
    await lake.close();
  });

  it("leaves them out of a list that is full, and counts all others", async () => {
    const lake = await scene();
    const gaveMore = { read: 2, delivered: 1, skipped: {}, parked: {} };
    const inputs = Array.from({ length: 5_100 }, (_, n) => inputState(`${n}.log`, { flows: gaveMore }));
    await new StagedCommit(lake).finish({ inputs });
    const reader = await openLake(lake.folder, { readOnly: true });
    await forget(lake, "a.log");

    const { findings, more, problems } = await verify(reader);

    expect(findings.filter(({ code }) => code === "missing-file")).toEqual([]);
    expect(findings.filter(({ code }) => code === "changed-meanwhile")).toHaveLength(1);
    // "wrong-sum" and "rows-missing" of each input.
    expect(problems).toBe(2 * 5_100);
    expect(findings.length + more).toBeGreaterThan(problems);
    await reader.close();
    await lake.close();
  });

  it("stops between files", async () => {
    const lake = await scene();
    const controller = new AbortController();
    const verification = await verify(lake, { signal: controller.signal, onProgress: () => controller.abort() });
    expect(verification).toMatchObject({ files: 1, parkedFiles: 0, interrupted: true, findings: [] });
    await lake.close();
  });
});

describe("files without a checksum", () => {
  it("are read to their end, said to have none, and get one when asked", async () => {
    const closed = await rewritten(await scene(), withoutChecksums);
    await closed.close();
    const lake = await openLake(closed.folder);
    const first = await verify(lake);
    expect(first).toMatchObject({ problems: 0, findings: [{ level: "notice", code: "no-checksum" }] });
    expect(first.withoutChecksum).toEqual([parquet(lake, 1)]);

    expect(await recordChecksums(lake, first.withoutChecksum, MARK)).toBe(1);

    expect((await verify(lake)).findings).toEqual([]);
    await lake.close();
    const again = await openLake(lake.folder, { readOnly: true });
    flip(join(again.folder, parquet(again, 1)));
    expect(codes(await verify(again))).toEqual([["wrong-checksum", parquet(again, 1)]]);
    await again.close();
  });

  it("of parked entries get one, too", async () => {
    const made = await openLake(awkwardFolder());
    await give(made, { input: "a.log", times: [0], parked: 2 });
    await (await rewritten(made, withoutChecksums)).close();
    const lake = await openLake(made.folder);
    const { withoutChecksum } = await verify(lake);
    expect(await recordChecksums(lake, withoutChecksum, MARK)).toBe(2);
    appendFileSync(join(lake.folder, parked(lake)), "\n");
    expect(codes(await verify(lake))).toEqual([["wrong-checksum", parked(lake)]]);
    await lake.close();
  });
});
