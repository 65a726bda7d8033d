import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkpointPieces, readCheckpoint } from "../../packages/lake/src/checkpoint-text.js";
import { type LakeSnapshot, LakeState } from "../../packages/lake/src/lake-state.js";
import { awkwardFolder, flow, ingest, inputState, openLake } from "./lake-fixture.js";

const mark = { commit: 1, at: "2026-11-21T13:00:00Z" };

function snapshotOf(paths: readonly string[]): LakeSnapshot {
  return {
    version: 1,
    commit: 7,
    nextInput: paths.length + 1,
    parquet: paths.slice(0, 2).map((path) => ({
      path: `ext/${path}`,
      rows: 1,
      bytes: 2,
      partition: { accountId: "111122223333", eventDay: "20261121" },
      inputs: [1],
      schema: "00",
    })),
    errors: [],
    inputs: paths.map((path, index) => ({
      ...inputState(path),
      number: index + 1,
      firstCommit: mark,
      lastCommit: mark,
    })),
    pruned: [
      { input: 1, rows: 20 },
      { input: 2, rows: null },
    ],
  };
}

async function readBack(text: string): Promise<LakeSnapshot> {
  const path = join(awkwardFolder(), "checkpoint.json");
  writeFileSync(path, text);
  return readCheckpoint(path);
}

describe("a checkpoint", () => {
  it("reads as it was written, whatever the names of the inputs", async () => {
    const seed = 2_026_112_1;
    const names = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(names, async (paths) => {
        const snapshot = snapshotOf([...paths, "a\u2028b\r\n", "]", "},"]);
        expect(await readBack([...checkpointPieces(snapshot)].join(""))).toEqual(snapshot);
      }),
      { seed, numRuns: 50 },
    );
  });

  it("is JSON as a whole, too, so that version 0.1.0 reads it", () => {
    const snapshot = snapshotOf(["a.log", "b.log"]);
    expect(JSON.parse([...checkpointPieces(snapshot)].join(""))).toEqual(snapshot);
  });

  it("of version 0.1.0, which is one line, is read", async () => {
    const { pruned: _none, ...snapshot } = snapshotOf(["a.log", "b.log"]);
    expect(await readBack(`${JSON.stringify(snapshot)}\n`)).toEqual(snapshot);
  });

  it("is written in pieces, each far shorter than the whole", () => {
    const snapshot = snapshotOf(Array.from({ length: 5000 }, (_, n) => `s3://flow-logs/${n}.log.gz`));
    const pieces = [...checkpointPieces(snapshot)];
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
  });

  it("that is cut off anywhere is refused", async () => {
    const text = [...checkpointPieces(snapshotOf(["a.log", "b.log"]))].join("");
    for (let length = 1; length < text.length - 2; length += 7) {
      await expect(readBack(text.slice(0, length)), `${length} characters`).rejects.toThrow(SyntaxError);
    }
  });

  it("that is damaged is named when the lake is opened", async () => {
    const lake = await openLake(awkwardFolder());
    await ingest(lake, "a.log", [flow()]);
    await lake.manifest.writeCheckpoint(lake.state, lake.folder);
    await lake.close();
    const manifest = join(lake.folder, ".tributary/manifest");
    const name = readdirSync(manifest).find((each) => each.startsWith("checkpoint-")) ?? "";
    writeFileSync(join(manifest, name), readFileSync(join(manifest, name), "utf8").slice(0, -4));
    await expect(openLake(lake.folder)).rejects.toMatchObject({
      code: "damaged-manifest",
      message: expect.stringContaining(name),
    });
  });

  it("keeps what was pruned", () => {
    const { pruned } = LakeState.of(snapshotOf(["a.log", "b.log"]));
    expect([...pruned]).toEqual([
      [1, 20],
      [2, null],
    ]);
  });
});
