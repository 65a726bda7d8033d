import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { writeSample } from "../../packages/cli/src/sample/write-sample.js";
import { type Finished, tributary } from "./command.js";
import { HEADER, openLake, put, rowsOf, vpcLine, vpcLines, workFolder } from "./local-run.js";
import { writeParquet } from "./parquet-files.js";

interface Summary {
  readonly flows: { readonly read: number; readonly parked: Readonly<Record<string, number>> };
  readonly inputs: object;
}

/** Files of every kind, some of it broken. Gives the inventory of some of them. */
async function mixedInputs(folder: string): Promise<string> {
  const { inventory } = await writeSample({ flows: 4000, out: join(folder, "inputs"), seed: 20_261_121 });
  for (let n = 0; n < 10; n++) put(folder, `inputs/lines/${n}.log`, `${vpcLines(n * 100, (n + 1) * 100)}broken\n`);
  put(folder, "inputs/lines/z.log.gz", gzipSync(`${HEADER}\n${vpcLines(1000, 1500)}`));
  const records = Array.from({ length: 50 }, (_, n) => JSON.stringify({ message: vpcLine(2000 + n) }));
  put(folder, "inputs/records.jsonl", records.join("\n"));
  put(folder, "inputs/empty.log", "");
  put(folder, "inputs/notes.txt", "no flow log\n");
  await writeParquet(
    join(folder, "inputs/rows.log.parquet"),
    HEADER.split(" "),
    vpcLines(3000, 3400).trim().split("\n"),
  );
  return inventory;
}

/** What every thread of a command does before anything else, as a module. */
function inThreads(source: string): Readonly<Record<string, string>> {
  const module = `import { isMainThread, parentPort } from "node:worker_threads"; import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
    if (!isMainThread) { ${source} }`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}` };
}

/** Lets the first batches through. */
const afterCommits = (commits: number, what: string): string => `
  let commits = 0;
  const post = parentPort.postMessage.bind(parentPort);
  parentPort.postMessage = (message) => {
    if (message.ask === "commit" && ++commits > ${commits}) { ${what} }
    post(message);
  };`;

const summaryOf = ({ stdout }: Finished): Summary => JSON.parse(stdout) as Summary;

describe("several jobs", () => {
  it("give the rows and counts of one, with inventory, provenance and every kind of input", async () => {
    const folder = workFolder();
    const inventory = await mixedInputs(folder);
    const run = (jobs: number, more: readonly string[]) =>
      tributary(
        [
          ...["run", "inputs", "--lake", `lake-${jobs}`, "--jobs", String(jobs), "--provenance", "--output", "json"],
          ...["--inventory", inventory],
          ...more,
        ],
        { cwd: folder },
      );

    const one = await run(1, []);
    const three = await run(3, ["--commit-every", "0.2", "--object-buffer", "0.5MB"]);

    expect(summaryOf(one).flows.parked).toMatchObject({ "no-format-fits": 10 });
    expect({ code: three.code, ...summaryOf(three).flows }).toEqual({ code: 4, ...summaryOf(one).flows });
    expect(summaryOf(three).inputs).toEqual(summaryOf(one).inputs);
    const rows = await rowsOf(join(folder, "lake-1"));
    expect(rows.some((row) => row.includes("allowed-by-rule"))).toBe(true);
    expect(await rowsOf(join(folder, "lake-3"))).toEqual(rows);
    expect(await parkedOf(join(folder, "lake-3"))).toEqual(await parkedOf(join(folder, "lake-1")));
    const sums = (jobs: number) => readFileSync(join(folder, `lake-${jobs}`, "inputs.sha256"), "utf8");
    expect(sums(3)).toBe(sums(1));
  });
});

/** The entries of parked flows, without when they were parked. */
async function parkedOf(lake: string): Promise<string[]> {
  const files = (await openLake(lake, { readOnly: true })).parkedFiles();
  const lines = files.flatMap(({ path }) => readFileSync(join(lake, path), "utf8").trimEnd().split("\n"));
  return lines.map((line) => line.replace(/"at":"[^"]*",/, "")).toSorted();
}

describe("several jobs that search", () => {
  it("give the rows of one, and leave a lake of another search as it is", async () => {
    const folder = workFolder();
    await mixedInputs(folder);
    const run = (lake: string, ...more: readonly string[]) =>
      tributary(["run", "inputs", "--lake", lake, "--output", "json", ...more], { cwd: folder });
    const search = ["--match", "port:1100-1200,3389", "--match", "tcp"];

    const one = await run("one", "--jobs", "1", ...search);
    const three = await run("three", "--jobs", "3", ...search);
    const rows = await rowsOf(join(folder, "three"));
    const other = await run("three", "--jobs", "3", "--match", "port:22");

    expect(summaryOf(one).flows).toMatchObject({ skipped: { "not-matched": expect.any(Number) } });
    expect(summaryOf(three).flows).toEqual(summaryOf(one).flows);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows).toEqual(await rowsOf(join(folder, "one")));
    expect({ code: other.code, read: summaryOf(other).flows.read }).toEqual({ code: 4, read: 0 });
    expect(await rowsOf(join(folder, "three"))).toEqual(rows);

    const again = await run("three", "--jobs", "3", "--match", "port:1100", "--again");

    expect([0, 4]).toContain(again.code);
    expect((await rowsOf(join(folder, "three"))).length).toBeLessThan(rows.length);
  });
});

describe("a job that fails", () => {
  const FILES = 12;
  const RUN = ["run", "inputs", "--jobs", "2", "--commit-every", "0.001", "--output", "json"];

  function inputs(): string {
    const folder = workFolder();
    for (let n = 0; n < FILES; n++) put(folder, `inputs/${n}.log`, vpcLines(n * 1000, (n + 1) * 1000));
    return folder;
  }

  /** The lake as of its last commit, and after the same command. */
  async function expectCompleted(folder: string): Promise<void> {
    const lake = await openLake(join(folder, "lake"), { readOnly: true });
    const delivered = [...lake.inputs().values()].reduce((sum, { flows }) => sum + flows.delivered, 0);
    expect(delivered).toBeGreaterThan(0);
    expect(delivered).toBeLessThan(FILES * 1000);
    expect(lake.parquetFiles().reduce((sum, { rows }) => sum + rows, 0)).toBe(delivered);
    const second = await tributary(RUN, { cwd: folder });
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: "" });
    expect(summaryOf(second).flows.read).toBe(FILES * 1000 - delivered);
    expect(await rowsOf(join(folder, "lake"))).toHaveLength(FILES * 1000);
  }

  it("since the disk is full ends the run with what the lake says, and the next one reads the rest", async () => {
    const folder = inputs();
    const full = `fs.writeFileSync = () => { throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }); }; syncBuiltinESMExports();`;

    const { code, stderr, stdout } = await tributary(RUN, { cwd: folder, env: inThreads(afterCommits(1, full)) });

    expect(stderr).toMatch(/^tributary: no space is left for .*spool.*: free some, or put the lake on another disk/m);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    await expectCompleted(folder);
  });

  it("since something stands in the way of its folder keeps the exit code of that error", async () => {
    const folder = inputs();
    const inTheWay = `fs.promises.mkdir = async (path) => { throw Object.assign(new Error("ENOTDIR: not a directory, mkdir"), { code: "ENOTDIR" }); }; syncBuiltinESMExports();`;

    const { code, stderr } = await tributary(RUN, { cwd: folder, env: inThreads(afterCommits(1, inTheWay)) });

    expect(stderr).toMatch(
      /^tributary: .*staging.* is a file, or goes through one: give the lake a folder of its own/m,
    );
    expect(code).toBe(3);
    await expectCompleted(folder);
  });

  it("by the death of its thread is named, with what to do", async () => {
    const folder = inputs();

    const { code, stderr } = await tributary(RUN, {
      cwd: folder,
      env: inThreads(afterCommits(1, "process.exit(7);")),
    });

    expect(stderr).toMatch(
      /^tributary: job-\d ended before it was done \(exit code 7\): what is committed is kept; run the same command again/m,
    );
    expect(code).toBe(1);
    await expectCompleted(folder);
  });

  it("by an error that nobody foresaw is named with it", async () => {
    const folder = inputs();

    const { code, stderr } = await tributary(RUN, {
      cwd: folder,
      env: inThreads(afterCommits(1, `throw new RangeError("out of bounds");`)),
    });

    expect(stderr).toContain("out of bounds");
    expect(code).toBe(1);
    await expectCompleted(folder);
  });
});
