import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { DuckDbEngine } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queriesFolder } from "../../packages/cli/src/project-folder.js";
import {
  ACCOUNT,
  azureBlob,
  type LocalRunChanges,
  localRun,
  openLake,
  put,
  rowsOf,
  START,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

/** A clock that goes on by a minute whenever it is read, so that every step of reading is committed. */
function restlessClock(): () => number {
  let now = Date.UTC(2026, 9, 15);
  return () => {
    now += 60_000;
    return now;
  };
}

/** Files of two accounts and a blob, some of it broken, and a lake that another run has filled before. */
async function scene() {
  const folder = workFolder();
  const inputs = join(folder, "inputs");
  const lake = join(folder, "lake");
  put(inputs, "a.log", `${vpcLines(0, 30)}broken\n`);
  await localRun(lake, [inputs]);
  put(inputs, "a.log", `${vpcLines(0, 30)}broken\n${vpcLines(30, 60)}`);
  put(inputs, "b.log.gz", gzipSync(`${vpcLine(60, { account: "444455556666" })}\nbroken too\n`));
  put(inputs, "PT1H.json", azureBlob("vnet-v4.json"));
  return { folder, inputs, lake };
}

/** What the inputs have in the manifest, by name. */
async function countsOf(lake: string) {
  const opened = await openLake(lake, { readOnly: true });
  const inputs = [...opened.inputs().values()];
  return Object.fromEntries(
    inputs.map(({ path, position, line, complete, flows }) => [path, { position, line, complete, flows }]),
  );
}

/** The steps of a run over the scene that change the disk, in order. */
async function stepsOf(changes: LocalRunChanges): Promise<string[]> {
  const { inputs, lake } = await scene();
  const steps: string[] = [];
  await localRun(lake, [inputs], { ...changes, lakeOptions: { onStep: (step) => steps.push(step) } });
  return steps;
}

/** Every kind of step, where it comes first and where it comes last. */
function tellingSteps(steps: readonly string[]): number[] {
  return [...steps.keys()].filter((index) => {
    const step = steps[index] ?? "";
    return steps.indexOf(step) === index || steps.lastIndexOf(step) === index;
  });
}

const KINDS: readonly (readonly [what: string, changes: () => LocalRunChanges])[] = [
  ["that commits after every step of reading", () => ({ now: restlessClock() })],
  ["that replaces what was read before", () => ({ again: true })],
];

describe.each(KINDS)("a run %s", (_what, changes) => {
  it("that crashes before any change to the disk is completed by the next one", async () => {
    const { folder, inputs, lake } = await scene();
    const expected = await undisturbedRows([inputs]);
    // The folder as a crash at this moment leaves it: nothing of the crashed process runs on.
    const remains: string[] = [];
    const steps: string[] = [];
    const onStep = (step: string) => {
      const copy = join(folder, `crash-${remains.length}`);
      cpSync(lake, copy, { recursive: true });
      remains.push(copy);
      steps.push(step);
    };
    await localRun(lake, [inputs], { ...changes(), lakeOptions: { onStep } });
    expect(await rowsOf(lake)).toEqual(expected);
    const counts = await countsOf(lake);
    expect(remains.length).toBeGreaterThan(10);

    for (const index of tellingSteps(steps)) {
      const copy = remains[index] ?? "";
      const { summary } = await localRun(copy, [inputs]);

      const where = `crash before step ${index}, ${steps[index]}`;
      expect(summary.inputs.problems, where).toEqual([]);
      expect(await rowsOf(copy), where).toEqual(expected);
      expect(await countsOf(copy), where).toEqual(counts);
    }
  });
});

it("a run that finds the disk full at any change to it says so, and is completed by the next one", async () => {
  const steps = await stepsOf({ again: true });
  const { folder, inputs, lake } = await scene();
  const expected = await undisturbedRows([inputs]);
  const pristine = join(folder, "pristine");
  cpSync(lake, pristine, { recursive: true });

  for (const index of tellingSteps(steps)) {
    rmSync(lake, { recursive: true });
    cpSync(pristine, lake, { recursive: true });
    let step = 0;
    const onStep = () => {
      if (step++ >= index) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };

    const run = localRun(lake, [inputs], { again: true, lakeOptions: { onStep } });

    const where = `disk full at step ${index}, ${steps[index]}`;
    await expect(run, where).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(/no space is left for .*lake.*: free some/),
    });
    const { summary } = await localRun(lake, [inputs]);
    expect(summary.inputs.problems, where).toEqual([]);
    expect(await rowsOf(lake), where).toEqual(expected);
  }
});

it("a disk that is full for documents under way is not blamed on the input", async () => {
  const folder = workFolder();
  const lake = join(folder, "lake");
  const path = put(folder, "a.log", vpcLines(0, 3000));
  const other = put(folder, "b.log", vpcLines(3000, 3010));
  // Where there is no such device, a path that cannot be written either.
  const [device, code] = existsSync("/dev/full") ? ["/dev/full", "disk-full"] : [join(path, "x"), "not-a-folder"];

  const run = localRun(lake, [path, other], {
    onProgress: () => {
      for (const n of [1, 2]) {
        const spool = join(lake, `.tributary/spool/job-1/object-${n}.ndjson`);
        rmSync(spool, { force: true });
        symlinkSync(device, spool);
      }
    },
  });

  await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining("spool") });
  await localRun(lake, [path, other]);
  expect(await rowsOf(lake)).toEqual(await undisturbedRows([path, other]));
});

describe("a query while a run is on", () => {
  it("sees whole commits only", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const inputs = join(folder, "inputs");
    for (let n = 0; n < 4; n++)
      put(inputs, `${n}.log`, `${vpcLines(n * 10, n * 10 + 5)}${vpcLine(n * 10 + 5, { account: "444455556666" })}\n`);
    const seen: Promise<{ rows: number; inputs: number; manifest: number }>[] = [];
    await localRun(lake, [put(folder, "first.log", vpcLines(900, 901))]);

    const look = async () => {
      const reader = await openLake(lake, { readOnly: true });
      const engine = await DuckDbEngine.open({ lake: reader, viewsFolder: `${queriesFolder()}/views`, threads: 1 });
      try {
        const rows = await engine.query("SELECT (SELECT count(*) FROM flows), (SELECT sum(delivered) FROM ingest)");
        for await (const [row] of rows.chunks) {
          return { rows: Number(row?.[0]), inputs: Number(row?.[1]), manifest: reader.inputs().size };
        }
        throw new Error("no row");
      } finally {
        await engine.close();
        await reader.close();
      }
    };
    let steps = 0;
    const onStep = () => {
      if (steps++ % 4 === 0) seen.push(look());
    };
    await localRun(lake, [inputs], { now: restlessClock(), lakeOptions: { onStep } });

    const results = await Promise.all(seen);
    for (const { rows, inputs: delivered, manifest } of results) {
      expect(rows).toBe(delivered);
      expect(rows).toBe(1 + (manifest - 1) * 6);
    }
    expect(new Set(results.map(({ manifest }) => manifest)).size).toBeGreaterThan(2);
  });
});

describe("an interrupted run", () => {
  it("finishes the file in hand, says that it was interrupted, and is completed by the next one", async () => {
    const { inputs, lake } = await scene();
    const long = put(inputs, "0.log", vpcLines(1000, 9000));
    const controller = new AbortController();

    const { summary } = await localRun(lake, [inputs], {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });

    expect(summary).toMatchObject({ interrupted: true, inputs: { read: 1, problems: [] } });
    expect(summary.flows.delivered).toBe(8000);
    expect(await rowsOf(lake)).toHaveLength(8030);
    expect((await countsOf(lake))[long]).toMatchObject({ complete: true });

    await localRun(lake, [inputs]);
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([inputs]));
  });

  it("does not wait for standard input that is silent", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const standardInput = new PassThrough();
    const controller = new AbortController();
    standardInput.write(vpcLines(0, 1000));

    const { summary, notes } = await localRun(lake, ["-"], {
      standardInput,
      signal: controller.signal,
      // Lines that were read after the first 64 kB, then nothing: the writer neither goes on nor ends.
      onProgress: () => setImmediate(() => controller.abort()),
    });

    expect(summary.interrupted).toBe(true);
    expect(notes).toEqual([]);
    expect(summary.flows.delivered).toBeGreaterThan(0);
    expect(await rowsOf(lake)).toHaveLength(summary.flows.delivered);
  });
});

describe("standard input", () => {
  it.each([
    ["lines", (text: string) => text],
    ["gzip", (text: string) => gzipSync(text)],
  ])("is read to its end as %s", async (_what, pack) => {
    const folder = workFolder();
    const lake = join(folder, "lake");

    const { summary } = await localRun(lake, ["-"], {
      standardInput: new PassThrough().end(pack(`${vpcLines(0, 3000)}broken\n`)),
    });

    expect(summary.flows).toEqual({ read: 3001, delivered: 3000, skipped: {}, parked: { "no-format-fits": 1 } });
    expect(await rowsOf(lake)).toHaveLength(3000);
  });

  it("that is empty or no flow log is named", async () => {
    const empty = await localRun(join(workFolder(), "lake"), ["-"], { standardInput: new PassThrough().end() });
    const other = await localRun(join(workFolder(), "lake"), ["-"], { standardInput: new PassThrough().end("text\n") });

    expect(empty.notes).toEqual(["standard input is empty"]);
    expect(other.notes).toEqual([expect.stringMatching(/^-: it is text that is no flow log/)]);
  });

  it("in which a blob ends too early has its torn record parked, since no more can come", async () => {
    const blob = azureBlob("growing-3.json");

    const { summary } = await localRun(join(workFolder(), "lake"), ["-"], {
      standardInput: new PassThrough().end(blob.slice(0, -100)),
    });

    expect(summary.flows.parked).toEqual({ "invalid-json": 1 });
    expect(summary.flows.delivered).toBeGreaterThan(0);
  });
});

describe("a lake in use", () => {
  it("refuses a second writer and tells which process has it", async () => {
    const folder = workFolder();
    const lake = await openLake(join(folder, "lake"));

    const second = localRun(join(folder, "lake"), [put(folder, "a.log", vpcLines(0, 1))]);

    await expect(second).rejects.toMatchObject({
      code: "lake-in-use",
      message: expect.stringContaining(`process ${process.pid} is writing`),
    });
    await lake.close();
  });
});

describe("memory", () => {
  it("does not hold malformed lines until the commit", async () => {
    const LINES = 100_000;
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(
      folder,
      "a.log",
      Array.from({ length: LINES }, (_, n) => `${n} ${ACCOUNT} eni-0a1b2c3d4e5f60718 10.0.0.1 ${START}\n`).join(""),
    );
    const staged: number[] = [];
    const onStep = (step: string) => {
      if (step !== "park") return;
      const folder = join(lake, ".tributary/staging/job-1");
      const [file] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
      staged.push(file === undefined ? 0 : readFileSync(join(folder, file), "utf8").split("\n").length - 1);
    };

    const { summary } = await localRun(lake, [path], { lakeOptions: { onStep } });

    expect(summary.flows).toMatchObject({ read: LINES, parked: { "no-format-fits": LINES } });
    const pieces = [...staged.slice(1), LINES].map((count, index) => count - (staged[index] ?? 0));
    // One chunk of reading, and what the stream had under way.
    expect(Math.max(...pieces)).toBeLessThan(20_000);
  });

  it("does not hold the malformed lines of many inputs until the commit", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    for (let n = 0; n < 250; n++) put(folder, `inputs/${n}.log`, `${vpcLine(n)}\nbroken\n`);
    const steps: string[] = [];

    await localRun(lake, [join(folder, "inputs")], {
      buffering: { processingBytes: 2000, objectBytes: 4_000_000 },
      lakeOptions: { onStep: (step) => steps.push(step) },
    });

    // Documents are converted when the run comes to its commit.
    const early = steps.slice(0, steps.indexOf("convert")).filter((step) => step === "park");
    expect(early.length).toBeGreaterThanOrEqual(150);
    expect(steps.filter((step) => step === "park")).toHaveLength(250);
  });
});

describe("whatever the order, the batches, the buffers and the commits", () => {
  it("the rows are the same", async () => {
    const names = ["a.log", "b.log.gz", "c.log", "d.jsonl", "PT1H.json", "e.log"] as const;
    const folder = workFolder();
    const paths = [
      put(folder, names[0], `${vpcLines(0, 700)}broken\n`),
      put(folder, names[1], gzipSync(vpcLines(700, 1200))),
      put(folder, names[2], vpcLines(1200, 1201)),
      put(
        folder,
        names[3],
        Array.from({ length: 50 }, (_, n) => `${JSON.stringify({ message: vpcLine(1300 + n) })}\n`).join(""),
      ),
      put(folder, names[4], azureBlob("growing-3.json")),
      put(folder, names[5], "srcaddr dstaddr start action\n10.0.0.1 10.0.0.2 1791633600 ACCEPT\n".repeat(40)),
    ];
    const changes: LocalRunChanges = { settings: { account: ACCOUNT } };
    const expected = await undisturbedRows(paths, changes);
    expect(expected).toHaveLength(700 + 500 + 1 + 50 + 4 + 40);

    const orders = fc.shuffledSubarray(paths, { minLength: paths.length });
    const cut = fc.integer({ min: 0, max: paths.length });
    const buffering = fc.record({
      processingBytes: fc.integer({ min: 1, max: 300_000 }),
      objectBytes: fc.integer({ min: 20_000, max: 5_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(orders, cut, buffering, fc.boolean(), async (order, at, hints, restless) => {
        const lake = join(workFolder(), "lake");
        const options: LocalRunChanges = {
          ...changes,
          buffering: hints,
          ...(restless ? { now: restlessClock() } : {}),
        };
        if (at > 0) await localRun(lake, order.slice(0, at), options);
        await localRun(lake, order, options);
        expect(await rowsOf(lake)).toEqual(expected);
      }),
      { seed: 20_261_010, numRuns: 5 },
    );
  });
});
