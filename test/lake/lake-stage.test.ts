import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LakeStage, stagingFolder } from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { awkwardFolder, columns, filesIn, flow, inputState, MARK, openLake, PARTITION, spool } from "./lake-fixture.js";

async function scene(onStep?: (step: string) => void) {
  const outer = awkwardFolder();
  const lake = await openLake(join(outer, "lake"));
  const folder = stagingFolder(lake.folder, "job-1");
  const stage = new LakeStage({
    folder,
    columns,
    compression: "zstd",
    converter: () => lake.converter(),
    ...(onStep === undefined ? {} : { onStep }),
  });
  return { outer, lake, folder, stage };
}

const INPUT = { path: "/logs/a.log", number: 1 };
const ENTRY = { position: 3, message: "it is broken", raw: "broken\u2028" };

describe("a stage", () => {
  it("hands over its files with their sizes and sums, and begins anew", async () => {
    const { outer, lake, folder, stage } = await scene();
    await stage.addDocuments(PARTITION, spool(outer, [flow(), flow()]), [{ input: 1, documents: 2 }]);
    await stage.park("bad-field", INPUT, [ENTRY], MARK.at);
    await stage.park("bad-field", { path: "/logs/b.log", number: 2 }, [ENTRY, ENTRY], MARK.at);
    await stage.park("no-time", INPUT, [ENTRY], MARK.at);
    const { bytes } = stage;

    const files = await stage.take();

    const onDisk = filesIn(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect({ taken: files.bytes, known: bytes }).toEqual({ taken: onDisk, known: onDisk });
    expect(files.parquet).toMatchObject([{ rows: 2, partition: PARTITION, inputs: [1] }]);
    expect(files.parked).toMatchObject([
      { reason: "bad-field", entries: 3, inputs: [1, 2] },
      { reason: "no-time", entries: 1, inputs: [1] },
    ]);
    expect(stage.bytes).toBe(0);
    expect(await stage.take()).toEqual({ parquet: [], parked: [], bytes: 0 });
    await lake.close();
  });

  it("can be handed to another thread, and is adopted by a commit", async () => {
    const { outer, lake, stage } = await scene();
    const input = inputState(INPUT.path, { flows: { read: 2, delivered: 1, skipped: {}, parked: { "no-time": 1 } } });
    lake.inputNumber(INPUT.path);
    await stage.addDocuments(PARTITION, spool(outer, [flow()]), [{ input: 1, documents: 1 }]);
    await stage.park("no-time", INPUT, [ENTRY], MARK.at);

    const commit = lake.begin(MARK);
    await commit.adopt(structuredClone(await stage.take()));
    await commit.finish({ inputs: [input] });
    await stage.clear();

    expect(lake.parquetFiles()).toMatchObject([{ rows: 1 }]);
    const [parked] = lake.parkedFiles();
    const text = readFileSync(join(lake.folder, parked?.path ?? ""), "utf8");
    expect(JSON.parse(text)).toEqual({ reason: "no-time", input: INPUT.path, at: MARK.at, ...ENTRY });
    expect(filesIn(join(lake.folder, ".tributary/staging"))).toEqual([]);
    await lake.close();
  });

  it("gives back what does not convert, and keeps the rest", async () => {
    const { outer, lake, stage } = await scene();
    const documents = [flow(), flow({ activity_id: "no number" }), flow()];

    const failed = await stage.addDocuments(PARTITION, spool(outer, documents), [{ input: 1, documents: 3 }]);

    expect(failed).toMatchObject([{ ordinal: 1 }]);
    expect((await stage.take()).parquet).toMatchObject([{ rows: 2 }]);
    await lake.close();
  });

  it("makes no file of documents of which none converts, nor of no parked entries", async () => {
    const { outer, lake, stage } = await scene();

    await stage.addDocuments(PARTITION, spool(outer, [flow({ activity_id: "no number" })]), [
      { input: 1, documents: 1 },
    ]);
    await stage.park("no-time", INPUT, [], MARK.at);

    expect(await stage.take()).toEqual({ parquet: [], parked: [], bytes: 0 });
    await lake.close();
  });

  it("refuses what cannot be part of a path", async () => {
    const { outer, lake, stage } = await scene();
    const ranges = [{ input: 1, documents: 1 }];

    const day = stage.addDocuments({ ...PARTITION, eventDay: "../x" }, spool(outer, [flow()]), ranges);
    const reason = stage.park("../x", INPUT, [ENTRY], MARK.at);

    await expect(day).rejects.toMatchObject({ code: "bad-partition" });
    await expect(reason).rejects.toMatchObject({ code: "bad-partition" });
    await lake.close();
  });

  it("says what a full disk means, and goes on once there is room", async () => {
    let full = true;
    const { outer, lake, stage } = await scene(() => {
      if (full) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    });
    const documents = spool(outer, [flow()]);

    const first = stage.addDocuments(PARTITION, documents, [{ input: 1, documents: 1 }]);
    await expect(first).rejects.toMatchObject({ code: "disk-full" });
    full = false;
    await stage.addDocuments(PARTITION, documents, [{ input: 1, documents: 1 }]);

    expect((await stage.take()).parquet).toMatchObject([{ rows: 1 }]);
    await lake.close();
  });

  it("leaves nothing behind when it is cleared, and touches no other stage", async () => {
    const { outer, lake, folder, stage } = await scene();
    const other = stagingFolder(lake.folder, "job-2");
    mkdirSync(other, { recursive: true });
    await stage.addDocuments(PARTITION, spool(outer, [flow()]), [{ input: 1, documents: 1 }]);

    await stage.clear();

    expect(() => statSync(folder)).toThrow("ENOENT");
    expect(statSync(other).isDirectory()).toBe(true);
    await lake.close();
  });
});
