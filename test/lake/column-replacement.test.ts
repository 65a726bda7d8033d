import { join } from "node:path";
import { allRows, DuckDbEngine, type Lake, type ParquetFile } from "@tributary/lake";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awkwardFolder, columns, flow, ingest, inputState, MARK, NOON, openLake, spool } from "./lake-fixture.js";

const viewsFolder = join(import.meta.dirname, "..", "..", "queries", "views");

let lake: Lake;
beforeEach(async () => {
  lake = await openLake(awkwardFolder(), { threads: 2 });
});
afterEach(async () => {
  await lake.close();
});

const onlyFile = (): ParquetFile => {
  const [file] = lake.parquetFiles();
  if (file === undefined) throw new Error("no file");
  return file;
};

async function read(names: readonly string[]): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const chunk of lake.rows(onlyFile(), names)) rows.push(...chunk.map((text) => JSON.parse(text)));
  return rows;
}

async function replace(lines: readonly unknown[], names = ["status_detail"]): Promise<void> {
  const commit = lake.begin(MARK);
  try {
    await commit.replaceColumns(onlyFile(), spool(join(lake.folder, ".."), lines), names);
    await commit.finish({ inputs: [] });
  } catch (error) {
    await commit.abandon();
    throw error;
  }
}

async function rowsOf(sql: string) {
  const engine = await DuckDbEngine.open({ lake, viewsFolder, threads: 1 });
  try {
    return await allRows(await engine.query(sql));
  } finally {
    await engine.close();
  }
}

describe("replacing columns", () => {
  it("gives each row its new values and leaves all other columns as they were", async () => {
    await ingest(lake, "a.log", [
      flow({ traffic: { bytes: 9_007_199_254_740_993n.toString() } }),
      flow({ time: NOON + 1 }),
    ]);
    const others = `SELECT * EXCLUDE (status_detail, unmapped) FROM flows ORDER BY time`;
    const before = await rowsOf(others);

    await replace(
      [{ row: 0, status_detail: 'by "rule"', unmapped: { a: "1", b: "ü" } }, { row: 1 }],
      ["status_detail", "unmapped"],
    );

    expect(await rowsOf(others)).toEqual(before);
    expect(await rowsOf("SELECT status_detail, unmapped FROM flows ORDER BY time")).toEqual([
      ['by "rule"', { a: "1", b: "ü" }],
      [null, null],
    ]);
  });

  it("keeps rows and values together over many row groups", async () => {
    const rows = 300_000;
    const documents = Array.from({ length: rows }, (_, n) => `{"time":${NOON + n},"metadata":{"uid":"${n}"}}`);
    await ingest(lake, "a.log", documents);

    const seen = await read(["metadata"]);
    expect(seen.every(({ row, metadata }, n) => row === n && (metadata as { uid: string }).uid === String(n))).toBe(
      true,
    );
    await replace(seen.map(({ row }) => `{"row":${row},"status_detail":"${row}"}`));

    expect(await rowsOf("SELECT count(*) FROM flows WHERE metadata.uid = status_detail")).toEqual([[rows]]);
    expect((await read(["time"])).every(({ time }, n) => time === NOON + n)).toBe(true);
  });

  it("keeps what each input gave, so that it can be read again", async () => {
    await ingest(lake, "a.log", [flow({ action: "a" })]);
    await ingest(lake, "b.log", [flow({ action: "b" })]);
    await replace([{ row: 0, status_detail: "x" }]);

    const commit = lake.begin(MARK);
    commit.removeInput("a.log");
    await commit.finish({ inputs: [inputState("a.log")] });

    expect(await rowsOf("SELECT action FROM flows")).toEqual([["b"]]);
    expect(lake.inputs().get("b.log")).toMatchObject({ number: 2 });
  });

  it("adds a column that an older file lacks", async () => {
    const { folder } = lake;
    await lake.close();
    lake = await openLake(folder, { columns: columns.filter(({ name }) => name !== "status_detail") });
    await ingest(lake, "a.log", [flow()]);
    await lake.close();
    lake = await openLake(folder);
    expect(await read(["action", "status_detail"])).toEqual([{ row: 0, action: "Allowed" }]);

    await replace([{ row: 0, status_detail: "x" }]);

    expect(await rowsOf("SELECT action, status_detail FROM flows")).toEqual([["Allowed", "x"]]);
  });

  it.each([
    ["too few lines", [{ row: 0 }]],
    ["too many lines", [{ row: 0 }, { row: 1 }, { row: 2 }]],
    ["lines in another order", [{ row: 1 }, { row: 0 }]],
    ["lines without numbers", [{}, {}]],
  ])("refuses %s and changes nothing", async (_what, lines) => {
    await ingest(lake, "a.log", [flow(), flow()]);
    const file = onlyFile();

    await expect(replace(lines)).rejects.toMatchObject({ code: "spool-mismatch" });

    expect(lake.parquetFiles()).toEqual([file]);
    expect(await rowsOf("SELECT count(*) FROM flows")).toEqual([[2]]);
  });

  it("refuses to forget an input of the same file in one commit", async () => {
    await ingest(lake, "a.log", [flow()]);
    const commit = lake.begin(MARK);
    await commit.replaceColumns(onlyFile(), spool(join(lake.folder, ".."), [{ row: 0 }]), ["status_detail"]);
    commit.removeInput("a.log");

    await expect(commit.finish({ inputs: [] })).rejects.toMatchObject({ code: "commit-conflict" });

    await commit.abandon();
    expect(await rowsOf("SELECT count(*) FROM flows")).toEqual([[1]]);
  });
});
