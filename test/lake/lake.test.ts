import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lake, openDuckDb, stringLiteral } from "@tributary/lake";
import { describe, expect, it } from "vitest";
import {
  awkwardFolder,
  filesIn,
  flow,
  ingest,
  inputState,
  MARK,
  openLake,
  PARTITION,
  StagedCommit,
  spool,
} from "./lake-fixture.js";

/** What counts in the lake, read from its files: actions of all rows, and the raw text of all parked entries. */
async function content(lake: Lake): Promise<{ rows: string[]; parked: string[] }> {
  const db = await openDuckDb({ threads: 1 });
  const rows: string[] = [];
  for (const { path } of lake.parquetFiles()) {
    const file = join(lake.folder, path).replaceAll("[", "[[]");
    const result = await db.connection.runAndReadAll(
      `SELECT action FROM read_parquet(${stringLiteral(file)}, hive_partitioning = false)`,
    );
    rows.push(...result.getRows().map(([action]) => String(action)));
  }
  db.close();
  const parked = lake.parkedFiles().flatMap(({ path }) => parkedLines(lake.folder, path).map(({ raw }) => raw));
  return { rows: rows.sort(), parked: parked.sort() };
}

function parkedLines(folder: string, path: string): { input: string; raw: string }[] {
  return readFileSync(join(folder, path), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { input: string; raw: string });
}

/** Files that must exist: those that the manifest names, and nothing but the manifest, settings and lock beside them. */
function expectOnlyNamedFiles(lake: Lake): void {
  const parquet = lake.parquetFiles().map(({ path }) => path);
  const origins = parquet.map((path) => `.tributary/origin/${path.split("/").at(-1)}`);
  const parked = lake.parkedFiles().map(({ path }) => path);
  const found = filesIn(lake.folder).filter((path) => !/^\.tributary\/(manifest\/|lake\.json|lock)/.test(path));
  expect(found).toEqual([...parquet, ...origins, ...parked].sort());
}

describe("a commit", () => {
  it("puts rows into the Security Lake path and remembers each input", async () => {
    const lake = await openLake(awkwardFolder(), { source: "flows", region: "eu-central-1" });
    await ingest(lake, "a.log", [flow(), flow()]);
    expect(lake.parquetFiles()).toEqual([
      {
        path: "ext/flows/1.0/region=eu-central-1/accountId=111122223333/eventDay=20261121/part-0000000001-0001.parquet",
        rows: 2,
        bytes: expect.any(Number),
        partition: PARTITION,
        inputs: [1],
        schema: lake.schema(),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        originSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(lake.inputs().get("a.log")).toMatchObject({
      number: 1,
      position: 100,
      firstCommit: { commit: 1, at: MARK.at },
    });
    expectOnlyNamedFiles(lake);
    await lake.close();
  });

  it("is seen by the next process to open the lake", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    await ingest(lake, "a.log", [flow({ action: "one" })]);
    await ingest(lake, "b.log", [flow({ action: "two" })]);
    await ingest(lake, "a.log", [flow({ action: "three" })]);
    await lake.close();
    const again = await openLake(folder, { readOnly: true });
    expect(await content(again)).toEqual({ rows: ["one", "three", "two"], parked: [] });
    expect(
      [...again.inputs().values()].map(({ path, firstCommit, lastCommit }) => [
        path,
        firstCommit.commit,
        lastCommit.commit,
      ]),
    ).toEqual([
      ["a.log", 1, 3],
      ["b.log", 2, 2],
    ]);
    await again.close();
  });

  it("keeps parked entries with input, place, reason and raw text", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    await commit.park("bad-field", "a.log", 7, 'x "y"\n', "no address: x");
    await commit.park("bad-field", "a.log", 9, "z", "no address: z");
    await commit.finish({ inputs: [inputState("a.log")] });
    const [file] = lake.parkedFiles();
    expect(file).toMatchObject({
      path: "errors/bad-field/part-0000000001-0001.jsonl",
      entries: 2,
      reason: "bad-field",
    });
    expect(parkedLines(lake.folder, file?.path ?? "")).toEqual([
      { reason: "bad-field", input: "a.log", position: 7, message: "no address: x", at: MARK.at, raw: 'x "y"\n' },
      {
        reason: "bad-field",
        input: "a.log",
        position: 9,
        message: "no address: z",
        at: MARK.at,
        raw: "z",
      },
    ]);
    await lake.close();
  });

  it("gives back documents that do not convert and writes the others", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    const documents = spool(lake.folder, [flow({ action: "good" }), "{bad"]);
    const failed = await commit.addDocuments(PARTITION, documents, [
      { input: commit.inputNumber("a.log"), documents: 2 },
    ]);
    await commit.finish({ inputs: [inputState("a.log")] });
    expect(failed).toEqual([{ ordinal: 1, input: 1, text: "{bad", message: expect.any(String) }]);
    expect((await content(lake)).rows).toEqual(["good"]);
    await lake.close();
  });

  it("leaves nothing when it is abandoned", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    const documents = spool(join(lake.folder, ".."), [flow()]);
    await commit.addDocuments(PARTITION, documents, [{ input: commit.inputNumber("a.log"), documents: 1 }]);
    await commit.park("bad-field", "a.log", 1, "r");
    await commit.abandon();
    expect(lake.inputs().size).toBe(0);
    expectOnlyNamedFiles(lake);
    await ingest(lake, "b.log", [flow({ action: "later" })]);
    expect((await content(lake)).rows).toEqual(["later"]);
    await lake.close();
  });

  it("refuses rows of an input whose state nobody gives", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    const documents = spool(join(lake.folder, ".."), [flow()]);
    await commit.addDocuments(PARTITION, documents, [{ input: commit.inputNumber("a.log"), documents: 1 }]);
    await expect(commit.finish({ inputs: [] })).rejects.toMatchObject({ code: "unknown-input" });
    await commit.abandon();
    await lake.close();
  });

  it.each([
    ["an account", { accountId: "../x", eventDay: "20261121" }],
    ["a day", { accountId: "111122223333", eventDay: "2026-11-21" }],
  ])("refuses %s that would leave the layout", async (_, partition) => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    await expect(commit.addDocuments(partition, "unused", [])).rejects.toMatchObject({ code: "bad-partition" });
    await commit.abandon();
    await lake.close();
  });

  it("waits for the one before it to end", async () => {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    expect(() => lake.begin(MARK)).toThrow(/commit 1 .* still open/);
    await commit.abandon();
    await lake.close();
  });
});

describe("removing an input", () => {
  async function twoInputs(): Promise<Lake> {
    const lake = await openLake(awkwardFolder());
    const commit = new StagedCommit(lake);
    const [a, b] = [commit.inputNumber("a.log"), commit.inputNumber("b.log")];
    const mixed = spool(
      join(lake.folder, ".."),
      ["a1", "b1", "a2", "b2"].map((action) => flow({ action })),
    );
    await commit.addDocuments(
      PARTITION,
      mixed,
      [a, b, a, b].map((input) => ({ input, documents: 1 })),
    );
    const alone = spool(join(lake.folder, ".."), [flow({ action: "a3" })]);
    await commit.addDocuments(PARTITION, alone, [{ input: a, documents: 1 }]);
    for (const input of ["a.log", "b.log"]) await commit.park("bad-field", input, 1, `raw ${input}`);
    await commit.park("no-time", "a.log", 2, "raw a again");
    await commit.finish({ inputs: [inputState("a.log"), inputState("b.log")] });
    return lake;
  }

  it("takes its rows, parked entries and position, and nothing else", async () => {
    const lake = await twoInputs();
    const commit = new StagedCommit(lake);
    commit.removeInput("a.log");
    await commit.finish({ inputs: [] });
    expect(await content(lake)).toEqual({ rows: ["b1", "b2"], parked: ["raw b.log"] });
    expect([...lake.inputs().keys()]).toEqual(["b.log"]);
    expectOnlyNamedFiles(lake);
    await lake.close();
  });

  it("and reading it again are one commit", async () => {
    const lake = await twoInputs();
    const commit = new StagedCommit(lake);
    commit.removeInput("a.log");
    const again = spool(join(lake.folder, ".."), [flow({ action: "a, again" })]);
    await commit.addDocuments(PARTITION, again, [{ input: commit.inputNumber("a.log"), documents: 1 }]);
    await commit.finish({ inputs: [inputState("a.log")] });
    expect(await content(lake)).toEqual({ rows: ["a, again", "b1", "b2"], parked: ["raw b.log"] });
    expect(lake.inputs().get("a.log")?.firstCommit.commit).toBe(2);
    const twice = new StagedCommit(lake);
    twice.removeInput("a.log");
    twice.removeInput("b.log");
    await twice.finish({ inputs: [] });
    expect(await content(lake)).toEqual({ rows: [], parked: [] });
    expectOnlyNamedFiles(lake);
    await lake.close();
  });
});

describe("a crash", () => {
  const before = { rows: ["old a", "old b"], parked: ["parked a"] };
  const after = { rows: ["new a", "old b"], parked: ["newly parked"] };

  async function prepared(): Promise<string> {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    const commit = new StagedCommit(lake);
    const [a, b] = [commit.inputNumber("a.log"), commit.inputNumber("b.log")];
    const old = spool(join(folder, ".."), [flow({ action: "old a" }), flow({ action: "old b" })]);
    await commit.addDocuments(
      PARTITION,
      old,
      [a, b].map((input) => ({ input, documents: 1 })),
    );
    await commit.park("no-time", "a.log", 1, "parked a");
    await commit.finish({ inputs: [inputState("a.log"), inputState("b.log")] });
    await lake.close();
    return folder;
  }

  async function replaceA(folder: string, onStep: (step: string) => void): Promise<void> {
    const lake = await openLake(folder, { onStep });
    try {
      const commit = new StagedCommit(lake);
      commit.removeInput("a.log");
      const fresh = spool(join(folder, ".."), [flow({ action: "new a" })]);
      await commit.addDocuments(PARTITION, fresh, [{ input: commit.inputNumber("a.log"), documents: 1 }]);
      await commit.park("no-time", "a.log", 1, "newly parked");
      await commit.finish({ inputs: [inputState("a.log", { position: 200 })] });
    } finally {
      await lake.close();
    }
  }

  it("at any step leaves the state before the commit or after it, and no other file", async () => {
    const steps: string[] = [];
    await replaceA(await prepared(), (step) => steps.push(step));
    expect(new Set(steps)).toEqual(
      new Set([
        "convert",
        "park",
        "remove-rows",
        "remove-parked",
        "sync",
        "place",
        "sync-folders",
        "write-entry",
        "entry-written",
        "delete",
        "clear-staging",
      ]),
    );
    for (const [crashAt, step] of steps.entries()) {
      const folder = await prepared();
      let taken = 0;
      const crash = replaceA(folder, () => {
        if (taken++ === crashAt) throw new Error(`crash before ${step}`);
      });
      await expect(crash).rejects.toThrow(`crash before ${step}`);
      const lake = await openLake(folder);
      const committed = crashAt > steps.indexOf("write-entry");
      expect(await content(lake), step).toEqual(committed ? after : before);
      expect(lake.inputs().get("a.log")?.position, step).toBe(committed ? 200 : 100);
      expectOnlyNamedFiles(lake);
      await lake.close();
      await replaceA(folder, () => undefined);
      const repeated = await openLake(folder);
      expect(await content(repeated), step).toEqual(after);
      await repeated.close();
    }
  });

  it("leaves user files in the lake alone", async () => {
    const folder = await prepared();
    const mine = join(folder, "ext", "notes.txt");
    writeFileSync(mine, "mine");
    await (await openLake(folder)).close();
    expect(readFileSync(mine, "utf8")).toBe("mine");
  });
});
