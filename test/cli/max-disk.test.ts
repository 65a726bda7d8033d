import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import {
  ACCOUNT,
  type LocalRunChanges,
  localRun,
  put,
  rowsOf,
  START,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

const BUFFERING = { processingBytes: 10_000, objectBytes: 300_000 };
const KB = 1000;

/** Bytes of all files in a folder; those that vanish meanwhile count nothing. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** What a run within a limit must do, and how large its lake ever was. */
async function limitedRun(lake: string, paths: readonly string[], maxDisk: number, changes: LocalRunChanges = {}) {
  let peak = 0;
  let progress = 0;
  const look = (): void => {
    peak = Math.max(peak, bytesIn(lake));
  };
  const run = await localRun(lake, paths, {
    buffering: BUFFERING,
    maxDisk,
    onProgress: () => {
      if (progress++ % 5 === 0) look();
    },
    lakeOptions: { onStep: look },
    ...changes,
  });
  look();
  return { ...run, peak };
}

/** A clock that goes on by a minute whenever it is read, so that every step of reading is committed. */
function restlessClock(): () => number {
  let now = Date.UTC(2026, 9, 15);
  return () => {
    now += 60_000;
    return now;
  };
}

/** Flows of many days, each a Parquet file of its own. */
const manyDays = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, n) => `${vpcLine(from + n, { start: START + ((from + n) % 40) * 86_400 })}\n`,
  ).join("");

const broken = (from: number, to: number): string => vpcLines(from, to).replaceAll(" 6 3 ", " x 3 ");

interface Case {
  readonly limit: number;
  readonly files: number;
  readonly flows: number;
  readonly content: (from: number, to: number) => string;
}

const CASES: readonly (readonly [what: string, given: Case])[] = [
  ["of flows", { limit: 2000 * KB, files: 4, flows: 16_000, content: vpcLines }],
  ["of flows of many days, which become small files", { limit: 2000 * KB, files: 4, flows: 3200, content: manyDays }],
  ["of flows that are parked", { limit: 1500 * KB, files: 4, flows: 12_000, content: broken }],
  ["with a few flows each, all parked", { limit: 2000 * KB, files: 90, flows: 16_200, content: broken }],
];

describe.each(CASES)("a run over files %s within --max-disk", (_what, { limit, files, flows, content }) => {
  function inputs(): { readonly lake: string; readonly folder: string } {
    const folder = workFolder();
    const each = flows / files;
    for (let n = 0; n < files; n++) put(folder, `inputs/${n}.log`, content(n * each, (n + 1) * each));
    return { lake: join(folder, "lake"), folder: join(folder, "inputs") };
  }

  it.each([
    ["that commits once", () => ({})],
    ["that commits often", () => ({ now: restlessClock() })],
  ])("%s never takes more, and the same command with more room reads the rest", async (_how, changes) => {
    const { lake, folder } = inputs();

    const first = await limitedRun(lake, [folder], limit, changes());

    expect(first.summary).toMatchObject({ stopped: "max-disk", interrupted: false });
    expect(first.summary.flows.read).toBeGreaterThan(0);
    expect(first.summary.flows.read).toBeLessThan(flows);
    expect(first.peak).toBeLessThanOrEqual(limit);
    // A limit that stopped far below itself would be of little use.
    expect(first.peak).toBeGreaterThan(limit / 4);

    const second = await limitedRun(lake, [folder], 100_000 * KB, changes());

    expect(second.summary.stopped).toBeUndefined();
    expect(first.summary.flows.read + second.summary.flows.read).toBe(flows);
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([folder]));
  });
});

describe("a limit", () => {
  it("below what nothing can be read within is refused before anything is read", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 10));

    const run = limitedRun(lake, [path], 900 * KB);

    await expect(run).rejects.toMatchObject({
      code: "max-disk-too-small",
      message: expect.stringMatching(/--max-disk 900 kB .*need 1.0 MB; raise it, .*prune.*--object-buffer and --jobs/),
    });
    expect(await rowsOf(lake)).toEqual([]);
  });

  it("that the lake has reached already is refused", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    await localRun(lake, [put(folder, "a.log", vpcLines(0, 2000))]);
    mkdirSync(join(lake, "inventory"));
    writeFileSync(join(lake, "inventory/large"), Buffer.alloc(1000 * KB));

    const run = limitedRun(lake, [put(folder, "b.log", vpcLines(0, 10))], 2000 * KB);

    await expect(run).rejects.toMatchObject({ code: "max-disk-too-small" });
  });

  it("does not count what a killed run left behind", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 10));
    put(lake, ".tributary/spool/job-7/object-1.ndjson", Buffer.alloc(5000 * KB));
    put(lake, ".tributary/staging/job-7/000001.parquet", Buffer.alloc(5000 * KB));

    const { summary } = await limitedRun(lake, [path], 1500 * KB);

    expect(summary.flows.delivered).toBe(10);
  });

  it("counts rows that are replaced once", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 3000));
    await localRun(lake, [path], { buffering: BUFFERING });
    const size = bytesIn(lake);

    for (let time = 0; time < 4; time++) {
      const { summary } = await limitedRun(lake, [path], 3 * size + 1000 * KB, { again: true });
      expect(summary.stopped).toBeUndefined();
    }
    expect(await rowsOf(lake)).toHaveLength(3000);
  });

  it("also holds while the inputs in hand are finished after Ctrl-C", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 16_000));
    const controller = new AbortController();

    const { summary, peak } = await limitedRun(lake, [path], 2000 * KB, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });

    expect(summary).toMatchObject({ interrupted: true, stopped: "interrupted" });
    expect(summary.flows.read).toBeLessThan(16_000);
    expect(peak).toBeLessThanOrEqual(2000 * KB);
  });
});

describe("the command with --max-disk", () => {
  const ARGUMENTS = ["run", "inputs", "--object-buffer", "0.3MB", "--processing-buffer", "0.01MB", "--output", "json"];

  it.each(["1", "2"])("and --jobs %s ends with 4, and with more room reads the rest", async (jobs) => {
    const folder = workFolder();
    const inputs = Array.from({ length: 6 }, (_, n) =>
      put(folder, `inputs/${n}.log`, vpcLines(n * 4000, (n + 1) * 4000)),
    );

    const first = await tributary([...ARGUMENTS, "--jobs", jobs, "--max-disk", "3MB"], { cwd: folder });
    const used = bytesIn(join(folder, "lake"));
    const second = await tributary([...ARGUMENTS, "--jobs", jobs], { cwd: folder });

    expect(first.code).toBe(4);
    expect(JSON.parse(first.stdout)).toMatchObject({ stopped: "max-disk" });
    expect(used).toBeLessThan(3000 * KB);
    expect(second.code).toBe(0);
    expect(await rowsOf(join(folder, "lake"))).toEqual(await undisturbedRows(inputs));
  });

  it("that is too small ends with 3 and says what to do", async () => {
    const folder = workFolder();
    put(folder, "inputs/a.log", vpcLine(0, { account: ACCOUNT }));

    const { code, stderr } = await tributary([...ARGUMENTS, "--max-disk", "0.1MB"], { cwd: folder });

    expect(code).toBe(3);
    expect(stderr).toMatch(/^tributary: --max-disk 100 kB is too little for .*: it has /);
  });
});
